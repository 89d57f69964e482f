package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A slot is one resource of the design: the instances of all environments that stand for it.
type slot struct {
	typ       string
	key       string      // address in the words of all environments
	instances []*Instance // by environment; nil where there is none
}

func slotName(n int) string { return "object " + strconv.Itoa(n) }

// address is the slot's address in the first environment that has it.
func (s *slot) address() string {
	for _, i := range s.instances {
		if i != nil {
			return i.Address
		}
	}
	return ""
}

// match finds which instances of different environments stand for one resource of the design. Addresses that say the same when names of
// environments are left out are one; then, type by type, what is left is matched by its place in the same module, and last by likeness.
func (c *comparing) match() {
	byKey := map[string]*slot{}
	for i := range c.stacks {
		for n := range c.stacks[i].Instances {
			inst := &c.stacks[i].Instances[n]
			key := c.translators[i].address(inst.Address)
			s := byKey[key]
			if s == nil || s.instances[i] != nil { // two addresses of one stack that come to the same stay apart
				if s != nil {
					key = inst.Address
					s = byKey[key]
				}
				if s == nil {
					s = &slot{typ: inst.Type, key: key, instances: make([]*Instance, len(c.stacks))}
					byKey[key] = s
					c.slots = append(c.slots, s)
				}
				if s.instances[i] != nil {
					s = &slot{typ: inst.Type, key: key, instances: make([]*Instance, len(c.stacks))}
					c.slots = append(c.slots, s)
				}
			}
			s.instances[i] = inst
		}
	}
	slices.SortStableFunc(c.slots, func(a, b *slot) int { return cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.key, b.key)) })
	c.join(func(a, b *slot) float64 {
		if c.structure(a) == c.structure(b) {
			return 1
		}
		return 0
	}, 1)
	c.join(c.likeness, 0.6)
	slices.SortStableFunc(c.slots, func(a, b *slot) int { return cmp.Compare(a.key, b.key) })
}

// most slots of one type that are tried against each other by likeness: above, only names count.
const maxAlike = 400

// join makes one of two slots of a type that no environment has both of, when score says that they are the same and nothing else is as good.
func (c *comparing) join(score func(a, b *slot) float64, least float64) {
	byType := map[string][]*slot{}
	var types []string
	for _, s := range c.slots {
		if slices.Contains(s.instances, nil) {
			if byType[s.typ] == nil {
				types = append(types, s.typ)
			}
			byType[s.typ] = append(byType[s.typ], s)
		}
	}
	gone := map[*slot]bool{}
	for _, typ := range types {
		open := byType[typ]
		if len(open) < 2 || len(open) > maxAlike {
			continue
		}
		type pair struct {
			a, b  *slot
			score float64
		}
		var pairs []pair
		best := map[*slot][2]float64{} // the best score and the one after it
		note := func(s *slot, v float64) {
			b := best[s]
			if v > b[0] {
				b[0], b[1] = v, b[0]
			} else if v > b[1] {
				b[1] = v
			}
			best[s] = b
		}
		for n, a := range open {
			for _, b := range open[n+1:] {
				if !disjoint(a, b) {
					continue
				}
				if v := score(a, b); v >= least {
					pairs = append(pairs, pair{a, b, v})
					note(a, v)
					note(b, v)
				}
			}
		}
		slices.SortStableFunc(pairs, func(x, y pair) int { return cmp.Compare(y.score, x.score) })
		three := len(c.stacks) > 2
		for _, p := range pairs {
			if gone[p.a] || gone[p.b] || !disjoint(p.a, p.b) {
				continue
			}
			// With two environments a second candidate that is as good makes it a guess. With more, the second may be another environment's.
			if !three && (p.score-best[p.a][1] < 0.05 || p.score-best[p.b][1] < 0.05) && best[p.a][1] > 0 && p.score < 1 {
				continue
			}
			if !three && p.score == 1 && (best[p.a][1] == 1 || best[p.b][1] == 1) {
				continue
			}
			for i, inst := range p.b.instances {
				if inst != nil {
					p.a.instances[i] = inst
				}
			}
			gone[p.b] = true
		}
	}
	c.slots = slices.DeleteFunc(c.slots, func(s *slot) bool { return gone[s] })
}

func disjoint(a, b *slot) bool {
	for i := range a.instances {
		if a.instances[i] != nil && b.instances[i] != nil {
			return false
		}
	}
	return true
}

// structure says where a resource stands, without what its module calls are called: the directories of its modules, its own name and key.
func (c *comparing) structure(s *slot) string {
	for i, inst := range s.instances {
		if inst == nil || c.stacks[i].Tree == nil {
			continue
		}
		a, err := module.ParseAddress(inst.Address)
		if err != nil {
			continue
		}
		r := c.stacks[i].Tree.Resource(inst.Address)
		if r == nil || len(a.Modules) == 0 {
			return s.key // at the root the name is all there is
		}
		var b strings.Builder
		for m := r.Module; m != nil && m.Call != nil; m = m.Parent {
			b.WriteString(sourceName(m) + "|")
		}
		for _, step := range a.Modules {
			fmt.Fprintf(&b, "%v|", step.Key)
		}
		fmt.Fprintf(&b, "%s.%v", r.Key(), a.Key)
		return b.String()
	}
	return s.key
}

// sourceName is what a module is, wherever it is called from: its directory, or its source without the version.
func sourceName(m *module.Module) string {
	if m.Installed {
		source, _ := SplitSource(m.Call.Source)
		return source
	}
	return m.Dir
}

// likeness tells how much of two objects of a type is the same, from 0 to 1, by what their code sets.
func (c *comparing) likeness(a, b *slot) float64 {
	x, y := c.features(a), c.features(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	both := 0
	for f := range x {
		if y[f] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

// features are the top-level attributes of a slot's first instance, with their values in the words of all environments. Empty ones say
// nothing, and what only the provider computes is different everywhere.
func (c *comparing) features(s *slot) map[string]bool {
	if f := c.featured[s]; f != nil {
		return f
	}
	f := map[string]bool{}
	for i, inst := range s.instances {
		if inst == nil {
			continue
		}
		values := inst.Code
		if values == nil {
			values = inst.Live
		}
		for name, v := range values {
			if slices.Contains(idNames, name) || name == "tags_all" || empty(v) || computedOnly(inst.Schema, name) {
				continue
			}
			f[name+"="+digest(c.translators[i].value(v, -1))] = true
		}
		break
	}
	c.featured[s] = f
	return f
}

func computedOnly(s *drift.Block, name string) bool {
	if s == nil {
		return false
	}
	a := s.Attributes[name]
	return a != nil && a.Computed && !a.Optional
}

func empty(v drift.Value) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case bool:
		return !x
	case []drift.Value:
		return len(x) == 0
	case map[string]drift.Value:
		return len(x) == 0
	}
	return false
}
