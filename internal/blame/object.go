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
	if makes && unmakes && s.permissions == nil { // one call for both, as of launch permissions: the place of the part tells
		switch o.side() {
		case polarityAdd:
			unmakes = false
		case polarityRemove:
			makes = false
		case polaritySet:
			return stateUnknown
		}
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

// side tells whether the request names what makes up the object below "add" or below "remove".
func (o *observation) side() polarity {
	for _, m := range o.found {
		for _, key := range m.key {
			switch words := newSegment(key).words; {
			case len(words) == 0:
			case words[0] == "add":
				return polarityAdd
			case words[0] == "remove":
				return polarityRemove
			}
		}
	}
	return polaritySet
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
