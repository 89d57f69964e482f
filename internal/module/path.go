package module

import (
	"strconv"
	"strings"
)

// SplitPath takes a change path apart: names and map keys as strings, positions as ints. block[0].attr and block.0.attr are the same;
// so are map["key"] and map.key.
func SplitPath(p string) []any {
	var out []any
	for p != "" {
		switch {
		case p[0] == '.':
			p = p[1:]
		case strings.HasPrefix(p, `["`):
			end := 2
			for end < len(p) && p[end] != '"' {
				if p[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(p) {
				return append(out, p)
			}
			key, err := strconv.Unquote(p[1 : end+1])
			if err != nil {
				key = p[2:end]
			}
			out = append(out, key)
			p = strings.TrimPrefix(p[end+1:], "]")
		case p[0] == '[':
			end := strings.IndexByte(p, ']')
			if end < 0 {
				return append(out, p)
			}
			out = append(out, number(p[1:end]))
			p = p[end+1:]
		default:
			end := strings.IndexAny(p, ".[")
			if end < 0 {
				end = len(p)
			}
			out = append(out, number(p[:end]))
			p = p[end:]
		}
	}
	return out
}

func number(s string) any {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && s == strconv.Itoa(n) {
		return n
	}
	return s
}
