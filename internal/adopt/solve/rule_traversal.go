package solve

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/module"
)

// traversal goes to where a name gets its value.
func (s *solver) traversal(sc *Scope, e *hclsyntax.ScopeTraversalExpr, have, want cty.Value) []Candidate {
	root := e.Traversal.RootName()
	steps := stepsOf(e.Traversal[1:])
	if b := sc.bindings[root]; b != nil {
		return s.iterator(b, root, steps, want)
	}
	name, ok := first(steps)
	if !ok {
		return s.because(NoInverse, "%s has no value of its own", root)
	}
	switch root {
	case "var":
		return s.variable(sc, name, steps[1:], want)
	case "local":
		a := sc.mod.Locals[name]
		if a == nil {
			return s.because(NotInCode, "local.%s is not in the code", name)
		}
		base := &Scope{w: sc.w, mod: sc.mod, steps: sc.steps}
		return plus(s.inside(base, a.Expr, steps[1:], want), costStep)
	case "module":
		return s.output(sc, steps, want)
	case "data":
		return s.data(sc, e, steps, have, want)
	case "path", "terraform", "tofu", "self":
		return s.because(NoInverse, "%s.%s is not a value of the code", root, name)
	}
	return s.reference(sc, e, root+"."+name, want)
}

func first(steps []any) (string, bool) {
	if len(steps) == 0 {
		return "", false
	}
	name, ok := steps[0].(string)
	return name, ok
}

// variable goes to what sets an input variable: a var file, the argument of the call, else the default.
func (s *solver) variable(sc *Scope, name string, steps []any, want cty.Value) []Candidate {
	v := sc.mod.Variables[name]
	if v == nil {
		return s.because(NotInCode, "var.%s is not declared", name)
	}
	if v.Ephemeral {
		return s.because(OutsideCode, "var.%s is ephemeral", name)
	}
	e, in, literal := sc.source(v)
	if literal != nil {
		return s.because(OutsideCode, "var.%s is set by %s, outside the repository", name, sc.w.Tree.Inputs[name].From)
	}
	if e == nil {
		return s.because(OutsideCode, "var.%s gets its value from outside the repository", name)
	}
	if len(steps) == 0 {
		if now := sc.variable(name); known(now) && now.Type().IsSetType() {
			want = typed(want, now.Type())
		}
	}
	isDefault := v.Default != nil && e == v.Default.Expr
	if !isDefault {
		return plus(s.settled(in, e, steps, want), costStep)
	}
	byDefault := plus(s.inside(in, e, steps, want), costDefault)
	full, ok := put(sc.variable(name), steps, want)
	if !ok || !known(full) {
		return byDefault
	}
	if len(sc.steps) > 0 {
		return best(append(s.argument(sc, name, full), byDefault...))
	}
	return best(append(s.varFile(sc, name, full), byDefault...))
}

// settled inverts the expression that a variable is set to, or tells one instance apart there.
func (s *solver) settled(in *Scope, e hclsyntax.Expression, steps []any, want cty.Value) []Candidate {
	cands := s.inside(in, e, steps, want)
	have := in.Eval(e)
	if full, ok := put(have, steps, want); ok && known(full) {
		if s.mayReplace(e) {
			cands = append(cands, s.override(in, e, have, full)...)
			if len(hclsyntax.Variables(e)) > 0 {
				cands = append(cands, s.detach(e, full)...)
			}
		}
	}
	return best(cands)
}

// argument adds an argument to the call of a module, where the variable had its default.
func (s *solver) argument(sc *Scope, name string, want cty.Value) []Candidate {
	call := sc.mod.Call.Block
	t, ok := s.text(call.Body.SrcRange)
	if !ok {
		return nil
	}
	return one(costInsert+costStep, t.InsertAttribute(call.Body, name, func(indent, unit string) string {
		return t.Render(plain(want), indent, unit)
	})...)
}

// varFile adds a variable to the stack's var file, where the variable had its default. Only a file that this stack alone is run with
// is asked: the last one that -var-file names.
func (s *solver) varFile(sc *Scope, name string, want cty.Value) []Candidate {
	files := sc.w.Tree.VarFiles()
	if len(files) == 0 {
		return nil
	}
	f := sc.w.Tree.Files[files[len(files)-1]]
	if f == nil || f.Body == nil || f.Frozen != "" {
		return nil
	}
	t := textOf(f)
	return one(costInsert+costStep, t.InsertAttribute(f.Body, name, func(indent, unit string) string { return t.Render(plain(want), indent, unit) })...)
}

// output goes into the module whose output is read.
func (s *solver) output(sc *Scope, steps []any, want cty.Value) []Candidate {
	name, _ := first(steps)
	child, rest := sc.mod.Children[name], steps[1:]
	if child == nil {
		return s.because(NotInCode, "module.%s is not in the code", name)
	}
	var key any
	c := sc.mod.Calls[name]
	if c.Count != nil || c.ForEach != nil {
		if len(rest) == 0 {
			return s.because(NoInverse, "module.%s as a whole cannot be turned around", name)
		}
		key, rest = rest[0], rest[1:]
	}
	out, ok := first(rest)
	if !ok || child.Outputs[out] == nil || child.Outputs[out].Value == nil {
		return s.because(NotInCode, "module.%s has no such output", name)
	}
	in := &Scope{w: sc.w, mod: child, steps: append(slices.Clone(sc.steps), module.Step{Name: name, Key: key})}
	return plus(s.inside(in, child.Outputs[out].Value.Expr, rest[1:], want), costStep)
}

