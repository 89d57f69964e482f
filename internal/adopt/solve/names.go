package solve

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// remember evaluates a named value once; a value that needs itself is unknown.
func (sc *Scope) remember(kind, name string, eval func() cty.Value) cty.Value {
	key := memoKey{module.ModuleAddress(sc.steps), kind, name}
	if v, ok := sc.w.memo[key]; ok {
		return v
	}
	if sc.w.busy[key] {
		return cty.DynamicVal
	}
	sc.w.busy[key] = true
	v := eval()
	delete(sc.w.busy, key)
	sc.w.memo[key] = v
	return v
}

func (sc *Scope) local(name string) cty.Value {
	return sc.remember("local", name, func() cty.Value {
		a := sc.mod.Locals[name]
		if a == nil {
			return cty.DynamicVal
		}
		return (&Scope{w: sc.w, mod: sc.mod, steps: sc.steps}).Eval(a.Expr)
	})
}

// variable is the value of an input variable, converted to its type.
func (sc *Scope) variable(name string) cty.Value {
	return sc.remember("var", name, func() cty.Value {
		v := sc.mod.Variables[name]
		if v == nil {
			return cty.DynamicVal
		}
		value := cty.DynamicVal
		if e, in, literal := sc.source(v); e != nil {
			value = in.Eval(e)
		} else if literal != nil {
			value = literalInput(*literal, v)
		}
		if value.IsKnown() && value.IsNull() && v.NotNull && v.Default != nil {
			value = (&Scope{w: sc.w, mod: sc.mod, steps: sc.steps}).Eval(v.Default.Expr)
		}
		return convertInput(value, v)
	})
}

// source is the expression that gives a variable its value and where it stands; for a root variable from the environment, its text.
func (sc *Scope) source(v *module.Variable) (hclsyntax.Expression, *Scope, *string) {
	if len(sc.steps) > 0 {
		if a := sc.mod.Call.Arguments()[v.Name]; a != nil {
			return a.Expr, sc.callScope(), nil
		}
	} else if in, ok := sc.w.Tree.Inputs[v.Name]; ok {
		if in.Attribute != nil {
			return in.Attribute.Expr, sc, nil
		}
		return nil, nil, &in.Literal
	}
	if v.Default != nil {
		return v.Default.Expr, sc, nil
	}
	return nil, nil, nil
}

