package solve

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/module"
)

// A Scope is where an expression stands: a module instance, with the iterators that are bound there.
type Scope struct {
	w        *World
	mod      *module.Module
	steps    []module.Step
	bindings map[string]*binding
	loops    []string // names of the bindings that repeat what is around the expression, outermost first
}

// A binding is a name that an iterator gives a meaning: each, count, the iterator of a dynamic block, a variable of a for expression.
type binding struct {
	value      cty.Value
	collection hclsyntax.Expression // what it iterates over; nil for count
	in         *Scope               // where collection stands
	key        cty.Value            // of the element
	bare       bool                 // the name is the element itself, not an object of key and value
	isKey      bool                 // the name is the key of the element
	alone      bool                 // it is the only element
	blank      bool                 // it stands for an element that does not exist yet: see fresh.go
}

// callScope is where the arguments of the call that made a module instance stand.
func (sc *Scope) callScope() *Scope {
	if len(sc.steps) == 0 {
		return nil
	}
	parent := sc.w.scope(sc.steps[:len(sc.steps)-1])
	if parent == nil {
		return nil
	}
	c := sc.mod.Call
	return parent.keyed(c.Count, c.ForEach, sc.steps[len(sc.steps)-1].Key)
}

// keyed binds each or count for an instance key.
func (sc *Scope) keyed(count, forEach hclsyntax.Expression, key any) *Scope {
	switch k := key.(type) {
	case int:
		if count != nil {
			n, _ := wholeNumber(sc.Eval(count))
			return sc.loop("count", &binding{alone: n == 1, value: cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(k))}), key: cty.NumberIntVal(int64(k))})
		}
	case string:
		if forEach != nil {
			value := cty.DynamicVal
			coll := sc.Eval(forEach)
			if e, ok := entries(coll)[k]; ok {
				value = e
			} else if isList(coll) {
				value = cty.StringVal(k)
			}
			return sc.loop("each", &binding{alone: coll.IsKnown() && coll.LengthInt() == 1, collection: forEach, in: sc, key: cty.StringVal(k),
				value: cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(k), "value": value})})
		}
	}
	return sc
}

// loop binds the iterator of a block that is repeated.
func (sc *Scope) loop(name string, b *binding) *Scope {
	n := sc.bind(name, b)
	n.loops = append(sc.loops[:len(sc.loops):len(sc.loops)], name)
	return n
}

func (sc *Scope) bind(name string, b *binding) *Scope {
	n := *sc
	n.bindings = maps.Clone(sc.bindings)
	if n.bindings == nil {
		n.bindings = map[string]*binding{}
	}
	n.bindings[name] = b
	return &n
}

// Eval evaluates an expression. What cannot be known is an unknown value; an expression that does not evaluate is one too.
func (sc *Scope) Eval(e hclsyntax.Expression) cty.Value {
	v, diags := e.Value(sc.context(hclsyntax.Variables(e)))
	if diags.HasErrors() || v == cty.NilVal {
		return cty.DynamicVal
	}
	v, _ = v.UnmarkDeep()
	return v
}

// sensitive tells whether an expression's value is marked sensitive by the code itself.
func (sc *Scope) sensitive(e hclsyntax.Expression) bool {
	v, diags := e.Value(sc.context(hclsyntax.Variables(e)))
	return !diags.HasErrors() && v != cty.NilVal && v.ContainsMarked()
}

// context holds the values of the names that an expression uses.
func (sc *Scope) context(names []hcl.Traversal) *hcl.EvalContext {
	roots := map[string]map[string]cty.Value{}
	data := map[string]map[string]cty.Value{}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: sc.w.functions(sc)}
	for _, tr := range names {
		root := tr.RootName()
		if b := sc.bindings[root]; b != nil {
			ctx.Variables[root] = b.value
			continue
		}
		second, third := attrName(tr, 1), attrName(tr, 2)
		switch root {
		case "var":
			set(roots, root, second, func() cty.Value { return sc.variable(second) })
		case "local":
			set(roots, root, second, func() cty.Value { return sc.local(second) })
		case "module":
			set(roots, root, second, func() cty.Value { return sc.module(second) })
		case "path":
			ctx.Variables[root] = sc.paths()
		case "terraform", "tofu":
			ctx.Variables[root] = cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal(sc.w.Tree.Workspace)})
		case "data":
			set(data, second, third, func() cty.Value { return sc.resource("data." + second + "." + third) })
		case "each", "count", "self":
			ctx.Variables[root] = cty.DynamicVal
		default:
			set(roots, root, second, func() cty.Value { return sc.resource(root + "." + second) })
		}
	}
	for root, members := range roots {
		ctx.Variables[root] = cty.ObjectVal(members)
	}
	if len(data) > 0 {
		types := map[string]cty.Value{}
		for typ, members := range data {
			types[typ] = cty.ObjectVal(members)
		}
		ctx.Variables["data"] = cty.ObjectVal(types)
	}
	return ctx
}

func set(roots map[string]map[string]cty.Value, root, name string, value func() cty.Value) {
	if roots[root] == nil {
		roots[root] = map[string]cty.Value{}
	}
	if name == "" {
		return
	}
	if _, ok := roots[root][name]; !ok {
		roots[root][name] = value()
	}
}

func attrName(tr hcl.Traversal, i int) string {
	if i < len(tr) {
		if a, ok := tr[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}
