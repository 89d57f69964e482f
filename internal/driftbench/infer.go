package driftbench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// A catalog is what a project's code needs of providers: real schemas cut to the types in use, and made to accept this code. Cases are only
// ever picked where the schema is the provider's own; all else is scenery that lets a project be planned whole.
type catalog struct {
	providers []*schema.Provider
	invented  map[string]bool // resource types, and "type.attribute" of resource types, that no real schema has
	doc       []byte          // the schemas, as `providers schema -json` writes them
}

// metaArguments are the arguments of resource and data blocks that are the engine's.
var metaArguments = map[string]bool{"count": true, "for_each": true, "depends_on": true, "provider": true, "lifecycle": true, "connection": true, "provisioner": true, "dynamic": true}

// newCatalog makes the schemas for some directories of a project. The known schemas are read and not changed.
func newCatalog(folders []*folder, known map[string]*schema.Provider) (*catalog, error) {
	m := &maker{known: known, made: map[string]*tfjson.ProviderSchema{}, invented: map[string]bool{}}
	for _, f := range folders {
		m.providersOf(f)
	}
	for _, f := range folders {
		for _, name := range sorted(f.resources) {
			m.resource(f, f.resources[name])
		}
	}
	for _, f := range folders {
		m.readings(f)
	}
	doc, err := json.Marshal(&tfjson.ProviderSchemas{FormatVersion: "1.0", Schemas: m.made})
	if err != nil {
		return nil, fmt.Errorf("schemas for the project: %w", err)
	}
	c := &catalog{invented: m.invented, doc: doc}
	c.providers, err = schema.Parse(bytes.NewReader(doc))
	return c, err
}

type maker struct {
	known    map[string]*schema.Provider // by the last part of the source
	made     map[string]*tfjson.ProviderSchema
	invented map[string]bool
}

// sources are the sources of the local provider names of a directory.
func (f *folder) sources() map[string]string {
	out := map[string]string{}
	for _, b := range f.blocks {
		if b.Type != "terraform" {
			continue
		}
		for _, r := range b.Body.Blocks {
			if r.Type != "required_providers" {
				continue
			}
			for name, a := range r.Body.Attributes {
				out[name] = "hashicorp/" + name
				object, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
				if !ok {
					continue
				}
				for _, item := range object.Items {
					if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && k.AsString() == "source" {
						out[name] = strings.ToLower(literal(&hclsyntax.Attribute{Expr: item.ValueExpr}))
					}
				}
			}
		}
	}
	return out
}

func (f *folder) sourceOf(local string) string {
	if s := f.sources()[local]; s != "" {
		if !strings.Contains(s, "/") {
			return "hashicorp/" + s
		}
		parts := strings.Split(s, "/")
		if len(parts) > 2 {
			parts = parts[len(parts)-2:]
		}
		return strings.Join(parts, "/")
	}
	return "hashicorp/" + local
}

func (m *maker) provider(source string) *tfjson.ProviderSchema {
	p := m.made[source]
	if p == nil {
		p = &tfjson.ProviderSchema{
			ConfigSchema:    &tfjson.Schema{Block: &tfjson.SchemaBlock{}},
			ResourceSchemas: map[string]*tfjson.Schema{}, DataSourceSchemas: map[string]*tfjson.Schema{},
		}
		if known := m.knownOf(source); known != nil {
			p.ConfigSchema.Block = clone(known.Config.Block)
		}
		m.made[source] = p
	}
	return p
}

func (m *maker) knownOf(source string) *schema.Provider {
	_, name, _ := strings.Cut(source, "/")
	return m.known[strings.TrimSuffix(name, "-beta")]
}

func (m *maker) providersOf(f *folder) {
	for local := range f.sources() {
		m.provider(f.sourceOf(local))
	}
	for _, b := range f.blocks {
		if b.Type == "provider" && len(b.Labels) == 1 {
			accept(m.provider(f.sourceOf(b.Labels[0])).ConfigSchema.Block, b.Body, func(string) {}, map[string]bool{"alias": true, "version": true})
		}
	}
}

