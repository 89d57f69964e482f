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
	if e.Witness { // it lists what one writer owns: what is not in it may be another's
		w.polarity = polarityAdd
	}
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
			if former(seg, t) {
				continue
			}
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
			wraps := wrapping[seg.flat] && !(seg.flat == "resource" && scalarList(value)) || strings.HasSuffix(key, "Request") || seg.flat == "add" || seg.flat == "remove"
			_, scalar := scalarText(value)
			switch {
			case wraps && scalar && len(path) > 0: // {value: x} below a name: the name's own node holds it
			case wraps && !scalar:
				w.walk(path, value, polarity, own)
			default:
				w.walk(append(slices.Clone(path), seg), value, polarity, own)
			}
		}
	}
}

// scalarList tells a list of texts or numbers: the resources of a rule, and no wrapper around objects.
func scalarList(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) > 0 && !slices.ContainsFunc(list, func(e any) bool { _, scalar := scalarText(e); return !scalar })
}

// former tells a field that holds what was there before, beside the field that holds what is there now: previous_visibility beside visibility.
func former(seg segment, siblings map[string]any) bool {
	if len(seg.words) < 2 || seg.words[0] != "previous" && seg.words[0] != "old" && seg.words[0] != "prior" {
		return false
	}
	now := strings.Join(seg.words[1:], "")
	for key := range siblings {
		if flat := newSegment(key).flat; flat == now || flat == "new"+now {
			return true
		}
	}
	return false
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
