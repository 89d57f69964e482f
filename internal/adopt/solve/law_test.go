package solve

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/module"
)

// A program is generated code whose attribute x has a known value: expressions as people nest them, through locals, variables and calls.
type program struct {
	t      *rapid.T
	locals []string
	vars   []string
	n      int
}

func (p *program) name() string { p.n++; return fmt.Sprintf("n%d", p.n) }

// word draws a text that no other part of the program has, so that a template has one reading.
func (p *program) word() string {
	return rapid.StringMatching(`[a-z]{2,5}`).Draw(p.t, "word") + p.name()
}

// expression writes an expression for a value, deciding at every level whether to say it here or elsewhere.
func (p *program) expression(v cty.Value, depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 14).Draw(p.t, "form") {
		case 0:
			n := p.name()
			p.locals = append(p.locals, "  "+n+" = "+p.expression(v, depth-1))
			return "local." + n
		case 1:
			n := p.name()
			p.vars = append(p.vars, "variable \""+n+"\" {\n  default = "+p.literal(v)+"\n}")
			return "var." + n
		case 2:
			return "(true ? " + p.expression(v, depth-1) + " : " + p.literal(v) + ")"
		case 3:
			if v.Type() == cty.String {
				s := v.AsString()
				cut := rapid.IntRange(0, len(s)).Draw(p.t, "cut")
				return `"` + s[:cut] + "${" + p.expression(cty.StringVal(s[cut:]), depth-1) + `}"`
			}
		case 4:
			if isMap(v) && v.LengthInt() > 0 {
				first, rest := map[string]cty.Value{}, map[string]cty.Value{}
				for k, e := range entries(v) {
					if rapid.Bool().Draw(p.t, "side") {
						first[k] = e
					} else {
						rest[k] = e
					}
				}
				return "merge(" + p.expression(cty.ObjectVal(first), depth-1) + ", " + p.expression(cty.ObjectVal(rest), depth-1) + ")"
			}
		case 5:
			if isList(v) {
				l := elements(v)
				cut := rapid.IntRange(0, len(l)).Draw(p.t, "cut")
				return "concat(" + p.expression(cty.TupleVal(l[:cut]), depth-1) + ", " + p.expression(cty.TupleVal(l[cut:]), depth-1) + ")"
			}
		case 6:
			n := p.name()
			p.locals = append(p.locals, "  "+n+" = {\n    other = 1\n    here  = "+p.expression(v, depth-1)+"\n  }")
			return rapid.SampledFrom([]string{"local." + n + ".here", "local." + n + `["here"]`, "lookup(local." + n + `, "here", null)`, "try(local." + n + ".here, null)"}).Draw(p.t, "access")
		case 7:
			switch {
			case v.Type() == cty.String:
				return p.called(v.AsString(), depth)
			case v.Type() == cty.Number:
				k := cty.NumberIntVal(rapid.Int64Range(1, 60).Draw(p.t, "operand"))
				return rapid.SampledFrom([]string{
					"(" + p.expression(v.Subtract(k), depth-1) + " + " + p.literal(k) + ")", "(" + p.expression(v.Add(k), depth-1) + " - " + p.literal(k) + ")",
					"(" + p.expression(v.Multiply(k), depth-1) + " / " + p.literal(k) + ")"}).Draw(p.t, "operator")
			case v.Type() == cty.Bool:
				return "!" + p.expression(v.Not(), depth-1)
			}
		case 8:
			if isList(v) && v.LengthInt() > 0 {
				e := p.expression(v, depth-1)
				return rapid.SampledFrom([]string{"[for e in " + e + " : e]", "reverse(reverse(" + e + "))", "slice(concat([0], " + e + "), 1, " + fmt.Sprint(v.LengthInt()+1) + ")"}).Draw(p.t, "list")
			}
			if isMap(v) && v.LengthInt() > 0 {
				return "{ for k, e in " + p.expression(v, depth-1) + " : k => e }"
			}
		}
	}
	return p.literal(v)
}

// called writes a text as the result of a function.
func (p *program) called(s string, depth int) string {
	inner := func(s string) string { return p.expression(cty.StringVal(s), depth-1) }
	cut := rapid.IntRange(0, len(s)).Draw(p.t, "cut")
	switch rapid.IntRange(0, 5).Draw(p.t, "function") {
	case 0:
		return `format("` + s[:cut] + `%s", ` + inner(s[cut:]) + `)`
	case 1:
		return `trimsuffix(` + inner(s+".") + `, ".")`
	case 2:
		return `replace(` + inner(s[:cut]+"_"+s[cut:]) + `, "_", "")`
	case 3:
		return `substr(` + inner("ab"+s) + `, 2, -1)`
	case 4:
		return `join("-", [` + inner(s) + `])`
	}
	return `base64decode(base64encode(` + inner(s) + `))`
}

