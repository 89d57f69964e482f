package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Plain turns a value into plain Go: string, bool, int64 (float64 where there is a fraction), []any, map[string]any, nil.
// Sets come in cty's own order. An unknown value becomes nil.
func Plain(v cty.Value) any {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	t := v.Type()
	switch {
	case t == cty.String:
		return v.AsString()
	case t == cty.Bool:
		return v.True()
	case t == cty.Number:
		f := v.AsBigFloat()
		if i, accuracy := f.Int64(); accuracy == big.Exact {
			return i
		}
		x, _ := f.Float64()
		return x
	case t.IsObjectType() || t.IsMapType():
		out := map[string]any{}
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			out[k.AsString()] = Plain(e)
		}
		return out
	default:
		out := []any{}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			out = append(out, Plain(e))
		}
		return out
	}
}

// Value is the inverse of Plain for a resource: attributes that the map lacks are null, nested blocks that it lacks are empty.
// A name that the schema lacks is an error unless lenient, which is for states of other versions.
func (o *Object) Value(plain map[string]any, lenient bool) (cty.Value, error) {
	v, err := blockValue(o.Block, o.Type, plain, lenient)
	if err != nil {
		return cty.NilVal, fmt.Errorf("%s: %w", o.Name, err)
	}
	return v, nil
}

func blockValue(b *tfjson.SchemaBlock, t cty.Type, plain map[string]any, lenient bool) (cty.Value, error) {
	values := map[string]cty.Value{}
	for name, at := range t.AttributeTypes() {
		given, ok := plain[name]
		n, isBlock := b.NestedBlocks[name]
		var err error
		switch {
		case isBlock && (!ok || given == nil):
			values[name] = EmptyBlocks(n, at)
		case isBlock:
			values[name], err = blocksValue(n, at, given, lenient)
		default:
			values[name], err = FromPlain(given, at, lenient)
		}
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", name, err)
		}
	}
	if !lenient {
		for name := range plain {
			if !t.HasAttribute(name) {
				return cty.NilVal, fmt.Errorf("there is no attribute %q", name)
			}
		}
	}
	return cty.ObjectVal(values), nil
}

func blocksValue(n *tfjson.SchemaBlockType, t cty.Type, given any, lenient bool) (cty.Value, error) {
	if n.NestingMode == tfjson.SchemaNestingModeSingle || n.NestingMode == tfjson.SchemaNestingModeGroup {
		m, ok := given.(map[string]any)
		if !ok {
			return cty.NilVal, fmt.Errorf("want an object, have %T", given)
		}
		return blockValue(n.Block, t, m, lenient)
	}
	element, err := blockType(n.Block) // not the element of t: a list that holds values of any type is typed dynamically, its blocks are not
	if err != nil {
		return cty.NilVal, err
	}
	if n.NestingMode == tfjson.SchemaNestingModeMap {
		m, ok := given.(map[string]any)
		if !ok {
			return cty.NilVal, fmt.Errorf("want a map of objects, have %T", given)
		}
		values := map[string]cty.Value{}
		for k, e := range m {
			inner, ok := e.(map[string]any)
			if !ok {
				return cty.NilVal, fmt.Errorf("%s: want an object, have %T", k, e)
			}
			v, err := blockValue(n.Block, element, inner, lenient)
			if err != nil {
				return cty.NilVal, fmt.Errorf("%s: %w", k, err)
			}
			values[k] = v
		}
		switch {
		case t == cty.DynamicPseudoType:
			return cty.ObjectVal(values), nil
		case len(values) == 0:
			return cty.MapValEmpty(element), nil
		}
		return cty.MapVal(values), nil
	}
	list, err := elements(given)
	if err != nil {
		return cty.NilVal, err
	}
	values := make([]cty.Value, 0, len(list))
	for i, e := range list {
		inner, ok := e.(map[string]any)
		if !ok {
			return cty.NilVal, fmt.Errorf("%d: want an object, have %T", i, e)
		}
		v, err := blockValue(n.Block, element, inner, lenient)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%d: %w", i, err)
		}
		values = append(values, v)
	}
	if t == cty.DynamicPseudoType {
		return cty.TupleVal(values), nil
	}
	return collect(values, t), nil
}

