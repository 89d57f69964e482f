package drift

import (
	"fmt"
	"strconv"
	"strings"
)

// A Path leads from a resource instance to one of its attributes, blocks or elements.
type Path []Step

// A Step is one segment of a path.
type Step struct {
	Kind  StepKind
	Name  string // attribute or block name, or map key
	Index int    // list position
}

// StepKind tells the three kinds of step apart.
type StepKind int

// The kinds of step.
const (
	StepName  StepKind = iota // .name
	StepKey                   // ["key"]
	StepIndex                 // [0]
)

// Name returns the path with an attribute or block name added. The receiver is not changed.
func (p Path) Name(name string) Path { return p.with(Step{Kind: StepName, Name: name}) }

// Key returns the path with a map key added.
func (p Path) Key(key string) Path { return p.with(Step{Kind: StepKey, Name: key}) }

// Index returns the path with a list position added.
func (p Path) Index(i int) Path { return p.with(Step{Kind: StepIndex, Index: i}) }

func (p Path) with(s Step) Path { return append(p[:len(p):len(p)], s) }

// String writes the path as findings do: block[0].attr, map["key"].
func (p Path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch s.Kind {
		case StepIndex:
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(s.Index))
			b.WriteByte(']')
		case StepKey:
			b.WriteByte('[')
			b.WriteString(strconv.Quote(s.Name))
			b.WriteByte(']')
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Name)
		}
	}
	return b.String()
}

// ParsePath reads a path as findings write it, and as people do: block.0.attr means block[0].attr, and tags.Name leads to the
// same place as tags["Name"] (see [Path.Equal]); text alone cannot tell an attribute from a map key.
func ParsePath(text string) (Path, error) {
	var p Path
	rest := text
	for rest != "" {
		var s Step
		var err error
		switch {
		case rest[0] == '[':
			s, rest, err = parseBracket(rest)
		case rest[0] == '.' && len(p) > 0:
			s, rest, err = parseSegment(rest[1:])
		case len(p) == 0:
			s, rest, err = parseSegment(rest)
		default:
			err = fmt.Errorf("expected . or [ before %q", rest)
		}
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		p = append(p, s)
	}
	if len(p) == 0 {
		return nil, fmt.Errorf("path is empty")
	}
	return p, nil
}

func parseBracket(text string) (Step, string, error) {
	inner := text[1:]
	if strings.HasPrefix(inner, `"`) {
		quoted, err := strconv.QuotedPrefix(inner)
		if err != nil || !strings.HasPrefix(inner[len(quoted):], "]") {
			return Step{}, "", fmt.Errorf("expected a quoted key and ] in %q", text)
		}
		key, err := strconv.Unquote(quoted)
		if err != nil {
			return Step{}, "", fmt.Errorf("the key %s is not a valid quoted string", quoted)
		}
		return Step{Kind: StepKey, Name: key}, inner[len(quoted)+1:], nil
	}
	digits, rest, found := strings.Cut(inner, "]")
	i, err := strconv.Atoi(digits)
	if !found || err != nil || i < 0 {
		return Step{}, "", fmt.Errorf("expected a position or a quoted key in %q", text)
	}
	return Step{Kind: StepIndex, Index: i}, rest, nil
}

func parseSegment(text string) (Step, string, error) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	name, rest := text[:end], text[end:]
	if name == "" {
		return Step{}, "", fmt.Errorf("expected a name before %q", text)
	}
	if isDigits(name) {
		if i, err := strconv.Atoi(name); err == nil {
			return Step{Kind: StepIndex, Index: i}, rest, nil
		}
	}
	return Step{Kind: StepName, Name: name}, rest, nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Equal tells whether two paths lead to the same place: a name equals a key of the same text, a position equals a key of its digits.
func (p Path) Equal(q Path) bool { return len(p) == len(q) && q.Covers(p) }

// Covers tells whether q is p or lies below it.
func (p Path) Covers(q Path) bool {
	if len(p) > len(q) {
		return false
	}
	for i := range p {
		if p[i].text() != q[i].text() {
			return false
		}
	}
	return true
}

func (s Step) text() string {
	if s.Kind == StepIndex {
		return strconv.Itoa(s.Index)
	}
	return s.Name
}

// SamePath tells whether two written paths lead to the same place. Text that is no path equals only itself.
func SamePath(a, b string) bool {
	if a == b {
		return true
	}
	p, errP := ParsePath(a)
	q, errQ := ParsePath(b)
	return errP == nil && errQ == nil && p.Equal(q)
}

// PathCovers tells whether the written path below is the path above or lies below it. Text that is no path covers only itself.
func PathCovers(above, below string) bool {
	if above == below {
		return true
	}
	p, errP := ParsePath(above)
	q, errQ := ParsePath(below)
	return errP == nil && errQ == nil && p.Covers(q)
}

// overlaps tells whether one of two paths covers the other.
func (p Path) overlaps(q Path) bool { return p.Covers(q) || q.Covers(p) }
