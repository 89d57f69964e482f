package trail

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// changed are the names of the top-level attributes that differ and that a call could have changed, sorted.
func changed(c Change) []string {
	var out []string
	for name := range union(c.Before, c.After) {
		if !reflect.DeepEqual(bare(c.Before[name]), bare(c.After[name])) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// bare drops what says nothing: null, empty text, empty collections.
func bare(v any) any {
	switch x := v.(type) {
	case string:
		if x == "" {
			return nil
		}
	case []any:
		if len(x) == 0 {
			return nil
		}
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			if b := bare(e); b != nil {
				out[k] = b
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

func union(a, b map[string]any) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// tagChanges are the tags that were set and the keys that were removed.
func tagChanges(before, after any) (set map[string]string, removed []string) {
	was, _ := before.(map[string]any)
	is, _ := after.(map[string]any)
	set = map[string]string{}
	for k, v := range is {
		if old, ok := was[k]; !ok || old != v {
			set[k] = asText(v)
		}
	}
	for k := range was {
		if _, ok := is[k]; !ok {
			removed = append(removed, k)
		}
	}
	slices.Sort(removed)
	return set, removed
}

// elementChanges are the elements of a list or set that came and went, in a stable order.
func elementChanges(before, after any) (added, removed []any) {
	was, _ := before.([]any)
	is, _ := after.([]any)
	return without(is, was), without(was, is)
}

func without(a, b []any) []any {
	rest := slices.Clone(b)
	var out []any
	for _, e := range a {
		i := slices.IndexFunc(rest, func(x any) bool { return reflect.DeepEqual(x, e) })
		if i < 0 {
			out = append(out, e)
			continue
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return out
}

// camel writes an attribute name as APIs do: max_session_duration is maxSessionDuration.
func camel(name string) string {
	parts := strings.Split(name, "_")
	for i, p := range parts[1:] {
		parts[i+1] = title(p)
	}
	return strings.Join(parts, "")
}

// pascal is camel with a capital first letter.
func pascal(name string) string { return title(camel(name)) }

func title(s string) string {
	if s == "" {
		return ""
	}
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// camelTree writes the keys of a value as APIs do and drops what is empty; a block of which there can be one stands for itself.
func camelTree(v any) any {
	switch x := bare(v).(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[camel(k)] = camelTree(e)
		}
		return out
	case []any:
		out := make([]any, 0, len(x))
		for _, e := range x {
			out = append(out, camelTree(e))
		}
		return out
	default:
		return x
	}
}

// pairs are tags as a list of key and value.
func pairs(tags map[string]string, key, value string) []any {
	out := []any{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, map[string]any{key: k, value: tags[k]})
	}
	return out
}

func anys(words []string) []any {
	out := make([]any, 0, len(words))
	for _, w := range words {
		out = append(out, w)
	}
	return out
}

// one is the first block of a list, or nothing.
func one(v any) map[string]any {
	switch x := v.(type) {
	case map[string]any:
		return x
	case []any:
		if len(x) > 0 {
			m, _ := x[0].(map[string]any)
			return m
		}
	}
	return nil
}

func keys(v any) []any {
	l, _ := v.([]any)
	return slices.SortedFunc(slices.Values(l), func(a, b any) int { return cmp.Compare(asText(a), asText(b)) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func equal(a, b any) bool { return reflect.DeepEqual(bare(a), bare(b)) }
