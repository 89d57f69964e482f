package policy

import "strings"

// like matches a text with a pattern in which * stands for any text, however long, and {a,b} for one of several.
func like(pattern, text string) bool {
	if open := strings.IndexByte(pattern, '{'); open >= 0 {
		if length := strings.IndexByte(pattern[open:], '}'); length > 0 {
			head, tail := pattern[:open], pattern[open+length+1:]
			for _, choice := range strings.Split(pattern[open+1:open+length], ",") {
				if like(head+choice+tail, text) {
					return true
				}
			}
			return false
		}
	}
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