// iterator goes to the entry of the collection that is iterated over.
func (s *solver) iterator(b *binding, root string, steps []any, want cty.Value) []Candidate {
	if b.blank {
		return noted(b, steps, want)
	}
	if b.collection == nil {
		return s.because(NoInverse, "%s is a position, not a value of the code", root)
	}
	if b.isKey {
		return s.because(InstanceKey, "%s is the key of an element", root)
	}
	if !b.bare {
		part, _ := first(steps)
		if part != "value" {
			return s.because(InstanceKey, "%s.%s is the key of an instance", root, part)
		}
		steps = steps[1:]
	}
	coll := b.in.Eval(b.collection)
	if !coll.IsKnown() {
		return s.because(Unevaluable, "what %s iterates over is not known", root)
	}
	if isList(coll) && coll.Type().IsSetType() && root == "each" {
		return s.because(InstanceKey, "%s.value is the key of an instance", root)
	}
	path := append([]any{keyStep(b.key)}, steps...)
	if coll.Type().IsSetType() { // the set's elements have no keys: find the one
		path = nil
		for i, x := range elements(coll) {
			if same(x, b.key) {
				path = append([]any{i}, steps...)
			}
		}
		if path == nil {
			return s.because(Unevaluable, "the element that %s stands for was not found", root)
		}
	}
	full, ok := put(coll, path, want)
	if !ok {
		return s.because(Unevaluable, "the element that %s stands for was not found", root)
	}
	return plus(s.invert(b.in, b.collection, coll, full), costStep)
}

// data is a data source: only those that merely render what the code says can be edited.
func (s *solver) data(sc *Scope, e *hclsyntax.ScopeTraversalExpr, steps []any, have, want cty.Value) []Candidate {
	if len(steps) >= 3 {
		rule, ok := rendered[stepName(steps[0])]
		r := sc.mod.Resources["data."+stepName(steps[0])+"."+stepName(steps[1])]
		if ok && r != nil {
			in, rest := &Scope{w: sc.w, mod: sc.mod, steps: sc.steps}, steps[2:]
			if r.Count != nil || r.ForEach != nil {
				in, rest = in.keyed(r.Count, r.ForEach, rest[0]), rest[1:]
			}
			if cands := rule.invert(s, in, r, rest, have, want); len(cands) > 0 {
				return plus(cands, costStep)
			}
		}
	}
	return s.because(DataSource, "the value comes from %s", traversalText(e.Traversal))
}

// A renderedRule is for a data source that only renders its own arguments: render gives the attributes that it computes, and invert edits
// its block.
type renderedRule struct {
	render func(sc *Scope, r *module.Resource) (map[string]cty.Value, bool)
	invert func(s *solver, sc *Scope, r *module.Resource, steps []any, have, want cty.Value) []Candidate
}

// Renders tells whether a data source type only renders its own arguments.
func Renders(typ string) bool {
	_, ok := rendered[typ]
	return ok
}

// rendered are those rules, by data source type.
var rendered = map[string]renderedRule{}

func stepName(step any) string {
	name, _ := step.(string)
	return name
}

// reference is another resource's value: another resource of the same kind that has the wanted one, else a literal.
func (s *solver) reference(sc *Scope, e *hclsyntax.ScopeTraversalExpr, key string, want cty.Value) []Candidate {
	s.because(Reference, "the value comes from %s", traversalText(e.Traversal))
	if sc.mod.Resources[key] == nil {
		return nil
	}
	cands := s.rebind(sc, e, want)
	return best(append(cands, s.detach(e, want)...))
}

// rebind names another resource of the same type in the same module, when exactly one has the wanted value in that attribute.
func (s *solver) rebind(sc *Scope, e *hclsyntax.ScopeTraversalExpr, want cty.Value) []Candidate {
	if _, ok := text(want); !ok {
		return nil
	}
	tr := e.Traversal
	found := ""
	for _, r := range sc.mod.Resources {
		if r.Data || r.Type != tr.RootName() || r.Count != nil || r.ForEach != nil {
			continue
		}
		rest := tr[2:]
		if len(rest) > 0 {
			if _, indexed := rest[0].(hcl.TraverseIndex); indexed {
				rest = rest[1:]
			}
		}
		if v, ok := at(sc.resource(r.Key()), stepsOf(rest)); ok && same(v, want) {
			if found != "" {
				return nil
			}
			found = r.Key() + pathText(rest)
		}
	}
	if found == "" {
		return nil
	}
	t, ok := s.text(e.SrcRange)
	if !ok || t.Notation != 0 {
		return nil
	}
	return one(costStep+1, t.Replace(e.SrcRange, found))
}

// traversalText writes a reference as code does.
func traversalText(tr hcl.Traversal) string { return tr.RootName() + pathText(tr[1:]) }

func pathText(tr hcl.Traversal) string {
	var b strings.Builder
	for _, step := range tr {
		switch x := step.(type) {
		case hcl.TraverseAttr:
			b.WriteString("." + x.Name)
		case hcl.TraverseIndex:
			b.WriteString(module.Step{Key: keyStep(x.Key)}.String())
		}
	}
	return b.String()
}

// index goes to the element of a collection.
func (s *solver) index(sc *Scope, e *hclsyntax.IndexExpr, want cty.Value) []Candidate {
	k := sc.Eval(e.Key)
	if !known(k) {
		return s.because(Unevaluable, "the index at %s is not known", place(e.Key.Range()))
	}
	if tr, ok := e.Collection.(*hclsyntax.ScopeTraversalExpr); ok && tr.Traversal.RootName() == "module" {
		return s.because(NoInverse, "module outputs behind a computed key")
	}
	step := keyStep(k)
	if isMap(sc.Eval(e.Collection)) {
		step, _ = text(k)
	}
	return s.inside(sc, e.Collection, []any{step}, want)
}
