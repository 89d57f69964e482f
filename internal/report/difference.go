package report

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// A difference is a change as people read it: what was, what is now, cut down to what differs.
type difference struct {
	mark     byte     // '+' only added, '-' only removed, '~' changed
	inside   string   // where inside the value, when one place inside it is all that differs: Statement[0].Action
	was, now []string // parts, each short; empty when there is nothing on that side
	base     string   // for a conflict: what both sides moved away from
	note     string   // what the parts do not say: "only the order differs", "some of it is sensitive"
	silent   bool     // the code says nothing: was is what was last applied
}

// whole is no limit: for comparing, not for showing.
const whole = 1 << 40

// maxParts is how many elements or keys of one change are listed.
const maxParts = 6

// differ says how a change reads. Was is what the code says (for pending: what is applied), now what is live (for pending: what the code says).
// limit is how long a part may get, in bytes.
func differ(c drift.Change, limit int) difference {
	was, now := c.Code, c.Live
	switch c.Kind {
	case drift.KindPending:
		was, now = c.Live, c.Code
	case drift.KindUndeclared, drift.KindConverged:
		was = c.Base
	case drift.KindNoise:
		if !equal(c.Base, c.Live) {
			was = c.Base
		}
	}
	if c.Sensitive {
		d := difference{mark: '~', now: []string{Masked}}
		switch {
		case was == nil:
			d.mark = '+'
		case now == nil:
			d.mark, d.was, d.now = '-', d.now, nil
		}
		return d
	}
	silent := c.Kind == drift.KindDrift && equal(was, now) && !equal(c.Base, now)
	if silent {
		was = c.Base
	}
	d := diffValues(lastName(c.Path), was, now, limit)
	if silent {
		d.silent = true
		if d.note == "" {
			d.note = "the code does not set it"
		}
	}
	if c.Kind == drift.KindConflict {
		d.base = valueText(lastName(c.Path), c.Base, limit)
		if b := diffValues(lastName(c.Path), c.Base, now, limit); b.inside == d.inside && len(b.was) == 1 {
			d.base = b.was[0]
		}
	}
	return d
}

func diffValues(name string, was, now drift.Value, limit int) difference {
	w, n := expand(was), expand(now)
	switch {
	case unset(was) && unset(now):
		return difference{mark: '~', was: []string{valueText(name, was, limit)}, now: []string{valueText(name, now, limit)}}
	case isList(w) && isList(n) || isList(w) && n == nil || w == nil && isList(n):
		return diffLists(name, asList(w), asList(n), limit)
	case isObject(w) && isObject(n):
		return diffObjects(name, w, n, limit)
	}
	d := difference{mark: '~'}
	if s, ok := was.(string); ok {
		if t, ok := now.(string); ok && s != "" && t != "" {
			a, b := window(s, t, limit)
			d.was, d.now = []string{a}, []string{b}
			if s == t {
				d.note = "only sensitive parts differ"
			}
			return d
		}
	}
	if was != nil {
		d.was = []string{valueText(name, was, limit)}
	}
	if now != nil {
		d.now = []string{valueText(name, now, limit)}
	}
	switch {
	case was == nil:
		d.mark = '+'
	case now == nil:
		d.mark = '-'
	case d.was[0] == d.now[0]:
		d.was, d.now = []string{quotedText(name, was, limit)}, []string{quotedText(name, now, limit)}
	}
	return d
}

// equal tells whether two values are written the same.
func equal(a, b drift.Value) bool { return quotedText("", a, whole) == quotedText("", b, whole) }

