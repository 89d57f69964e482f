package solve

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// filtered says around a shared collection what one of its users has more or less of it: elements are added by concat, entries and elements
// are left out by a for expression. Of several instances of one block it is said for one alone.
func (s *solver) filtered(t hclfile.Text, sc *Scope, e hclsyntax.Expression, have, want cty.Value) []Candidate {
	if !known(have) || have.IsNull() || want.IsNull() {
		return nil
	}
	for _, name := range []string{"k", "v", "e"} {
		if sc.bindings[name] != nil {
			return nil
		}
	}
	r := e.Range()
	wrap := func(cost int, before, after string) Candidate {
		return Candidate{Cost: cost, Edits: []hclfile.Edit{
			{File: t.Path, Start: r.Start.Byte, End: r.Start.Byte, New: before},
			{File: t.Path, Start: r.End.Byte, End: r.End.Byte, New: after}}}
	}
	around := func(before string, after func(cond string) string) []Candidate {
		var out []Candidate
		if len(hclsyntax.Variables(e)) > 0 { // a literal is better edited itself
			out = append(out, wrap(costOverride/2, before, after("")))
		}
		for i, cond := range conditions(t, sc) {
			out = append(out, wrap(costOverride+i, before, after(cond)))
		}
		return out
	}
	// unless is a condition of a for expression: what is left out, and where.
	unless := func(cond string, names []string, iterator string) string {
		test := iterator + " != " + strings.Join(names, " && "+iterator+" != ")
		if cond == "" {
			return test
		}
		if strings.Count(cond, " == ") == 1 && !strings.Contains(cond, "&&") {
			return strings.Replace(cond, " == ", " != ", 1) + " || " + test
		}
		return "!(" + cond + ") || " + test
	}
	switch {
	case isMap(have) && isMap(want):
		gone, ok := lessKeys(have, want)
		if !ok {
			return nil
		}
		for i := range gone {
			gone[i] = t.Quote(gone[i])
		}
		return around("{ for k, v in ", func(cond string) string { return " : k => v if " + unless(cond, gone, "k") + " }" })
	case isList(have) && isList(want):
		gone, come, ok := difference(elements(have), elements(want))
		isSet := have.Type().IsSetType() || want.Type().IsSetType()
		switch {
		case !ok || len(gone) > 0 && len(come) > 0:
			return nil
		case len(gone) > 0:
			var names []string
			for _, v := range gone {
				names = append(names, t.Render(v, "", ""))
			}
			return around("[for e in ", func(cond string) string { return " : e if " + unless(cond, names, "e") + "]" })
		case len(come) > 0 && (isSet || same(cty.TupleVal(append(slices.Clone(elements(have)), come...)), want)):
			add := t.RenderAt(cty.TupleVal(come), r.Start.Byte)
			function := "concat("
			if sc.Eval(e).Type().IsSetType() {
				function = "setunion("
			}
			return around(function, func(cond string) string {
				if cond == "" {
					return ", " + add + ")"
				}
				return ", " + cond + " ? " + add + " : [])"
			})
		}
	}
	return nil
}

// lessKeys are the keys that a map loses to become another; false when anything else differs.
func lessKeys(have, want cty.Value) ([]string, bool) {
	was, now := entries(have), entries(want)
	var gone []string
	for _, k := range slices.Sorted(maps.Keys(was)) {
		v, ok := now[k]
		switch {
		case was[k].IsNull():
		case !ok || v.IsNull():
			gone = append(gone, k)
		case !same(was[k], v):
			return nil, false
		}
	}
	for k, v := range now {
		if _, ok := was[k]; !ok && !v.IsNull() {
			return nil, false
		}
	}
	return gone, len(gone) > 0
}

// difference is what a list of plain values loses and gains; false when it holds anything else, or a value that goes stands there twice.
func difference(have, want []cty.Value) (gone, come []cty.Value, ok bool) {
	for _, o := range alignList(have, want) {
		switch {
		case o.want < 0:
			gone = append(gone, have[o.have])
		case o.have < 0:
			come = append(come, want[o.want])
		default:
			return nil, nil, false
		}
	}
	for _, v := range gone {
		if _, isText := text(v); !isText || slices.ContainsFunc(want, func(w cty.Value) bool { return same(v, w) }) {
			return nil, nil, false
		}
	}
	for _, v := range come {
		if !known(v) {
			return nil, nil, false
		}
	}
	return gone, come, true
}
