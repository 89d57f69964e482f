package chatops

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// typed are the quotes that phones and editors put in the place of plain ones.
var typed = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'", "\u00a0", " ")

// next takes the first word off a line. Blanks end a word outside quotes; a word that is all in quotes or backticks loses them, so that an
// address can be pasted as code. rest has no leading blanks.
func next(line string) (word, rest string, err error) {
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	if line == "" {
		return "", "", nil
	}
	switch line[0] {
	case '`':
		fence := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		inner, after, ok := strings.Cut(line[len(fence):], fence)
		if !ok {
			return "", "", errors.New("a backtick is not closed")
		}
		return ended(strings.TrimSpace(inner), after)
	case '\'':
		inner, after, ok := strings.Cut(line[1:], "'")
		if !ok {
			return "", "", errors.New("a quote is not closed")
		}
		return ended(inner, after)
	case '"':
		end, err := closing(line)
		if err != nil {
			return "", "", err
		}
		return ended(strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(line[1:end]), line[end+1:])
	}
	i := 0
	for i < len(line) {
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case unicode.IsSpace(r):
			return ended(line[:i], line[i:])
		case r == '"': // the key of an instance: aws_x.y["a b"]
			end, err := closing(line[i:])
			if err != nil {
				return "", "", err
			}
			i += end + 1
		default:
			i += size
		}
	}
	return line, "", nil
}

// ended makes sure that a quoted word is followed by a blank or nothing.
func ended(word, after string) (string, string, error) {
	if after != "" && !unicode.IsSpace([]rune(after)[0]) {
		return "", "", fmt.Errorf("there is no blank between %s and %s", clip(word), clip(after))
	}
	return word, strings.TrimLeftFunc(after, unicode.IsSpace), nil
}

// closing finds the quote that closes the one at the beginning.
func closing(s string) (int, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i, nil
		}
	}
	return 0, errors.New("a quote is not closed")
}

// clip is foreign text short enough for a message.
func clip(s string) string {
	const limit = 80
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}
