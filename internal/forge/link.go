package forge

import (
	"regexp"
	"strings"
)

// Link is text that becomes a reference ("#41") to the object of a stack, or of a group by its name, once there is one; until then, and outside
// a forge, it reads as fallback. A body may hold it because nobody knows the number of an issue before it is opened.
func Link(kind Kind, of, fallback string) string {
	return "<!-- mooring-ref " + string(kind) + " " + escapeWord(of) + " -->" + fallback + "<!-- mooring-ref end -->"
}

var linkPattern = regexp.MustCompile(`<!-- mooring-ref (issue|pull|dashboard|config|group) (\S*) -->([^\n]*?)<!-- mooring-ref end -->`)

// links replaces every [Link] in text by what have says. Those to nothing become their fallback.
func links(text string, have *State) string {
	return linkPattern.ReplaceAllString(knownLinks(text, have), "$3")
}

// knownLinks replaces every [Link] to something that exists.
func knownLinks(text string, have *State) string {
	return linkPattern.ReplaceAllStringFunc(text, func(match string) string {
		m := linkPattern.FindStringSubmatch(match)
		linked := id{kind: Kind(m[1]), stack: unescapeWord(m[2])}
		if linked.kind == KindGroup {
			linked.stack, linked.item = "", linked.stack
		}
		var ref string
		for _, o := range have.find(linked, "") {
			// The newest one is meant, an open one before all.
			if o.Open {
				ref = o.Ref
				break
			}
			ref = o.Ref
		}
		if ref == "" {
			return match
		}
		return ref
	})
}

// escapeWord writes a stack id as one word that cannot end a comment.
func escapeWord(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c == 0x7f || strings.IndexByte(`<>%"'&=`, c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

var escapedByte = regexp.MustCompile(`%[0-9A-F]{2}`)

func unescapeWord(s string) string {
	return escapedByte.ReplaceAllStringFunc(s, func(e string) string {
		return string([]byte{unhex(e[1])<<4 | unhex(e[2])})
	})
}

func unhex(c byte) byte {
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}
