package hclfile

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// own are the attributes of a body that are written in this file, in order: a merged body has others.
func (t Text) own(body *hclsyntax.Body) []*hclsyntax.Attribute {
	var out []*hclsyntax.Attribute
	for _, a := range body.Attributes {
		if a.SrcRange.Filename == t.Path {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	return out
}

// braces finds the braces of a body, which the range of a body on one line leaves out; false for a body that is a whole file.
func (t Text) braces(body *hclsyntax.Body) (open, closing int, ok bool) {
	open, closing = body.SrcRange.Start.Byte, body.SrcRange.End.Byte-1
	if open >= len(t.Source) || closing < open {
		return 0, 0, false
	}
	if t.Source[open] == '{' && t.Source[closing] == '}' {
		return open, closing, true
	}
	for open--; open >= 0 && (t.Source[open] == ' ' || t.Source[open] == '\t'); open-- {
	}
	for closing++; closing < len(t.Source) && (t.Source[closing] == ' ' || t.Source[closing] == '\t'); closing++ {
	}
	ok = open >= 0 && closing < len(t.Source) && t.Source[open] == '{' && t.Source[closing] == '}'
	return open, closing, ok
}

// InsertAttribute writes a new attribute into a body: after its last attribute that comes before the first nested block, aligned with
// the attributes that it joins. value writes the expression, given the indentation of its line and one step of indentation.
func (t Text) InsertAttribute(body *hclsyntax.Body, name string, value func(indent, unit string) string) []Edit {
	attrs := t.own(body)
	if t.json() {
		return t.insertMember(body, attrs, name, value)
	}
	nl := t.Newline()
	open, closing, ok := t.braces(body)
	if !ok {
		text := name + " = " + value("", t.unit("", "")) + nl
		if len(t.Source) > 0 && t.Source[len(t.Source)-1] != '\n' {
			text = nl + text
		}
		width := 0
		if len(attrs) > 0 {
			if last := attrs[len(attrs)-1]; t.lineEnd(last.SrcRange.End.Byte) == len(t.Source) {
				width = t.column(attrs)
			}
		}
		if width > len(name) {
			text = strings.Replace(text, name+" =", name+strings.Repeat(" ", width-len(name))+" =", 1)
		}
		return []Edit{t.edit(len(t.Source), len(t.Source), text)}
	}
	outer := t.indent(open)
	if t.lineStart(open) == t.lineStart(closing) {
		return t.expand(open+1, closing, outer, func(indent, unit string) string { return name + " = " + value(indent, unit) })
	}
	var before []*hclsyntax.Attribute
	first := closing
	for _, b := range body.Blocks {
		if b.TypeRange.Filename == t.Path {
			first = min(first, b.TypeRange.Start.Byte)
		}
	}
	for _, a := range attrs {
		if a.SrcRange.Start.Byte < first && a.Name != "depends_on" {
			before = append(before, a)
		}
	}
	if len(before) == 0 {
		indent := outer + t.unit(outer, t.inner(body))
		text := indent + name + " = " + value(indent, t.unit(outer, indent)) + nl
		at := t.lineEnd(open)
		if at < closing && !t.blank(at) && first < closing && t.lineStart(first) == at {
			text += nl // a blank line keeps attributes apart from the blocks that follow
		}
		return []Edit{t.edit(at, at, text)}
	}
	last := before[len(before)-1]
	indent := t.indent(last.SrcRange.Start.Byte)
	unit := t.unit(outer, indent)
	text := value(indent, unit)
	key := name
	if !strings.Contains(text, "\n") {
		key += strings.Repeat(" ", max(0, t.column(before)-len(name)))
	}
	at := t.lineEnd(last.SrcRange.End.Byte)
	return []Edit{t.edit(at, at, indent+key+" = "+text+nl)}
}

// inner is the indentation of the first line inside a body that has text.
func (t Text) inner(body *hclsyntax.Body) string {
	for at := t.lineEnd(body.SrcRange.Start.Byte); at < body.SrcRange.End.Byte-1; at = t.lineEnd(at) {
		if !t.blank(at) && !t.closes(at) {
			return t.indent(at)
		}
	}
	return ""
}

// column is how wide names are written in the run of one-line attributes that ends with the last one; 0 when they are not aligned.
func (t Text) column(attrs []*hclsyntax.Attribute) int {
	width := 0
	for i := len(attrs) - 1; i >= 0; i-- {
		a := attrs[i]
		if a.SrcRange.Start.Line != a.SrcRange.End.Line || bytes.HasPrefix(t.Source[a.Expr.Range().Start.Byte:], []byte("<<")) {
			break
		}
		if i < len(attrs)-1 && t.lineEnd(a.SrcRange.End.Byte) != t.lineStart(attrs[i+1].SrcRange.Start.Byte) {
			break
		}
		w := a.EqualsRange.Start.Byte - a.NameRange.Start.Byte - 1
		if width != 0 && w != width {
			return 0
		}
		width = w
	}
	return width
}

// expand turns a block that is written on one line into one of several lines, and adds a line.
func (t Text) expand(open, closing int, outer string, line func(indent, unit string) string) []Edit {
	unit := t.unit(outer, "")
	nl := t.Newline()
	text := nl
	if inside := strings.TrimSpace(string(t.Source[open:closing])); inside != "" {
		text += outer + unit + inside + nl
	}
	return []Edit{t.edit(open, closing, text+outer+unit+line(outer+unit, unit)+nl+outer)}
}

// insertMember writes a new member into a JSON object that stands for a body.
func (t Text) insertMember(body *hclsyntax.Body, attrs []*hclsyntax.Attribute, name string, value func(indent, unit string) string) []Edit {
	nl := t.Newline()
	outer := t.indent(body.SrcRange.Start.Byte)
	unit := t.unit(outer, "")
	if len(attrs) == 0 {
		at := body.SrcRange.Start.Byte + 1
		text := nl + outer + unit + t.Quote(name) + ": " + value(outer+unit, unit)
		if rest := bytes.TrimLeft(t.Source[at:], " \t\r\n"); len(rest) > 0 && rest[0] != '}' {
			return []Edit{t.edit(at, at, text+",")}
		}
		return []Edit{t.edit(at, body.SrcRange.End.Byte-1, text+nl+outer)}
	}
	last := attrs[len(attrs)-1]
	at := last.SrcRange.End.Byte
	if !t.opensLine(last.SrcRange.Start.Byte) {
		return []Edit{t.edit(at, at, ", "+t.Quote(name)+": "+value(outer, unit))}
	}
	indent := t.indent(last.SrcRange.Start.Byte)
	return []Edit{t.edit(at, at, ","+nl+indent+t.Quote(name)+": "+value(indent, t.unit(outer, indent)))}
}

// RemoveAttribute takes an attribute out of a body, with its lines.
func (t Text) RemoveAttribute(body *hclsyntax.Body, a *hclsyntax.Attribute) []Edit {
	if t.json() {
		return t.removeMember(body, a.SrcRange)
	}
	return t.removeLines(a.SrcRange)
}

// RemoveBlock takes a nested block out of its body, with its lines.
func (t Text) RemoveBlock(b *hclsyntax.Block) []Edit {
	return t.removeLines(hcl.RangeBetween(b.TypeRange, b.CloseBraceRange))
}

func (t Text) removeLines(r hcl.Range) []Edit {
	rest := bytes.TrimSpace(t.Source[r.End.Byte:t.lineEnd(r.End.Byte)])
	alone := len(rest) == 0 || rest[0] == '#' || bytes.HasPrefix(rest, []byte("//"))
	if t.opensLine(r.Start.Byte) && alone {
		from, to := t.lines(r.Start.Byte, r.End.Byte)
		return []Edit{t.edit(from, to, "")}
	}
	from, to := r.Start.Byte, r.End.Byte
	for from > 0 && t.Source[from-1] == ' ' {
		from--
	}
	return []Edit{t.edit(from, to, "")}
}

func (t Text) removeMember(body *hclsyntax.Body, r hcl.Range) []Edit {
	from, to := r.Start.Byte, r.End.Byte
	for to < len(t.Source) && bytes.IndexByte([]byte(" \t\r\n"), t.Source[to]) >= 0 {
		to++
	}
	if to < len(t.Source) && t.Source[to] == ',' {
		to++
		if t.opensLine(from) && t.blankTo(to) {
			return []Edit{t.edit(t.lineStart(from), t.lineEnd(to), "")}
		}
		for to < len(t.Source) && t.Source[to] == ' ' {
			to++
		}
		return []Edit{t.edit(from, to, "")}
	}
	for from > body.SrcRange.Start.Byte+1 && bytes.IndexByte([]byte(" \t\r\n"), t.Source[from-1]) >= 0 {
		from--
	}
	if t.Source[from-1] == ',' {
		from--
	}
	return []Edit{t.edit(from, r.End.Byte, "")}
}

// blankTo tells whether nothing but white space follows at on its line.
func (t Text) blankTo(at int) bool { return len(bytes.TrimSpace(t.Source[at:t.lineEnd(at)])) == 0 }

// InsertBlock writes a new nested block into a body: after sibling when there is one, else after everything but lifecycle.
// lines are the block's lines without indentation of their own; inner lines start with "\t" for each step.
func (t Text) InsertBlock(body *hclsyntax.Body, sibling *hclsyntax.Block, lines []string) []Edit {
	nl := t.Newline()
	open, closing, _ := t.braces(body)
	outer := t.indent(open)
	unit := t.unit(outer, t.inner(body))
	write := func(indent string) string {
		var b strings.Builder
		for _, l := range lines {
			if strings.TrimSpace(l) == "" {
				b.WriteString(nl)
				continue
			}
			depth := len(l) - len(strings.TrimLeft(l, "\t"))
			b.WriteString(indent + strings.Repeat(unit, depth) + l[depth:] + nl)
		}
		return b.String()
	}
	if sibling != nil && sibling.TypeRange.Filename == t.Path {
		at := t.lineEnd(sibling.CloseBraceRange.End.Byte)
		text := write(t.indent(sibling.TypeRange.Start.Byte))
		start := t.lineStart(sibling.TypeRange.Start.Byte)
		if start > 0 && t.blank(start-1) && t.lineStart(start-1) > open {
			text = nl + text
		}
		return []Edit{t.edit(at, at, text)}
	}
	if t.lineStart(open) == t.lineStart(closing) {
		return t.expand(open+1, closing, outer, func(indent, _ string) string {
			return strings.TrimSuffix(strings.TrimPrefix(write(indent), indent), nl)
		})
	}
	at := t.lineStart(closing)
	text := write(outer + unit)
	for _, b := range body.Blocks {
		if b.Type == "lifecycle" && b.TypeRange.Filename == t.Path {
			at = t.lineStart(b.TypeRange.Start.Byte)
			for at > 0 && t.comment(at-1) {
				at = t.lineStart(at - 1)
			}
			text += nl
			break
		}
	}
	if at > t.lineEnd(open) && !t.blank(at-1) {
		text = nl + text
	}
	return []Edit{t.edit(at, at, text)}
}
