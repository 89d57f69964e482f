package solve

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// unary turns a negation round; a negative number is a literal.
func (s *solver) unary(sc *Scope, e *hclsyntax.UnaryOpExpr, have, want cty.Value) []Candidate {
	switch {
	case e.Op == hclsyntax.OpNegate:
		if _, ok := e.Val.(*hclsyntax.LiteralValueExpr); ok {
			return s.literal(sc, e, have, want)
		}
		if n := typed(want, cty.Number); known(n) && !n.IsNull() && n.Type() == cty.Number {
			return s.child(sc, e.Val, cty.DynamicVal, n.Negate())
		}
	case e.Op == hclsyntax.OpLogicalNot:
		if b := typed(want, cty.Bool); known(b) && !b.IsNull() && b.Type() == cty.Bool {
			return s.child(sc, e.Val, cty.DynamicVal, b.Not())
		}
	}
	return s.because(NoInverse, "the operator at %s cannot give the live value", place(e.SrcRange))
}
