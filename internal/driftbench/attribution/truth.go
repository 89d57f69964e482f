package attribution

import (
	"regexp"
	"strings"
)

// A Want is the truth about one change of one finding.
type Want struct {
	Finding  string
	Path     string // of the change, as the finding writes it; "" for the object itself
	Sort     Sort
	People   []string // who may be named, and, for a person, must be
	Reasons  []string // of a nobody: the reason codes that are right; "possible" for that verdict
	Optional bool     // the log shows so little that naming nobody is right too
	Hidden   bool     // the value cannot be seen in the log
	Loose    bool     // follows other changes of the finding: only a wrong name counts
	// Undecidable: the log cannot tell this from another story, so that no rule can be right. See [Score.Undecidable].
	Undecidable bool
	Family      string // of the resource type
	Format      string // of the log that holds the record
	Scenario    string
}

// Sort is what the right answer looks like.
type Sort string

// The sorts of truth.
const (
	Person  Sort = "person"     // these people did it
	Machine Sort = "automation" // a pipeline or a service did it
	Own     Sort = "own_apply"  // this stack's own apply did it
	Tie     Sort = "ambiguous"  // several people may have done it, and the log does not say who
	Nobody  Sort = "none"       // the log does not hold what happened
)

// leaves lists the smallest parts of a value that one call can change: attributes, map keys, elements of lists and sets. A block of which
// there is one stands for itself.
func leaves(prefix string, v any, out map[string]string) {
	join := func(name string) string {
		if prefix == "" {
			return name
		}
		return prefix + "." + name
	}
	switch x := v.(type) {
	case nil:
	case map[string]any:
		for k, e := range x {
			leaves(join(k), e, out)
		}
	case []any:
		if len(x) == 1 {
			if block, ok := x[0].(map[string]any); ok {
				leaves(prefix, block, out)
				return
			}
		}
		for _, e := range x {
			out[prefix+"{"+text(e)+"}"] = "there"
		}
	default:
		if s := text(x); s != `""` {
			out[prefix] = s
		}
	}
}

// An author is who wrote a leaf last.
type author struct {
	sort   Sort
	name   string
	hidden bool // the record does not show what was written
	lost   bool // no log has the record
	tied   []string
}

// A history is the truth about one object: its leaves at the start, and who wrote which leaf last.
type history struct {
	base, now map[string]string
	last      map[string]author
}

func newHistory(attributes map[string]any) *history {
	h := &history{base: map[string]string{}, last: map[string]author{}}
	leaves("", attributes, h.base)
	h.now = h.base
	return h
}

// wrote notes the difference that somebody made.
func (h *history) wrote(by author, attributes map[string]any) {
	now := map[string]string{}
	leaves("", attributes, now)
	for leaf := range union(h.now, now) {
		if h.now[leaf] != now[leaf] {
			h.last[leaf] = by
		}
	}
	h.now = now
}

func union(a, b map[string]string) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

var (
	position = regexp.MustCompile(`\[\d+\]`)
	mapKey   = regexp.MustCompile(`\["((?:[^"\\]|\\.)*)"\]`)
)

// plainPath writes a change's path as leaves do: no positions, keys after dots.
func plainPath(path string) string {
	return position.ReplaceAllString(mapKey.ReplaceAllString(path, ".$1"), "")
}

// authors are those who wrote what differs at a path of a change.
func (h *history) authors(path string) []author {
	indexed := strings.HasSuffix(path, "]") && !strings.HasSuffix(path, `"]`)
	path = plainPath(path)
	var out []author
	seen := map[string]bool{}
	for leaf := range union(h.base, h.now) {
		if h.base[leaf] == h.now[leaf] {
			continue
		}
		if indexed && h.now[leaf] == "" { // a place in a list was written by whoever wrote what is there now
			continue
		}
		place, _, _ := strings.Cut(leaf, "{")
		below := place == path || strings.HasPrefix(place, path+".")
		above := strings.HasPrefix(path, place+".")
		if by, ok := h.last[leaf]; ok && (below || above) && !seen[by.name] {
			seen[by.name] = true
			out = append(out, by)
		}
	}
	return out
}
