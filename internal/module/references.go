package module

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// References lists what the expression at path of an instance depends on, through variables, locals, outputs and module calls: resources
// and data sources, as addresses without instance keys and attributes. Sorted, each once.
func (t *Tree) References(address, path string) []string {
	r := t.Resource(address)
	if r == nil {
		return nil
	}
	tr := &tracer{found: map[string]bool{}, seen: map[tracePoint]bool{}}
	steps := SplitPath(path)
	tr.body(r, r.Block.Body, steps)
	out := make([]string, 0, len(tr.found))
	for a := range tr.found {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

type tracePoint struct {
	module *Module
	name   string
}

type tracer struct {
	found map[string]bool
	seen  map[tracePoint]bool
}

// body traces what decides the value at steps below a body of resource r.
func (tr *tracer) body(r *Resource, body *hclsyntax.Body, steps []any) {
	each := func(m *Module) {
		tr.expr(m, r.ForEach, nil)
		tr.expr(m, r.Count, nil)
	}
	if len(steps) == 0 {
		for _, a := range body.Attributes {
			tr.expr(r.Module, a.Expr, each)
		}
		for _, b := range body.Blocks {
			tr.body(r, b.Body, nil)
		}
		return
	}
	name, ok := steps[0].(string)
	if !ok {
		tr.body(r, body, steps[1:])
		return
	}
	if a := body.Attributes[name]; a != nil {
		tr.expr(r.Module, a.Expr, each)
		return
	}
	for _, b := range Blocks(body, name) {
		if b.Type == "dynamic" {
			tr.expr(r.Module, expr(b, "for_each"), each)
		}
		tr.body(r, content(b), steps[1:])
	}
}

// expr traces an expression of module m; each traces what each and count mean there.
func (tr *tracer) expr(m *Module, e hclsyntax.Expression, each func(*Module)) {
	if e == nil {
		return
	}
	for _, ref := range hclsyntax.Variables(e) {
		tr.reference(m, ref, each)
	}
}

func (tr *tracer) reference(m *Module, ref hcl.Traversal, each func(*Module)) {
	names, _ := flatten(ref)
	if len(names) < 2 {
		return
	}
	switch names[0] {
	case "each", "count":
		if each != nil {
			each(m)
		}
		return
	case "path", "terraform", "self":
		return
	}
	key := strings.Join(names[:min(len(names), 3)], ".")
	if names[0] == "var" || names[0] == "local" {
		key = names[0] + "." + names[1]
	}
	if tr.seen[tracePoint{m, key}] {
		return
	}
	tr.seen[tracePoint{m, key}] = true
	switch names[0] {
	case "var":
		tr.variable(m, names[1])
	case "local":
		if a := m.Locals[names[1]]; a != nil {
			tr.expr(m, a.Expr, nil)
		}
	case "module":
		child := m.Children[names[1]]
		if child == nil || len(names) < 3 {
			return
		}
		if o := child.Outputs[names[2]]; o != nil && o.Value != nil {
			tr.expr(child, o.Value.Expr, nil)
		}
	case "data":
		if len(names) >= 3 && m.Resources[resourceKey(true, names[1], names[2])] != nil {
			tr.found[m.prefix()+resourceKey(true, names[1], names[2])] = true
		}
	default:
		if m.Resources[resourceKey(false, names[0], names[1])] != nil {
			tr.found[m.prefix()+resourceKey(false, names[0], names[1])] = true
		}
	}
}

func (tr *tracer) variable(m *Module, name string) {
	if m.Call == nil {
		return // a root variable comes from outside
	}
	parent := m.Parent
	if a := m.Call.Arguments()[name]; a != nil {
		tr.expr(parent, a.Expr, func(*Module) {
			tr.expr(parent, m.Call.ForEach, nil)
			tr.expr(parent, m.Call.Count, nil)
		})
	}
}

// prefix is the module's address without instance keys, with a dot after it; "" for the root.
func (m *Module) prefix() string {
	var b strings.Builder
	for _, name := range m.Path {
		b.WriteString("module." + name + ".")
	}
	return b.String()
}
