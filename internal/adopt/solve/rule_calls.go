package solve

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func init() {
	for _, name := range []string{"toset", "tolist", "tomap", "tostring", "tonumber", "tobool", "sensitive", "nonsensitive",
		"lower", "upper", "title", "compact", "distinct", "sort"} {
		calls[name] = sameArgument
	}
	calls["base64encode"] = through("base64decode")
	calls["base64decode"] = through("base64encode")
	calls["yamlencode"] = through("yamldecode")
	calls["jsondecode"] = through("jsonencode")
	calls["trimspace"] = trimmed
	calls["chomp"] = trimmed
	calls["lookup"] = lookup
	calls["try"] = firstThatWorks
	calls["coalesce"] = firstThatIsSet
	calls["coalescelist"] = firstThatIsSet
	calls["urlencode"] = through("urldecode")
	calls["urldecode"] = through("urlencode")
	calls["element"] = element
	calls["reverse"] = reversed
	calls["one"] = onlyElement
}

// sameArgument is for functions that give their argument back in another type, case or order: the argument must say what is wanted,
// and evaluation tells whether the function then gives it.
func sameArgument(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 1 {
		return s.because(NoInverse, "%s() with these arguments", call.Name)
	}
	arg := sc.Eval(call.Args[0])
	if (call.Name == "toset" || call.Name == "sort") && isList(want) && isList(arg) {
		// Order means nothing here: what stays keeps its place.
		want = inOrderOf(elements(arg), elements(want))
	}
	return s.invert(sc, call.Args[0], fill(arg, have), want)
}

// inOrderOf lists to with the elements that from has too in from's order, the others last.
func inOrderOf(from, to []cty.Value) cty.Value {
	var out []cty.Value
	used := make([]bool, len(to))
	for _, f := range from {
		for j, v := range to {
			if !used[j] && same(f, v) {
				out, used[j] = append(out, v), true
				break
			}
		}
	}
	for j, v := range to {
		if !used[j] {
			out = append(out, v)
		}
	}
	return cty.TupleVal(out)
}

// through is for functions that another one undoes.
func through(undo string) callRule {
	return func(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
		f, ok := languageFunctions[undo]
		if !ok || len(call.Args) != 1 {
			return s.because(NoInverse, "%s() with these arguments", call.Name)
		}
		to, err := f.Call([]cty.Value{want})
		if err != nil {
			return s.because(Unwritable, "%s() cannot give the live value", call.Name)
		}
		from := sc.Eval(call.Args[0])
		if !known(from) && known(have) {
			if v, err := f.Call([]cty.Value{have}); err == nil {
				from = fill(from, v)
			}
		}
		return s.invert(sc, call.Args[0], from, to)
	}
}

// trimmed keeps the white space that the function takes away.
func trimmed(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 1 || !isString(want) {
		return nil
	}
	arg := sc.Eval(call.Args[0])
	if !isString(arg) {
		return s.because(Unevaluable, "the argument of %s() is not known", call.Name)
	}
	text := arg.AsString()
	body := strings.TrimSpace(text)
	n := strings.Index(text, body)
	head, tail := text[:n], text[n+len(body):]
	if call.Name == "chomp" {
		head, tail = "", text[len(strings.TrimRight(text, "\r\n")):]
	}
	return s.invert(sc, call.Args[0], arg, cty.StringVal(head+want.AsString()+tail))
}

// lookup edits the entry of the map, adds one where the default was taken, or edits the default.
func lookup(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) < 2 {
		return nil
	}
	key, ok := text(sc.Eval(call.Args[1]))
	if !ok {
		return s.because(Unevaluable, "the key of lookup() at %s is not known", place(call.Range()))
	}
	_, had := entries(sc.Eval(call.Args[0]))[key]
	out := s.inside(sc, call.Args[0], []any{key}, want)
	if !had {
		out = plus(out, costInsert)
		if len(call.Args) == 3 {
			out = append(out, plus(s.child(sc, call.Args[2], have, want), costDefault)...)
		}
	}
	return best(out)
}

// firstThatWorks edits the argument of try that is taken; before that, an earlier one that names a missing key may get it.
func firstThatWorks(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	var out []Candidate
	for _, arg := range call.Args {
		_, diags := arg.Value(sc.context(hclsyntax.Variables(arg)))
		if !diags.HasErrors() {
			cost := 0
			if len(out) > 0 {
				cost = costDefault
			}
			return best(append(out, plus(s.child(sc, arg, have, want), cost)...))
		}
		out = append(out, plus(s.invert(sc, arg, cty.NullVal(cty.DynamicPseudoType), want), costInsert)...)
	}
	return best(out)
}

// firstThatIsSet edits the argument of coalesce that is taken.
func firstThatIsSet(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if call.ExpandFinal {
		return s.because(NoInverse, "coalesce() of an expanded list")
	}
	var out []Candidate
	for i, arg := range call.Args {
		v := sc.Eval(arg)
		if !v.IsKnown() {
			return s.because(Unevaluable, "an argument of coalesce() at %s is not known", place(call.Range()))
		}
		if t, ok := text(v); !v.IsNull() && (!ok || t != "") && (call.Name != "coalescelist" || !isList(v) || len(elements(v)) > 0) {
			return best(append(out, plus(s.child(sc, arg, have, want), i)...))
		}
		if _, isLiteral := arg.(*hclsyntax.LiteralValueExpr); !isLiteral {
			out = append(out, plus(s.invert(sc, arg, v, want), costInsert)...)
		}
	}
	return best(out)
}

// element edits the element that is picked.
func element(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 2 {
		return nil
	}
	list := sc.Eval(call.Args[0])
	n, ok := wholeNumber(sc.Eval(call.Args[1]))
	if !ok || !isList(list) || list.LengthInt() == 0 {
		return s.because(Unevaluable, "the arguments of element() at %s are not known", place(call.Range()))
	}
	return s.inside(sc, call.Args[0], []any{n % list.LengthInt()}, want)
}

// reversed turns the wanted list round.
func reversed(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 1 || !isList(want) {
		return nil
	}
	var back []cty.Value
	for _, v := range elements(want) {
		back = append([]cty.Value{v}, back...)
	}
	return s.invert(sc, call.Args[0], sc.Eval(call.Args[0]), cty.TupleVal(back))
}

// onlyElement edits the one element of a list.
func onlyElement(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 1 || want.IsNull() {
		return nil
	}
	return s.inside(sc, call.Args[0], []any{0}, want)
}
