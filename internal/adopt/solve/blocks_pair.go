package solve

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
)

// completeFrom fills what of a block cannot be evaluated from the planned block at its position, when there are as many.
func (s *solver) completeFrom(o *occurrence, occ []occurrence, planned []cty.Value) {
	if len(planned) != len(occ) {
		return
	}
	for i := range occ {
		if occ[i].block == o.block && occ[i].turn == o.turn {
			for k, v := range o.values {
				if p, ok := entries(planned[i])[k]; ok {
					o.values[k] = fill(v, p)
				}
			}
		}
	}
}

// usualValues are the values that planned blocks have, all alike, for arguments that no block of the code sets: the provider's defaults.
func usualValues(occ []occurrence, planned []cty.Value) map[string]cty.Value {
	out := map[string]cty.Value{}
	for i, p := range planned {
		for k, v := range entries(p) {
			set := slices.ContainsFunc(occ, func(o occurrence) bool { _, ok := o.values[k]; return ok })
			if set {
				continue
			}
			if i > 0 {
				if old, ok := out[k]; !ok || !same(old, v) {
					delete(out, k)
					continue
				}
			}
			out[k] = v
		}
	}
	return out
}

// pairing tells for each block of the code which wanted one it becomes; -1 for none.
type pairing struct{ of []int }

func pairBlocks(occ []occurrence, wanted []cty.Value, schema *drift.Block, usual map[string]cty.Value, ordered bool) pairing {
	p := pairing{of: slices.Repeat([]int{-1}, len(occ))}
	used := make([]bool, len(wanted))
	take := func(i, j int) { p.of[i], used[j] = j, true }
	for i, o := range occ {
		for j, w := range wanted {
			if !used[j] && o.says(w, schema, usual) {
				take(i, j)
				break
			}
		}
	}
	if ordered && len(occ) == len(wanted) {
		for i := range occ { // the same number: what is left is the same block, changed
			if p.of[i] < 0 && !used[i] {
				take(i, i)
			}
		}
	}
	for {
		bi, bj, score := -1, -1, 0.5
		var freeOcc, freeWant int
		for i := range occ {
			if p.of[i] < 0 {
				freeOcc++
			}
		}
		for j := range wanted {
			if !used[j] {
				freeWant++
			}
		}
		for i, o := range occ {
			for j, w := range wanted {
				if p.of[i] >= 0 || used[j] {
					continue
				}
				if l := o.alike(w); l > score || freeOcc == 1 && freeWant == 1 && len(occ) == len(wanted) {
					bi, bj, score = i, j, l
				}
			}
		}
		if bi < 0 {
			return p
		}
		take(bi, bj)
	}
}

// says tells whether a block of the code gives the wanted object: everything that it sets is so, and what it leaves out is nothing that
// it would have to set.
func (o occurrence) says(w cty.Value, schema *drift.Block, usual map[string]cty.Value) bool {
	for k, v := range o.values {
		e, ok := entries(w)[k]
		if !ok {
			e = cty.NullVal(cty.DynamicPseudoType)
		}
		if !same(v, e) && !(zero(v) && zero(e)) && !sameTyped(v, e, schema, k) {
			return false
		}
	}
	for _, k := range settable(schema, w, usual) {
		if _, ok := o.values[k]; !ok {
			if schema == nil || schema.Attributes[k] != nil && !schema.Attributes[k].Computed {
				return false
			}
		}
	}
	return o.nestedSay(w, schema)
}

// nestedSay compares the blocks inside a block by their number and what they set.
func (o occurrence) nestedSay(w cty.Value, schema *drift.Block) bool {
	if schema == nil {
		return true
	}
	for name, nested := range schema.Blocks {
		s := &solver{w: o.sc.w}
		inside, ok := s.occurrences(site{sc: o.sc, body: o.body, schema: schema}, name)
		if !ok {
			return false
		}
		v := entries(w)[name]
		var wanted []cty.Value
		switch {
		case isList(v):
			wanted = elements(v)
		case isMap(v):
			wanted = []cty.Value{v}
		}
		if len(inside) != len(wanted) {
			if len(inside) == 0 && allZero(wanted) {
				continue
			}
			return false
		}
		p := pairBlocks(inside, wanted, nested.Block, nil, nested.Nesting == drift.NestingList)
		for i, j := range p.of {
			if j < 0 || !inside[i].says(wanted[j], nested.Block, nil) {
				return false
			}
		}
	}
	return true
}

// allZero tells whether blocks say nothing: every argument zero, at any depth.
func allZero(vals []cty.Value) bool {
	for _, v := range vals {
		inside := elements(v)
		for _, e := range entries(v) {
			inside = append(inside, e)
		}
		if !zero(v) && (len(inside) == 0 || !allZero(inside)) {
			return false
		}
	}
	return true
}

// sameTyped compares by the schema's type: lists that the provider keeps as sets.
func sameTyped(a, b cty.Value, schema *drift.Block, name string) bool {
	if schema == nil || schema.Attributes[name] == nil {
		return false
	}
	t := AttributeType(schema.Attributes[name])
	return same(typed(a, t), typed(b, t))
}

// alike is how much of what a block sets the wanted object has too.
func (o occurrence) alike(w cty.Value) float64 {
	equal := 0.0
	for k, v := range o.values {
		e := entries(w)[k]
		if e != cty.NilVal && (same(v, e) || zero(v) && zero(e)) {
			equal++
		}
	}
	if len(o.values) == 0 {
		return 0
	}
	return equal / float64(len(o.values))
}
