package solve

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// conditional goes into the branch that is taken, unless the other branch says what is wanted already: then the switch is what a person
// would turn, where the condition is one. A comparison is never edited: it asks about something that has other uses.
func (s *solver) conditional(sc *Scope, e *hclsyntax.ConditionalExpr, have, want cty.Value) []Candidate {
	cond := typed(sc.Eval(e.Condition), cty.Bool)
	if known(cond) && !cond.IsNull() && cond.Type() == cty.Bool {
		taken, other := e.TrueResult, e.FalseResult
		if cond.False() {
			taken, other = other, taken
		}
		var turned []Candidate
		if isSwitch(e.Condition) && same(sc.Eval(other), want) {
			turned = s.child(sc, e.Condition, cond, cond.Not())
		}
		price := 0
		if len(turned) > 0 {
			price = costOverride // both branches would say the same
		}
		return best(append(turned, plus(s.child(sc, taken, have, want), price)...))
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

// isSwitch tells whether a condition is a value somebody set, as opposed to a question about one.
func isSwitch(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return isSwitch(e.Expression)
	case *hclsyntax.UnaryOpExpr:
		return e.Op == hclsyntax.OpLogicalNot && isSwitch(e.Val)
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.IndexExpr:
		return true
	}
	return false
}
