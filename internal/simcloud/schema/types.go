package schema

import (
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

// blockType is the type of a block's value: one attribute for each attribute and each nested block type.
func blockType(b *tfjson.SchemaBlock) (cty.Type, error) {
	types := map[string]cty.Type{}
	for name, a := range b.Attributes {
		t, err := AttributeType(a)
		if err != nil {
			return cty.NilType, fmt.Errorf("%s: %w", name, err)
		}
		types[name] = t
	}
	for name, n := range b.NestedBlocks {
		inner := &tfjson.SchemaBlock{}
		if n.Block != nil {
			inner = n.Block
		}
		t, err := blockType(inner)
		if err != nil {
			return cty.NilType, fmt.Errorf("%s: %w", name, err)
		}
		if types[name], err = nested(t, n.NestingMode); err != nil {
			return cty.NilType, fmt.Errorf("%s: %w", name, err)
		}
	}
	return cty.Object(types), nil
}

// AttributeType is the type of an attribute, whether the schema spells it as a type or as nested attributes.
func AttributeType(a *tfjson.SchemaAttribute) (cty.Type, error) {
	if a.AttributeNestedType == nil {
		if a.AttributeType == cty.NilType {
			return cty.NilType, fmt.Errorf("attribute has no type")
		}
		return a.AttributeType, nil
	}
	t, err := blockType(&tfjson.SchemaBlock{Attributes: a.AttributeNestedType.Attributes})
	if err != nil {
		return cty.NilType, err
	}
	return nested(t, a.AttributeNestedType.NestingMode)
}

// nested is how a collection of blocks is typed. Lists and maps whose elements hold values of any type cannot be lists or maps:
// the protocol types them dynamically.
func nested(element cty.Type, mode tfjson.SchemaNestingMode) (cty.Type, error) {
	switch mode {
	case tfjson.SchemaNestingModeSingle, tfjson.SchemaNestingModeGroup:
		return element, nil
	case tfjson.SchemaNestingModeList:
		if element.HasDynamicTypes() {
			return cty.DynamicPseudoType, nil
		}
		return cty.List(element), nil
	case tfjson.SchemaNestingModeMap:
		if element.HasDynamicTypes() {
			return cty.DynamicPseudoType, nil
		}
		return cty.Map(element), nil
	case tfjson.SchemaNestingModeSet:
		return cty.Set(element), nil
	}
	return cty.NilType, fmt.Errorf("unknown nesting mode %q", mode)
}

// EmptyBlocks is the value of a nested block type of which there is none.
func EmptyBlocks(n *tfjson.SchemaBlockType, t cty.Type) cty.Value {
	switch {
	case n.NestingMode == tfjson.SchemaNestingModeGroup:
		return allNull(t)
	case t.IsListType():
		return cty.ListValEmpty(t.ElementType())
	case t.IsSetType():
		return cty.SetValEmpty(t.ElementType())
	case t.IsMapType():
		return cty.MapValEmpty(t.ElementType())
	case n.NestingMode == tfjson.SchemaNestingModeList:
		return cty.EmptyTupleVal
	case n.NestingMode == tfjson.SchemaNestingModeMap:
		return cty.EmptyObjectVal
	}
	return cty.NullVal(t)
}

func allNull(t cty.Type) cty.Value {
	values := map[string]cty.Value{}
	for name, at := range t.AttributeTypes() {
		values[name] = cty.NullVal(at)
	}
	return cty.ObjectVal(values)
}
