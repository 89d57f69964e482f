package solve

import (
	"encoding/json"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mooringdev/mooring/internal/drift"
)

// FromDrift turns a value of the model into one that expressions know: objects and tuples, unknown where it is unknown.
func FromDrift(v drift.Value) cty.Value {
	switch x := v.(type) {
	case nil:
		return cty.NullVal(cty.DynamicPseudoType)
	case bool:
		return cty.BoolVal(x)
	case string:
		return cty.StringVal(x)
	case json.Number:
		n, err := cty.ParseNumberVal(x.String())
		if err != nil {
			return cty.StringVal(x.String())
		}
		return n
	case []drift.Value:
		out := make([]cty.Value, len(x))
		for i, e := range x {
			out[i] = FromDrift(e)
		}
		return cty.TupleVal(out)
	case map[string]drift.Value:
		out := make(map[string]cty.Value, len(x))
		for k, e := range x {
			out[k] = FromDrift(e)
		}
		return cty.ObjectVal(out)
	}
	return cty.DynamicVal
}

// typed converts a value to the type that the schema gives it; the value itself where it does not fit, or no type is known.
func typed(v cty.Value, t cty.Type) cty.Value {
	if t == cty.DynamicPseudoType || t == cty.NilType {
		return v
	}
	if c, err := convert.Convert(v, t); err == nil {
		return c
	}
	return v
}

// TypeOf is the type that a schema type stands for.
func TypeOf(t *drift.Type) cty.Type {
	if t == nil {
		return cty.DynamicPseudoType
	}
	switch t.Kind {
	case "string":
		return cty.String
	case "number":
		return cty.Number
	case "bool":
		return cty.Bool
	case "list":
		return cty.List(TypeOf(t.Elem))
	case "set":
		return cty.Set(TypeOf(t.Elem))
	case "map":
		return cty.Map(TypeOf(t.Elem))
	case "object":
		fields := map[string]cty.Type{}
		for name, f := range t.Fields {
			fields[name] = TypeOf(f)
		}
		return cty.Object(fields)
	case "tuple":
		var elems []cty.Type
		for _, e := range t.Elems {
			elems = append(elems, TypeOf(e))
		}
		return cty.Tuple(elems)
	}
	return cty.DynamicPseudoType
}

// AttributeType is the type of a schema attribute; nested attributes are objects whose fields may be left out.
func AttributeType(a *drift.Attribute) cty.Type {
	if a == nil {
		return cty.DynamicPseudoType
	}
	if a.Nested == nil {
		return TypeOf(a.Type)
	}
	fields := map[string]cty.Type{}
	var optional []string
	for name, f := range a.Nested.Attributes {
		fields[name] = AttributeType(f)
		optional = append(optional, name)
	}
	obj := cty.ObjectWithOptionalAttrs(fields, optional)
	switch a.Nested.Nesting {
	case drift.NestingList:
		return cty.List(obj)
	case drift.NestingSet:
		return cty.Set(obj)
	case drift.NestingMap:
		return cty.Map(obj)
	}
	return obj
}

// known tells whether a value has no unknown part.
func known(v cty.Value) bool { return v != cty.NilVal && v.IsWhollyKnown() }

func isMap(v cty.Value) bool {
	return v != cty.NilVal && v.IsKnown() && !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType())
}

func isList(v cty.Value) bool {
	return v != cty.NilVal && v.IsKnown() && !v.IsNull() && (v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType())
}

func isString(v cty.Value) bool {
	return v != cty.NilVal && v.IsKnown() && !v.IsNull() && v.Type() == cty.String
}

// entries are the members of an object or map; those of an object that are null count as absent in same, not here.
func entries(v cty.Value) map[string]cty.Value {
	if !isMap(v) || v.LengthInt() == 0 {
		return map[string]cty.Value{}
	}
	return v.AsValueMap()
}

func elements(v cty.Value) []cty.Value {
	if !isList(v) || v.LengthInt() == 0 {
		return nil
	}
	return v.AsValueSlice()
}

// text is a scalar as a string; false when it is none.
func text(v cty.Value) (string, bool) {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || !v.Type().IsPrimitiveType() {
		return "", false
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return "", false
	}
	return s.AsString(), true
}

