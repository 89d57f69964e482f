package solve

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

func init() { calls["merge"] = merge }

// merge changes an entry where it comes from: the last argument that has it. New entries go into the last literal object. Where an entry
// comes from a shared map, saying it anew in a literal object behind is offered too.
func merge(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if call.ExpandFinal || !isMap(want) {
		return s.because(NoInverse, "merge() at %s", place(call.Range()))
	}
	vals := make([]cty.Value, len(call.Args))
	for i, a := range call.Args {
		vals[i] = sc.Eval(a)
		if vals[i].IsKnown() && vals[i].IsNull() {
			vals[i] = cty.EmptyObjectVal
		}
		if !isMap(vals[i]) {
			return s.because(Unevaluable, "an argument of merge() at %s is not known", place(call.Range()))
		}
	}
	was, now := entries(have), entries(want)
	atSource := make([]map[string]cty.Value, len(call.Args)) // wanted entries of each argument
	here := make([]map[string]cty.Value, len(call.Args))
	for i, v := range vals {
		atSource[i], here[i] = entries(v), entries(v)
	}
	fresh := map[string]cty.Value{} // entries for a new argument at the end
	lastLiteral := -1
	for i, a := range call.Args {
		if _, ok := a.(*hclsyntax.ObjectConsExpr); ok {
			lastLiteral = i
		}
	}
	var missing bool // a new entry has no literal object to go into
	for _, k := range slices.Sorted(maps.Keys(now)) {
		v := now[k]
		if old, ok := was[k]; ok && same(old, v) || v.IsNull() {
			continue
		}
		owner := -1
		for i := range vals {
			if _, ok := entries(vals[i])[k]; ok {
				owner = i
			}
		}
		switch {
		case owner >= 0:
			atSource[owner][k] = v
		case lastLiteral >= 0:
			atSource[lastLiteral][k] = v
		default:
			missing = true
		}
		if lastLiteral >= 0 && lastLiteral >= owner {
			here[lastLiteral][k] = v
		} else {
			fresh[k] = plain(v)
		}
	}
	for k, v := range was {
		if w, ok := now[k]; v.IsNull() || ok && !w.IsNull() {
			continue
		}
		for i := range vals {
			delete(atSource[i], k)
			delete(here[i], k)
		}
	}
	var out []Candidate
	if !missing {
		out = append(out, s.arguments(sc, call, vals, atSource)...)
	}
	if local := s.arguments(sc, call, vals, here); len(local) > 0 {
		if len(fresh) > 0 {
			local = all(local, s.newArgument(call, cty.ObjectVal(fresh)))
		}
		out = append(out, plus(local, costOverride/2)...)
	}
	return out
}

// arguments inverts the arguments whose wanted entries differ.
func (s *solver) arguments(sc *Scope, call *hclsyntax.FunctionCallExpr, vals []cty.Value, want []map[string]cty.Value) []Candidate {
	var parts [][]Candidate
	for i, a := range call.Args {
		if w := cty.ObjectVal(want[i]); !same(vals[i], w) {
			parts = append(parts, s.invert(sc, a, vals[i], w))
		}
	}
	return all(parts...)
}

// newArgument adds a literal argument at the end of a call.
func (s *solver) newArgument(call *hclsyntax.FunctionCallExpr, v cty.Value) []Candidate {
	last := call.Args[len(call.Args)-1].Range()
	t, ok := s.text(last)
	if !ok || t.Notation != hclfile.Native {
		return nil
	}
	return one(costInsert, hclfile.Edit{File: t.Path, Start: last.End.Byte, End: last.End.Byte, New: ", " + t.RenderAt(v, last.Start.Byte)})
}
