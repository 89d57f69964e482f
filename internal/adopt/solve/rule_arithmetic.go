package solve

import (
	"math/big"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func init() {
	for _, name := range []string{"min", "max"} {
		calls[name] = anyArgument
	}
	for _, name := range []string{"abs", "ceil", "floor"} {
		calls[name] = sameArgument
	}
	calls["parseint"] = parsedInt
}

// binary turns an operator round: one operand changes, the other stays. Of numbers an operand that is whole stays whole; of conditions only
// values that somebody set are switched, as comparisons ask about what has other uses.
func (s *solver) binary(sc *Scope, e *hclsyntax.BinaryOpExpr, want cty.Value) []Candidate {
	switch e.Op {
	case hclsyntax.OpLogicalAnd, hclsyntax.OpLogicalOr:
		return s.logical(sc, e, want)
	case hclsyntax.OpAdd, hclsyntax.OpSubtract, hclsyntax.OpMultiply, hclsyntax.OpDivide:
	default:
		return s.because(NoInverse, "the comparison at %s is not turned round", place(e.SrcRange))
	}
	n, l, r := number(want), number(sc.Eval(e.LHS)), number(sc.Eval(e.RHS))
	if n == nil || l == nil || r == nil {
		return s.because(Unevaluable, "an operand at %s is not known", place(e.SrcRange))
	}
	left, right := undone(e.Op, n, l, r)
	var out []Candidate
	for i, part := range []struct {
		side    hclsyntax.Expression
		was, to *big.Float
	}{{e.LHS, l, left}, {e.RHS, r, right}} {
		if part.to == nil || part.was.IsInt() && !part.to.IsInt() {
			continue
		}
		cost := i
		if (e.Op == hclsyntax.OpMultiply || e.Op == hclsyntax.OpDivide) && len(hclsyntax.Variables(part.side)) == 0 && len(hclsyntax.Variables(e)) > 0 {
			cost += costDefault // a number beside a name is a unit: 60, 1024
		}
		out = append(out, plus(s.invert(sc, part.side, cty.NumberVal(part.was), cty.NumberVal(part.to)), cost)...)
	}
	if len(out) == 0 {
		return s.because(NoInverse, "no whole number for an operand at %s gives the live value", place(e.SrcRange))
	}
	return best(out)
}

// undone are the operands, each with the other as it is, that give n; nil where there is none.
func undone(op *hclsyntax.Operation, n, l, r *big.Float) (left, right *big.Float) {
	f := func() *big.Float { return new(big.Float).SetPrec(512) }
	quotient := func(a, b *big.Float) *big.Float {
		if b.Sign() == 0 {
			return nil
		}
		return f().Quo(a, b)
	}
	switch op {
	case hclsyntax.OpAdd:
		return f().Sub(n, r), f().Sub(n, l)
	case hclsyntax.OpSubtract:
		return f().Add(n, r), f().Sub(l, n)
	case hclsyntax.OpMultiply:
		return quotient(n, r), quotient(n, l)
	}
	return f().Mul(n, r), quotient(l, n)
}

// logical switches operands of a condition: one that is enough, or all that are needed.
func (s *solver) logical(sc *Scope, e *hclsyntax.BinaryOpExpr, want cty.Value) []Candidate {
	w, l, r := truth(want), truth(sc.Eval(e.LHS)), truth(sc.Eval(e.RHS))
	if w == cty.NilVal || l == cty.NilVal || r == cty.NilVal {
		return s.because(Unevaluable, "an operand at %s is not known", place(e.SrcRange))
	}
	turn := func(side hclsyntax.Expression, have cty.Value) []Candidate {
		if _, literal := side.(*hclsyntax.LiteralValueExpr); !literal && !isSwitch(side) && !isLogical(side) {
			return s.because(NoInverse, "the comparison at %s is not turned round", place(side.Range()))
		}
		return s.invert(sc, side, have, w)
	}
	if (e.Op == hclsyntax.OpLogicalAnd) == w.True() { // all operands are needed
		return all(turn(e.LHS, l), turn(e.RHS, r))
	}
	return best(append(turn(e.LHS, l), plus(turn(e.RHS, r), 1)...))
}

func isLogical(e hclsyntax.Expression) bool {
	for {
		p, ok := e.(*hclsyntax.ParenthesesExpr)
		if !ok {
			break
		}
		e = p.Expression
	}
	b, ok := e.(*hclsyntax.BinaryOpExpr)
	return ok && (b.Op == hclsyntax.OpLogicalAnd || b.Op == hclsyntax.OpLogicalOr)
}

// number is a value as a number, nil when it is none.
func number(v cty.Value) *big.Float {
	if v = typed(v, cty.Number); v == cty.NilVal || !known(v) || v.IsNull() || v.Type() != cty.Number {
		return nil
	}
	return v.AsBigFloat()
}

// truth is a value as a bool, NilVal when it is none.
func truth(v cty.Value) cty.Value {
	if v = typed(v, cty.Bool); v == cty.NilVal || !known(v) || v.IsNull() || v.Type() != cty.Bool {
		return cty.NilVal
	}
	return v
}

// anyArgument makes one of the arguments the wanted value: first the one that is the result now.
func anyArgument(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if call.ExpandFinal {
		return s.because(NoInverse, "%s() of an expanded list", call.Name)
	}
	var out []Candidate
	for i, arg := range call.Args {
		v := sc.Eval(arg)
		cost := costInsert + i
		if same(v, have) {
			cost = i
		}
		out = append(out, plus(s.invert(sc, arg, v, want), cost)...)
	}
	return best(out)
}

// parsedInt writes the wanted number in the base.
func parsedInt(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 2 {
		return nil
	}
	base, ok := wholeNumber(sc.Eval(call.Args[1]))
	n := number(want)
	if !ok || n == nil || !n.IsInt() || base < 2 || base > 62 {
		return s.because(Unwritable, "parseint() at %s cannot give the live value", place(call.Range()))
	}
	i, _ := n.Int(nil)
	return s.invert(sc, call.Args[0], sc.Eval(call.Args[0]), cty.StringVal(i.Text(base)))
}
