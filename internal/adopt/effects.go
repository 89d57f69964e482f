package adopt

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/module"
)

// effects knows which resources an edit may move: those whose text it touches, and those that read what it touches through variables,
// locals, outputs and module calls. It is built once; edits of values do not change who reads what.
type effects struct {
	resources map[string]*module.Resource // by module path and key, without instance keys
	readers   map[node][]node
	files     []node // declarations that read files
}

// A node is a declaration of a module: a resource, local, variable, output or call.
type node struct{ module, kind, name string }

func newEffects(t *module.Tree) *effects {
	e := &effects{resources: map[string]*module.Resource{}, readers: map[node][]node{}}
	for _, m := range t.Modules() {
		id := strings.Join(m.Path, ".")
		for key, r := range m.Resources {
			e.resources[address(m, key)] = r
			e.reads(m, r.Block.Body, node{id, "resource", key})
		}
		for name, a := range m.Locals {
			e.expression(m, a.Expr, node{id, "local", name})
		}
		for name, o := range m.Outputs {
			if o.Value != nil {
				e.expression(m, o.Value.Expr, node{id, "output", name})
			}
			if m.Parent != nil {
				e.link(node{id, "output", name}, node{strings.Join(m.Parent.Path, "."), "module", m.Call.Name})
			}
		}
		for name, c := range m.Calls {
			child := m.Children[name]
			if child == nil {
				continue
			}
			to := strings.Join(child.Path, ".")
			for arg, a := range c.Arguments() {
				e.expression(m, a.Expr, node{to, "var", arg})
			}
			for _, x := range []hclsyntax.Expression{c.Count, c.ForEach} {
				for v := range child.Variables {
					if x != nil {
						e.expression(m, x, node{to, "var", v})
					}
				}
			}
		}
	}
	return e
}

// address names a resource without instance keys.
func address(m *module.Module, key string) string {
	var b strings.Builder
	for _, name := range m.Path {
		b.WriteString("module." + name + ".")
	}
	return b.String() + key
}

func (e *effects) link(from, to node) { e.readers[from] = append(e.readers[from], to) }

// reads notes what every expression of a body reads.
func (e *effects) reads(m *module.Module, body *hclsyntax.Body, reader node) {
	for _, a := range body.Attributes {
		e.expression(m, a.Expr, reader)
	}
	for _, b := range body.Blocks {
		e.reads(m, b.Body, reader)
	}
}

func (e *effects) expression(m *module.Module, x hclsyntax.Expression, reader node) {
	id := strings.Join(m.Path, ".")
	for _, tr := range hclsyntax.Variables(x) {
		root := tr.RootName()
		if len(tr) < 2 {
			continue
		}
		name, ok := tr[1].(hcl.TraverseAttr)
		if !ok {
			continue
		}
		switch root {
		case "var", "local", "module":
			e.link(node{id, root, name.Name}, reader)
		case "data":
			if third, ok := at(tr, 2); ok {
				e.link(node{id, "resource", "data." + name.Name + "." + third}, reader)
			}
		case "each", "count", "path", "terraform", "self":
		default:
			e.link(node{id, "resource", root + "." + name.Name}, reader)
		}
	}
	_ = hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && (strings.HasPrefix(call.Name, "file") || call.Name == "templatefile") {
			e.files = append(e.files, reader)
		}
		return nil
	})
}

func at(tr hcl.Traversal, i int) (string, bool) {
	if i >= len(tr) {
		return "", false
	}
	a, ok := tr[i].(hcl.TraverseAttr)
	return a.Name, ok
}

// of returns the resources that edits of a tree may move, those that read the edited resource itself among them.
func (e *effects) of(edits []hclfile.Edit, t *module.Tree, resource string) map[string]bool {
	var from []node
	for _, edit := range edits {
		from = append(from, e.touched(edit, t)...)
	}
	if n, ok := e.node(resource); ok {
		from = append(from, n)
	}
	return e.from(from)
}

// from are the resources among some declarations and all that read them.
func (e *effects) from(changed []node) map[string]bool {
	out := map[string]bool{}
	seen := map[node]bool{}
	var visit func(n node)
	visit = func(n node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if n.kind == "resource" {
			out[n.address()] = true
		}
		for _, r := range e.readers[n] {
			visit(r)
		}
	}
	for _, n := range changed {
		visit(n)
	}
	return out
}

// address names the resource that a node stands for, without instance keys.
func (n node) address() string {
	if n.module == "" {
		return n.name
	}
	return "module." + strings.ReplaceAll(n.module, ".", ".module.") + "." + n.name
}

// node finds the node of a resource by its address without instance keys.
func (e *effects) node(address string) (node, bool) {
	r := e.resources[address]
	if r == nil {
		return node{}, false
	}
	return node{strings.Join(r.Module.Path, "."), "resource", r.Key()}, true
}

// touched are the declarations whose text an edit changes.
func (e *effects) touched(edit hclfile.Edit, t *module.Tree) []node {
	f := t.Files[edit.File]
	if f == nil {
		return e.files
	}
	var out []node
	if setsVariables(edit.File) {
		for name := range t.Root.Variables {
			in, set := t.Inputs[name]
			if !set || in.Attribute == nil || in.From == edit.File && hits(in.Attribute.SrcRange, edit) {
				out = append(out, node{"", "var", name})
			}
		}
		return out
	}
	for _, m := range t.Modules() {
		id := strings.Join(m.Path, ".")
		for key, r := range m.Resources {
			if hits(blockRange(r.Block), edit) {
				out = append(out, node{id, "resource", key})
			}
		}
		for name, a := range m.Locals {
			if hits(a.SrcRange, edit) {
				out = append(out, node{id, "local", name})
			}
		}
		for name, v := range m.Variables {
			if hits(blockRange(v.Block), edit) {
				out = append(out, node{id, "var", name})
			}
		}
		for name, o := range m.Outputs {
			if hits(blockRange(o.Block), edit) {
				out = append(out, node{id, "output", name})
			}
		}
		for name, c := range m.Calls {
			child := m.Children[name]
			if child == nil || !hits(blockRange(c.Block), edit) {
				continue
			}
			hit := false
			for arg, a := range c.Arguments() {
				if hits(a.SrcRange, edit) {
					out, hit = append(out, node{strings.Join(child.Path, "."), "var", arg}), true
				}
			}
			for v := range child.Variables {
				if !hit {
					out = append(out, node{strings.Join(child.Path, "."), "var", v})
				}
			}
		}
	}
	return out
}

func blockRange(b *hclsyntax.Block) hcl.Range {
	return hcl.RangeBetween(b.TypeRange, b.CloseBraceRange)
}

func hits(r hcl.Range, e hclfile.Edit) bool {
	return r.Filename == e.File && e.Start <= r.End.Byte && e.End >= r.Start.Byte
}
