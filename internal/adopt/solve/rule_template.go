package solve

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// template changes one part of a string: the fixed text that differs, or the one hole that takes the difference.
func (s *solver) template(sc *Scope, e *hclsyntax.TemplateExpr, have, want cty.Value) []Candidate {
	if doc := s.documentInside(sc, e, have, want); len(doc) > 0 {
		return doc
	}
	if fixed(e) {
		return s.literal(sc, e, have, want)
	}
	wanted, ok := text(want)
	if !ok {
		return s.because(Unwritable, "the text at %s cannot say a value that is no text", place(e.SrcRange))
	}
	t, ok := s.text(e.SrcRange)
	if !ok {
		return nil
	}
	pieces := make([]piece, len(e.Parts))
	heredoc := t.Notation == hclfile.Raw || bytes.HasPrefix(t.Source[e.SrcRange.Start.Byte:], []byte("<<"))
	for i, part := range e.Parts {
		v, ok := text(sc.Eval(part))
		pieces[i] = piece{value: v, known: ok}
		if l, isLiteral := part.(*hclsyntax.LiteralValueExpr); isLiteral {
			pieces[i].set = func(s string) []Candidate { return fixedText(t, l, v, s, heredoc) }
			pieces[i].fixed = true
			continue
		}
		pieces[i].set = func(v string) []Candidate { return s.child(sc, part, cty.DynamicVal, cty.StringVal(v)) }
	}
	before, _ := text(have)
	if cands := assemble(pieces, before, wanted); len(cands) > 0 {
		return cands
	}
	return s.because(NoInverse, "the text at %s is put together from parts that the live value does not show", place(e.SrcRange))
}

// fixed tells whether a template has no holes.
func fixed(e *hclsyntax.TemplateExpr) bool {
	for _, p := range e.Parts {
		if _, ok := p.(*hclsyntax.LiteralValueExpr); !ok {
			return false
		}
	}
	return true
}

// fixedText writes the fixed part of a template anew. Where the text is not written as it reads (indented heredocs, escapes at its
// ends) only a part that is written plainly can be placed.
func fixedText(t hclfile.Text, l *hclsyntax.LiteralValueExpr, old, fresh string, heredoc bool) []Candidate {
	start, end := l.SrcRange.Start.Byte, l.SrcRange.End.Byte
	if end > len(t.Source) || start > end {
		return nil
	}
	written := strings.ReplaceAll(string(t.Source[start:end]), "\r\n", "\n")
	indent, ok := "", t.Inside(old, heredoc) == written
	if !ok && heredoc {
		indent, ok = stripped(t, written, old)
	}
	if !ok {
		return nil
	}
	lines := strings.Split(t.Inside(fresh, heredoc), "\n")
	for i := range lines {
		if i > 0 && (lines[i] != "" || i == len(lines)-1 && strings.HasSuffix(written, "\n"+indent) && indent != "") {
			lines[i] = indent + lines[i]
		}
	}
	fresh = strings.Join(lines, t.Newline())
	if !heredoc {
		fresh = strings.Join(lines, "\n")
	}
	return []Candidate{{Edits: []hclfile.Edit{{File: t.Path, Start: start, End: end, New: fresh}}, Cost: 1}}
}

// stripped finds the indentation that an indented heredoc takes from the lines of a fixed part after its first.
func stripped(t hclfile.Text, written, old string) (string, bool) {
	w, o := strings.Split(written, "\n"), strings.Split(old, "\n")
	if len(w) != len(o) || w[0] != t.Inside(o[0], true) {
		return "", false
	}
	indent := ""
	for i := 1; i < len(w); i++ {
		rest, ok := strings.CutSuffix(w[i], t.Inside(o[i], true))
		if !ok || strings.TrimLeft(rest, " \t") != "" {
			return "", false
		}
		if rest != "" {
			indent = rest
		}
	}
	for i := 1; i < len(w); i++ {
		if o[i] != "" && w[i] != indent+t.Inside(o[i], true) {
			return "", false
		}
	}
	return indent, true
}

// A piece is a part of a text that is put together: fixed text, or something with a value.
type piece struct {
	value string
	known bool
	fixed bool
	set   func(string) []Candidate
}

// assemble finds which pieces must change, and to what, for the whole to read want instead of have.
func assemble(pieces []piece, have, want string) []Candidate {
	unknown := -1
	for i, p := range pieces {
		if !p.known {
			if unknown >= 0 {
				return nil
			}
			unknown = i
		}
	}
	if unknown >= 0 {
		head, tail := joined(pieces[:unknown]), joined(pieces[unknown+1:])
		if len(have) < len(head)+len(tail) || !strings.HasPrefix(have, head) || !strings.HasSuffix(have, tail) {
			return nil
		}
		pieces[unknown].value, pieces[unknown].known = have[len(head):len(have)-len(tail)], true
	}
	var out []Candidate
	for i, p := range pieces {
		head, tail := joined(pieces[:i]), joined(pieces[i+1:])
		if len(want) < len(head)+len(tail) || !strings.HasPrefix(want, head) || !strings.HasSuffix(want, tail) {
			continue
		}
		fresh := want[len(head) : len(want)-len(tail)]
		if fresh == "" && !p.fixed {
			continue
		}
		out = append(out, p.set(fresh)...)
	}
	if len(out) == 0 {
		out = fixedPieces(pieces, want)
	}
	return best(out)
}

// fixedPieces keeps the holes and rewrites the fixed texts around them, when every hole's value is found in order and only once.
func fixedPieces(pieces []piece, want string) []Candidate {
	rest := want
	fresh := make([]string, len(pieces))
	pending := -1 // the fixed piece whose new text is not known yet
	for i, p := range pieces {
		if p.fixed {
			if pending >= 0 { // two fixed texts in a row: the lines of a heredoc
				n := strings.IndexByte(rest, '\n') + 1
				if n == 0 {
					return nil
				}
				fresh[pending], rest = rest[:n], rest[n:]
			}
			pending = i
			continue
		}
		n := strings.Index(rest, p.value)
		if len(p.value) < 2 || n < 0 || strings.Count(rest, p.value) != strings.Count(joined(pieces[i:]), p.value) || pending < 0 && n > 0 {
			return nil
		}
		if pending >= 0 {
			fresh[pending] = rest[:n]
		}
		rest, pending = rest[n+len(p.value):], -1
	}
	if pending >= 0 {
		fresh[pending], rest = rest, ""
	}
	if rest != "" {
		return nil
	}
	var parts [][]Candidate
	for i, p := range pieces {
		if p.fixed && fresh[i] != p.value {
			parts = append(parts, p.set(fresh[i]))
		}
	}
	return all(parts...)
}

func joined(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.value)
	}
	return b.String()
}
