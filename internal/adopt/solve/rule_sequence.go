package solve

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func init() {
	calls["concat"] = concat
	calls["slice"] = slice
	calls["values"] = valuesOf
	calls["zipmap"] = zipmap
	calls["setsubtract"] = setSubtract
	calls["setunion"] = concat
	calls["flatten"] = flattened
	calls["join"] = join
	calls["split"] = split
}

// concat changes an element in the argument that it comes from; new elements go next to the one before them, into a literal list
// where there is one.
func concat(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if call.ExpandFinal || !isList(want) {
		return s.because(NoInverse, "%s() at %s", call.Name, place(call.Range()))
	}
	return s.sequence(sc, call.Args, want, call.Name == "setunion" || want.Type().IsSetType())
}

// sequence inverts lists that are put one after the other.
func (s *solver) sequence(sc *Scope, args []hclsyntax.Expression, want cty.Value, isSet bool) []Candidate {
	was := make([]cty.Value, len(args))
	for i, a := range args {
		if was[i] = sc.Eval(a); !isList(was[i]) {
			return s.because(Unevaluable, "a list at %s is not known", place(a.Range()))
		}
	}
	lists := distributed(was, want, isSet, func(i int) bool { _, ok := args[i].(*hclsyntax.TupleConsExpr); return ok })
	var parts [][]Candidate
	for i, a := range args {
		to := cty.TupleVal(lists[i])
		if isSet && was[i].Type().IsSetType() {
			to = typed(to, was[i].Type())
		}
		if !same(was[i], to) {
			parts = append(parts, s.invert(sc, a, was[i], to))
		}
	}
	return all(parts...)
}

// distributed says what each of several lists must be for all of them, one after the other, to be the wanted one. literal tells where a new
// element would rather go.
func distributed(was []cty.Value, want cty.Value, isSet bool, literal func(i int) bool) [][]cty.Value {
	var vals []cty.Value
	var owner []int // list of each element
	for i, v := range was {
		for _, e := range elements(v) {
			vals, owner = append(vals, e), append(owner, i)
		}
	}
	wanted := elements(want)
	var ops []step
	if isSet {
		ops = alignSet(vals, wanted)
	} else {
		ops = alignList(vals, wanted)
	}
	lists := make([][]cty.Value, len(was))
	target := func(after int) int {
		at := 0
		if after >= 0 {
			at = owner[after]
		}
		if isSet || after == len(vals)-1 {
			for i := len(was) - 1; i >= 0; i-- {
				if literal(i) && (isSet || i >= at) {
					return i
				}
			}
		}
		if !literal(at) && at+1 < len(was) && literal(at+1) && (after == len(vals)-1 || after >= 0 && owner[after+1] > at) {
			return at + 1
		}
		return at
	}
	put := func(o step) { lists[target(o.after)] = append(lists[target(o.after)], wanted[o.want]) }
	for i := -1; i < len(vals); i++ {
		keep := i >= 0
		for _, o := range ops {
			if i >= 0 && o.have == i {
				keep = false
				if o.want >= 0 {
					lists[owner[i]] = append(lists[owner[i]], wanted[o.want])
				}
			}
		}
		if keep {
			lists[owner[i]] = append(lists[owner[i]], vals[i])
		}
		for _, o := range ops {
			if o.have < 0 && o.after == i {
				put(o)
			}
		}
	}
	return lists
}

// flattened takes a list of lists as lists put one after the other.
func flattened(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 1 || !isList(want) {
		return nil
	}
	tuple, ok := call.Args[0].(*hclsyntax.TupleConsExpr)
	if !ok {
		lists := sc.Eval(call.Args[0])
		if !isList(lists) || len(elements(lists)) == 0 || slices.ContainsFunc(elements(lists), func(v cty.Value) bool { return !isList(v) }) {
			return s.because(NoInverse, "flatten() of a list that is computed, at %s", place(call.Range()))
		}
		var fresh []cty.Value
		for _, l := range distributed(elements(lists), want, want.Type().IsSetType(), func(int) bool { return false }) {
			fresh = append(fresh, cty.TupleVal(l))
		}
		return s.invert(sc, call.Args[0], lists, cty.TupleVal(fresh))
	}
	for _, e := range tuple.Exprs {
		if !isList(sc.Eval(e)) {
			return s.invert(sc, tuple, have, want)
		}
	}
	return s.sequence(sc, tuple.Exprs, want, want.Type().IsSetType())
}

// join splits the wanted text by the separator.
func join(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 2 || !isString(want) {
		return nil
	}
	sep, ok := text(sc.Eval(call.Args[0]))
	if !ok || sep == "" {
		return s.because(NoInverse, "join() without a separator, at %s", place(call.Range()))
	}
	var parts []cty.Value
	if want.AsString() != "" {
		for _, p := range strings.Split(want.AsString(), sep) {
			parts = append(parts, cty.StringVal(p))
		}
	}
	return s.invert(sc, call.Args[1], sc.Eval(call.Args[1]), cty.TupleVal(parts))
}

// split joins the wanted list by the separator.
func split(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 2 || !isList(want) {
		return nil
	}
	sep, ok := text(sc.Eval(call.Args[0]))
	if !ok {
		return nil
	}
	var parts []string
	for _, e := range elements(want) {
		p, ok := text(e)
		if !ok || sep != "" && strings.Contains(p, sep) {
			return s.because(Unwritable, "split() at %s cannot give the live value", place(call.Range()))
		}
		parts = append(parts, p)
	}
	return s.invert(sc, call.Args[1], sc.Eval(call.Args[1]), cty.StringVal(strings.Join(parts, sep)))
}
