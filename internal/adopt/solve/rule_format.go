package solve

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func init() {
	calls["format"] = format
	calls["formatlist"] = formatList
}

// A verb is a part of a format: fixed text, or what one argument gives.
type verb struct {
	text string // as it is written: %-escapes and all
	arg  int    // -1 for fixed text
}

// verbs takes a format apart; false for what goes by number or takes widths from arguments.
func verbs(layout string) ([]verb, bool) {
	var out []verb
	fixed := ""
	flush := func() {
		if fixed != "" {
			out, fixed = append(out, verb{fixed, -1}), ""
		}
	}
	arg := 0
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' {
			fixed += layout[i : i+1]
			continue
		}
		if strings.HasPrefix(layout[i:], "%%") {
			fixed += "%%"
			i++
			continue
		}
		end := i + 1
		for end < len(layout) && strings.IndexByte("+-# 0123456789.", layout[end]) >= 0 {
			end++
		}
		if end == len(layout) || strings.IndexByte("vtbdoxXeEfgGsq", layout[end]) < 0 {
			return nil, false
		}
		flush()
		out = append(out, verb{layout[i : end+1], arg})
		arg++
		i = end
	}
	flush()
	return out, true
}

// format changes the argument, or the fixed part of the layout, that the difference lies in.
func format(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) == 0 || call.ExpandFinal || !isString(want) {
		return s.because(NoInverse, "format() at %s", place(call.Range()))
	}
	args := make([]formatArgument, len(call.Args)-1)
	for i, a := range call.Args[1:] {
		args[i] = formatArgument{sc.Eval(a), func(v cty.Value) []Candidate { return s.child(sc, a, cty.DynamicVal, v) }}
	}
	return s.formatted(sc, call, args, have, want)
}

// A formatArgument is a value that a format takes, and how it is changed.
type formatArgument struct {
	value cty.Value
	set   func(cty.Value) []Candidate
}

func (s *solver) formatted(sc *Scope, call *hclsyntax.FunctionCallExpr, args []formatArgument, have, want cty.Value) []Candidate {
	layout, ok := text(sc.Eval(call.Args[0]))
	parts, plainVerbs := verbs(layout)
	if !ok || !plainVerbs {
		return s.because(NoInverse, "the format at %s cannot be taken apart", place(call.Range()))
	}
	pieces := make([]piece, len(parts))
	for i, p := range parts {
		if p.arg < 0 {
			pieces[i] = piece{value: strings.ReplaceAll(p.text, "%%", "%"), known: true, fixed: true, set: func(fresh string) []Candidate {
				all := ""
				for j, q := range parts {
					if j == i {
						q.text = strings.ReplaceAll(fresh, "%", "%%")
					}
					all += q.text
				}
				return s.invert(sc, call.Args[0], cty.StringVal(layout), cty.StringVal(all))
			}}
			continue
		}
		if p.arg >= len(args) {
			return s.because(NoInverse, "the format at %s has more verbs than arguments", place(call.Range()))
		}
		arg := args[p.arg]
		pieces[i] = piece{set: func(fresh string) []Candidate {
			v, ok := scanned(p.text, fresh)
			if !ok {
				return nil
			}
			return arg.set(v)
		}}
		if now, err := languageFunctions["format"].Call([]cty.Value{cty.StringVal(p.text), arg.value}); err == nil && now.IsKnown() {
			pieces[i].value, pieces[i].known = now.AsString(), true
		}
	}
	before, _ := text(have)
	if cands := assemble(pieces, before, want.AsString()); len(cands) > 0 {
		return cands
	}
	return s.because(NoInverse, "the format at %s is put together from parts that the live value does not show", place(call.Range()))
}

// scanned is the value that a verb writes as the text.
func scanned(verb, written string) (cty.Value, bool) {
	switch verb[len(verb)-1] {
	case 's', 'v':
		if len(verb) == 2 {
			return cty.StringVal(written), true
		}
		return cty.StringVal(strings.TrimSpace(written)), true
	case 'q':
		v, err := strconv.Unquote(written)
		return cty.StringVal(v), err == nil
	case 't':
		b, err := strconv.ParseBool(written)
		return cty.BoolVal(b), err == nil
	}
	base := map[byte]int{'d': 10, 'b': 2, 'o': 8, 'x': 16, 'X': 16}[verb[len(verb)-1]]
	if base == 0 {
		v, err := cty.ParseNumberVal(strings.TrimSpace(written))
		return v, err == nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(written), base, 64)
	return cty.NumberIntVal(n), err == nil
}

// formatList is format for every element: as many are wanted as there are.
func formatList(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) == 0 || call.ExpandFinal || !isList(want) || !isList(have) || len(elements(have)) != len(elements(want)) {
		return s.because(NoInverse, "formatlist() at %s would need another number of elements", place(call.Range()))
	}
	var parts [][]Candidate
	for i, w := range elements(want) {
		h := elements(have)[i]
		if same(h, w) {
			continue
		}
		if !isString(w) {
			return s.because(Unwritable, "formatlist() at %s cannot give the live value", place(call.Range()))
		}
		args := make([]formatArgument, len(call.Args)-1)
		for j, a := range call.Args[1:] {
			v := sc.Eval(a)
			args[j] = formatArgument{v, func(v cty.Value) []Candidate { return s.child(sc, a, cty.DynamicVal, v) }}
			if isList(v) {
				one, ok := at(v, []any{i})
				if !ok {
					return s.because(Unevaluable, "a list at %s is not known", place(a.Range()))
				}
				args[j] = formatArgument{one, func(v cty.Value) []Candidate { return s.inside(sc, a, []any{i}, v) }}
			}
		}
		parts = append(parts, s.formatted(sc, call, args, h, w))
	}
	return all(parts...)
}