// literal writes a collection with expressions inside, and a scalar as it is.
func (p *program) literal(v cty.Value) string {
	return hclfile.Text{}.Render(plain(v), "  ", "  ")
}

func (p *program) value(depth int) cty.Value {
	kinds := []string{"string", "number", "bool"}
	if depth > 0 {
		kinds = append(kinds, "object", "list")
	}
	switch rapid.SampledFrom(kinds).Draw(p.t, "kind") {
	case "number":
		return cty.NumberIntVal(rapid.Int64Range(0, 1000).Draw(p.t, "number"))
	case "bool":
		return cty.BoolVal(rapid.Bool().Draw(p.t, "bool"))
	case "object":
		m := map[string]cty.Value{}
		for range rapid.IntRange(1, 3).Draw(p.t, "entries") {
			m[p.name()] = p.value(depth - 1)
		}
		return cty.ObjectVal(m)
	case "list":
		var l []cty.Value
		for range rapid.IntRange(1, 3).Draw(p.t, "elements") {
			l = append(l, p.value(0))
		}
		return cty.TupleVal(l)
	}
	return cty.StringVal(p.word())
}

// changed is the value with one leaf, entry or element changed.
func (p *program) changed(v cty.Value) cty.Value {
	switch {
	case isMap(v) && v.LengthInt() > 0:
		m := entries(v)
		for k, e := range m {
			if len(m) == 1 || rapid.Bool().Draw(p.t, "this") {
				m[k] = p.changed(e)
				return cty.ObjectVal(m)
			}
		}
		m[p.name()] = cty.StringVal(p.word())
		return cty.ObjectVal(m)
	case isList(v):
		l := append([]cty.Value{}, elements(v)...)
		i := rapid.IntRange(0, len(l)-1).Draw(p.t, "element")
		switch rapid.IntRange(0, 2).Draw(p.t, "change") {
		case 0:
			return cty.TupleVal(append(l, cty.StringVal(p.word())))
		case 1:
			return cty.TupleVal(append(l[:i:i], l[i+1:]...))
		}
		l[i] = p.changed(l[i])
		return cty.TupleVal(l)
	case v.Type() == cty.Number:
		return v.Add(cty.NumberIntVal(1))
	case v.Type() == cty.Bool:
		return v.Not()
	}
	return cty.StringVal(v.AsString() + "x")
}

// TestLaw: for any expression and any wanted value there is a candidate, and evaluating the code that it makes gives that value.
func TestLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &program{t: t}
		have := p.value(2)
		want := p.changed(have)
		x := p.expression(have, 4)
		src := "resource \"a_b\" \"c\" {\n  x = " + x + "\n}\n\nlocals {\n" + strings.Join(p.locals, "\n") + "\n}\n\n" + strings.Join(p.vars, "\n") + "\n"
		tree, err := module.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", module.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(tree.Problems) > 0 {
			t.Fatalf("%v\n%s", tree.Problems, src)
		}
		w := NewWorld(tree, NewObjects(nil, nil))
		answer := w.Change(Target{Address: "a_b.c", Path: "x", Want: toDrift(want)})
		if answer.Satisfied {
			t.Fatalf("satisfied by the old value\n%s", src)
		}
		for _, c := range answer.Candidates {
			after, err := hclfile.Apply([]byte(src), c.Edits)
			if err != nil {
				t.Fatalf("%v\n%s", err, src)
			}
			next, err := tree.With(map[string][]byte{"main.tf": after})
			if err != nil {
				t.Fatal(err)
			}
			if len(next.Problems) > 0 {
				t.Fatalf("%v\n%s", next.Problems, after)
			}
			edited := w.With(next)
			got := edited.scope(nil).Eval(next.Root.Resources["a_b.c"].Block.Body.Attributes["x"].Expr)
			if ok := same(got, want); ok != edited.Check(Target{Address: "a_b.c", Path: "x", Want: toDrift(want)}) {
				t.Fatalf("Check and evaluation differ: %#v, want %#v\n%s", got, want, after)
			} else if ok {
				return
			}
		}
		t.Fatalf("no candidate gives %#v: %v\n%s", want, answer.Reason, src)
	})
}
