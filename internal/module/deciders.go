package module

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Deciders are what a value depends on, followed through locals, outputs and module calls to the root of the configuration.
type Deciders struct {
	Variables  []Use       // variables of the root
	Inputs     []Use       // variables of called modules that were passed on the way
	Workspace  bool        // terraform.workspace takes part
	Conditions []hcl.Range // conditional expressions on the way
	Texts      []hcl.Range // where the value is written down in the end: expressions that refer to nothing
	Calls      [][]string  // module calls that the way crosses, as paths of call names
	Resources  []string    // resources and data sources, as References gives them
	Declared   bool        // some attribute or block gives the value
}

// A Use is a variable that takes part, and where in its value.
type Use struct {
	Name  string // of the variable; for one of a called module with the module's address before it
	Steps []any  // keys and positions below the variable, as far as they are written
}

// Decides tells what decides the value at a path of an instance. With an empty path it tells what decides that the instance exists: count and
// for_each of the resource and of the module calls that it is in.
func (t *Tree) Decides(address, path string) Deciders {
	r := t.Resource(address)
	if r == nil {
		return Deciders{}
	}
	d := &decider{seen: map[tracePoint]bool{}, tracer: &tracer{found: map[string]bool{}, seen: map[tracePoint]bool{}}}
	if path == "" {
		d.presence(r)
	} else {
		steps := SplitPath(path)
		d.body(r, r.Block.Body, steps)
		d.tracer.body(r, r.Block.Body, steps)
	}
	for a := range d.tracer.found {
		d.out.Resources = append(d.out.Resources, a)
	}
	slices.Sort(d.out.Resources)
	slices.SortStableFunc(d.out.Variables, func(a, b Use) int { return cmp.Compare(a.Name, b.Name) })
	return d.out
}

type decider struct {
	out    Deciders
	seen   map[tracePoint]bool
	tracer *tracer
	each   *Resource // what each and count mean where the walk is
}

// presence follows count and for_each, from the resource outward.
func (d *decider) presence(r *Resource) {
	d.each = r
	for _, e := range []hclsyntax.Expression{r.Count, r.ForEach} {
		if e != nil {
			d.out.Declared = true
			d.expr(r.Module, e, nil)
		}
	}
	for m := r.Module; m != nil && m.Call != nil; m = m.Parent {
		d.out.Calls = append(d.out.Calls, m.Path)
		for _, e := range []hclsyntax.Expression{m.Call.Count, m.Call.ForEach} {
			if e != nil {
				d.out.Declared = true
				d.expr(m.Parent, e, nil)
			}
		}
	}
}

func (d *decider) body(r *Resource, body *hclsyntax.Body, steps []any) {
	d.each = r
	if len(steps) == 0 {
		for _, a := range sortedAttributes(body) {
			d.out.Declared = true
			d.expr(r.Module, a.Expr, nil)
		}
		for _, b := range body.Blocks {
			d.body(r, b.Body, nil)
		}
		return
	}
	name, ok := steps[0].(string)
	if !ok {
		d.body(r, body, steps[1:])
		return
	}
	if a := body.Attributes[name]; a != nil {
		d.out.Declared = true
		d.expr(r.Module, a.Expr, steps[1:])
		return
	}
	blocks, rest := atPosition(Blocks(body, name), steps[1:])
	for _, b := range blocks {
		d.out.Declared = true
		if b.Type == "dynamic" {
			d.expr(r.Module, expr(b, "for_each"), nil)
		}
		d.body(r, content(b), rest)
	}
}

// expr follows an expression of module m; steps lead from its value to the part that is asked for.
func (d *decider) expr(m *Module, e hclsyntax.Expression, steps []any) {
	switch x := e.(type) {
	case nil:
		return
	case *hclsyntax.ParenthesesExpr:
		d.expr(m, x.Expression, steps)
		return
	case *hclsyntax.ObjectConsExpr:
		if item := itemOf(x, steps); item != nil {
			d.expr(m, item.ValueExpr, steps[1:])
			return
		}
	case *hclsyntax.TupleConsExpr:
		if i, ok := first(steps).(int); ok && i < len(x.Exprs) {
			d.expr(m, x.Exprs[i], steps[1:])
			return
		}
	case *hclsyntax.FunctionCallExpr:
		if arg := mergedArgument(x, steps); arg != nil {
			d.expr(m, arg, steps)
			return
		}
	case *hclsyntax.ConditionalExpr:
		d.out.Conditions = append(d.out.Conditions, x.Range())
	case *hclsyntax.ScopeTraversalExpr:
		d.reference(m, x.Traversal, steps)
		return
	}
	refs := hclsyntax.Variables(e)
	if len(refs) == 0 {
		d.out.Texts = append(d.out.Texts, e.Range())
		return
	}
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if c, ok := n.(*hclsyntax.ConditionalExpr); ok && n != hclsyntax.Node(e) {
			d.out.Conditions = append(d.out.Conditions, c.Range())
		}
		return nil
	})
	d.out.Texts = append(d.out.Texts, e.Range()) // what is written around the references decides as well
	for _, ref := range refs {
		d.reference(m, ref, nil)
	}
}

