package blame

import (
	"slices"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// tag compares one tag, or a whole tag attribute.
func (o *observation) tag(c *cell) state {
	t := o.tagging()
	if t == nil {
		return stateNone
	}
	if !c.segs[len(c.segs)-1].mapKey {
		if c.kind == cellElement {
			return o.tagElement(c, t)
		}
		live, ok := c.live.(map[string]any)
		if ok && t.full && sameMap(live, t.set, false) {
			return stateHit
		}
		return stateNone
	}
	key := c.segs[len(c.segs)-1].text
	switch v, ok := t.set[key]; {
	case ok && hidden(v) || ok && c.masked:
		return stateUnknown
	case ok && c.live != nil && same(c.live, v, false):
		return stateHit
	case ok:
		return stateMiss
	}
	gone := slices.Contains(t.removed, key) || t.full
	switch {
	case gone && c.live == nil:
		return stateHit
	case gone:
		return stateMiss
	case o.event.Request == nil || o.event.Truncated || len(tree.Map(o.event.Request)) == 0 || t.bare && o.event.Provider == "aws":
		return stateUnknown
	}
	return stateNone
}

// tagElement compares tags kept as a set of objects, as autoscaling groups do.
func (o *observation) tagElement(c *cell, t *tagging) state {
	m := tree.Map(c.live)
	key := tree.First(m, "key", "name")
	if key == "" {
		return stateNone
	}
	if v, ok := t.set[key]; ok {
		return presence(c, same(m["value"], v, false))
	}
	if slices.Contains(t.removed, key) || t.full {
		return presence(c, false)
	}
	return stateNone
}

// A tagging is what a call does to tags.
type tagging struct {
	set     map[string]any
	removed []string
	full    bool // tags that are not named are gone
	partial bool // the request adds or removes by name: what it does not name stays
	bare    bool // the request is about tags and holds none
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
		isTagField := slices.Contains(seg.words, "tag") || len(seg.words) > 0 && seg.words[len(seg.words)-1] == "label"
		t.partial = t.partial || isTagField && (slices.Contains(seg.words, "add") || slices.Contains(seg.words, "remove"))
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
				if keys, ok := textList(value); ok && (slices.Contains(seg.words, "key") || slices.Contains(seg.words, "remove") || verb == "untag" || verb == "remove") {
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
	if !found && t.full && verb != "delete" && !mentionsTags(e.Request) {
		t.full, t.bare = false, true // the second record of a long call, or one without its body: it does not say that there are none
	}
	if !about {
		t.full = verb == "update" || verb == "put" || verb == "set" || verb == "patch"
	}
	t.full = t.full && !t.partial
	return t
}

// mentionsTags tells whether a request has a field about tags at all: an empty list of them, or the fingerprint of the labels that it replaces.
func mentionsTags(request any) bool {
	for key := range tree.Map(request) {
		words := newSegment(key).words
		if slices.Contains(words, "tag") || slices.Contains(words, "label") {
			return true
		}
	}
	return false
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

// singleTag compares the value of a tag that is a resource of its own.
func (o *observation) singleTag(c *cell) state {
	t := o.tagging()
	if t == nil || plainPath(c.segs) != "value" {
		return stateNone
	}
	v, ok := t.set[tree.String(o.subject.values()["key"])]
	switch {
	case !ok:
		return stateNone
	case hidden(v) || c.masked:
		return stateUnknown
	case same(c.live, v, false):
		return stateHit
	}
	return stateMiss
}
