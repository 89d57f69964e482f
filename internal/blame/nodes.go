package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// A node is one place of a request with its value: what the call may have written.
type node struct {
	path     []segment // wrappers dropped
	value    any
	polarity polarity
	// own: the place has a polarity of its own (addSubnetIds), whatever the operation's verb.
	own bool
}

const maxNodes = 5000 // a request with more places is compared by its first ones: 100 KB hold fewer

// nodesOf lists the places of a request, inner ones included. Lists of {key, value} pairs also appear as places named by their keys.
func nodesOf(e *audit.Event) []node {
	w := nodeWalk{polarity: polarityOf(e.Operation)}
	request := e.Request
	if m, ok := request.(map[string]any); ok && serviceName(e) == "s3" {
		request = withoutMarkers(m)
	}
	w.walk(nil, request, w.polarity, false)
	for _, c := range e.Changes {
		var path []segment
		for _, part := range strings.FieldsFunc(c.Path, func(r rune) bool { return r == '.' || r == '[' || r == ']' || r == '/' }) {
			if !isDigits(part) {
				path = append(path, newSegment(strings.Trim(part, `"'`)))
			}
		}
		if len(path) > 1 && (path[0].flat == "property" || path[0].flat == "spec") {
			path = path[1:]
		}
		w.out = append(w.out, node{path: path, value: c.After, polarity: polaritySet})
	}
	return w.out
}

// withoutMarkers drops the query strings that S3 records among its parameters: "policy": "" only says which sub-resource is meant.
func withoutMarkers(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for key, value := range m {
		if !empty(value) {
			out[key] = value
		}
	}
	return out
}

type nodeWalk struct {
	out      []node
	polarity polarity
}

func (w *nodeWalk) add(path []segment, v any, p polarity, own bool) {
	if len(path) > 0 && len(w.out) < maxNodes {
		w.out = append(w.out, node{path: slices.Clone(path), value: v, polarity: p, own: own})
	}
}

func (w *nodeWalk) walk(path []segment, v any, p polarity, own bool) {
	w.add(path, v, p, own)
	switch t := v.(type) {
	case string:
		if in, ok := tree.Embedded(t); ok {
			w.children(path, in, p, own)
		}
	default:
		w.children(path, v, p, own)
	}
}

func (w *nodeWalk) children(path []segment, v any, p polarity, own bool) {
	switch t := v.(type) {
	case []any:
		if m, ok := pairs(t); ok {
			w.named(path, m, p, own)
		}
		w.patches(t, p, own)
		for _, e := range t {
			w.children(path, e, p, own)
		}
	case map[string]any:
		if m, ok := w.siblings(t); ok {
			w.named(path, m, p, own)
		}
		for key, value := range t {
			seg, polarity, own := newSegment(key), p, own
			if len(seg.words) > 0 {
				switch seg.words[0] {
				case "add":
					polarity, own = polarityAdd, true
				case "remove":
					polarity, own = polarityRemove, true
				}
				if own && len(seg.words) > 1 && (seg.words[0] == "add" || seg.words[0] == "remove") {
					seg.words = seg.words[1:]
					seg.flat = strings.Join(seg.words, "")
				}
			}
			at := path
			if !(wrapping[seg.flat] || strings.HasSuffix(key, "Request") || seg.flat == "add" || seg.flat == "remove") {
				at = append(slices.Clone(path), seg)
			} else if _, scalar := scalarText(value); scalar && len(path) == 0 {
				at = append(slices.Clone(path), seg)
			} else if scalar {
				continue // {value: x} below a name: the name's own node holds it
			}
			w.walk(at, value, polarity, own)
		}
	}
}

// named adds the entries of a list of pairs as places.
func (w *nodeWalk) named(path []segment, m map[string]any, p polarity, own bool) {
	for key, value := range m {
		seg := newSegment(key)
		w.add(append(slices.Clone(path), seg), value, p, own)
	}
}