func first(steps []any) any {
	if len(steps) == 0 {
		return nil
	}
	return steps[0]
}

// itemOf is the entry of an object that the steps lead to, when its key is written plainly.
func itemOf(x *hclsyntax.ObjectConsExpr, steps []any) *hclsyntax.ObjectConsItem {
	key, ok := first(steps).(string)
	if !ok {
		return nil
	}
	for i := range x.Items {
		if literalString(x.Items[i].KeyExpr) == key {
			return &x.Items[i]
		}
	}
	return nil
}

// mergedArgument is the argument of merge() that gives the entry, when that is written plainly: the last that has it, if none after it could.
func mergedArgument(x *hclsyntax.FunctionCallExpr, steps []any) hclsyntax.Expression {
	if x.Name != "merge" || x.ExpandFinal || len(steps) == 0 {
		return nil
	}
	for _, arg := range slices.Backward(x.Args) {
		object, ok := arg.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return nil
		}
		if itemOf(object, steps) != nil {
			return object
		}
	}
	return nil
}

func (d *decider) reference(m *Module, ref hcl.Traversal, steps []any) {
	names, _ := flatten(ref)
	if len(names) == 0 {
		return
	}
	switch names[0] {
	case "each", "count":
		if r := d.each; r != nil && r.Module == m {
			d.each = nil // once: an entry may itself speak of each
			d.expr(m, r.ForEach, nil)
			d.expr(m, r.Count, nil)
			d.each = r
		}
		return
	case "terraform":
		d.out.Workspace = d.out.Workspace || len(names) > 1 && names[1] == "workspace"
		return
	}
	if len(names) < 2 {
		return
	}
	below := append(stepsOf(ref, 2), steps...)
	switch names[0] {
	case "var":
		d.variable(m, names[1], below)
	case "local":
		if a := m.Locals[names[1]]; a != nil && d.enter(m, "local."+names[1]) {
			d.expr(m, a.Expr, below)
		}
	case "module":
		child := m.Children[names[1]]
		if child == nil || len(names) < 3 {
			return
		}
		d.out.Calls = append(d.out.Calls, child.Path)
		if o := child.Outputs[names[2]]; o != nil && o.Value != nil && d.enter(child, "output."+names[2]) {
			d.expr(child, o.Value.Expr, nil)
		}
	}
}

// enter tells whether a name is visited for the first time.
func (d *decider) enter(m *Module, name string) bool {
	p := tracePoint{m, name}
	if d.seen[p] {
		return false
	}
	d.seen[p] = true
	return true
}

func (d *decider) variable(m *Module, name string, steps []any) {
	use := Use{Name: m.prefix() + "var." + name, Steps: steps}
	if m.Call == nil {
		d.out.Variables = append(d.out.Variables, use)
		return
	}
	if !d.enter(m, "var."+name) {
		return
	}
	d.out.Calls = append(d.out.Calls, m.Path)
	d.out.Inputs = append(d.out.Inputs, use)
	if a := m.Call.Arguments()[name]; a != nil {
		was := d.each
		d.each = &Resource{Module: m.Parent, Count: m.Call.Count, ForEach: m.Call.ForEach}
		d.expr(m.Parent, a.Expr, steps)
		d.each = was
		return
	}
	if v := m.Variables[name]; v != nil && v.Default != nil {
		d.out.Texts = append(d.out.Texts, v.Default.Expr.Range())
	}
}

// stepsOf is what follows the first n names of a traversal, as far as it is keys and positions.
func stepsOf(ref hcl.Traversal, n int) []any {
	var out []any
	for i, step := range ref {
		if i < n {
			continue
		}
		switch s := step.(type) {
		case hcl.TraverseAttr:
			out = append(out, s.Name)
		case hcl.TraverseIndex:
			out = append(out, keyOf(s.Key))
		default:
			return out
		}
	}
	return out
}
