package report

import (
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes foreign text safe to lay out: one line, every control, format and bidirectional character written as an escape that can be
// seen, and no longer than limit runes (0: no limit).
func visible(s string, limit int) string {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if limit > 0 && n >= limit {
			if rest := len(s) - i; rest > 0 {
				fmt.Fprintf(&b, "… (%s bytes)", thousands(len(s)))
			}
			break
		}
		n++
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError:
			b.WriteRune(r)
		case r == ' ' || unicode.IsPrint(r) && !invisible(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// invisible are characters that count as printable and cannot be seen: fillers and variation selectors.
func invisible(r rune) bool {
	switch {
	case r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r == 0x2800, r == 0x034f, r == 0x17b4, r == 0x17b5:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef, r >= 0x180b && r <= 0x180f:
		return true
	}
	return false
}

// noComment breaks the beginning and end of HTML comments, which carry Mooring's markers on a forge.
var noComment = strings.NewReplacer("<!--", "<! --", "-->", "-- >")

// mdCode writes text as inline code, in which Markdown, mentions and references mean nothing.
func mdCode(s string, cell bool) string {
	s = noComment.Replace(s)
	if s == "" {
		return "` `"
	}
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	if s[0] == '`' || s[len(s)-1] == '`' || (s[0] == ' ' && s[len(s)-1] == ' ' && strings.TrimSpace(s) != "") {
		s = " " + s + " "
	}
	if cell {
		// A pipe ends the cell even inside code. One that follows a backslash cannot be escaped for every reader, so it is replaced.
		s = strings.ReplaceAll(s, `\|`, `\¦`)
		s = strings.ReplaceAll(s, "|", `\|`)
	}
	return fence + s + fence
}

// zeroWidth keeps GitHub from seeing a mention, a reference or a link in prose, and cannot be seen.
const zeroWidth = "&#8203;"

// mdText writes text as Markdown prose: it reads as it is, and nothing in it is live.
func mdText(s string) string {
	s = noComment.Replace(s)
	var b strings.Builder
	for i, r := range s {
		switch r {
		case '&', '<', '>', '"':
			b.WriteString(html.EscapeString(string(r)))
		case '@', '#':
			b.WriteRune(r)
			b.WriteString(zeroWidth)
		case '\\', '`', '*', '_', '{', '}', '[', ']', '(', ')', '!', '|', '~', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		case ':':
			b.WriteRune(r)
			if strings.HasPrefix(s[i:], "://") || strings.HasPrefix(strings.ToLower(s[:i]), "mailto") || strings.HasSuffix(strings.ToLower(s[:i]), "xmpp") {
				b.WriteString(zeroWidth)
			}
		case '/':
			b.WriteRune(r)
			if len(s) > i+5 && strings.EqualFold(s[i:i+6], "/drift") {
				b.WriteString(zeroWidth)
			}
		case '.':
			b.WriteRune(r)
			if i >= 3 && strings.EqualFold(s[i-3:i], "www") {
				b.WriteString(zeroWidth)
			}
		case '-', '+', '=':
			if i == 0 {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			if r == '-' && i >= 2 && strings.EqualFold(s[i-2:i], "GH") {
				b.WriteString(zeroWidth)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes a count with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}
