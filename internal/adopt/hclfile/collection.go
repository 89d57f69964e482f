package hclfile

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// An Item is an element of a list, or an entry of an object, to be inserted.
type Item struct {
	After int    // index of the item that it follows; -1 for the head. Several with one After keep their order.
	Key   string // of an object entry
	Value cty.Value
	Order []string // of the keys of an object; those that it leaves out come last, by name
	Line  bool     // write it on one line, as its neighbours are
}

// span is where an item is written, without its comma.
type span struct{ start, end int }

// EditTuple removes and inserts elements of a list.
func (t Text) EditTuple(e *hclsyntax.TupleConsExpr, remove map[int]bool, insert []Item) []Edit {
	var spans []span
	for _, x := range e.Exprs {
		spans = append(spans, span{x.Range().Start.Byte, x.Range().End.Byte})
	}
	return t.editItems(listing{text: t, spans: spans, outer: e.SrcRange, open: e.OpenRange.End.Byte, commas: true}, remove, insert)
}

// EditObject removes and inserts entries of an object.
func (t Text) EditObject(e *hclsyntax.ObjectConsExpr, remove map[int]bool, insert []Item) []Edit {
	l := listing{text: t, outer: e.SrcRange, open: e.OpenRange.End.Byte, object: true, commas: t.json()}
	for i, x := range e.Items {
		start := x.KeyExpr.Range().Start.Byte
		l.spans = append(l.spans, span{start, x.ValueExpr.Range().End.Byte})
		if i == 0 && start < len(t.Source) && t.Source[start] == '"' {
			l.quoted = true
		}
		between := t.Source[x.KeyExpr.Range().End.Byte:x.ValueExpr.Range().Start.Byte]
		if bytes.Contains(between, []byte(":")) && !bytes.Contains(between, []byte("=")) {
			l.colon = true
		}
		l.keys = append(l.keys, x.KeyExpr.Range())
	}
	for _, s := range l.spans {
		if l.commaAfter(s.end) >= 0 {
			l.commas = true
		}
	}
	return t.editItems(l, remove, insert)
}

// listing is a bracketed list of items as it is written.
type listing struct {
	text   Text
	spans  []span
	keys   []hcl.Range
	outer  hcl.Range
	open   int // offset after the opening bracket
	object bool
	commas bool // items are separated by commas
	quoted bool
	colon  bool
}

// commaAfter finds the comma that follows an item, past white space and comments; -1 for none.
func (l listing) commaAfter(at int) int {
	src := l.text.Source
	for at < l.outer.End.Byte {
		switch c := src[at]; {
		case c == ',':
			return at
		case c == ' ' || c == '\t' || c == '\r':
			at++
		case c == '\n':
			if l.object && !l.text.json() {
				return -1
			}
			at++
		case c == '#' || c == '/' && at+1 < len(src) && src[at+1] == '/':
			at = l.text.lineEnd(at)
			if l.object {
				return -1
			}
		case c == '/' && at+1 < len(src) && src[at+1] == '*':
			n := bytes.Index(src[at:], []byte("*/"))
			if n < 0 {
				return -1
			}
			at += n + 2
		default:
			return -1
		}
	}
	return -1
}

// ownLines tells whether every item starts a line and the closing bracket does too.
func (l listing) ownLines() bool {
	for _, s := range l.spans {
		if !l.text.opensLine(s.start) {
			return false
		}
	}
	return len(l.spans) > 0 && l.text.opensLine(l.outer.End.Byte-1)
}

func (t Text) editItems(l listing, remove map[int]bool, insert []Item) []Edit {
	kept := 0
	for i := range l.spans {
		if !remove[i] {
			kept++
		}
	}
	switch {
	case kept == 0 && len(insert) == 0 && !t.hasComment(l):
		return []Edit{t.edit(l.open, l.outer.End.Byte-1, "")}
	case l.ownLines():
		return t.editLines(l, remove, insert)
	case len(l.spans) == 0:
		return t.fillEmpty(l, insert)
	}
	return t.editInline(l, remove, insert)
}

func (t Text) hasComment(l listing) bool {
	inner := t.Source[l.open : l.outer.End.Byte-1]
	for line := range bytes.Lines(inner) {
		if trimmed := bytes.TrimSpace(line); bytes.HasPrefix(trimmed, []byte("#")) || bytes.HasPrefix(trimmed, []byte("//")) {
			return true
		}
	}
	return false
}

// item writes one item for a line that is indented by indent.
func (l listing) item(it Item, indent, unit string, width int) string {
	value := l.text.renderItem(it, indent, unit)
	if !l.object {
		return value
	}
	key := l.text.Key(it.Key, l.quoted)
	switch {
	case l.text.json():
		return key + ": " + value
	case l.colon:
		return key + ": " + value
	case strings.Contains(value, "\n"):
		return key + " = " + value
	}
	return key + strings.Repeat(" ", max(0, width-len(key))) + " = " + value
}