// expand opens text that holds a JSON object or list, such as a policy, so that only what differs inside is shown.
func expand(v drift.Value) drift.Value {
	s, ok := v.(string)
	if t := strings.TrimSpace(s); !ok || len(t) < 2 || t[0] != '{' && t[0] != '[' {
		return v
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var out any
	if d.Decode(&out) != nil || d.More() {
		return v
	}
	return out
}

func isList(v drift.Value) bool   { _, ok := v.([]any); return ok }
func isObject(v drift.Value) bool { _, ok := v.(map[string]any); return ok }

func asList(v drift.Value) []any {
	l, _ := v.([]any)
	return l
}

// diffLists shows the elements that are on one side only. It serves lists and sets alike: where an element stands is rarely what matters,
// and when only that differs the note says so.
func diffLists(name string, was, now []any, limit int) difference {
	left := map[string]int{}
	for _, e := range now {
		left[quotedText("", e, whole)]++
	}
	var gone, added []any
	for _, e := range was {
		if k := quotedText("", e, whole); left[k] > 0 {
			left[k]--
		} else {
			gone = append(gone, e)
		}
	}
	for _, e := range now {
		if k := quotedText("", e, whole); left[k] > 0 {
			left[k]--
			added = append(added, e)
		}
	}
	if len(gone) == 1 && len(added) == 1 && isObject(gone[0]) && isObject(added[0]) {
		if _, rule := firewallRule(gone[0].(map[string]any), ""); !rule {
			return diffObjects(name, gone[0], added[0], limit)
		}
	}
	d := difference{mark: '~', was: parts(name, gone, limit), now: parts(name, added, limit)}
	switch {
	case len(gone) == 0 && len(added) == 0 && len(was) > 0:
		d.was, d.now = []string{quotedText(name, was, limit)}, []string{quotedText(name, now, limit)}
		d.note = "only the order differs"
		if d.was[0] == d.now[0] {
			d.note = "only sensitive parts differ"
		}
	case len(gone) == 0:
		d.mark = '+'
	case len(added) == 0:
		d.mark = '-'
	}
	return d
}

func parts(name string, elements []any, limit int) []string {
	var out []string
	for i, e := range elements {
		if i == maxParts && len(elements) > maxParts+1 {
			return append(out, "and "+plural(len(elements)-i, "more", "more"))
		}
		out = append(out, valueText(name, e, limit))
	}
	return out
}

// A leaf is a place inside two values at which they differ.
type leaf struct {
	path     string
	name     string
	was, now drift.Value
}

// diffObjects shows the leaves below two objects that differ, each with its path inside them.
func diffObjects(name string, was, now drift.Value, limit int) difference {
	leaves := appendLeaves(nil, leaf{name: name, was: was, now: now})
	if len(leaves) == 1 && leaves[0].path != "" && !unset(leaves[0].was) && !unset(leaves[0].now) {
		d := diffValues(leaves[0].name, leaves[0].was, leaves[0].now, limit)
		d.inside = leaves[0].path
		return d
	}
	d := difference{mark: '~'}
	var gone, added []string
	for _, l := range leaves {
		if !unset(l.was) {
			gone = append(gone, l.path+" = "+quotedText(l.name, l.was, limit))
		}
		if !unset(l.now) {
			added = append(added, l.path+" = "+quotedText(l.name, l.now, limit))
		}
	}
	d.was, d.now = capped(gone), capped(added)
	switch {
	case len(gone) == 0 && len(added) == 0:
		d.was, d.now = []string{quotedText(name, was, limit)}, []string{quotedText(name, now, limit)}
		d.note = "only sensitive parts or unset entries differ"
	case len(gone) == 0:
		d.mark = '+'
	case len(added) == 0:
		d.mark = '-'
	}
	return d
}

func capped(parts []string) []string {
	if len(parts) <= maxParts+1 {
		return parts
	}
	return append(parts[:maxParts:maxParts], "and "+plural(len(parts)-maxParts, "more", "more"))
}

func appendLeaves(out []leaf, l leaf) []leaf {
	was, wasMap := l.was.(map[string]any)
	now, nowMap := l.now.(map[string]any)
	if wasMap && nowMap {
		keys := map[string]bool{}
		for k := range was {
			keys[k] = true
		}
		for k := range now {
			keys[k] = true
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			path := l.path + "[" + strconv.Quote(k) + "]"
			if plainName(k) {
				path = strings.TrimPrefix(l.path+"."+k, ".")
			}
			out = appendLeaves(out, leaf{path, k, was[k], now[k]})
		}
		return out
	}
	wasList, nowList := asList(l.was), asList(l.now)
	if isList(l.was) && isList(l.now) && len(wasList) == len(nowList) {
		for i := range wasList {
			out = appendLeaves(out, leaf{l.path + "[" + strconv.Itoa(i) + "]", l.name, wasList[i], nowList[i]})
		}
		return out
	}
	if !equal(l.was, l.now) {
		out = append(out, l)
	}
	return out
}

// window cuts two long texts to the part in which they differ, with a little of what stands around it.
func window(a, b string, limit int) (string, string) {
	if len(a) <= limit && len(b) <= limit {
		return a, b
	}
	const around = 24
	ar, br := []rune(a), []rune(b)
	start := 0
	for start < len(ar) && start < len(br) && ar[start] == br[start] {
		start++
	}
	end := 0
	for end < len(ar)-start && end < len(br)-start && ar[len(ar)-1-end] == br[len(br)-1-end] {
		end++
	}
	cut := func(r []rune) string {
		from, to := max(0, start-around), min(len(r), len(r)-end+around)
		s := string(r[from:to])
		if from > 0 {
			s = "…" + s
		}
		if to < len(r) {
			s += "…"
		}
		w := newValueWriter("", limit)
		w.text(s)
		return w.b.String()
	}
	return cut(ar), cut(br)
}
