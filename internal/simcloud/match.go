package simcloud

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// matched puts in place of each planned element of a list or set the element that exists and that it could turn out to be.
func (p *planner) matched(prior, planned cty.Value) cty.Value {
	if absent(prior) || !prior.IsKnown() || !planned.IsKnown() || planned.LengthInt() == 0 {
		return planned
	}
	before := prior.AsValueSlice()
	elements := planned.AsValueSlice()
	for i, e := range elements {
		at := slices.IndexFunc(before, func(was cty.Value) bool { return p.compatible(e, was) })
		if planned.Type().IsListType() { // the elements of a list have a position
			at = -1
			if i < len(before) && p.compatible(e, before[i]) {
				elements[i] = before[i]
			}
		}
		if at >= 0 {
			elements[i] = before[at]
			before = slices.Delete(before, at, at+1)
		}
	}
	if planned.Type().IsSetType() {
		return cty.SetVal(elements)
	}
	return cty.ListVal(elements)
}

// compatible reports whether a planned value could turn out to be the given one: unknown values could be anything, and to a provider of
// the old kind no value is the same as an empty one.
func (p *planner) compatible(planned, was cty.Value) bool {
	if !planned.IsKnown() {
		return true
	}
	if p.legacy && planned.IsNull() && isZero(was) {
		return true
	}
	t := planned.Type()
	if planned.IsNull() || was.IsNull() || !was.IsKnown() {
		return planned.RawEquals(was)
	}
	switch {
	case t.IsObjectType():
		for name := range t.AttributeTypes() {
			if !was.Type().HasAttribute(name) || !p.compatible(planned.GetAttr(name), was.GetAttr(name)) {
				return false
			}
		}
		return true
	case t.IsListType() && planned.LengthInt() == was.LengthInt():
		before := was.AsValueSlice()
		for i, e := range planned.AsValueSlice() {
			if !p.compatible(e, before[i]) {
				return false
			}
		}
		return true
	case t.IsSetType() && planned.LengthInt() == was.LengthInt():
		before := was.AsValueSlice()
		for _, e := range planned.AsValueSlice() {
			at := slices.IndexFunc(before, func(b cty.Value) bool { return p.compatible(e, b) })
			if at < 0 {
				return false
			}
			before = slices.Delete(before, at, at+1)
		}
		return true
	}
	return planned.RawEquals(was)
}

// isZero reports whether a provider of the old kind cannot tell a value from none.
func isZero(v cty.Value) bool {
	if absent(v) || !v.IsKnown() {
		return false
	}
	switch t := v.Type(); {
	case t == cty.String:
		return v.AsString() == ""
	case t == cty.Bool:
		return v.False()
	case t == cty.Number:
		return v.Equals(cty.Zero).True()
	case t.IsListType(), t.IsSetType(), t.IsMapType():
		return v.LengthInt() == 0
	}
	return false
}

// zero is the value of a type that a provider of the old kind stores for none.
func zero(t cty.Type) cty.Value {
	switch {
	case t == cty.String:
		return cty.StringVal("")
	case t == cty.Bool:
		return cty.False
	case t == cty.Number:
		return cty.Zero
	case t.IsListType():
		return cty.ListValEmpty(t.ElementType())
	case t.IsSetType():
		return cty.SetValEmpty(t.ElementType())
	case t.IsMapType():
		return cty.MapValEmpty(t.ElementType())
	}
	return cty.NullVal(t)
}

// ofObjects reports whether a type is a list or set of objects: what a block is that the schema calls an attribute.
func ofObjects(t cty.Type) bool {
	return (t.IsListType() || t.IsSetType()) && t.ElementType().IsObjectType()
}

// stored is how a cloud keeps a value: in lists of objects of the old kind every field has a value.
func stored(o *schema.Object, v cty.Value) cty.Value {
	if !o.Legacy() || v.IsNull() {
		return v
	}
	values := v.AsValueMap()
	for name := range o.Block.Attributes {
		if held := values[name]; ofObjects(held.Type()) && !held.IsNull() && held.IsKnown() {
			values[name], _ = cty.Transform(held, func(path cty.Path, inner cty.Value) (cty.Value, error) {
				if len(path) > 0 && inner.IsKnown() && inner.IsNull() {
					return zero(inner.Type()), nil
				}
				return inner, nil
			})
		}
	}
	return cty.ObjectVal(values)
}
