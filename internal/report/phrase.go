package report

import (
	"html"
	"strings"
)

// A phrase is a piece of text whose foreign parts are marked, so that each medium can escape them in its own way.
//
// Words are Mooring's own and go out as they are. Everything else comes from plans, logs, code or people.
type phrase []span

type span struct {
	kind spanKind
	text string
	link string // for kindCode: where it leads; "" for nowhere
}

type spanKind int

const (
	kindWords  spanKind = iota // our own words
	kindCode                   // an address, a path, a value, an operation
	kindName                   // who did it
	kindProse                  // a foreign sentence: a diagnostic, a reason a person gave
	kindDanger                 // our own words, to be seen first
	kindStrong                 // our own words, of more weight
	kindFaint                  // our own words, of less weight
)

// How long the foreign parts of a phrase may be, in runes.
const (
	codeLimit  = 300
	nameLimit  = 120
	proseLimit = 600
)

func words(s string) phrase  { return phrase{{kind: kindWords, text: s}} }
func code(s string) phrase   { return phrase{{kind: kindCode, text: visible(s, codeLimit)}} }
func name(s string) phrase   { return phrase{{kind: kindName, text: visible(s, nameLimit)}} }
func danger(s string) phrase { return phrase{{kind: kindDanger, text: visible(s, proseLimit)}} }
func strong(s string) phrase { return phrase{{kind: kindStrong, text: s}} }
func faint(s string) phrase  { return phrase{{kind: kindFaint, text: s}} }

func linked(s, link string) phrase {
	return phrase{{kind: kindCode, text: visible(s, nameLimit), link: safeLink(link)}}
}

// quoted is a foreign sentence; nothing for an empty one.
func quoted(s string) phrase {
	text := visible(oneLine(s), proseLimit)
	if text == "" {
		return nil
	}
	return phrase{{kind: kindProse, text: text}}
}

// join puts phrases one after the other.
func join(parts ...phrase) phrase {
	var out phrase
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// list puts phrases one after the other with a separator between those that are not empty.
func list(sep string, parts ...phrase) phrase {
	var out phrase
	for _, p := range parts {
		if len(p) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, words(sep)...)
		}
		out = append(out, p...)
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// text writes the phrase for a terminal or a plain-text field.
func (p phrase) text() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.text)
	}
	return b.String()
}

// markdown writes the phrase for running text on a forge; cell writes it for a table cell.
func (p phrase) markdown() string { return p.write(false) }
func (p phrase) cell() string     { return p.write(true) }

func (p phrase) write(cell bool) string {
	var b strings.Builder
	for _, s := range p {
		switch s.kind {
		case kindCode:
			c := mdCode(s.text, cell)
			if s.link != "" {
				c = "[" + c + "](" + s.link + ")"
			}
			b.WriteString(c)
		case kindName:
			b.WriteString("**" + mdCode(s.text, cell) + "**")
		case kindProse:
			b.WriteString(mdText(s.text))
		case kindDanger:
			b.WriteString("⚠ " + mdText(s.text))
		case kindStrong:
			b.WriteString("**" + s.text + "**")
		default:
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// html writes the phrase for the HTML report.
func (p phrase) html() string {
	var b strings.Builder
	for _, s := range p {
		t := html.EscapeString(s.text)
		switch s.kind {
		case kindCode:
			t = "<code>" + t + "</code>"
			if s.link != "" {
				t = `<a href="` + html.EscapeString(s.link) + `" rel="noreferrer noopener">` + t + "</a>"
			}
		case kindName:
			t = `<b class="who">` + t + "</b>"
		case kindDanger:
			t = `<span class="danger">` + t + "</span>"
		case kindStrong:
			t = "<b>" + t + "</b>"
		case kindFaint:
			t = `<span class="faint">` + t + "</span>"
		}
		b.WriteString(t)
	}
	return b.String()
}
