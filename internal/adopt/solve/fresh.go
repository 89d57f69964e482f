package solve

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
)

// A new element of a collection is found by example: what is made from an element that is there is inverted to give what is wanted, with the
// element's own name standing for a blank. What the inversion would change of the blank is noted on the candidate instead of edited, and the
// element with those changes is the new one. A candidate that needs an edit besides is none.

// A note is a change of a blank element: of its key, or of its value at a path.
type note struct {
	key  bool
	path []any
	want cty.Value
}

// blanked is a binding that notes what is changed of its element.
func blanked(b *binding) *binding {
	n := *b
	n.blank, n.collection = true, nil
	return &n
}

// noted answers for a blank element.
func noted(b *binding, steps []any, want cty.Value) []Candidate {
	n := note{key: b.isKey, path: steps, want: want}
	if !b.bare && !b.isKey {
		part, _ := first(steps)
		n.key, n.path = part == "key", steps[1:]
	}
	return []Candidate{{notes: []note{n}}}
}

// written is the element, with its key, that the first candidate without edits describes.
func written(cands []Candidate, key, value cty.Value) (entry, bool) {
	for _, c := range cands {
		if len(c.Edits) > 0 || len(c.notes) == 0 {
			continue
		}
		e := entry{value: value}
		ok := true
		for _, n := range c.notes {
			if n.key {
				e.key = n.want
				continue
			}
			var fits bool
			e.value, fits = put(e.value, n.path, n.want)
			ok = ok && fits
		}
		if ok && known(e.value) {
			e.value = withoutNulls(e.value)
			return e, true
		}
	}
	return entry{}, false
}

// withoutNulls leaves out the entries of an object that are null.
func withoutNulls(v cty.Value) cty.Value {
	if !isMap(v) {
		return v
	}
	m := entries(v)
	for k, e := range m {
		if e.IsNull() {
			delete(m, k)
		}
	}
	return like(v, cty.ObjectVal(m))
}

// freshTurn is the element for which a dynamic block gives the wanted one.
func (s *solver) freshTurn(b site, model *occurrence, want cty.Value, schema *drift.Block, usual map[string]cty.Value) (entry, bool) {
	if model == nil || model.turn == nil {
		return entry{}, false
	}
	turn := blanked(model.turn)
	o := s.occurrence(model.block, model.body, b.sc.loop(blockIterator(model.block), turn), turn, schema)
	value, ok := entries(turn.value)["value"]
	if !ok {
		return entry{}, false
	}
	return written(s.editBlock(o, schema, want, usual), turn.key, value)
}

// A turn is one result of a for expression: where it comes from, under which key it stands, and what it is.
type turn struct {
	key, value cty.Value // of the element
	id         string    // of the result, when results have keys
	result     cty.Value
}

// resized changes what a for expression goes over so that it gives more results, or fewer.
func (s *solver) resized(sc *Scope, e *hclsyntax.ForExpr, coll cty.Value, turns []turn, want cty.Value) []Candidate {
	var drop []cty.Value
	var fresh []entry
	add := func(id string, v cty.Value) bool {
		if len(turns) == 0 {
			return false
		}
		model := turns[len(turns)-1]
		key, value := blanked(&binding{value: model.key, key: model.key, isKey: true}), blanked(&binding{value: model.value, key: model.key, bare: true})
		in := sc.bind(e.ValVar, value)
		if e.KeyVar != "" {
			in = in.bind(e.KeyVar, key)
		}
		parts := [][]Candidate{s.child(in, e.ValExpr, model.result, v)}
		if e.KeyExpr != nil {
			parts = append(parts, s.child(in, e.KeyExpr, cty.StringVal(model.id), cty.StringVal(id)))
		}
		n, ok := written(all(parts...), model.key, model.value)
		fresh = append(fresh, n)
		return ok
	}
	ok := true
	if e.KeyExpr != nil {
		now := entries(want)
		for _, t := range turns {
			switch v, stays := now[t.id]; {
			case !stays:
				drop = append(drop, t.key)
			case !same(v, t.result):
				ok = false // a change beside: one thing at a time
			}
			delete(now, t.id)
		}
		for _, id := range slices.Sorted(maps.Keys(now)) {
			ok = ok && add(id, now[id])
		}
	} else {
		results := make([]cty.Value, len(turns))
		for i, t := range turns {
			results[i] = t.result
		}
		align := alignList
		if want.Type().IsSetType() {
			align = alignSet
		}
		for _, op := range align(results, elements(want)) {
			switch {
			case op.have >= 0 && op.want >= 0:
				ok = false
			case op.have >= 0:
				drop = append(drop, turns[op.have].key)
			default:
				ok = ok && add("", elements(want)[op.want])
			}
		}
	}
	if !ok {
		return s.because(NoInverse, "the for expression at %s would need another number of elements", place(e.SrcRange))
	}
	full, ok := rebuilt(coll, drop, fresh)
	if !ok {
		return s.because(NoInverse, "what the for expression at %s goes over cannot hold such an element", place(e.SrcRange))
	}
	return plus(s.invert(sc, e.CollExpr, coll, full), costStep)
}