// same tells whether two values mean the same to a provider: scalars of different types that convert into each other, objects and maps
// with equal members (a null member counts as absent), lists in order, sets in any order. Unknown equals nothing.
func same(a, b cty.Value) bool {
	if a == cty.NilVal || b == cty.NilVal || !a.IsKnown() || !b.IsKnown() {
		return false
	}
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	switch {
	case isMap(a) && isMap(b):
		x, y := entries(a), entries(b)
		for k, v := range x {
			w, ok := y[k]
			if !ok && !v.IsNull() || ok && !same(v, w) {
				return false
			}
		}
		for k, w := range y {
			if _, ok := x[k]; !ok && !w.IsNull() {
				return false
			}
		}
		return true
	case isList(a) && isList(b):
		x, y := elements(a), elements(b)
		if len(x) != len(y) {
			return false
		}
		if a.Type().IsSetType() || b.Type().IsSetType() {
			return sameSet(x, y)
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	if a.Type() == cty.Number && b.Type() == cty.Number {
		return a.AsBigFloat().Cmp(b.AsBigFloat()) == 0
	}
	s, ok := text(a)
	t, ok2 := text(b)
	return ok && ok2 && (s == t || sameDocument(s, t))
}

// sameDocument tells whether two texts are JSON documents that mean the same, an IAM policy in any of its forms.
func sameDocument(s, t string) bool {
	x, ok := decodeJSON(s)
	if !ok {
		return false
	}
	y, ok := decodeJSON(t)
	return ok && (same(x, y) || same(x, policyLike(x, y)))
}

func sameSet(x, y []cty.Value) bool {
	used := make([]bool, len(y))
next:
	for _, v := range x {
		for i, w := range y {
			if !used[i] && same(v, w) {
				used[i] = true
				continue next
			}
		}
		return false
	}
	return true
}

// at follows a path into a value.
func at(v cty.Value, steps []any) (cty.Value, bool) {
	for _, step := range steps {
		switch k := step.(type) {
		case string:
			m := entries(v)
			e, ok := m[k]
			if !ok {
				return cty.NilVal, false
			}
			v = e
		case int:
			l := elements(v)
			if isMap(v) { // a map whose key is a number
				return cty.NilVal, false
			}
			if k < 0 || k >= len(l) {
				return cty.NilVal, false
			}
			v = l[k]
		}
	}
	return v, true
}

// put returns v with want at the path. A null member of a map is one that is not there.
func put(v cty.Value, steps []any, want cty.Value) (cty.Value, bool) {
	if len(steps) == 0 {
		return want, true
	}
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		if _, ok := steps[0].(string); !ok {
			return v, false
		}
		v = cty.EmptyObjectVal
	}
	switch k := steps[0].(type) {
	case string:
		if isList(v) {
			return v, false
		}
		m := entries(v)
		old, ok := m[k]
		if !ok {
			old = cty.NullVal(cty.DynamicPseudoType)
		}
		e, ok := put(old, steps[1:], want)
		if !ok {
			return v, false
		}
		if e.IsNull() {
			delete(m, k)
		} else {
			m[k] = e
		}
		return like(v, cty.ObjectVal(m)), true
	case int:
		if isMap(v) {
			return v, false
		}
		l := elements(v)
		if k < 0 || k >= len(l) {
			return v, false
		}
		e, ok := put(l[k], steps[1:], want)
		if !ok {
			return v, false
		}
		l = append(l[:0:0], l...)
		l[k] = e
		return like(v, cty.TupleVal(l)), true
	}
	return v, false
}

// like converts v to the type of model where that is a collection type that it fits.
func like(model, v cty.Value) cty.Value {
	t := model.Type()
	if t.IsMapType() || t.IsListType() || t.IsSetType() {
		if c, err := convert.Convert(v, t); err == nil {
			return c
		}
	}
	return v
}

// plain turns maps, lists and sets into objects and tuples, for writing.
func plain(v cty.Value) cty.Value {
	switch {
	case v == cty.NilVal || v.IsNull() || !v.IsKnown():
		return v
	case isMap(v):
		m := entries(v)
		out := map[string]cty.Value{}
		for k, e := range m {
			if !e.IsNull() {
				out[k] = plain(e)
			}
		}
		return cty.ObjectVal(out)
	case isList(v):
		var out []cty.Value
		for _, e := range elements(v) {
			out = append(out, plain(e))
		}
		return cty.TupleVal(out)
	}
	return v
}

// decodeJSON reads a JSON document; ok is false for text that is not an object or a list.
func decodeJSON(s string) (cty.Value, bool) {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return cty.NilVal, false
	}
	dec := json.NewDecoder(strings.NewReader(trimmed))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.More() {
		return cty.NilVal, false
	}
	return FromDrift(v), true
}
