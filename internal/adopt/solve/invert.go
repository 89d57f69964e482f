package solve

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/module"
)

// maxDepth bounds how many expressions an inversion may go through.
const maxDepth = 60

// solver is one inversion: it collects why things could not be done.
type solver struct {
	w       *World
	depth   int
	reasons []Reason
	label   string                  // names what is changed: for new variables
	texts   map[string]hclfile.Text // documents inside other texts, by the file name that their ranges carry
}

func (s *solver) because(code, format string, args ...any) []Candidate {
	s.reasons = append(s.reasons, Reason{Code: code, Detail: fmt.Sprintf(format, args...)})
	return nil
}

// invert finds the edits that make e, which has the value have in this scope, say want. The result is sorted, cheapest first; one
// candidate without edits means that nothing needs to be done.
func (s *solver) invert(sc *Scope, e hclsyntax.Expression, have, want cty.Value) []Candidate {
	if same(have, want) {
		return []Candidate{{}}
	}
	if !known(want) {
		return s.because(Unevaluable, "the live value is not known")
	}
	if s.depth++; s.depth > maxDepth {
		s.depth--
		return s.because(NoInverse, "the expression goes through too many others")
	}
	defer func() { s.depth-- }()
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return s.invert(sc, x.Expression, have, want)
	case *hclsyntax.LiteralValueExpr:
		return s.literal(sc, x, have, want)
	case *hclsyntax.TemplateExpr:
		return s.template(sc, x, have, want)
	case *hclsyntax.TemplateWrapExpr:
		return s.invert(sc, x.Wrapped, have, want)
	case *hclsyntax.ObjectConsExpr:
		return s.object(sc, x, have, want)
	case *hclsyntax.ObjectConsKeyExpr:
		return s.invert(sc, x.Wrapped, have, want)
	case *hclsyntax.TupleConsExpr:
		return s.tuple(sc, x, have, want)
	case *hclsyntax.ScopeTraversalExpr:
		return s.traversal(sc, x, have, want)
	case *hclsyntax.RelativeTraversalExpr:
		return s.inside(sc, x.Source, stepsOf(x.Traversal), want)
	case *hclsyntax.IndexExpr:
		return s.index(sc, x, want)
	case *hclsyntax.ConditionalExpr:
		return s.conditional(sc, x, have, want)
	case *hclsyntax.FunctionCallExpr:
		if rule := calls[x.Name]; rule != nil {
			return best(rule(s, sc, x, have, want))
		}
		return s.because(NoInverse, "%s() cannot be turned around", x.Name)
	case *hclsyntax.UnaryOpExpr:
		return s.unary(sc, x, have, want)
	case *hclsyntax.BinaryOpExpr:
		return s.binary(sc, x, want)
	case *hclsyntax.SplatExpr:
		return s.splat(sc, x, have, want)
	case *hclsyntax.ForExpr:
		return s.forExpr(sc, x, have, want)
	}
	return s.because(NoInverse, "the expression at %s cannot be turned around", place(e.Range()))
}

// A callRule inverts a call of one function.
type callRule func(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate

// calls are the rules for functions, by name. Each file of rules adds its own.
var calls = map[string]callRule{}

// inside inverts e so that the value at steps below it becomes want.
func (s *solver) inside(sc *Scope, e hclsyntax.Expression, steps []any, want cty.Value) []Candidate {
	have := sc.Eval(e)
	full, ok := put(have, steps, want)
	if !ok || !have.IsKnown() {
		return s.because(Unevaluable, "the value at %s is not known", place(e.Range()))
	}
	return s.invert(sc, e, have, full)
}

// child inverts a part of an expression; have is used where the part itself cannot be evaluated.
func (s *solver) child(sc *Scope, e hclsyntax.Expression, have, want cty.Value) []Candidate {
	return s.invert(sc, e, fill(sc.Eval(e), have), want)
}

// fill puts known parts of spare where v is unknown.
func fill(v, spare cty.Value) cty.Value {
	if v == cty.NilVal {
		return spare
	}
	if spare == cty.NilVal || known(v) {
		return v
	}
	if !v.IsKnown() {
		return spare
	}
	switch {
	case isMap(v) && isMap(spare):
		m, other := entries(v), entries(spare)
		for k, e := range m {
			if o, ok := other[k]; ok {
				m[k] = fill(e, o)
			}
		}
		return like(v, cty.ObjectVal(m))
	case isList(v) && isList(spare) && v.LengthInt() == spare.LengthInt() && !v.Type().IsSetType() && !spare.Type().IsSetType():
		l, other := elements(v), elements(spare)
		out := make([]cty.Value, len(l))
		for i := range l {
			out[i] = fill(l[i], other[i])
		}
		return like(v, cty.TupleVal(out))
	}
	return v
}

// text is the text that a range lies in, when it may be edited.
func (s *solver) text(r hcl.Range) (hclfile.Text, bool) {
	if t, ok := s.texts[r.Filename]; ok {
		return t, true
	}
	f := s.w.Tree.Files[r.Filename]
	if f == nil {
		s.because(NotInCode, "%s is not a file of the stack", r.Filename)
		return hclfile.Text{}, false
	}
	if f.Frozen != "" {
		s.because(FrozenFile, "%s", frozenDetail(f))
		return hclfile.Text{}, false
	}
	return textOf(f), true
}

func textOf(f *module.File) hclfile.Text {
	t := hclfile.Text{Path: f.Path, Source: f.Source}
	if f.JSON {
		t.Notation = hclfile.JSON
		if len(f.Path) > 12 && f.Path[len(f.Path)-12:] == ".tfvars.json" {
			t.Notation = hclfile.JSONLiterals
		}
	}
	return t
}

func frozenDetail(f *module.File) string {
	switch f.Frozen {
	case module.FrozenGenerated:
		return f.Path + " is generated: its header says not to edit it"
	case module.FrozenInstalled:
		return f.Path + " belongs to a module that is not in this repository"
	case module.FrozenSubmodule:
		return f.Path + " lies in a git submodule"
	}
	return f.Path + " is reached through a symbolic link"
}

func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// stepsOf turns the steps of a traversal after its root, or of a relative one, into a path.
func stepsOf(tr hcl.Traversal) []any {
	var out []any
	for _, step := range tr {
		switch x := step.(type) {
		case hcl.TraverseAttr:
			out = append(out, x.Name)
		case hcl.TraverseIndex:
			out = append(out, keyStep(x.Key))
		}
	}
	return out
}

// keyStep is an index as a path step.
func keyStep(k cty.Value) any {
	if k.IsKnown() && !k.IsNull() && k.Type() == cty.Number {
		n, _ := k.AsBigFloat().Int64()
		return int(n)
	}
	if s, ok := text(k); ok {
		return s
	}
	return nil
}
