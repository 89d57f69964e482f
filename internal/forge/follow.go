package forge

import (
	"fmt"
	"slices"
	"strings"
)

// Follow returns the objects with the stack and the item by which what they are about goes now, as the publications tell: an issue of a stack
// whose directory was renamed is the issue of the stack that it became. Doing so again changes nothing.
func Follow(want []Publication, objects []Object) []Object {
	out := slices.Clone(objects)
	for i := range out {
		o := &out[i]
		if o.Marker.V == 0 {
			continue
		}
		for n := range want {
			if w := &want[n]; w.Kind == o.Kind && o.Marker.Stack != w.Stack && slices.Contains(w.Formerly, o.Marker.Stack) {
				o.Marker.Stack = w.Stack
				break
			}
		}
		for n := range want {
			if w := &want[n]; w.Kind == o.Kind && o.Marker.Stack == w.Stack && slices.Contains(w.FormerItems, o.Marker.Item) && !wanted(want, o.id()) {
				o.Marker.Item = w.Item
				break
			}
		}
	}
	return out
}

func wanted(want []Publication, x id) bool {
	return slices.ContainsFunc(want, func(w Publication) bool { return w.id() == x })
}

// Settled returns all that must be published, given what exists: want with the branches of its pull requests, the one that is open before all,
// and what must be withdrawn.
func Settled(want []Publication, objects []Object) []Publication {
	want = Named(append(want[:len(want):len(want)], Stale(want, objects)...))
	for i := range want {
		w := &want[i]
		if w.Kind != KindPull || len(w.Formerly)+len(w.FormerItems) == 0 {
			continue
		}
		for _, o := range objects {
			if o.Open && o.id() == w.id() && o.Marker.Branch != "" {
				w.Branch = o.Marker.Branch
				break
			}
		}
	}
	return want
}

// tellMoved says once on an object that what it is about goes by another name.
func (p *planner) tellMoved(w *Publication, o *Object) {
	was, ok := ParseMarker(o.Body)
	if !ok || was.Stack == w.Stack && was.Item == w.Item || o.Locked {
		return
	}
	from, to := was.Stack, w.Stack
	if from == to {
		from, to = was.Item, w.Item
	}
	p.comment(w, o, "moved:"+to, fmt.Sprintf("What was %s is %s now. It holds the same resources, so this stays with it, and so does what was decided.", "`"+strings.ReplaceAll(from, "`", "'")+"`", "`"+strings.ReplaceAll(to, "`", "'")+"`"))
}