// resource makes the schema of the type of one block accept that block.
func (m *maker) resource(f *folder, b *hclsyntax.Block) {
	s := m.schemaOf(f, b)
	if s == nil {
		return
	}
	accept(s.Block, b.Body, func(path string) { m.invented[b.Labels[0]+"."+path] = true }, metaArguments)
	for _, inner := range b.Body.Blocks {
		if inner.Type != "lifecycle" {
			continue
		}
		expressions(inner.Body, func(_ string, x hclsyntax.Expression) {
			for _, tr := range x.Variables() {
				if name := tr.RootName(); s.Block.Attributes[name] == nil && s.Block.NestedBlocks[name] == nil {
					s.Block.Attributes[name] = &tfjson.SchemaAttribute{AttributeType: cty.String, Optional: true}
					m.invented[b.Labels[0]+"."+name] = true
				}
			}
		})
	}
}

// schemaOf is the schema of the type of a block, made when it is first met; nil for types of the engine itself.
func (m *maker) schemaOf(f *folder, b *hclsyntax.Block) *tfjson.Schema {
	typ := b.Labels[0]
	if typ == "terraform_data" || typ == "terraform_remote_state" {
		return nil
	}
	local, _, _ := strings.Cut(typ, "_")
	if a := b.Body.Attributes["provider"]; a != nil {
		if t, ok := a.Expr.(*hclsyntax.ScopeTraversalExpr); ok {
			local = t.Traversal.RootName()
		}
	}
	source := f.sourceOf(local)
	p := m.provider(source)
	from, to := map[string]*schema.Object{}, p.ResourceSchemas
	if known := m.knownOf(source); known != nil {
		from = known.Resources
	}
	if b.Type == "data" {
		to = p.DataSourceSchemas
		if known := m.knownOf(source); known != nil {
			from = known.Data
		}
	}
	if s := to[typ]; s != nil {
		return s
	}
	if o := from[typ]; o != nil {
		to[typ] = &tfjson.Schema{Version: uint64(o.Version), Block: clone(o.Block)}
		return to[typ]
	}
	if b.Type == "resource" {
		m.invented[typ] = true
	}
	to[typ] = &tfjson.Schema{Block: &tfjson.SchemaBlock{Attributes: map[string]*tfjson.SchemaAttribute{
		"id": {AttributeType: cty.String, Optional: true, Computed: true},
	}}}
	return to[typ]
}

// accept makes a block's schema allow what a body says: code may be written for another version of the provider.
func accept(s *tfjson.SchemaBlock, body *hclsyntax.Body, invented func(path string), meta map[string]bool) {
	if s.Attributes == nil {
		s.Attributes = map[string]*tfjson.SchemaAttribute{}
	}
	if s.NestedBlocks == nil {
		s.NestedBlocks = map[string]*tfjson.SchemaBlockType{}
	}
	for name, a := range s.Attributes {
		if a.Required && body.Attributes[name] == nil {
			a.Required, a.Optional = false, true
		}
	}
	for _, name := range sorted(body.Attributes) {
		if meta[name] || s.NestedBlocks[name] != nil {
			continue
		}
		switch a := s.Attributes[name]; {
		case a == nil:
			s.Attributes[name] = &tfjson.SchemaAttribute{AttributeType: guess(body.Attributes[name].Expr), Optional: true}
			invented(name)
		case !a.Optional && !a.Required:
			a.Optional = true
			invented(name)
		}
	}
	said := map[string]bool{}
	for _, b := range body.Blocks {
		name, content := b.Type, b.Body
		if name == "dynamic" && len(b.Labels) == 1 {
			name, content = b.Labels[0], nil
			for _, inner := range b.Body.Blocks {
				if inner.Type == "content" {
					content = inner.Body
				}
			}
		} else if meta[name] {
			continue
		}
		said[name] = true
		if content == nil || s.Attributes[name] != nil {
			continue
		}
		n := s.NestedBlocks[name]
		if n == nil {
			n = &tfjson.SchemaBlockType{NestingMode: tfjson.SchemaNestingModeList, Block: &tfjson.SchemaBlock{}}
			s.NestedBlocks[name] = n
			invented(name)
		}
		accept(n.Block, content, func(path string) { invented(name + "." + path) }, nil)
	}
	for name, n := range s.NestedBlocks {
		if !said[name] {
			n.MinItems = 0
		}
	}
}

