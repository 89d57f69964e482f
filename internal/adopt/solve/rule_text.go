package solve

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func init() {
	calls["replace"] = replaced
	calls["trimprefix"] = trimmedBy(func(text, cut string) (head, tail string) {
		if strings.HasPrefix(text, cut) {
			head = cut
		}
		return head, ""
	})
	calls["trimsuffix"] = trimmedBy(func(text, cut string) (head, tail string) {
		if strings.HasSuffix(text, cut) {
			tail = cut
		}
		return "", tail
	})
	calls["trim"] = trimmedBy(func(text, cut string) (head, tail string) {
		rest := strings.TrimLeft(text, cut)
		body := strings.TrimRight(rest, cut)
		return text[:len(text)-len(rest)], rest[len(body):]
	})
	calls["substr"] = substr
	calls["strrev"] = through("strrev")
	calls["indent"] = indented
}

// replaced finds the text in which a replacement gives what is wanted. What was replaced before and still stands is written as it was; of
// what is new the text itself is tried first, and then with the replacement undone everywhere. Evaluation tells which is right.
func replaced(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 3 || !isString(want) {
		return nil
	}
	from, ok1 := text(sc.Eval(call.Args[1]))
	to, ok2 := text(sc.Eval(call.Args[2]))
	arg, ok3 := text(sc.Eval(call.Args[0]))
	was, ok4 := text(have)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return s.because(Unevaluable, "an argument of replace() at %s is not known", place(call.Range()))
	}
	w := want.AsString()
	tries := []string{w}
	if len(from) > 1 && from[0] == '/' && from[len(from)-1] == '/' {
		if re, err := regexp.Compile(from[1 : len(from)-1]); err == nil {
			tries = append([]string{spliceBack(arg, was, w, func(t string) string { return re.ReplaceAllString(t, to) })}, tries...)
		}
	} else if from != "" {
		tries = append([]string{spliceBack(arg, was, w, func(t string) string { return strings.ReplaceAll(t, from, to) })}, tries...)
		if to != "" {
			tries = append(tries, strings.ReplaceAll(w, to, from))
		}
	}
	var out []Candidate
	seen := map[string]bool{arg: true}
	for i, t := range tries {
		if !seen[t] {
			seen[t] = true
			out = append(out, plus(s.invert(sc, call.Args[0], cty.StringVal(arg), cty.StringVal(t)), i)...)
		}
	}
	return best(out)
}

// spliceBack keeps of a text what becomes the head and the tail that the old and the new result share, and puts what is new between.
func spliceBack(arg, have, want string, f func(string) string) string {
	head, tail := "", ""
	for n := len(arg); n >= 0; n-- {
		if made := f(arg[:n]); strings.HasPrefix(have, made) && strings.HasPrefix(want, made) {
			head = arg[:n]
			break
		}
	}
	rest := want[len(f(head)):]
	for n := len(head); n <= len(arg); n++ {
		if made := f(arg[n:]); strings.HasSuffix(have, made) && strings.HasSuffix(rest, made) {
			tail = arg[n:]
			break
		}
	}
	return head + strings.TrimSuffix(rest, f(tail)) + tail
}

// trimmedBy keeps what the function takes away at the ends.
func trimmedBy(ends func(text, cut string) (head, tail string)) callRule {
	return func(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
		if len(call.Args) != 2 || !isString(want) {
			return nil
		}
		arg, ok1 := text(sc.Eval(call.Args[0]))
		cut, ok2 := text(sc.Eval(call.Args[1]))
		if !ok1 || !ok2 {
			return s.because(Unevaluable, "an argument of %s() at %s is not known", call.Name, place(call.Range()))
		}
		head, tail := ends(arg, cut)
		return s.invert(sc, call.Args[0], cty.StringVal(arg), cty.StringVal(head+want.AsString()+tail))
	}
}

// substr puts the wanted part in its place.
func substr(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 3 || !isString(want) {
		return nil
	}
	arg, ok1 := text(sc.Eval(call.Args[0]))
	from, ok2 := wholeNumber(sc.Eval(call.Args[1]))
	n, ok3 := wholeNumber(sc.Eval(call.Args[2]))
	runes := []rune(arg)
	if !ok1 || !ok2 || !ok3 || from < 0 || from > len(runes) {
		return s.because(Unevaluable, "an argument of substr() at %s is not known", place(call.Range()))
	}
	end := len(runes)
	if n >= 0 {
		end = min(from+n, end)
	}
	return s.invert(sc, call.Args[0], cty.StringVal(arg), cty.StringVal(string(runes[:from])+want.AsString()+string(runes[end:])))
}

// indented takes the indentation off again.
func indented(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 2 || !isString(want) {
		return nil
	}
	n, ok := wholeNumber(sc.Eval(call.Args[0]))
	if !ok || n < 0 {
		return nil
	}
	plain := strings.ReplaceAll(want.AsString(), "\n"+strings.Repeat(" ", n), "\n")
	return s.invert(sc, call.Args[1], sc.Eval(call.Args[1]), cty.StringVal(plain))
}
