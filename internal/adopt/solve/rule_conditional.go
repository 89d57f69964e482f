package solve

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// conditional goes into the branch that is taken. The condition is never edited.
func (s *solver) conditional(sc *Scope, e *hclsyntax.ConditionalExpr, have, want cty.Value) []Candidate {
	cond := typed(sc.Eval(e.Condition), cty.Bool)
	if known(cond) && !cond.IsNull() && cond.Type() == cty.Bool {
		if cond.True() {
			return s.child(sc, e.TrueResult, have, want)
		}
		return s.child(sc, e.FalseResult, have, want)
	}
	yes, no := same(sc.Eval(e.TrueResult), have), same(sc.Eval(e.FalseResult), have)
	switch {
	case yes && !no:
		return s.child(sc, e.TrueResult, have, want)
	case no && !yes:
		return s.child(sc, e.FalseResult, have, want)
	}
	return s.because(Unevaluable, "the condition at %s is not known", place(e.Condition.Range()))
}
