package drift

import (
	"reflect"
	"slices"
	"strings"
)

// A Placed is the plan of one stack and what was found in it.
type Placed struct {
	Stack    string
	Plan     *Plan
	Findings []*Finding
}

// FindTransits recognises objects on their way from one stack to another: what one gives up, or would destroy, and another takes up, or would
// create. Both findings get the reason [ReasonElsewhere] and name each other in Elsewhere: it is a move that is not finished, not a deletion
// and a creation.
//
// An object is the same when it is known to be (an import of what the other gives up, or an object that the other's state holds as well), or when
// the one that would be created says the same as the other in everything that the code says, names included, and no third one does.
func FindTransits(placed []Placed) {
	var from, to []transit
	held := map[string][]string{}
	for _, p := range placed {
		for _, r := range p.Plan.Held {
			if !slices.Contains(held[r], p.Stack) {
				held[r] = append(held[r], p.Stack)
			}
		}
		for _, f := range p.Findings {
			i := slices.IndexFunc(p.Plan.Instances, func(inst Instance) bool { return inst.Address == f.Address && inst.Deposed == "" })
			if i < 0 {
				continue
			}
			t := transit{p.Stack, f, &p.Plan.Instances[i]}
			switch {
			case t.inst.Base != nil && (t.inst.Action == ActionDelete || t.inst.Action == ActionForget):
				from = append(from, t)
			case t.inst.Base == nil && (t.inst.Importing || t.inst.Action == ActionCreate):
				to = append(to, t)
			}
		}
	}
	for _, a := range from {
		var same, alike []transit
		for _, b := range to {
			switch {
			case a.stack == b.stack || a.f.Type != b.f.Type:
			case b.inst.Importing:
				if a.f.Resource != "" && a.f.Resource == b.f.Resource {
					same = append(same, b)
				}
			case describes(b.inst.Code, a.inst.Base):
				alike = append(alike, b)
			}
		}
		if len(same) == 0 && len(alike) == 1 && onlySource(from, a, alike[0]) {
			same = alike
		}
		switch others := held[a.f.Resource]; {
		case len(same) == 1:
			a.meet(same[0].stack + ": " + same[0].f.Address)
			same[0].meet(a.stack + ": " + a.f.Address)
		case a.f.Resource != "" && len(others) == 2:
			a.meet(others[(slices.Index(others, a.stack)+1)%2])
		}
	}
}

type transit struct {
	stack string
	f     *Finding
	inst  *Instance
}

func (t transit) meet(elsewhere string) { t.f.Reason, t.f.Elsewhere = ReasonElsewhere, elsewhere }

// onlySource tells whether nothing else that a stack gives up looks like what would be created.
func onlySource(from []transit, a, b transit) bool {
	return !slices.ContainsFunc(from, func(x transit) bool {
		return x.f != a.f && x.stack != b.stack && x.f.Type == b.f.Type && describes(b.inst.Code, x.inst.Base)
	})
}

// describes tells whether what is planned is an object that exists: it says the same wherever it says anything, and it says a name.
func describes(code, object map[string]Value) bool {
	named := false
	for attribute, v := range code {
		if isZero(v) || hasUnknown(v) {
			continue
		}
		if attribute == "tags_all" || attribute == "labels" {
			continue // the provider's own settings have a part in them
		}
		if !reflect.DeepEqual(v, object[attribute]) {
			return false
		}
		text, isText := v.(string)
		named = named || isText && text != "" && (attribute == "name" || attribute == "bucket" || strings.HasSuffix(attribute, "_name") || strings.HasSuffix(attribute, "_id") || strings.HasSuffix(attribute, "identifier"))
	}
	return named
}
