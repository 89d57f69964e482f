package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// state is what one event did to one cell.
type state int

const (
	stateNone    state = iota // said nothing of it
	stateMaybe                // may have written it: its request is cut off or hidden and such a call can write it
	stateUnknown              // wrote it, the value is hidden
	stateMiss                 // wrote something else
	stateHit                  // wrote what is live
)

// observe says what an event that acts on the subject did to each cell. The result has one state per cell.
func (s *subject) observe(e *audit.Event, found []mention) ([]state, *whole) {
	byID, childID := s.namesItself(found), onlyChild(found)
	o := &observation{subject: s, event: e, byID: byID, childID: childID, found: found, operation: operationWords(e.Operation), verb: verbOf(e.Operation), base: baseOperation(e.Operation)}
	out := make([]state, len(s.cells))
	var w *whole
	if byID && childID == "" && s.writesWhole(e) {
		w = &whole{objects: objectsOf(o.allNodes()), places: make([]string, len(s.cells))}
	}
	for i, c := range s.cells {
		o.place = noPlace
		out[i] = o.cell(c)
		if w != nil {
			w.places[i] = o.place
		}
		if out[i] == stateHit && e.Truncated {
			out[i] = stateUnknown
		}
	}
	o.modifiedRules(out)
	o.cleared(out)
	return out, w
}

type observation struct {
	subject   *subject
	event     *audit.Event
	byID      bool      // the event names the object itself, not only what it is part of
	childID   string    // the event names only this child of the object
	found     []mention // where the event names the subject
	operation []string
	verb      string
	base      string

	nodes   []node
	walked  bool
	tags    *tagging
	tagged  bool
	grant   *grant
	granted bool
	place   string // the object of the request that holds what the last cell was compared with
}

func (o *observation) allNodes() []node {
	if !o.walked {
		o.nodes, o.walked = nodesOf(o.narrowed()), true
	}
	return o.nodes
}

func (o *observation) tagging() *tagging {
	if !o.tagged {
		o.tags, o.tagged = taggingOf(o.event), true
	}
	return o.tags
}

func (o *observation) permissions() *grant {
	if !o.granted {
		o.grant, o.granted = grantOf(o.event), true
	}
	return o.grant
}

func (o *observation) cell(c *cell) state {
	switch c.kind {
	case cellObject:
		if o.subject.isGoogleIAM() {
			return o.googleIAM(c)
		}
		if o.childID != "" {
			return stateNone
		}
		return o.object(c)
	case cellPermit:
		if g := o.permissions(); g != nil {
			return g.on(c)
		}
		return stateNone
	}
	if o.subject.isGoogleIAM() {
		return o.googleIAM(c)
	}
	if o.childID != "" {
		return o.child(c)
	}
	if st := o.version(c); st != stateNone {
		return st
	}
	if st := o.implied(c); st != stateNone {
		return st
	}
	if o.partOnly() {
		return stateNone
	}
	if g := o.permissions(); c.masked && g != nil && o.subject.permissions != nil {
		return g.onList(c)
	}
	if o.subject.family.Shape == "tag" {
		return o.singleTag(c)
	}
	if isTags(c.segs[0]) {
		if st := o.tag(c); st != stateNone || o.event.Provider == "aws" {
			return st
		}
	}
	best := stateNone
	if len(c.steps) > 0 && o.event.Request != nil {
		return o.named(c)
	}
	if st := o.whole(c); st != stateNone {
		return st
	}
	for _, n := range o.allNodes() {
		score := o.score(c, n)
		if score == keyNone {
			continue
		}
		st := o.compare(c, n, score)
		if best = stronger(best, st); best == st && (st == stateHit || st == stateMiss) {
			o.place = plainPath(n.path[:len(n.path)-1])
		}
	}
	if best == stateNone || best == stateMaybe {
		best = max(best, o.byName(c))
	}
	if best == stateNone {
		best = o.absent(c)
	}
	if best == stateNone && o.touched(c) {
		best = stateUnknown
	}
	return best
}

// partOnly tells a call that names the group of a rule, but not the rule: it says nothing of the rule's own attributes.
func (o *observation) partOnly() bool {
	return o.subject.permissions != nil && strings.HasSuffix(o.subject.Finding.Type, "_rule") && !o.byID
}

