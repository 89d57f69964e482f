package hclfile

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Notation is how values are written at a place.
type Notation int

// The notations.
const (
	Native       Notation = iota // HCL
	JSON                         // JSON whose strings are templates: .tf.json files, JSON inside a heredoc
	JSONLiterals                 // JSON whose strings are just strings: .tfvars.json files, files that file() reads
	Raw                          // text with template markers and no quotes: files that templatefile() reads
)

// A Text is a file, or a document inside one, that edits are made for.
type Text struct {
	Path     string
	Source   []byte
	Notation Notation
}

func (t Text) json() bool { return t.Notation == JSON || t.Notation == JSONLiterals }

func (t Text) edit(start, end int, text string) Edit {
	return Edit{File: t.Path, Start: start, End: end, New: text}
}

// Replace puts text in place of a range.
func (t Text) Replace(r hcl.Range, text string) Edit { return t.edit(r.Start.Byte, r.End.Byte, text) }

// Newline is the line end that the file uses.
func (t Text) Newline() string {
	if i := bytes.IndexByte(t.Source, '\n'); i > 0 && t.Source[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

func (t Text) lineStart(at int) int { return bytes.LastIndexByte(t.Source[:at], '\n') + 1 }

// lineEnd is the offset after the line break that ends the line of at.
func (t Text) lineEnd(at int) int {
	if i := bytes.IndexByte(t.Source[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(t.Source)
}

// indent is the white space at the head of the line of at.
func (t Text) indent(at int) string {
	line := t.Source[t.lineStart(at):]
	n := 0
	for n < len(line) && (line[n] == ' ' || line[n] == '\t') {
		n++
	}
	return string(line[:n])
}

// opensLine tells whether only white space stands before at on its line.
func (t Text) opensLine(at int) bool {
	return len(bytes.TrimLeft(t.Source[t.lineStart(at):at], " \t")) == 0
}

// unit is one step of indentation below a line that is indented by outer, judged by a line inside, else by two spaces.
func (t Text) unit(outer, inner string) string {
	if rest, ok := strings.CutPrefix(inner, outer); ok && rest != "" {
		return rest
	}
	if strings.HasPrefix(outer, "\t") || bytes.Contains(t.Source, []byte("\n\t")) && !bytes.Contains(t.Source, []byte("\n  ")) {
		return "\t"
	}
	return "  "
}

// blank tells whether the line that holds at has only white space.
func (t Text) blank(at int) bool {
	return len(bytes.TrimSpace(t.Source[t.lineStart(at):t.lineEnd(at)])) == 0
}

// comment tells whether the line that holds at has only a comment.
func (t Text) comment(at int) bool {
	line := bytes.TrimSpace(t.Source[t.lineStart(at):t.lineEnd(at)])
	return bytes.HasPrefix(line, []byte("#")) || bytes.HasPrefix(line, []byte("//")) ||
		bytes.HasPrefix(line, []byte("/*")) && bytes.HasSuffix(line, []byte("*/"))
}

// lines widens [start, end) to whole lines, with the comment lines above that speak of nothing else, and with one of two blank lines
// that would otherwise meet.
func (t Text) lines(start, end int) (int, int) {
	from, to := t.lineStart(start), t.lineEnd(max(end-1, start))
	alone := to >= len(t.Source) || t.blank(to) || t.comment(to) || t.closes(to)
	if alone {
		for from > 0 && t.comment(from-1) {
			from = t.lineStart(from - 1)
		}
	}
	above := from > 0 && t.blank(from-1)
	opens := from > 0 && bytes.HasSuffix(bytes.TrimSpace(t.Source[t.lineStart(from-1):from]), []byte("{"))
	switch {
	case to < len(t.Source) && t.blank(to) && (above || opens || from == 0):
		to = t.lineEnd(to)
	case above && (to >= len(t.Source) || t.closes(to)):
		from = t.lineStart(from - 1)
	}
	return from, to
}

// closes tells whether the line that holds at starts with a closing bracket.
func (t Text) closes(at int) bool {
	line := bytes.TrimSpace(t.Source[t.lineStart(at):t.lineEnd(at)])
	return len(line) > 0 && (line[0] == '}' || line[0] == ']')
}
