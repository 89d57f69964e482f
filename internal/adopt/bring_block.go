package adopt

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A described is a resource block that the engine wrote for an object.
type described struct {
	file  *module.File
	block *hclsyntax.Block
}

// parseDescribed reads the block that an engine wrote; false when there is none.
func parseDescribed(src []byte) (described, bool) {
	f := module.Parse("described.tf", src)
	if f.Body == nil {
		return described{}, false
	}
	for _, b := range f.Body.Blocks {
		if b.Type == "resource" {
			return described{f, b}, true
		}
	}
	return described{}, false
}

// says tells whether the block gives an argument a value, or has a nested block of the name.
func (d described) says(name string) bool {
	if a := d.block.Body.Attributes[name]; a != nil {
		v, diags := a.Expr.Value(nil)
		return diags.HasErrors() || !empty(v)
	}
	return len(module.Blocks(d.block.Body, name)) > 0
}

// empty tells whether a value says nothing: null, "" or a collection without elements.
func empty(v cty.Value) bool {
	switch {
	case v.IsNull():
		return true
	case !v.IsKnown():
		return false
	case v.Type() == cty.String:
		return v.AsString() == ""
	case v.CanIterateElements():
		return v.LengthInt() == 0
	}
	return false
}

// names lists the arguments and nested blocks that say something, in the order of the text.
func (d described) names() []string {
	at := map[string]int{}
	for name, a := range d.block.Body.Attributes {
		at[name] = a.SrcRange.Start.Byte
	}
	for _, b := range d.block.Body.Blocks {
		if _, ok := at[b.Type]; !ok {
			at[b.Type] = b.TypeRange.Start.Byte
		}
	}
	var out []string
	for name := range at {
		if d.says(name) {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return at[a] - at[b] })
	return out
}

// worthSaying are the arguments to begin with: what the provider needs, what the event named, and of what the provider would fill in itself only
// what tells the object from others or what the siblings say, too. A plan tells what else there must be.
func (b *bring) worthSaying(d described, schema *drift.Block, like []*module.Resource) map[string]bool {
	out := map[string]bool{}
	for _, name := range d.names() {
		a, nested := attributeOf(schema, name), nestedOf(schema, name)
		switch {
		case a != nil && !a.Required && !a.Optional:
			continue
		case a != nil && a.Required, nested != nil && nested.MinItems > 0, schema == nil:
			out[name] = true
		case a != nil && a.Computed && (b.identifies(d, name) || said(like, name) || b.event[name] != nil):
			out[name] = true
		case a != nil && !a.Computed && b.event[name] != nil:
			out[name] = true
		}
	}
	return out
}

func attributeOf(schema *drift.Block, name string) *drift.Attribute {
	if schema == nil {
		return nil
	}
	return schema.Attributes[name]
}

func nestedOf(schema *drift.Block, name string) *drift.NestedBlock {
	if schema == nil {
		return nil
	}
	return schema.Blocks[name]
}

// identifies tells whether an argument is what the object is known by: it is called name, or its value is in the id.
func (b *bring) identifies(d described, name string) bool {
	a := d.block.Body.Attributes[name]
	if a == nil || name == "region" || strings.HasSuffix(name, "_prefix") {
		return false
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || empty(v) || v.Type() != cty.String {
		return false
	}
	return name == "name" || v.AsString() == b.id || slices.Contains(strings.FieldsFunc(b.id, func(r rune) bool { return strings.ContainsRune("/:|_,", r) }), v.AsString())
}

// said tells whether a sibling's code has an argument.
func said(like []*module.Resource, name string) bool {
	return slices.ContainsFunc(like, func(r *module.Resource) bool { return r.Block.Body.Attributes[name] != nil })
}
