package blame

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Kubernetes keeps lists whose elements have names: containers, their variables, ports, volumes. A change names an element by its position, a request by
// its name, and a patch holds only the elements that it writes. This file joins the two.

// A namedStep is a step of a path into a list: which list, and the name of the element there.
type namedStep struct {
	list, name string
	depth      int // segments of the path up to and with the list
}

// namedSteps are the steps of a change's path whose elements the finding's attributes name; the last segment is the attribute itself.
func namedSteps(s *subject, path string) []namedStep {
	if s.provider != "kubernetes" {
		return nil
	}
	var out []namedStep
	var at any = s.Finding.Attributes
	depth := 0
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch v := at.(type) {
		case map[string]any:
			at = v[part]
			depth++
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			at = v[i]
		}
		if _, ok := at.([]any); ok {
			out = append(out, namedStep{list: newSegment(part).flat, depth: depth})
		} else if m, ok := at.(map[string]any); ok && isDigits(part) && len(out) > 0 {
			out[len(out)-1].name = tree.String(m, "name")
		}
	}
	return slices.DeleteFunc(out, func(step namedStep) bool { return step.name == "" || step.list == "metadata" })
}

// named compares an attribute of a named element with the element of that name in the request.
func (o *observation) named(c *cell) state {
	best := stateNone
	for _, v := range valuesAt(o.event.Request, c.steps, c.segs[c.steps[len(c.steps)-1].depth:]) {
		switch {
		case hidden(v) || c.masked:
			best = stronger(best, stateUnknown)
		case same(c.live, v, false):
			best = stronger(best, stateHit)
		default:
			best = stronger(best, stateMiss)
		}
	}
	return best
}

// valuesAt finds what a request holds at a path below elements of these names.
func valuesAt(v any, steps []namedStep, rest []segment) []any {
	if len(rest) == 0 && len(steps) == 0 {
		return []any{v}
	}
	var out []any
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			out = append(out, valuesAt(e, steps, rest)...)
		}
	case map[string]any:
		for key, value := range t {
			flat := newSegment(key).flat
			list, isList := value.([]any)
			switch {
			case len(steps) == 0 && len(rest) > 0 && (key == rest[0].text || !rest[0].mapKey && flat == rest[0].flat):
				out = append(out, valuesAt(value, nil, rest[1:])...)
			case len(steps) > 0 && flat == steps[0].list && isList:
				for _, e := range list {
					if tree.String(e, "name") == steps[0].name {
						out = append(out, valuesAt(e, steps[1:], rest)...)
					}
				}
			case len(steps) > 0:
				out = append(out, valuesAt(value, steps, rest)...)
			}
		}
	}
	return out
}

// merged are the lists that a patch adds to, by the names of their elements, as Kubernetes' own types say (patchMergeKey). All others a patch replaces:
// the subjects and rules of roles, arguments of commands.
var merged = map[string]bool{"container": true, "initcontainer": true, "ephemeralcontainer": true, "env": true, "volume": true, "port": true, "imagepullsecret": true}

// patched compares an element that has a name with a patch, which holds only the elements that it writes. It reports false for other lists.
func (o *observation) patched(c *cell, list []any) (state, bool) {
	name := tree.String(c.live, "name")
	if o.event.Provider != "kubernetes" || !strings.HasPrefix(o.event.Operation, "patch ") || name == "" || len(list) == 0 || !merged[c.segs[len(c.segs)-1].flat] {
		return stateNone, false
	}
	for _, e := range list {
		if tree.String(e, "name") == "" {
			return stateNone, false
		}
	}
	for _, e := range list {
		if tree.String(e, "name") == name {
			return presence(c, tree.String(e, "$patch") != "delete" && sameElement(c.live, e)), true
		}
	}
	return stateNone, true
}
