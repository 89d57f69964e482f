package solve

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// splat goes into the elements of the list whose parts are read, one changed part at a time.
func (s *solver) splat(sc *Scope, e *hclsyntax.SplatExpr, have, want cty.Value) []Candidate {
	var steps []any
	switch each := e.Each.(type) {
	case *hclsyntax.RelativeTraversalExpr:
		if each.Source != hclsyntax.Expression(e.Item) {
			return s.because(NoInverse, "the splat at %s cannot be turned around", place(e.SrcRange))
		}
		steps = stepsOf(each.Traversal)
	case *hclsyntax.AnonSymbolExpr:
	default:
		return s.because(NoInverse, "the splat at %s cannot be turned around", place(e.SrcRange))
	}
	source := sc.Eval(e.Source)
	if !isList(source) || !isList(have) || !isList(want) {
		return s.because(Unevaluable, "what the splat at %s goes over is not known", place(e.SrcRange))
	}
	was, now := elements(have), elements(want)
	if len(was) != len(now) || len(was) != len(elements(source)) || source.Type().IsSetType() {
		return s.because(NoInverse, "the splat at %s would need another number of elements", place(e.SrcRange))
	}
	full := source
	for i := range now {
		if same(was[i], now[i]) {
			continue
		}
		var ok bool
		if full, ok = put(full, append([]any{i}, steps...), now[i]); !ok {
			return s.because(Unevaluable, "an element at %s is not known", place(e.SrcRange))
		}
	}
	return plus(s.invert(sc, e.Source, source, full), costStep)
}