// patches adds the places that a JSON patch names: [{op: replace, path: /throttling/rateLimit, value: 10}].
func (w *nodeWalk) patches(list []any, p polarity, own bool) {
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok || !tree.Has(m, "op") || !tree.Has(m, "path") {
			continue
		}
		var path []segment
		for _, step := range strings.Split(strings.Trim(tree.String(m, "path"), "/"), "/") {
			if step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step); step != "" && step != "*" && !isDigits(step) {
				path = append(path, newSegment(step))
			}
		}
		if tree.String(m, "op") == "remove" {
			w.add(path, nil, p, own)
			continue
		}
		w.add(path, m["value"], p, own)
	}
}

// siblings reads the form {attributeName: X, attributeValue: y} that SNS and older EC2 calls use.
func (w *nodeWalk) siblings(m map[string]any) (map[string]any, bool) {
	for _, name := range [][2]string{{"attributeName", "attributeValue"}, {"attribute", "value"}, {"attributeName", "value"}} {
		key, isText := m[name[0]].(string)
		value, ok := m[name[1]]
		if isText && ok && key != "" {
			return map[string]any{key: value}, true
		}
	}
	return nil, false
}

// A tagging is what a call does to tags.
type tagging struct {
	set     map[string]any
	removed []string
	full    bool // tags that are not named are gone
}

// taggingOf reads all shapes in which requests carry tags; nil when the call is about something else.
func taggingOf(e *audit.Event) *tagging {
	words := operationWords(e.Operation)
	verb := verbOf(e.Operation)
	base := baseOperation(e.Operation)
	about := verb == "tag" || verb == "untag" || slices.Contains(words, "tag") || slices.Contains(splitWords(base), "labels")
	t := &tagging{set: map[string]any{}, full: verb == "put" || verb == "replace" || verb == "set"}
	found := false
	var walk func(v any, key string)
	walk = func(v any, key string) {
		seg := newSegment(key)
		isTagField := slices.Contains(seg.words, "tag") || seg.flat == "label"
		v = unwrapTags(v)
		switch value := v.(type) {
		case map[string]any:
			if isTagField && scalarMap(value) {
				if k, val, ok := pair(value); ok {
					value = map[string]any{k: val}
				}
				for k, val := range value {
					t.set[k] = val
				}
				found = true
				return
			}
			for k, inner := range value {
				walk(inner, k)
			}
		case []any:
			if isTagField {
				if m, ok := pairs(value); ok {
					found = true
					for k, val := range m {
						t.set[k] = val
					}
					return
				}
				if keys, ok := textList(value); ok && (slices.Contains(seg.words, "key") || verb == "untag" || verb == "remove") {
					found = true
					t.removed = append(t.removed, keys...)
					return
				}
			}
			for _, inner := range value {
				walk(inner, key)
			}
		}
	}
	walk(e.Request, "")
	if about && (verb == "untag" || verb == "delete" || verb == "remove") {
		for k := range t.set {
			t.removed = append(t.removed, k)
		}
		t.set = map[string]any{}
		if !found && verb == "delete" && base != "DeleteTags" {
			t.full, found = true, true // DeleteBucketTagging: all of them
		}
	}
	if !found && !about {
		return nil
	}
	if !about {
		t.full = verb == "update" || verb == "put" || verb == "set" || verb == "patch"
	}
	return t
}

func unwrapTags(v any) any {
	if m, ok := v.(map[string]any); ok {
		for _, key := range []string{"items", "item", "Tag", "tag", "member", "TagSet"} {
			if inner, ok := m[key]; ok && len(m) <= 2 {
				if _, scalar := scalarText(inner); !scalar {
					return unwrapTags(inner)
				}
			}
		}
	}
	return v
}

func scalarMap(m map[string]any) bool {
	for _, v := range m {
		if _, ok := scalarText(v); !ok && v != nil {
			return false
		}
	}
	return len(m) > 0
}

func textList(list []any) ([]string, bool) {
	var out []string
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, len(out) > 0
}
