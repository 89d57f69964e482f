package compare

import (
	"maps"
	"reflect"
	"slices"
	"sort"

	"github.com/mooringdev/mooring/internal/drift"
)

// A comparedSlot is a slot with its values in the words of all environments.
type comparedSlot struct {
	*slot
	n          int
	code, live []map[string]drift.Value // by environment; nil where there is none
	codeForm   []string                 // digests
	clean      []bool                   // live is what the code says
}

type pairKey struct{ a, b int }

// slot compares one resource of the design.
func (c *comparing) slot(n int) {
	s := &comparedSlot{slot: c.slots[n], n: n}
	k := len(c.stacks)
	s.code, s.live, s.codeForm, s.clean = make([]map[string]drift.Value, k), make([]map[string]drift.Value, k), make([]string, k), make([]bool, k)
	have := 0
	for i, inst := range s.instances {
		if inst == nil {
			continue
		}
		have++
		t := c.translators[i]
		s.clean[i] = inst.Code != nil && inst.Live != nil && sameMap(inst.Code, inst.Live)
		s.code[i] = t.object(inst.Code, n)
		if s.live[i] = s.code[i]; !s.clean[i] {
			s.live[i] = t.object(inst.Live, n)
		}
		s.codeForm[i] = digest(s.code[i])
	}
	if have > 1 {
		c.out.Matched++
	}
	c.current = s
	clear(c.pairs)
	before := len(c.out.Differences)
	c.presence(s)
	c.attributes(s)
	if have > 1 && len(c.out.Differences) == before {
		c.out.Same++
	}
}

func sameMap(a, b map[string]drift.Value) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// between is what differs in the code of two environments, by path.
func (c *comparing) between(a, b int) map[string]bool {
	s := c.current
	if s.code[a] == nil || s.code[b] == nil || s.codeForm[a] == s.codeForm[b] {
		return nil
	}
	key := pairKey{min(a, b), max(a, b)}
	if got, ok := c.pairs[key]; ok {
		return got
	}
	got := c.disparities(key.a, s.code[key.a], s.code[key.b])
	c.pairs[key] = got
	return got
}

func (c *comparing) disparities(i int, a, b map[string]drift.Value) map[string]bool {
	inst := c.current.instances[i]
	out := map[string]bool{}
	for _, path := range c.comparer.Between(inst.Type, inst.Provider, inst.Schema, a, b) {
		out[path] = true
	}
	return out
}

// attributes makes rows of what differs between instances that exist.
func (c *comparing) attributes(s *comparedSlot) {
	var with []int
	for i := range s.instances {
		if s.code[i] != nil {
			with = append(with, i)
		}
	}
	code := map[string]bool{} // paths at which code differs from code
	for n, a := range with {
		for _, b := range with[n+1:] {
			for path := range c.between(a, b) {
				code[path] = true
			}
			if n > 0 && len(with) > 6 {
				break // neighbours are enough when all were held against the first
			}
		}
	}
	moved := map[string][]int{} // paths at which live is not what the code says
	for i := range s.instances {
		if s.clean[i] || s.code[i] == nil || s.live[i] == nil {
			continue
		}
		for path := range c.disparities(i, s.code[i], s.live[i]) {
			moved[path] = append(moved[path], i)
		}
	}
	for _, path := range shortest(code) {
		c.codeRow(s, path, movedAt(moved, path))
	}
	paths := map[string]bool{}
	for path := range moved {
		paths[path] = true
	}
	for _, path := range shortest(paths) {
		c.liveRow(s, path, movedAt(moved, path), coversAny(code, path))
	}
}

// movedAt are the environments in which the path, or something above or below it, moved.
func movedAt(moved map[string][]int, path string) []int {
	seen := map[int]bool{}
	for p, envs := range moved {
		if overlap(p, path) {
			for _, i := range envs {
				seen[i] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func coversAny(paths map[string]bool, path string) bool {
	for p := range paths {
		if overlap(p, path) {
			return true
		}
	}
	return false
}

func overlap(a, b string) bool { return a == b || drift.PathCovers(a, b) || drift.PathCovers(b, a) }

// shortest lists paths, sorted, without those that lie below another: a list of another length is one row, whatever its elements say.
func shortest(paths map[string]bool) []string {
	all := slices.Collect(maps.Keys(paths))
	sort.Slice(all, func(i, j int) bool { return len(all[i]) < len(all[j]) || len(all[i]) == len(all[j]) && all[i] < all[j] })
	var out []string
	for _, p := range all {
		if !slices.ContainsFunc(out, func(q string) bool { return drift.PathCovers(q, p) }) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// row begins a difference at a path, with the values of every environment.
func (c *comparing) row(s *comparedSlot, path string) Difference {
	d := Difference{Address: s.address(), Type: s.typ, Path: path, Cells: make([]Cell, len(c.stacks)), Addresses: make([]string, len(c.stacks))}
	parsed, _ := drift.ParsePath(path)
	for i, inst := range s.instances {
		cell := &d.Cells[i]
		if c.stacks[i].Problem != "" {
			continue
		}
		cell.State = StateAbsent
		if inst == nil {
			continue
		}
		d.Addresses[i] = inst.Address
		cell.State = c.state(i, inst)
		if path == "" {
			continue
		}
		if inst.Code != nil {
			cell.Code = drift.At(inst.Code, parsed)
		}
		if inst.Live != nil {
			cell.Live = drift.At(inst.Live, parsed)
		}
		for _, secret := range inst.Sensitive {
			d.Sensitive = d.Sensitive || overlap(secret, path)
		}
	}
	return d
}

func (c *comparing) state(i int, inst *Instance) CellState {
	switch {
	case inst.Code != nil && inst.Live != nil:
		return StatePresent
	case inst.Live != nil:
		return StateOrphan
	case c.deleted(i, inst.Address) != nil:
		return StateGone
	}
	return StatePlanned
}

func (c *comparing) deleted(i int, address string) *Finding {
	for _, f := range c.findings[i][address] {
		if f.Kind == drift.KindDeleted {
			return f
		}
	}
	return nil
}

// apart are the environments whose value is not that of most; of two groups of a size the later ones.
func apart(envs []int, same func(a, b int) bool) []int {
	var groups [][]int
	for _, i := range envs {
		at := slices.IndexFunc(groups, func(g []int) bool { return same(g[0], i) })
		if at < 0 {
			groups = append(groups, []int{i})
			continue
		}
		groups[at] = append(groups[at], i)
	}
	if len(groups) < 2 {
		return nil
	}
	most := 0
	for n, g := range groups {
		if len(g) > len(groups[most]) {
			most = n
		}
	}
	var out []int
	for n, g := range groups {
		if n != most {
			out = append(out, g...)
		}
	}
	slices.Sort(out)
	return out
}
