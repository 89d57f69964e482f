package simcloud

import (
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// A filler puts values where a plan left them to the cloud.
type filler struct {
	facts *facts.Type
	env   facts.Env
	root  cty.Value
}

// fill makes every unknown value of a planned object known. With nulls, it does the same for computed attributes that are null, as in the
// configuration of a data source.
func fill(o *schema.Object, env facts.Env, planned cty.Value, nulls bool) cty.Value {
	f := &filler{facts: facts.Known(o.Name), env: env, root: planned}
	return f.block(o.Block, "", "", planned, nulls)
}

func (f *filler) block(b *tfjson.SchemaBlock, prefix, salt string, v cty.Value, nulls bool) cty.Value {
	if v.IsNull() {
		return v
	}
	if !v.IsKnown() {
		return f.make(v.Type(), prefix, salt, false)
	}
	values := v.AsValueMap()
	// Ids first: what is made later may be named after them.
	for _, name := range idsFirst(b.Attributes) {
		a, path := b.Attributes[name], prefix+name
		switch {
		case !values[name].IsWhollyKnown(), nulls && a.Computed && values[name].IsNull():
			values[name] = f.attribute(a, path, salt, values[name], nulls)
			if prefix == "" {
				f.root = cty.ObjectVal(values)
			}
		}
	}
	for name, n := range b.NestedBlocks {
		values[name] = f.nested(n.Block, n.NestingMode, prefix+name, salt, values[name], nulls)
	}
	return cty.ObjectVal(values)
}

func idsFirst(attributes map[string]*tfjson.SchemaAttribute) []string {
	order := []string{"region", "project", "name", "id", "arn"}
	rank := map[string]bool{}
	var out []string
	for _, name := range order {
		if _, ok := attributes[name]; ok {
			out = append(out, name)
			rank[name] = true
		}
	}
	for _, name := range schema.Names(attributes) {
		if !rank[name] {
			out = append(out, name)
		}
	}
	return out
}

func (f *filler) attribute(a *tfjson.SchemaAttribute, path, salt string, v cty.Value, nulls bool) cty.Value {
	if a.AttributeNestedType != nil && v.IsKnown() && !v.IsNull() {
		return f.nested(&tfjson.SchemaBlock{Attributes: a.AttributeNestedType.Attributes}, a.AttributeNestedType.NestingMode, path, salt, v, nulls)
	}
	if v.IsKnown() && !v.IsNull() { // unknown somewhere inside a value that code gave
		known, _ := cty.Transform(v, func(at cty.Path, inner cty.Value) (cty.Value, error) {
			if inner.IsKnown() {
				return inner, nil
			}
			field := path
			for _, step := range at {
				if name, ok := step.(cty.GetAttrStep); ok {
					field += "." + name.Name
				}
			}
			return f.make(inner.Type(), field, salt+fmt.Sprintf("%#v", at), a.Optional), nil
		})
		return known
	}
	return f.make(v.Type(), path, salt, a.Optional)
}

func (f *filler) nested(b *tfjson.SchemaBlock, mode tfjson.SchemaNestingMode, path, salt string, v cty.Value, nulls bool) cty.Value {
	if b == nil || v.IsNull() {
		return v
	}
	t := v.Type()
	switch {
	case !v.IsKnown():
		return f.make(t, path, salt, true)
	case mode == tfjson.SchemaNestingModeSingle, mode == tfjson.SchemaNestingModeGroup:
		return f.block(b, path+".", salt, v, nulls)
	case !t.IsCollectionType() || v.LengthInt() == 0:
		return v
	case t.IsMapType():
		out := v.AsValueMap()
		for k, e := range out {
			out[k] = f.block(b, path+".", salt+"["+k+"]", e, nulls)
		}
		return cty.MapVal(out)
	}
	var out []cty.Value
	for i, e := range v.AsValueSlice() {
		out = append(out, f.block(b, path+".", fmt.Sprintf("%s[%d]", salt, i), e, nulls))
	}
	if t.IsSetType() {
		return cty.SetVal(out)
	}
	return cty.ListVal(out)
}

// make is the cloud's own value for an attribute: by recipe, else made up from its name and type. An attribute that code may set and
// did not set is empty rather than made up.
func (f *filler) make(t cty.Type, path, salt string, optional bool) cty.Value {
	if text, ok := f.env.Compute(f.facts, path, salt, func(name string) (string, bool) { return text(f.root, name) }); ok {
		if v, err := schema.FromText(text, t); err == nil {
			return v
		}
	}
	switch {
	case t == cty.String && optional && path != "id":
		return cty.StringVal("")
	case t == cty.String:
		return cty.StringVal(f.env.Guess(f.facts, path, salt))
	case t == cty.Number:
		return cty.NumberIntVal(0)
	case t == cty.Bool:
		return cty.False
	case t.IsListType():
		return cty.ListValEmpty(t.ElementType())
	case t.IsSetType():
		return cty.SetValEmpty(t.ElementType())
	case t.IsMapType():
		return cty.MapValEmpty(t.ElementType())
	case t.IsObjectType():
		values := map[string]cty.Value{}
		for name, at := range t.AttributeTypes() {
			values[name] = f.make(at, path+"."+name, salt, optional)
		}
		return cty.ObjectVal(values)
	case t == cty.DynamicPseudoType:
		return cty.NullVal(t)
	}
	return cty.NullVal(t)
}
