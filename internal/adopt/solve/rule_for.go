package solve

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// forExpr goes into the element of the collection that gave the changed result, one result at a time.
func (s *solver) forExpr(sc *Scope, e *hclsyntax.ForExpr, have, want cty.Value) []Candidate {
	coll := sc.Eval(e.CollExpr)
	if !coll.IsKnown() || coll.IsNull() || !coll.CanIterateElements() || e.Group {
		return s.because(Unevaluable, "what the for expression at %s goes over is not known", place(e.SrcRange))
	}
	was := map[any]cty.Value{}
	now := map[any]cty.Value{}
	if e.KeyExpr != nil {
		for k, v := range entries(have) {
			was[k] = v
		}
		for k, v := range entries(want) {
			now[k] = v
		}
	} else {
		for i, v := range elements(have) {
			was[i] = v
		}
		for i, v := range elements(want) {
			now[i] = v
		}
	}
	var turns []turn
	var parts [][]Candidate
	position := 0
	for it := coll.ElementIterator(); it.Next(); {
		k, v := it.Element()
		in := sc.bind(e.ValVar, &binding{value: v, collection: e.CollExpr, in: sc, key: k, bare: true})
		if e.KeyVar != "" {
			in = in.bind(e.KeyVar, &binding{value: k, collection: e.CollExpr, in: sc, key: k, isKey: true})
		}
		if e.CondExpr != nil {
			cond := typed(in.Eval(e.CondExpr), cty.Bool)
			if !known(cond) || cond.IsNull() {
				return s.because(Unevaluable, "the condition of the for expression at %s is not known", place(e.SrcRange))
			}
			if cond.False() {
				continue
			}
		}
		var id any = position
		position++
		if e.KeyExpr != nil {
			name, ok := text(in.Eval(e.KeyExpr))
			if !ok {
				return s.because(Unevaluable, "a key of the for expression at %s is not known", place(e.SrcRange))
			}
			id = name
		}
		name, _ := id.(string)
		turns = append(turns, turn{key: k, value: v, id: name, result: fill(in.Eval(e.ValExpr), was[id])})
		if target, ok := now[id]; ok && len(was) == len(now) {
			parts = append(parts, s.child(in, e.ValExpr, was[id], target))
		}
	}
	if len(was) == len(now) && len(parts) == len(now) {
		return all(parts...)
	}
	return s.resized(sc, e, coll, turns, want)
}