// editLines edits a listing whose items have lines of their own.
func (t Text) editLines(l listing, remove map[int]bool, insert []Item) []Edit {
	var edits []Edit
	nl := t.Newline()
	indent := t.indent(l.spans[0].start)
	unit := t.unit(t.indent(l.outer.Start.Byte), indent)
	last := len(l.spans) - 1
	trailing := l.commaAfter(l.spans[last].end) >= 0
	lastKept := last
	for lastKept >= 0 && remove[lastKept] {
		lastKept--
	}
	for i, s := range l.spans {
		if remove[i] {
			end := s.end
			if c := l.commaAfter(end); c >= 0 {
				end = c + 1
			}
			from, to := t.lines(s.start, end)
			if n := len(edits); n > 0 && from < edits[n-1].End {
				from = edits[n-1].End
			}
			edits = append(edits, t.edit(from, to, ""))
		}
	}
	final := -2 // the After of the last insertion when it comes behind every kept item
	for _, it := range insert {
		if it.After >= lastKept {
			final = it.After
		}
	}
	if l.commas && !trailing {
		comma := -1
		if lastKept >= 0 {
			comma = l.commaAfter(l.spans[lastKept].end)
		}
		switch {
		case final != -2 && lastKept >= 0 && comma < 0:
			edits = append(edits, t.edit(l.spans[lastKept].end, l.spans[lastKept].end, ","))
		case final == -2 && lastKept >= 0 && comma >= 0:
			edits = append(edits, t.edit(comma, comma+1, ""))
		}
	}
	for n, it := range insert {
		at := t.lineEnd(l.open)
		if it.After >= 0 {
			end := l.spans[it.After].end
			if c := l.commaAfter(end); c >= 0 && !t.opensLine(c) {
				end = c + 1
			}
			at = t.lineEnd(end)
		}
		text := indent + l.item(it, indent, unit, t.width(l, it.After))
		isLast := it.After >= lastKept && !laterInsert(insert[n+1:], it.After)
		if l.commas && (!isLast || trailing) {
			text += ","
		}
		edits = append(edits, t.edit(at, at, text+nl))
	}
	return edits
}

func laterInsert(rest []Item, after int) bool {
	for _, it := range rest {
		if it.After >= after {
			return true
		}
	}
	return false
}

// width is how wide the key of a new entry is written, to stand under the separators of its neighbours: those on the lines around the
// insertion that follow each other without a gap. 0 when they are not aligned.
func (t Text) width(l listing, after int) int {
	if !l.object || after < 0 {
		return 0
	}
	column := 0
	for i := after; i >= 0; i-- {
		line := t.Source[l.spans[i].start:l.spans[i].end]
		if bytes.IndexByte(line, '\n') >= 0 {
			break
		}
		if i < after && t.lineEnd(l.spans[i].end) != t.lineStart(l.spans[i+1].start) {
			break
		}
		c := bytes.IndexByte(t.Source[l.keys[i].End.Byte:], '=') + l.keys[i].End.Byte - l.keys[i].Start.Byte
		if column != 0 && c != column {
			return 0
		}
		column = c
	}
	return column - 1
}

// fillEmpty writes items into a listing that has none: scalars of a list on its line, everything else on lines of its own.
func (t Text) fillEmpty(l listing, insert []Item) []Edit {
	outer := t.indent(l.outer.Start.Byte)
	unit := t.unit(outer, "")
	inner := outer + unit
	nl := t.Newline()
	var items []string
	flat := !l.object
	width := 0
	for _, it := range insert {
		if l.object && !strings.Contains(t.renderItem(it, inner, unit), "\n") {
			width = max(width, len(t.Key(it.Key, l.quoted)))
		}
	}
	for _, it := range insert {
		s := l.item(it, inner, unit, width)
		flat = flat && !strings.ContainsAny(s, "\n{")
		items = append(items, s)
	}
	if t.hasComment(l) {
		at := t.lineStart(l.outer.End.Byte - 1)
		var b strings.Builder
		for i, s := range items {
			b.WriteString(inner + s)
			if !l.object && (i < len(items)-1 || !t.json()) || l.commas && i < len(items)-1 {
				b.WriteByte(',')
			}
			b.WriteString(nl)
		}
		return []Edit{t.edit(at, at, b.String())}
	}
	if flat {
		return []Edit{t.edit(l.open, l.outer.End.Byte-1, strings.Join(items, ", "))}
	}
	sep := nl
	if l.commas {
		sep = "," + nl
	}
	text := nl + inner + strings.Join(items, sep+inner)
	if !l.object && !t.json() {
		text += ","
	}
	return []Edit{t.edit(l.open, l.outer.End.Byte-1, text+nl+outer)}
}

// editInline edits a listing that shares lines: items are joined again by the separators that stood between them.
func (t Text) editInline(l listing, remove map[int]bool, insert []Item) []Edit {
	indent := t.indent(l.outer.Start.Byte)
	unit := t.unit(indent, "")
	sep := func(i int) string { // what stands before item i
		if i > 0 {
			return string(t.Source[l.spans[i-1].end:l.spans[i].start])
		}
		return ", "
	}
	usual := ", "
	if len(l.spans) > 1 && !strings.ContainsAny(sep(1), "#/\n") {
		usual = sep(1)
	}
	var b strings.Builder
	first := true
	put := func(separator, text string) {
		if !first {
			b.WriteString(separator)
		}
		first = false
		b.WriteString(text)
	}
	add := func(after int) {
		for _, it := range insert {
			if it.After == after {
				put(usual, l.item(it, indent, unit, 0))
			}
		}
	}
	add(-1)
	for i, s := range l.spans {
		if !remove[i] {
			put(sep(i), string(t.Source[s.start:s.end]))
		}
		add(i)
	}
	from, to := l.spans[0].start, l.spans[len(l.spans)-1].end
	text := b.String()
	// Keep what did not change at both ends out of the edit.
	old := string(t.Source[from:to])
	head := 0
	for head < len(old) && head < len(text) && old[head] == text[head] {
		head++
	}
	tail := 0
	for tail < len(old)-head && tail < len(text)-head && old[len(old)-1-tail] == text[len(text)-1-tail] {
		tail++
	}
	if first { // nothing is left: the brackets close on each other, with a trailing comma gone too
		return []Edit{t.edit(l.open, l.outer.End.Byte-1, "")}
	}
	return []Edit{t.edit(from+head, to-tail, text[head:len(text)-tail])}
}
