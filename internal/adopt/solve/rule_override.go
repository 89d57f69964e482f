package solve

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// override says another value for one instance of many, where each or count tells them apart, or for one user of a shared map.
func (s *solver) override(sc *Scope, e hclsyntax.Expression, have, want cty.Value) []Candidate {
	t, ok := s.text(e.Range())
	if !ok || t.Notation != hclfile.Native || !known(want) || heredocIn(t, e) {
		return nil
	}
	var out []Candidate
	extra, onlyMore := more(have, want)
	indent := t.RenderAt // continued lines follow the line that the expression starts on
	r := e.Range()
	_, isObject := e.(*hclsyntax.ObjectConsExpr)
	if onlyMore && !isObject && len(hclsyntax.Variables(e)) > 0 && !isCall(e, "merge") {
		out = append(out, Candidate{Cost: costOverride / 2, Edits: []hclfile.Edit{
			{File: t.Path, Start: r.Start.Byte, End: r.Start.Byte, New: "merge("},
			{File: t.Path, Start: r.End.Byte, End: r.End.Byte, New: ", " + indent(extra, r.Start.Byte) + ")"}}})
	}
	cond := instanceCondition(t, sc)
	switch {
	case cond == "":
	case onlyMore:
		out = append(out, Candidate{Cost: costOverride, Edits: []hclfile.Edit{
			{File: t.Path, Start: r.Start.Byte, End: r.Start.Byte, New: "merge("},
			{File: t.Path, Start: r.End.Byte, End: r.End.Byte, New: ", " + cond + " ? " + indent(extra, r.Start.Byte) + " : {})"}}})
	case want.Type().IsPrimitiveType() || isList(want) || want.IsNull():
		open, closing := "", ""
		if _, simple := e.(*hclsyntax.ConditionalExpr); simple {
			open, closing = "(", ")"
		}
		out = append(out, Candidate{Cost: costOverride, Edits: []hclfile.Edit{
			{File: t.Path, Start: r.Start.Byte, End: r.Start.Byte, New: cond + " ? " + indent(plain(want), r.Start.Byte) + " : " + open},
			{File: t.Path, Start: r.End.Byte, End: r.End.Byte, New: closing}}})
	}
	return out
}

func isCall(e hclsyntax.Expression, name string) bool {
	c, ok := e.(*hclsyntax.FunctionCallExpr)
	return ok && c.Name == name
}

func heredocIn(t hclfile.Text, e hclsyntax.Expression) bool {
	r := e.Range()
	return strings.Contains(string(t.Source[r.Start.Byte:r.End.Byte]), "<<")
}

// more tells whether want is have with entries added or changed, none removed, and which those are.
func more(have, want cty.Value) (cty.Value, bool) {
	if !isMap(have) || !isMap(want) {
		return cty.NilVal, false
	}
	was, now := entries(have), entries(want)
	out := map[string]cty.Value{}
	for _, k := range slices.Sorted(maps.Keys(was)) {
		if v, ok := now[k]; !ok && !was[k].IsNull() || ok && v.IsNull() && !was[k].IsNull() {
			return cty.NilVal, false
		}
	}
	for k, v := range now {
		if old, ok := was[k]; !v.IsNull() && (!ok || !same(old, v)) {
			out[k] = plain(v)
		}
	}
	return cty.ObjectVal(out), len(out) > 0
}

// instanceCondition is the condition that holds for the instance of this scope alone; "" when there is only one.
func instanceCondition(t hclfile.Text, sc *Scope) string {
	if t.Notation != hclfile.Native {
		return ""
	}
	if b := sc.bindings["each"]; b != nil {
		return "each.key == " + t.Quote(b.key.AsString())
	}
	if b := sc.bindings["count"]; b != nil {
		n, _ := text(b.key)
		return "count.index == " + n
	}
	return ""
}
