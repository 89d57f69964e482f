package attribution

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

//go:embed specimens.json
var specimenFile []byte

// A specimen is a resource type with the attributes that an object of it is made with and values that people change them to. In a path a dot
// descends into a map or the first of a block; a path that ends in [] adds one of the values to a list or set.
type specimen struct {
	Attributes map[string]any   `json:"attributes"`
	Changes    map[string][]any `json:"changes"`
	// Counts is an attribute that counts the changes, where the cloud keeps such a number.
	Counts string `json:"counts"`
}

var specimens = sync.OnceValues(func() (map[string]specimen, error) {
	out := map[string]specimen{}
	if err := json.Unmarshal(specimenFile, &out); err != nil {
		return nil, fmt.Errorf("specimens.json: %w", err)
	}
	return out, nil
})

// named is a copy of a value with the object's own name in place of {n} and three hex digits of it in place of {h}.
func named(v any, name, hex string) any {
	switch x := v.(type) {
	case string:
		return strings.NewReplacer("{n}", name, "{h}", hex).Replace(x)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = named(e, name, hex)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = named(e, name, hex)
		}
		return out
	}
	return v
}

// An edit is one change that somebody makes: a path of a specimen and a value.
type edit struct {
	path  string
	value any
}

func (s specimen) paths() []string { return slices.Sorted(maps.Keys(s.Changes)) }

// pick draws an edit of a path, but none of the values in not.
func (s specimen) pick(r *rand.Rand, path, name, hex string, not ...any) (edit, bool) {
	values := s.Changes[path]
	for _, i := range r.Perm(len(values)) {
		v := named(values[i], name, hex)
		if !slices.ContainsFunc(not, func(o any) bool { return text(o) == text(v) }) {
			return edit{path, v}, true
		}
	}
	return edit{}, false
}

// head is the top-level attribute of a path.
func head(path string) string {
	h, _, _ := strings.Cut(strings.TrimSuffix(path, "[]"), ".")
	return h
}

// apply edits attributes in place.
func (e edit) apply(attributes map[string]any) {
	path, adds := strings.CutSuffix(e.path, "[]")
	steps := strings.Split(path, ".")
	m := attributes
	for _, step := range steps[:len(steps)-1] {
		m = descend(m, step)
	}
	last := steps[len(steps)-1]
	if !adds {
		m[last] = e.value
		return
	}
	list, _ := m[last].([]any)
	m[last] = append(slices.Clone(list), e.value)
}

func descend(m map[string]any, step string) map[string]any {
	switch x := m[step].(type) {
	case map[string]any:
		return x
	case []any:
		if len(x) > 0 {
			if inner, ok := x[0].(map[string]any); ok {
				return inner
			}
		}
	}
	inner := map[string]any{}
	m[step] = inner
	return inner
}

// value reads what an edit's path holds.
func (e edit) old(attributes map[string]any) any {
	steps := strings.Split(strings.TrimSuffix(e.path, "[]"), ".")
	m := attributes
	for _, step := range steps[:len(steps)-1] {
		switch x := m[step].(type) {
		case map[string]any:
			m = x
		case []any:
			if len(x) == 0 {
				return nil
			}
			m, _ = x[0].(map[string]any)
		default:
			return nil
		}
	}
	return m[steps[len(steps)-1]]
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