// stronger keeps the most telling of two states of one event: a hit explains, a hidden value excuses, a miss contradicts.
func stronger(a, b state) state {
	rank := func(s state) int {
		switch s {
		case stateHit:
			return 4
		case stateMiss:
			return 3
		case stateUnknown:
			return 2
		case stateMaybe:
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

func (o *observation) compare(c *cell, n node, score float64) state {
	strong := score >= keyStrong
	n.value = o.part(c, n)
	if hidden(n.value) && !hasTelling(n.value) || c.masked {
		if strong {
			return stateUnknown
		}
		return stateNone
	}
	if c.kind == cellElement {
		return o.compareElement(c, n, strong)
	}
	switch o.polarity(c, n) {
	case polarityAdd, polaritySet:
		if st := o.listed(c, n, strong); st != stateNone {
			return st
		}
		if same(c.live, n.value, c.fold) && (strong || telling(c.live)) {
			return stateHit
		}
		if hidden(n.value) && strong {
			return stateUnknown
		}
		if strong && o.comparable(c.live, n.value) {
			return stateMiss
		}
	case polarityRemove:
		if empty(c.live) && (same(c.base, n.value, c.fold) || strong) {
			return stateHit
		}
		if strong && same(c.live, n.value, c.fold) {
			return stateMiss
		}
	}
	return stateNone
}

// hasTelling tells whether a partly hidden value still shows something to compare.
func hasTelling(v any) bool {
	switch t := v.(type) {
	case map[string]any, []any:
		return !empty(t)
	}
	return false
}

// comparable tells whether a difference means a contradiction: a scalar and an object of another shape are not two values of one thing.
func (o *observation) comparable(live, got any) bool {
	live, got = unwrap(live), unwrap(got)
	_, l := scalarText(live)
	_, g := scalarText(got)
	if l || live == nil {
		return g || got == nil
	}
	return !g
}

// listed compares one scalar of a list, which a change of equal length is told by, with the list that a call wrote.
func (o *observation) listed(c *cell, n node, strong bool) state {
	list, isList := unwrap(n.value).([]any)
	if _, scalar := scalarText(c.live); !scalar || !isList || !strong || !strings.HasSuffix(c.path, "]") || c.segs[len(c.segs)-1].mapKey || !scalarList(list) {
		return stateNone
	}
	return presence(&cell{present: true}, slices.ContainsFunc(list, func(e any) bool { return same(c.live, e, c.fold) }))
}

func (o *observation) compareElement(c *cell, n node, strong bool) state {
	var list []any
	value := unwrap(n.value)
	switch t := value.(type) {
	case []any:
		list = t
	case map[string]any:
		list = []any{t}
		if m, ok := c.live.(map[string]any); ok && len(m) > 0 {
			break
		}
		return stateNone
	case nil:
		return stateNone
	default:
		list = []any{t}
	}
	p := o.polarity(c, n)
	if p == polarityAdd && !c.present {
		if key, _, ok := pair(tree.Map(unwrap(c.live))); ok && slices.ContainsFunc(list, func(e any) bool {
			other, _, ok := pair(tree.Map(unwrap(e)))
			return ok && other == key && !sameElement(c.live, e)
		}) {
			return stateHit // the same key with another value took its place
		}
	}
	if _, isList := value.([]any); !isList && p == polaritySet {
		if s, ok := value.(string); ok && strings.Contains(s, ",") {
			list = texts(strings.Split(s, ","))
		} else if _, isMap := value.(map[string]any); !isMap || !strong {
			return stateNone
		}
	}
	if st, ok := o.patched(c, list); ok {
		return st
	}
	if !elementLike(c.live, list) {
		return stateNone
	}
	in := slices.ContainsFunc(list, func(e any) bool { return sameElement(c.live, e) })
	convincing := strong || telling(c.live)
	switch {
	case p == polarityAdd && in && convincing:
		return presence(c, true)
	case p == polarityRemove && in && convincing:
		return presence(c, false)
	case p == polaritySet && in && convincing:
		return presence(c, true)
	case p == polaritySet && !in && strong:
		return presence(c, false)
	}
	return stateNone
}

// elementLike tells whether a list can hold such an element at all: one of objects that carry no id holds no text.
func elementLike(live any, list []any) bool {
	if _, scalar := scalarText(live); !scalar || len(list) == 0 {
		return true
	}
	return slices.ContainsFunc(list, func(e any) bool {
		m, isMap := unwrap(e).(map[string]any)
		if !isMap {
			return true
		}
		for key, v := range m {
			if _, scalar := scalarText(v); scalar && idKey(key) {
				return true
			}
		}
		return false
	})
}

// idKey tells whether a name says that an id follows. A name may have no letters at all.
func idKey(key string) bool {
	words := newSegment(key).words
	return len(words) > 0 && idWords[words[len(words)-1]]
}

// presence compares what a call left behind with what is there.
func presence(c *cell, there bool) state {
	if c.present == there {
		return stateHit
	}
	return stateMiss
}

// sameElement compares an element of a list with one of a request, where objects often carry only the id: [{groupId: sg-1, groupName: web}].
func sameElement(live, got any) bool {
	if same(live, got, false) {
		return true
	}
	l, ok := scalarText(live)
	m, isMap := unwrap(got).(map[string]any)
	if !ok || !isMap {
		return false
	}
	for key, v := range m {
		if s, ok := scalarText(v); ok && s == l && idKey(key) {
			return true
		}
	}
	return false
}

// implied reads operations that say by their name what they set: EnableKeyRotation, StopLogging, DeleteBucketPolicy.
func (o *observation) implied(c *cell) state {
	if c.kind != cellValue {
		return stateNone
	}
	name := plainPath(c.segs)
	for _, rule := range o.subject.family.Implied {
		if rule.To == name && matchesAny([]string{rule.Operation}, o.base) {
			if same(c.live, rule.Value, true) {
				return stateHit
			}
			return stateMiss
		}
	}
	if o.event.Provider != "aws" {
		return stateNone
	}
	attr := without(words(c.segs), map[string]bool{"enable": true, "disable": true, "is": true})
	noun := without(o.operation, containers)
	named := len(attr) > 0 && slices.Equal(sorted(minus(attr, o.subject.kind)), sorted(minus(noun, o.subject.kind))) && len(minus(noun, o.subject.kind)) > 0
	if !named {
		return stateNone
	}
	live, isBool := c.live.(bool)
	switch o.verb {
	case "enable", "disable":
		if isBool {
			return presence(&cell{present: live}, (o.verb == "enable") != slices.Contains(words(c.segs), "disable"))
		}
	case "delete", "remove":
		if empty(c.live) {
			return stateHit
		}
		return stateMiss
	}
	return stateNone
}

func minus(list, drop []string) []string {
	var out []string
	for _, w := range list {
		if !slices.Contains(drop, w) {
			out = append(out, w)
		}
	}
	return out
}
