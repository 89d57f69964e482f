package hclfile

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// SetLiteral writes v in place of the literal e, keeping its notation: a quoted number stays quoted, a heredoc stays a heredoc and only
// its changed lines are written.
func (t Text) SetLiteral(e hclsyntax.Expression, v cty.Value) []Edit {
	r := e.Range()
	old := t.Source[r.Start.Byte:r.End.Byte]
	if bytes.HasPrefix(old, []byte("<<")) && v.Type() == cty.String && !v.IsNull() {
		if edits, ok := t.setHeredoc(r.Start.Byte, r.End.Byte, v.AsString()); ok {
			return edits
		}
	}
	return []Edit{t.Replace(r, t.Render(keepNotation(old, v), t.indent(r.Start.Byte), t.unit(t.indent(r.Start.Byte), "")))}
}

// keepNotation turns v into the type that old is written in, where v says the same in that type.
func keepNotation(old []byte, v cty.Value) cty.Value {
	if v.IsNull() || !v.Type().IsPrimitiveType() || len(old) == 0 {
		return v
	}
	if old[0] == '"' {
		if s, err := convert.Convert(v, cty.String); err == nil {
			return s
		}
		return v
	}
	for _, typ := range []cty.Type{cty.Number, cty.Bool} {
		isBool := bytes.Equal(old, []byte("true")) || bytes.Equal(old, []byte("false"))
		if v.Type() != cty.String || isBool != (typ == cty.Bool) || bytes.Equal(old, []byte("null")) {
			continue
		}
		if n, err := convert.Convert(v, typ); err == nil {
			if back, err := convert.Convert(n, cty.String); err == nil && back.RawEquals(v) {
				return n
			}
		}
	}
	return v
}

// setHeredoc writes s between the markers of a heredoc, touching only the lines that change. A heredoc always ends in a line break:
// a value that does not cannot be written so.
func (t Text) setHeredoc(start, end int, s string) ([]Edit, bool) {
	if s != "" && !strings.HasSuffix(s, "\n") {
		return nil, false
	}
	bodyStart := t.lineEnd(start)
	bodyEnd := t.lineStart(end)
	if bodyStart > bodyEnd {
		return nil, false
	}
	old := splitLines(string(t.Source[bodyStart:bodyEnd]))
	flush := bytes.HasPrefix(t.Source[start:], []byte("<<-"))
	indent := ""
	if flush {
		indent = commonIndent(old)
		if len(old) == 0 {
			indent = t.indent(end)
		}
	}
	nl := t.Newline()
	var fresh []string
	for _, line := range splitLines(s) {
		text := strings.TrimSuffix(line, "\n")
		if text != "" {
			text = indent + escapeTemplate(text)
		}
		fresh = append(fresh, text+nl)
	}
	marker := strings.TrimSpace(strings.TrimLeft(string(t.Source[start:t.lineEnd(start)]), "<-"))
	for _, line := range fresh {
		if strings.TrimSpace(line) == marker {
			return nil, false
		}
	}
	if flush && len(fresh) > 0 && commonIndent(fresh) != indent {
		return nil, false // the text itself is indented: its indentation would be taken for the heredoc's
	}
	head := 0
	for head < len(old) && head < len(fresh) && old[head] == fresh[head] {
		head++
	}
	tail := 0
	for tail < len(old)-head && tail < len(fresh)-head && old[len(old)-1-tail] == fresh[len(fresh)-1-tail] {
		tail++
	}
	from := bodyStart + len(strings.Join(old[:head], ""))
	to := bodyEnd - len(strings.Join(old[len(old)-tail:], ""))
	return []Edit{t.edit(from, to, strings.Join(fresh[head:len(fresh)-tail], ""))}, true
}

func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// commonIndent is the white space that every line that is not blank starts with.
func commonIndent(lines []string) string {
	common, first := "", true
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		ind := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		if first {
			common, first = ind, false
			continue
		}
		for !strings.HasPrefix(ind, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}
