package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

type cellKind int

const (
	cellValue   cellKind = iota // one value: an attribute, or one key of a map
	cellElement                 // one element of a set or list: there or not
	cellPermit                  // one permission of a security group: there or not
	cellObject                  // the object itself: there or not
)

// A cell is the smallest thing that one write can change and another change back. A change is one cell, or one per element that came or went.
type cell struct {
	kind    cellKind
	path    string // of the change; "" for the object
	segs    []segment
	live    any // cellValue: the value to explain; cellElement: the element
	base    any
	present bool   // element, permission, object: there now
	label   string // canonical element, for Attribution.Elements
	permit  permission
	fold    bool // compare without case
	masked  bool // the finding itself hides the value
	silent  bool // such changes leave no event
	// instead is the element that took this one's place: both are one thing, which was edited.
	instead *cell
	steps   []namedStep // Kubernetes: the named elements that a value is inside of
}

// explainable tells whether something outside the stack's code made the change.
func explainable(f *drift.Finding, c *drift.Change) bool {
	switch c.Kind {
	case drift.KindNoise:
		return false
	case drift.KindPending:
		return f.Reason == drift.ReasonAbsorbed
	}
	return true
}

func cellsOf(s *subject) []*cell {
	if s.Finding.Kind == drift.KindDeleted || s.Finding.Kind == drift.KindUnmanaged {
		return []*cell{{kind: cellObject, present: s.Finding.Kind == drift.KindUnmanaged}}
	}
	var out []*cell
	for i := range s.Finding.Changes {
		c := &s.Finding.Changes[i]
		if !explainable(&s.Finding, c) {
			continue
		}
		base := c.Base
		if c.Kind == drift.KindPending {
			base = c.Code
		}
		cells := splitChange(s, c.Path, base, c.Live)
		for _, cell := range cells {
			cell.masked = c.Sensitive || hidden(c.Live)
			cell.silent = slices.Contains(s.family.Silent, plainPath(cell.segs))
		}
		out = append(out, cells...)
	}
	return out
}

func splitChange(s *subject, path string, base, live any) []*cell {
	segs := attributePath(path)
	value := func() []*cell {
		return []*cell{{kind: cellValue, path: path, segs: segs, live: live, base: base, fold: foldable(segs, base, live), steps: namedSteps(s, path)}}
	}
	if len(segs) == 0 || hidden(live) || hidden(base) {
		return value()
	}
	if s.permissions != nil {
		if cells := s.permissions.cells(path, segs, base, live); len(cells) > 0 {
			return cells
		}
	}
	bl, baseList := base.([]any)
	ll, liveList := live.([]any)
	if (liveList && (baseList || base == nil)) || (baseList && live == nil) {
		return elementCells(path, segs, bl, ll)
	}
	bm, baseMap := base.(map[string]any)
	lm, liveMap := live.(map[string]any)
	if isUserMap(segs[len(segs)-1]) && (baseMap || liveMap) && (baseMap || base == nil) && (liveMap || live == nil) {
		return mapCells(path, segs, bm, lm)
	}
	return value()
}

// elementCells makes a cell of every element that came or went. A list whose elements only changed places is one value.
func elementCells(path string, segs []segment, base, live []any) []*cell {
	came, went := difference(live, base), difference(base, live)
	var out []*cell
	for _, e := range came {
		out = append(out, &cell{kind: cellElement, path: path, segs: segs, live: e, present: true, label: canonical(e)})
	}
	for _, e := range went {
		out = append(out, &cell{kind: cellElement, path: path, segs: segs, live: e, label: canonical(e)})
	}
	if len(out) == 0 {
		out = append(out, &cell{kind: cellValue, path: path, segs: segs, live: live, base: base})
	}
	pairEdited(out[:len(came)], out[len(came):], len(base) == 1 && len(live) == 1)
	return out
}

// namingFields tell elements of one list apart.
var namingFields = []string{"name", "key", "id", "arn", "sid", "protocol", "ip_protocol", "rule_no", "rule_number", "rule_id", "path", "device_name", "cidr_block", "hostname", "priority",
	"role", "member"}

// pairEdited finds elements that went because they were edited into one that came. Whoever wrote what is there now also took away what was there
// before, however often others wrote something in between. alone tells a list that has one element, before and after.
func pairEdited(came, went []*cell, alone bool) {
	for _, w := range went {
		var found []*cell
		for _, c := range came {
			if sameNamed(w.live, c.live, alone) {
				found = append(found, c)
			}
		}
		if len(found) == 1 {
			w.instead = found[0]
		}
	}
}

// sameNamed tells whether two objects have a name in common and none that differs.
func sameNamed(a, b any, alone bool) bool {
	am, aok := a.(map[string]any)
	bm, bok := b.(map[string]any)
	if !aok || !bok {
		return false
	}
	named := false
	for _, field := range namingFields {
		at, isText := scalarText(am[field])
		bt, also := scalarText(bm[field])
		switch {
		case isText && also && at == bt && at != "":
			named = true
		case (isText || also) && at != bt:
			return false
		}
	}
	return named || alone
}

// difference lists what a holds and b does not, each element once.
func difference(a, b []any) []any {
	have := map[string]bool{}
	for _, e := range b {
		have[canonical(e)] = true
	}
	var out []any
	for _, e := range a {
		if c := canonical(e); !have[c] {
			have[c] = true
			out = append(out, e)
		}
	}
	return out
}

func mapCells(path string, segs []segment, base, live map[string]any) []*cell {
	keys := map[string]bool{}
	for k := range base {
		keys[k] = true
	}
	for k := range live {
		keys[k] = true
	}
	var out []*cell
	for key := range keys {
		b, l := base[key], live[key]
		if canonical(b) == canonical(l) {
			continue
		}
		at := append(slices.Clone(segs), segment{text: key, flat: strings.ToLower(key), words: []string{key}, mapKey: true})
		out = append(out, &cell{kind: cellValue, path: path, segs: at, live: l, base: b, label: canonical(map[string]any{key: l})})
	}
	slices.SortFunc(out, func(a, b *cell) int { return strings.Compare(a.label, b.label) })
	return out
}

// foldable tells whether case carries no meaning: not in people's own words, and not when case is all that changed.
func foldable(segs []segment, base, live any) bool {
	if segs[0].flat == "tag" || segs[len(segs)-1].mapKey {
		return false
	}
	b, bok := scalarText(base)
	l, lok := scalarText(live)
	return !bok || !lok || !strings.EqualFold(b, l)
}

// plainPath writes segments the way families name attributes.
func plainPath(segs []segment) string {
	parts := make([]string, len(segs))
	for i, s := range segs {
		parts[i] = s.text
	}
	return strings.Join(parts, ".")
}