// guess is the type of an argument of which no schema is known.
func guess(x hclsyntax.Expression) cty.Type {
	switch e := x.(type) {
	case *hclsyntax.TupleConsExpr:
		if len(e.Exprs) > 0 {
			if _, ok := e.Exprs[0].(*hclsyntax.ObjectConsExpr); ok {
				return cty.DynamicPseudoType
			}
		}
		return cty.List(cty.String)
	case *hclsyntax.ObjectConsExpr, *hclsyntax.ForExpr, *hclsyntax.FunctionCallExpr, *hclsyntax.ConditionalExpr, *hclsyntax.ScopeTraversalExpr, *hclsyntax.SplatExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.IndexExpr:
		return cty.DynamicPseudoType
	case *hclsyntax.LiteralValueExpr:
		if t := e.Val.Type(); t.IsPrimitiveType() {
			return t
		}
	}
	return cty.String
}

// readings gives invented types, and types of another version, the attributes that code reads of them.
func (m *maker) readings(f *folder) {
	for _, b := range f.blocks {
		expressions(b.Body, func(_ string, x hclsyntax.Expression) {
			for _, c := range chains(x) {
				m.reading(f, c)
			}
		})
	}
}

func (m *maker) reading(f *folder, c []string) {
	name := ""
	if c[0] == "data" && len(c) > 3 {
		name, c = "data."+c[1]+"."+c[2], c[3:]
	} else if len(c) > 2 {
		name, c = c[0]+"."+c[1], c[2:]
	}
	b := f.resources[name]
	if b == nil {
		return
	}
	c = withoutIndex(c)
	s := m.schemaOf(f, b)
	if s == nil || len(c) == 0 || strings.HasPrefix(c[0], "[") || s.Block.NestedBlocks[c[0]] != nil {
		return
	}
	if s.Block.Attributes == nil {
		s.Block.Attributes = map[string]*tfjson.SchemaAttribute{}
	}
	a := s.Block.Attributes[c[0]]
	if a == nil {
		a = &tfjson.SchemaAttribute{AttributeType: cty.String, Computed: true}
		s.Block.Attributes[c[0]] = a
		m.invented[b.Labels[0]+"."+c[0]] = true
	}
	if !a.Computed || a.Optional || a.Required || !m.invented[b.Labels[0]+"."+c[0]] || len(c) == 1 {
		return
	}
	var all shape
	for _, other := range f.blocks {
		expressions(other.Body, func(_ string, x hclsyntax.Expression) {
			for _, k := range chains(x) {
				if k[0] == "data" && "data."+strings.Join(k[1:min(3, len(k))], ".") == name && len(k) > 3 {
					k = k[3:]
				} else if len(k) > 2 && k[0]+"."+k[1] == name {
					k = k[2:]
				} else {
					continue
				}
				if k = withoutIndex(k); len(k) > 0 && k[0] == c[0] {
					all.read(k[1:])
				}
			}
		})
	}
	a.AttributeType = all.typ()
}

func clone(b *tfjson.SchemaBlock) *tfjson.SchemaBlock {
	out := &tfjson.SchemaBlock{Attributes: map[string]*tfjson.SchemaAttribute{}, NestedBlocks: map[string]*tfjson.SchemaBlockType{}}
	for name, a := range b.Attributes {
		copied := *a
		out.Attributes[name] = &copied
	}
	for name, n := range b.NestedBlocks {
		inner := &tfjson.SchemaBlock{}
		if n.Block != nil {
			inner = clone(n.Block)
		}
		copied := *n
		copied.Block = inner
		out.NestedBlocks[name] = &copied
	}
	return out
}

// real tells whether the provider's own schema has an attribute, or a block, of a resource type.
func (c *catalog) real(typ, path string) bool {
	if c.invented[typ] {
		return false
	}
	parts := strings.Split(path, ".")
	for i := range parts {
		if c.invented[typ+"."+strings.Join(parts[:i+1], ".")] {
			return false
		}
	}
	return true
}
