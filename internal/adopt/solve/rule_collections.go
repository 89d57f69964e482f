package solve

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// slice puts changed elements where they come from; as many are wanted as there are.
func slice(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 3 || !isList(want) || !isList(have) {
		return nil
	}
	list := sc.Eval(call.Args[0])
	from, ok := wholeNumber(sc.Eval(call.Args[1]))
	if !ok || !isList(list) {
		return s.because(Unevaluable, "the arguments of slice() at %s are not known", place(call.Range()))
	}
	was, now := elements(have), elements(want)
	all := slices.Clone(elements(list))
	if len(was) != len(now) || from < 0 || from+len(now) > len(all) {
		return s.because(NoInverse, "slice() at %s would need another number of elements", place(call.Range()))
	}
	copy(all[from:], now)
	return s.invert(sc, call.Args[0], list, cty.TupleVal(all))
}

// valuesOf puts changed values under their keys, which are in the order of the alphabet.
func valuesOf(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 1 || !isList(want) {
		return nil
	}
	m := sc.Eval(call.Args[0])
	if !isMap(m) {
		return s.because(Unevaluable, "the map at %s is not known", place(call.Range()))
	}
	was := entries(m)
	keys := slices.Sorted(maps.Keys(was))
	now := elements(want)
	if len(keys) != len(now) {
		return s.because(NoInverse, "values() at %s would need other keys", place(call.Range()))
	}
	for i, k := range keys {
		was[k] = now[i]
	}
	return s.invert(sc, call.Args[0], m, like(m, cty.ObjectVal(was)))
}

// zipmap puts changed values into the list of values, at the place of their keys.
func zipmap(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 2 || !isMap(want) || !isMap(have) {
		return nil
	}
	keys, values := sc.Eval(call.Args[0]), sc.Eval(call.Args[1])
	if !isList(keys) || !isList(values) || len(elements(keys)) != len(elements(values)) {
		return s.because(Unevaluable, "the arguments of zipmap() at %s are not known", place(call.Range()))
	}
	now := entries(want)
	fresh := slices.Clone(elements(values))
	for i, key := range elements(keys) {
		k, ok := text(key)
		v, wanted := now[k]
		if !ok || !wanted {
			return s.because(NoInverse, "zipmap() at %s would need other keys", place(call.Range()))
		}
		fresh[i] = v
		delete(now, k)
	}
	if len(now) > 0 {
		return s.because(NoInverse, "zipmap() at %s would need other keys", place(call.Range()))
	}
	return s.invert(sc, call.Args[1], values, cty.TupleVal(fresh))
}

// setSubtract adds to the set what is wanted and not there, and takes out what is not wanted.
func setSubtract(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 2 || !isList(want) || !isList(have) {
		return nil
	}
	from, less := sc.Eval(call.Args[0]), sc.Eval(call.Args[1])
	if !isList(from) || !isList(less) {
		return s.because(Unevaluable, "the arguments of setsubtract() at %s are not known", place(call.Range()))
	}
	has := func(list []cty.Value, v cty.Value) bool {
		return slices.ContainsFunc(list, func(o cty.Value) bool { return same(o, v) })
	}
	var kept, allowed []cty.Value
	for _, v := range elements(from) {
		if has(elements(want), v) || !has(elements(have), v) {
			kept = append(kept, v)
		}
	}
	for _, v := range elements(want) {
		if !has(kept, v) {
			kept = append(kept, v)
		}
	}
	for _, v := range elements(less) {
		if !has(elements(want), v) {
			allowed = append(allowed, v)
		}
	}
	return all(s.invert(sc, call.Args[0], from, cty.TupleVal(kept)), s.invert(sc, call.Args[1], less, cty.TupleVal(allowed)))
}
