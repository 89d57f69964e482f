package drift

import (
	"maps"
	"slices"
)

// A shape is a schema compiled for walking values: what a value at some place is, whoever declared it, attribute or block.
type shape struct {
	kind   shapeKind
	elem   *shape            // list, set, mapping
	fields map[string]*shape // object
	names  []string          // the names of fields, sorted
	elems  []*shape          // tuple

	text             string // the primitive type of a scalar: string, number, bool
	computedOnly     bool   // the provider alone decides it
	optionalComputed bool   // the provider decides it when the code is silent
	required         bool
	writeOnly        bool // always null in plans and states
	noSchema         bool // the provider's schema is not known
	block            bool // a nested block: set by code, or filled in by a provider of the old SDK
}

type shapeKind int

const (
	shapeFree shapeKind = iota // nothing is known: no schema, or a dynamic type
	shapeScalar
	shapeList
	shapeSet
	shapeTuple
	shapeMapping
	shapeObject
)

var freeShape = &shape{noSchema: true}

func (c *classifier) shapeOf(b *Block) *shape {
	if b == nil {
		return freeShape
	}
	s := c.shapes[b]
	if s == nil {
		s = blockShape(b)
		c.shapes[b] = s
	}
	return s
}

func blockShape(b *Block) *shape {
	s := &shape{kind: shapeObject, block: true, fields: make(map[string]*shape, len(b.Attributes)+len(b.Blocks))}
	for name, a := range b.Attributes {
		s.fields[name] = attributeShape(a)
	}
	for name, nb := range b.Blocks {
		s.fields[name] = nested(nb.Nesting, blockShape(nb.Block), shape{block: true})
	}
	return s.sorted()
}

func attributeShape(a *Attribute) *shape {
	flags := shape{
		computedOnly: a.Computed && !a.Optional && !a.Required, optionalComputed: a.Computed && a.Optional,
		required: a.Required, writeOnly: a.WriteOnly,
	}
	if a.Nested == nil {
		return typeShape(a.Type, flags)
	}
	object := flags
	object.kind, object.fields = shapeObject, make(map[string]*shape, len(a.Nested.Attributes))
	for name, inner := range a.Nested.Attributes {
		object.fields[name] = attributeShape(inner)
	}
	return nested(a.Nested.Nesting, object.sorted(), flags)
}

// sorted completes an object whose fields are all there.
func (s *shape) sorted() *shape {
	s.names = slices.Sorted(maps.Keys(s.fields))
	return s
}

// nested puts an object into the collection that the nesting says. The flags are those of the collection.
func nested(n Nesting, object *shape, flags shape) *shape {
	flags.elem = object
	switch n {
	case NestingList:
		flags.kind = shapeList
	case NestingSet:
		flags.kind = shapeSet
	case NestingMap:
		flags.kind = shapeMapping
	default:
		return object
	}
	return &flags
}

// typeShape gives every part of a typed value the flags of its attribute.
func typeShape(t *Type, flags shape) *shape {
	s := flags
	if t == nil {
		return &s
	}
	switch t.Kind {
	case "string", "number", "bool":
		s.kind, s.text = shapeScalar, t.Kind
	case "list":
		s.kind, s.elem = shapeList, typeShape(t.Elem, flags)
	case "set":
		s.kind, s.elem = shapeSet, typeShape(t.Elem, flags)
	case "map":
		s.kind, s.elem = shapeMapping, typeShape(t.Elem, flags)
	case "object":
		s.kind, s.fields = shapeObject, make(map[string]*shape, len(t.Fields))
		for name, f := range t.Fields {
			s.fields[name] = typeShape(f, flags)
		}
		s.sorted()
	case "tuple":
		s.kind = shapeTuple
		for _, e := range t.Elems {
			s.elems = append(s.elems, typeShape(e, flags))
		}
	}
	return &s
}

// field returns the shape of an attribute or block; what the schema does not know is free.
func (s *shape) field(name string) *shape {
	if f := s.fields[name]; f != nil {
		return f
	}
	return s.free()
}

// item returns the shape of a list element or map value.
func (s *shape) item(i int) *shape {
	switch {
	case s.elem != nil:
		return s.elem
	case i < len(s.elems):
		return s.elems[i]
	}
	return s.free()
}

// free is a part of which only the flags of the whole are known.
func (s *shape) free() *shape {
	f := *s
	f.kind, f.elem, f.fields, f.names, f.elems, f.text = shapeFree, nil, nil, nil, nil, ""
	return &f
}
