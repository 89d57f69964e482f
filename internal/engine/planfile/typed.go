package planfile

import (
	"encoding/json"
	"fmt"

	"github.com/mooringdev/mooring/internal/drift"
)

var dynamicType = &drift.Type{Kind: "dynamic"}

// impliedType is the type of a whole resource instance object, as the engines derive it from its schema. It decides how states and the
// plan message are written: a value of dynamic type carries its type beside it.
func impliedType(b *drift.Block) *drift.Type {
	fields := make(map[string]*drift.Type, len(b.Attributes)+len(b.Blocks))
	for name, a := range b.Attributes {
		fields[name] = attributeType(a)
	}
	for name, nb := range b.Blocks {
		fields[name] = nestedBlockType(nb)
	}
	return &drift.Type{Kind: "object", Fields: fields}
}

func attributeType(a *drift.Attribute) *drift.Type {
	if a.Nested == nil {
		return a.Type
	}
	fields := make(map[string]*drift.Type, len(a.Nested.Attributes))
	for name, inner := range a.Nested.Attributes {
		fields[name] = attributeType(inner)
	}
	return nestedIn(a.Nested.Nesting, &drift.Type{Kind: "object", Fields: fields})
}

func nestedBlockType(nb *drift.NestedBlock) *drift.Type {
	object := impliedType(nb.Block)
	// Blocks whose objects may differ in type cannot form a list or map; the engines make them a tuple or an object of dynamic type.
	if (nb.Nesting == drift.NestingList || nb.Nesting == drift.NestingMap) && hasDynamic(object) {
		return dynamicType
	}
	return nestedIn(nb.Nesting, object)
}

func nestedIn(n drift.Nesting, object *drift.Type) *drift.Type {
	switch n {
	case drift.NestingList, drift.NestingSet, drift.NestingMap:
		return &drift.Type{Kind: string(n), Elem: object}
	}
	return object
}

func hasDynamic(t *drift.Type) bool {
	if t == nil {
		return false
	}
	if t.Kind == "dynamic" || hasDynamic(t.Elem) {
		return true
	}
	for _, f := range t.Fields {
		if hasDynamic(f) {
			return true
		}
	}
	for _, e := range t.Elems {
		if hasDynamic(e) {
			return true
		}
	}
	return false
}

// parseType reads a type constraint as cty's JSON writes it: "string", ["list", T], ["object", {name: T}], ["tuple", [T]].
func parseType(raw []byte) (*drift.Type, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("type constraint: %w", err)
	}
	return typeOf(v)
}

func typeOf(v any) (*drift.Type, error) {
	switch v := v.(type) {
	case string:
		switch v {
		case "string", "number", "bool":
			return &drift.Type{Kind: v}, nil
		case "dynamic":
			return dynamicType, nil
		}
		return nil, fmt.Errorf("type constraint: unknown type %q", v)
	case []any:
		if len(v) >= 2 {
			if kind, ok := v[0].(string); ok {
				return compoundType(kind, v[1])
			}
		}
	}
	return nil, fmt.Errorf("type constraint: unknown form")
}

func compoundType(kind string, of any) (*drift.Type, error) {
	t := &drift.Type{Kind: kind}
	var err error
	switch kind {
	case "list", "set", "map":
		t.Elem, err = typeOf(of)
		return t, err
	case "object":
		fields, ok := of.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("type constraint: object without attributes")
		}
		t.Fields = make(map[string]*drift.Type, len(fields))
		for name, f := range fields {
			if t.Fields[name], err = typeOf(f); err != nil {
				return nil, err
			}
		}
		return t, nil
	case "tuple":
		elems, ok := of.([]any)
		if !ok {
			return nil, fmt.Errorf("type constraint: tuple without elements")
		}
		t.Elems = make([]*drift.Type, len(elems))
		for i, e := range elems {
			if t.Elems[i], err = typeOf(e); err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	return nil, fmt.Errorf("type constraint: unknown kind %q", kind)
}

// unwrap takes the type wrappers off the dynamic values of a state's JSON, in place where it can.
func unwrap(v drift.Value, t *drift.Type) drift.Value {
	if v == nil || t == nil {
		return v
	}
	switch x := v.(type) {
	case map[string]drift.Value:
		switch t.Kind {
		case "dynamic":
			return unwrapDynamic(x)
		case "object":
			for name, f := range t.Fields {
				if inner, ok := x[name]; ok {
					x[name] = unwrap(inner, f)
				}
			}
		case "map":
			for k, inner := range x {
				x[k] = unwrap(inner, t.Elem)
			}
		}
	case []drift.Value:
		for i := range x {
			switch {
			case t.Kind == "tuple" && i < len(t.Elems):
				x[i] = unwrap(x[i], t.Elems[i])
			case t.Kind == "list" || t.Kind == "set":
				x[i] = unwrap(x[i], t.Elem)
			}
		}
	}
	return v
}

func unwrapDynamic(wrapper map[string]drift.Value) drift.Value {
	typ, hasType := wrapper["type"]
	value, hasValue := wrapper["value"]
	if !hasType || !hasValue || len(wrapper) != 2 {
		return wrapper
	}
	t, err := typeOf(typ)
	if err != nil {
		return wrapper
	}
	return unwrap(value, t)
}