// FromPlain turns plain Go, or JSON as encoding/json reads it, into a value of a type. Numbers may be any Go number, json.Number or a
// string; so may booleans be a string.
func FromPlain(given any, t cty.Type, lenient bool) (cty.Value, error) {
	if given == nil {
		return cty.NullVal(t), nil
	}
	switch {
	case t == cty.DynamicPseudoType:
		return infer(given)
	case t.IsPrimitiveType():
		v, err := primitive(given)
		if err != nil {
			return cty.NilVal, err
		}
		return convert.Convert(v, t)
	case t.IsListType() || t.IsSetType():
		list, err := elements(given)
		if err != nil {
			return cty.NilVal, err
		}
		values := make([]cty.Value, 0, len(list))
		for i, e := range list {
			v, err := FromPlain(e, t.ElementType(), lenient)
			if err != nil {
				return cty.NilVal, fmt.Errorf("%d: %w", i, err)
			}
			values = append(values, v)
		}
		return collect(values, t), nil
	case t.IsMapType():
		m, err := fields(given)
		if err != nil {
			return cty.NilVal, err
		}
		if len(m) == 0 {
			return cty.MapValEmpty(t.ElementType()), nil
		}
		values := map[string]cty.Value{}
		for k, e := range m {
			v, err := FromPlain(e, t.ElementType(), lenient)
			if err != nil {
				return cty.NilVal, fmt.Errorf("%s: %w", k, err)
			}
			values[k] = v
		}
		return cty.MapVal(values), nil
	case t.IsObjectType():
		m, err := fields(given)
		if err != nil {
			return cty.NilVal, err
		}
		values := map[string]cty.Value{}
		for name, at := range t.AttributeTypes() {
			v, err := FromPlain(m[name], at, lenient)
			if err != nil {
				return cty.NilVal, fmt.Errorf("%s: %w", name, err)
			}
			values[name] = v
		}
		for name := range m {
			if !lenient && !t.HasAttribute(name) {
				return cty.NilVal, fmt.Errorf("there is no attribute %q", name)
			}
		}
		return cty.ObjectVal(values), nil
	}
	v, err := infer(given)
	if err != nil {
		return cty.NilVal, err
	}
	return convert.Convert(v, t)
}

func collect(values []cty.Value, t cty.Type) cty.Value {
	switch {
	case t.IsSetType() && len(values) == 0:
		return cty.SetValEmpty(t.ElementType())
	case t.IsSetType():
		return cty.SetVal(values)
	case len(values) == 0:
		return cty.ListValEmpty(t.ElementType())
	}
	return cty.ListVal(values)
}

func elements(given any) ([]any, error) {
	switch x := given.(type) {
	case []any:
		return x, nil
	case []string:
		out := make([]any, len(x))
		for i, s := range x {
			out[i] = s
		}
		return out, nil
	case []map[string]any:
		out := make([]any, len(x))
		for i, m := range x {
			out[i] = m
		}
		return out, nil
	}
	return nil, fmt.Errorf("want a list, have %T", given)
}

func fields(given any) (map[string]any, error) {
	switch x := given.(type) {
	case map[string]any:
		return x, nil
	case map[string]string:
		out := map[string]any{}
		for k, v := range x {
			out[k] = v
		}
		return out, nil
	}
	return nil, fmt.Errorf("want an object, have %T", given)
}

func primitive(given any) (cty.Value, error) {
	switch x := given.(type) {
	case string:
		return cty.StringVal(x), nil
	case bool:
		return cty.BoolVal(x), nil
	case int:
		return cty.NumberIntVal(int64(x)), nil
	case int64:
		return cty.NumberIntVal(x), nil
	case float64:
		return cty.ParseNumberVal(strconv.FormatFloat(x, 'f', -1, 64))
	case json.Number:
		return cty.ParseNumberVal(x.String())
	}
	return cty.NilVal, fmt.Errorf("want a string, number or bool, have %T", given)
}

func infer(given any) (cty.Value, error) {
	switch x := given.(type) {
	case nil:
		return cty.NullVal(cty.DynamicPseudoType), nil
	case []any:
		values := make([]cty.Value, 0, len(x))
		for _, e := range x {
			v, err := infer(e)
			if err != nil {
				return cty.NilVal, err
			}
			values = append(values, v)
		}
		return cty.TupleVal(values), nil
	case map[string]any:
		values := map[string]cty.Value{}
		for k, e := range x {
			v, err := infer(e)
			if err != nil {
				return cty.NilVal, err
			}
			values[k] = v
		}
		return cty.ObjectVal(values), nil
	}
	return primitive(given)
}

// FromText turns the text of a value into the value: JSON for collections and objects, the text itself for strings, numbers and booleans.
func FromText(text string, t cty.Type) (cty.Value, error) {
	if t.IsPrimitiveType() {
		return FromPlain(text, t, false)
	}
	var plain any
	if err := json.Unmarshal([]byte(text), &plain); err != nil {
		return cty.NilVal, err
	}
	return FromPlain(plain, t, false)
}
