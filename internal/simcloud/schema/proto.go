package schema

import (
	"fmt"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// sent is what GetProviderSchema answers, made once.
type sent struct {
	config          *tfprotov6.Schema
	resources, data map[string]*tfprotov6.Schema
	err             error
}

// Proto gives the schemas in the form that the plugin protocol sends. The maps must not be changed.
func (p *Provider) Proto() (config *tfprotov6.Schema, resources, data map[string]*tfprotov6.Schema, err error) {
	p.proto.Do(func() {
		s := &sent{resources: map[string]*tfprotov6.Schema{}, data: map[string]*tfprotov6.Schema{}}
		p.sent = s
		if s.config, s.err = message(p.Config); s.err != nil {
			return
		}
		for name, o := range p.Resources {
			if s.resources[name], s.err = message(o); s.err != nil {
				return
			}
		}
		for name, o := range p.Data {
			if s.data[name], s.err = message(o); s.err != nil {
				return
			}
		}
	})
	return p.sent.config, p.sent.resources, p.sent.data, p.sent.err
}

func message(o *Object) (*tfprotov6.Schema, error) {
	block, err := blockMessage(o.Block)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	return &tfprotov6.Schema{Version: o.Version, Block: block}, nil
}

func blockMessage(b *tfjson.SchemaBlock) (*tfprotov6.SchemaBlock, error) {
	out := &tfprotov6.SchemaBlock{Deprecated: b.Deprecated}
	var err error
	if out.Attributes, err = attributeMessages(b.Attributes); err != nil {
		return nil, err
	}
	for _, name := range Names(b.NestedBlocks) {
		n := b.NestedBlocks[name]
		inner := &tfjson.SchemaBlock{}
		if n.Block != nil {
			inner = n.Block
		}
		block, err := blockMessage(inner)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out.BlockTypes = append(out.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Block: block, Nesting: blockNesting[n.NestingMode], MinItems: int64(n.MinItems), MaxItems: int64(n.MaxItems),
		})
	}
	return out, nil
}

func attributeMessages(attributes map[string]*tfjson.SchemaAttribute) ([]*tfprotov6.SchemaAttribute, error) {
	var out []*tfprotov6.SchemaAttribute
	for _, name := range Names(attributes) {
		a := attributes[name]
		m := &tfprotov6.SchemaAttribute{
			Name: name, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			Sensitive: a.Sensitive, WriteOnly: a.WriteOnly, Deprecated: a.Deprecated,
		}
		var err error
		if a.AttributeNestedType != nil {
			m.NestedType = &tfprotov6.SchemaObject{Nesting: objectNesting[a.AttributeNestedType.NestingMode]}
			m.NestedType.Attributes, err = attributeMessages(a.AttributeNestedType.Attributes)
		} else {
			m.Type, err = wireType(a.AttributeType)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, m)
	}
	return out, nil
}

var blockNesting = map[tfjson.SchemaNestingMode]tfprotov6.SchemaNestedBlockNestingMode{
	tfjson.SchemaNestingModeSingle: tfprotov6.SchemaNestedBlockNestingModeSingle,
	tfjson.SchemaNestingModeGroup:  tfprotov6.SchemaNestedBlockNestingModeGroup,
	tfjson.SchemaNestingModeList:   tfprotov6.SchemaNestedBlockNestingModeList,
	tfjson.SchemaNestingModeSet:    tfprotov6.SchemaNestedBlockNestingModeSet,
	tfjson.SchemaNestingModeMap:    tfprotov6.SchemaNestedBlockNestingModeMap,
}

var objectNesting = map[tfjson.SchemaNestingMode]tfprotov6.SchemaObjectNestingMode{
	tfjson.SchemaNestingModeSingle: tfprotov6.SchemaObjectNestingModeSingle,
	tfjson.SchemaNestingModeList:   tfprotov6.SchemaObjectNestingModeList,
	tfjson.SchemaNestingModeSet:    tfprotov6.SchemaObjectNestingModeSet,
	tfjson.SchemaNestingModeMap:    tfprotov6.SchemaObjectNestingModeMap,
}

// wireType spells a cty type in the vocabulary of the plugin library.
func wireType(t cty.Type) (tftypes.Type, error) {
	switch {
	case t == cty.String:
		return tftypes.String, nil
	case t == cty.Number:
		return tftypes.Number, nil
	case t == cty.Bool:
		return tftypes.Bool, nil
	case t == cty.DynamicPseudoType:
		return tftypes.DynamicPseudoType, nil
	case t.IsCollectionType():
		e, err := wireType(t.ElementType())
		if err != nil {
			return nil, err
		}
		switch {
		case t.IsListType():
			return tftypes.List{ElementType: e}, nil
		case t.IsSetType():
			return tftypes.Set{ElementType: e}, nil
		}
		return tftypes.Map{ElementType: e}, nil
	case t.IsTupleType():
		var elements []tftypes.Type
		for _, et := range t.TupleElementTypes() {
			e, err := wireType(et)
			if err != nil {
				return nil, err
			}
			elements = append(elements, e)
		}
		return tftypes.Tuple{ElementTypes: elements}, nil
	case t.IsObjectType():
		attributes := map[string]tftypes.Type{}
		for name, at := range t.AttributeTypes() {
			a, err := wireType(at)
			if err != nil {
				return nil, err
			}
			attributes[name] = a
		}
		return tftypes.Object{AttributeTypes: attributes}, nil
	}
	return nil, fmt.Errorf("type %s cannot be sent", t.FriendlyName())
}

// Names are the sorted keys of a map.
func Names[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