// literalInput reads a value from the environment as the engine does: text for strings, an expression for everything else.
func literalInput(s string, v *module.Variable) cty.Value {
	if v.Type == nil || hcl.ExprAsKeyword(v.Type) == "string" {
		return cty.StringVal(s)
	}
	e, diags := hclsyntax.ParseExpression([]byte(s), "environment", hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	val, diags := e.Value(nil)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return val
}

func convertInput(value cty.Value, v *module.Variable) cty.Value {
	if v.Type == nil || hcl.ExprAsKeyword(v.Type) == "any" {
		return value
	}
	typ, defaults, diags := typeexpr.TypeConstraintWithDefaults(v.Type)
	if diags.HasErrors() {
		return value
	}
	if defaults != nil && value.IsKnown() && !value.IsNull() {
		value = defaults.Apply(value)
	}
	if c, err := convert.Convert(value, typ); err == nil {
		return c
	}
	return value
}

// module is what module.NAME stands for: the outputs of its instances.
func (sc *Scope) module(name string) cty.Value {
	return sc.remember("module", name, func() cty.Value {
		child := sc.mod.Children[name]
		c := sc.mod.Calls[name]
		if child == nil || c == nil {
			return cty.DynamicVal
		}
		outputs := func(key any) cty.Value {
			in := &Scope{w: sc.w, mod: child, steps: append(slices.Clone(sc.steps), module.Step{Name: name, Key: key})}
			out := map[string]cty.Value{}
			for n, o := range child.Outputs {
				out[n] = cty.DynamicVal
				if o.Value != nil {
					out[n] = in.remember("output", n, func() cty.Value { return in.Eval(o.Value.Expr) })
				}
			}
			return cty.ObjectVal(out)
		}
		return sc.repeat(c.Count, c.ForEach, outputs)
	})
}

// repeat builds what a name with count or for_each stands for.
func (sc *Scope) repeat(count, forEach hclsyntax.Expression, one func(key any) cty.Value) cty.Value {
	base := &Scope{w: sc.w, mod: sc.mod, steps: sc.steps}
	switch {
	case count != nil:
		n, ok := wholeNumber(base.Eval(count))
		if !ok {
			return cty.DynamicVal
		}
		var out []cty.Value
		for i := range n {
			out = append(out, one(i))
		}
		return cty.TupleVal(out)
	case forEach != nil:
		keys, ok := keysOf(base.Eval(forEach))
		if !ok {
			return cty.DynamicVal
		}
		out := map[string]cty.Value{}
		for _, k := range keys {
			out[k] = one(k)
		}
		return cty.ObjectVal(out)
	}
	return one(nil)
}

// maxCount bounds what a count may expand to here: a stack with more instances of one resource is planned, not evaluated.
const maxCount = 10000

func wholeNumber(v cty.Value) (int, bool) {
	if v.IsKnown() && !v.IsNull() && v.Type() != cty.Number {
		v = typed(v, cty.Number)
	}
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.Number {
		return 0, false
	}
	n, _ := v.AsBigFloat().Int64()
	return int(n), n >= 0 && n <= maxCount
}

// keysOf are the instance keys that a for_each value gives.
func keysOf(v cty.Value) ([]string, bool) {
	switch {
	case isMap(v):
		return slices.Sorted(maps.Keys(entries(v))), true
	case isList(v):
		var out []string
		for _, e := range elements(v) {
			s, ok := text(e)
			if !ok {
				return nil, false
			}
			out = append(out, s)
		}
		slices.Sort(out)
		return out, true
	}
	return nil, false
}

// resource is what a reference to a resource or data source stands for: the object, or its instances by key.
func (sc *Scope) resource(key string) cty.Value {
	return sc.remember("resource", key, func() cty.Value {
		r := sc.mod.Resources[key]
		if r == nil {
			return cty.DynamicVal
		}
		address := key
		if p := module.ModuleAddress(sc.steps); p != "" {
			address = p + "." + key
		}
		all := sc.w.objects.byResource[address]
		object := func(k any) cty.Value {
			values, ok := all[k]
			if rule, renders := rendered[r.Type]; renders && r.Data {
				base := &Scope{w: sc.w, mod: sc.mod, steps: sc.steps}
				if now, done := rule.render(base.keyed(r.Count, r.ForEach, k), r); done {
					m := map[string]cty.Value{}
					for name, v := range values {
						m[name] = FromDrift(v)
					}
					maps.Copy(m, now)
					return cty.ObjectVal(m)
				}
			}
			if !ok {
				return cty.DynamicVal
			}
			return sc.w.object(address, k, r, values)
		}
		if r.Count == nil && r.ForEach == nil {
			return object(nil)
		}
		return sc.repeat(r.Count, r.ForEach, object)
	})
}

// object is an instance's value, typed by its schema where that is known.
func (w *World) object(address string, key any, r *module.Resource, values map[string]drift.Value) cty.Value {
	id := address + module.Step{Key: key}.String()
	if v, ok := w.objMemo[id]; ok {
		return v
	}
	var schema *drift.Block
	if w.objects.schema != nil {
		schema = w.objects.schema(r.Data, r.Type)
	}
	m := map[string]cty.Value{}
	for name, v := range values {
		m[name] = FromDrift(v)
		if schema != nil && schema.Attributes[name] != nil {
			m[name] = typed(m[name], AttributeType(schema.Attributes[name]).WithoutOptionalAttributesDeep())
		}
	}
	v := cty.ObjectVal(m)
	w.objMemo[id] = v
	return v
}

// paths is what path stands for.
func (sc *Scope) paths() cty.Value {
	here := cty.StringVal(relative(sc.w.Tree.Path, sc.mod.Dir))
	if sc.mod.Installed {
		here = cty.UnknownVal(cty.String)
	}
	return cty.ObjectVal(map[string]cty.Value{"module": here, "root": cty.StringVal("."), "cwd": cty.UnknownVal(cty.String)})
}

// relative is the slash path to target from base.
func relative(base, target string) string {
	if base == target {
		return "."
	}
	b, t := strings.Split(base, "/"), strings.Split(target, "/")
	if base == "." {
		b = nil
	}
	if target == "." {
		t = nil
	}
	for len(b) > 0 && len(t) > 0 && b[0] == t[0] {
		b, t = b[1:], t[1:]
	}
	return strings.Join(append(slices.Repeat([]string{".."}, len(b)), t...), "/")
}
