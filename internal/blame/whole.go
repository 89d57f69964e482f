package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// noPlace stands where a cell was compared with nothing of a request.
const noPlace = "\x00"

// A whole is a call that writes an object as a whole: what its request leaves out is empty afterwards.
type whole struct {
	objects map[string]bool // the objects that its request holds, by path
	places  []string        // per cell: the object that held what the cell was compared with
}

// writesWhole tells whether a call writes the object as a whole and its record shows what.
func (s *subject) writesWhole(e *audit.Event) bool {
	if len(tree.Map(e.Request)) == 0 || e.Truncated || hidden(e.Request) {
		return false
	}
	base, verb := baseOperation(e.Operation), verbOf(e.Operation)
	switch e.Provider {
	case "kubernetes":
		return strings.HasPrefix(e.Operation, "update ")
	case "gcp":
		if len(tree.Map(e.Request)) < 2 {
			return false // the second record of a long call holds its type alone
		}
		return base == "update" || matchesAny(s.family.Replaces, base)
	case "aws":
		return (verb == "put" || verb == "replace") && actsOn(operationWords(e.Operation), s.kind, s.services) || matchesAny(s.family.Replaces, base)
	}
	return false
}

// objectsOf lists the paths at which a request holds objects.
func objectsOf(nodes []node) map[string]bool {
	out := map[string]bool{"": true}
	for _, n := range nodes {
		if _, scalar := scalarText(n.value); !scalar {
			out[plainPath(n.path)] = true
		}
	}
	return out
}

// complete reads silence: where calls of one operation write an object as a whole, and one of them shows where an attribute stands, those that hold
// the object around that place and not the attribute emptied it.
func (s *subject) complete(timeline []*touch) {
	for i, c := range s.cells {
		if c.masked || c.kind != cellValue && c.kind != cellElement {
			continue
		}
		places := map[string]string{}
		for _, t := range timeline {
			if t.whole != nil && t.ruled == "" && (t.states[i] == stateHit || t.states[i] == stateMiss) {
				if place := t.whole.places[i]; place != noPlace {
					places[t.ref.Operation] = place
				}
			}
		}
		for at, t := range timeline {
			if t.whole == nil || t.ruled != "" || t.states[i] != stateNone {
				continue
			}
			if place, ok := places[t.ref.Operation]; !ok || !t.whole.objects[place] {
				continue
			}
			emptied := *t
			emptied.states = slices.Clone(t.states)
			emptied.states[i] = presence(&cell{present: c.kind == cellElement && c.present || c.kind == cellValue && !zero(c.live)}, false)
			timeline[at] = &emptied
		}
	}
}
