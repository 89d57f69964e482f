package chatops

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mooringdev/mooring/internal/drift"
)

// ParseTarget reads the address of a resource instance, with the path of an attribute behind it or not: in
// module.web["a"].aws_x.y[0].tags["Name"] the path is tags["Name"].
func ParseTarget(word string) (Target, error) {
	rest := word
	name := func() (string, error) {
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		n := rest[:end]
		if !identifier(n) {
			return "", fmt.Errorf("%s is not the address of a resource: one looks like aws_instance.web or module.app.aws_instance.web[0]", clip(word))
		}
		rest = rest[end:]
		return n, nil
	}
	dot := func() bool {
		ok := strings.HasPrefix(rest, ".")
		rest = strings.TrimPrefix(rest, ".")
		return ok
	}
	key := func() error {
		if !strings.HasPrefix(rest, "[") {
			return nil
		}
		end, err := bracket(rest)
		if err != nil {
			return fmt.Errorf("%s: %w", clip(word), err)
		}
		rest = rest[end:]
		return nil
	}
	incomplete := fmt.Errorf("%s is not the address of a resource: a type and a name are needed, as in aws_instance.web", clip(word))

	typ, err := name()
	for err == nil && typ == "module" {
		if !dot() {
			return Target{}, incomplete
		}
		if _, err = name(); err == nil {
			err = key()
		}
		if err == nil {
			if !dot() {
				return Target{}, incomplete
			}
			typ, err = name()
		}
	}
	if err != nil {
		return Target{}, err
	}
	if typ == "data" {
		return Target{}, fmt.Errorf("%s is a data source: it is read and cannot drift", clip(word))
	}
	if !dot() {
		return Target{}, incomplete
	}
	if _, err := name(); err != nil {
		return Target{}, err
	}
	if err := key(); err != nil {
		return Target{}, err
	}
	t := Target{Address: word[:len(word)-len(rest)]}
	if rest == "" {
		return t, nil
	}
	if !dot() {
		return Target{}, fmt.Errorf("%s: a dot is missing before %s", clip(word), clip(rest))
	}
	if strings.HasPrefix(rest, "[") || rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return Target{}, fmt.Errorf("%s: behind the dot comes the name of an attribute; an instance is written as in aws_instance.web[0]", clip(word))
	}
	path, err := drift.ParsePath(rest)
	if err != nil {
		return Target{}, fmt.Errorf("%s: what follows the address is not an attribute: %w", clip(word), err)
	}
	t.Path = path.String()
	return t, nil
}

// bracket is the length of the key or number in brackets at the beginning of s.
func bracket(s string) (int, error) {
	inner := s[1:]
	if strings.HasPrefix(inner, `"`) {
		end, err := closing(inner)
		if err != nil {
			return 0, err
		}
		if !strings.HasPrefix(inner[end+1:], "]") {
			return 0, fmt.Errorf("a ] is missing")
		}
		return end + 3, nil
	}
	digits, _, ok := strings.Cut(inner, "]")
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf(`in brackets stands a number or a key in quotes, as in ["blue"]`)
	}
	return len(digits) + 2, nil
}

// identifier tells whether s can be a name in code.
func identifier(s string) bool {
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || r != '-' && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)) {
			return false
		}
	}
	return true
}
