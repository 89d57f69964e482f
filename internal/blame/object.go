package blame

import (
	"slices"

	"github.com/mooringdev/mooring/internal/audit"
)

// object tells whether a call made or removed the object itself.
func (o *observation) object(c *cell) state {
	s := o.subject
	if s.family.Shape == "records" {
		return o.record(c)
	}
	makes, unmakes := matchesAny(s.family.Create, o.base), matchesAny(s.family.Delete, o.base)
	if len(s.family.Create) == 0 && !makes {
		makes = slices.Contains(makeVerbs, o.verb) && o.actsOnKind()
	}
	if len(s.family.Delete) == 0 && !unmakes {
		unmakes = slices.Contains(unmakeVerbs, o.verb) && o.actsOnKind()
	}
	if o.event.Provider != "aws" {
		makes, unmakes = o.event.Activity == audit.ActivityCreate, o.event.Activity == audit.ActivityDelete
	}
	if s.permissions != nil && (makes || unmakes) {
		if g := o.permissions(); g != nil && !g.byRule {
			if !slices.ContainsFunc(g.permissions, func(p permission) bool {
				return slices.ContainsFunc(s.permissions.object(), func(q permission) bool { return p.key() == q.key() })
			}) {
				return stateNone
			}
		}
	}
	switch {
	case unmakes:
		return presence(c, false)
	case makes:
		return presence(c, true)
	}
	return stateNone
}

// actsOnKind tells whether the operation's noun is the resource type.
func (o *observation) actsOnKind() bool {
	return actsOn(o.operation, o.subject.kind, o.subject.services)
}

func actsOn(operation, kind, services []string) bool {
	noun := without(operation, map[string]bool{"from": true, "to": true, "in": true, "v": true})
	if len(noun) == 0 || len(kind) == 0 {
		return false
	}
	return subset(noun, slices.Concat(kind, services)) && slices.Contains(noun, kind[len(kind)-1])
}
