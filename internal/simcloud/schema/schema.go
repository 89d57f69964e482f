// Package schema reads provider schemas, the JSON of `providers schema -json`, and gives them the two forms a provider needs:
// the cty type of every resource, and the message that the plugin protocol sends.
//
// Start at [Parse]. A [Provider] is read-only once parsed and safe for concurrent use.
package schema

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

// A Provider is one provider's schemas.
type Provider struct {
	Source    string // namespace and type without the registry's host: "hashicorp/aws"
	Config    *Object
	Resources map[string]*Object
	Data      map[string]*Object

	proto sync.Once
	sent  *sent
}

// An Object is the schema of a resource type, a data source or the provider's own configuration.
type Object struct {
	Name    string
	Version int64
	Block   *tfjson.SchemaBlock
	Type    cty.Type // what a value of it looks like
}

// Parse reads one JSON document, plain or gzip. The providers come sorted by source.
func Parse(r io.Reader) ([]*Provider, error) {
	buffered := bufio.NewReader(r)
	if magic, err := buffered.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("provider schema: %w", err)
		}
		r = unzipped
	} else {
		r = buffered
	}
	var doc tfjson.ProviderSchemas
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return nil, fmt.Errorf("provider schema: not the output of `providers schema -json`: %w", err)
	}
	var all []*Provider
	for address, p := range doc.Schemas {
		parsed, err := provider(address, p)
		if err != nil {
			return nil, err
		}
		all = append(all, parsed)
	}
	slices.SortFunc(all, func(a, b *Provider) int { return strings.Compare(a.Source, b.Source) })
	return all, nil
}

func provider(address string, p *tfjson.ProviderSchema) (*Provider, error) {
	out := &Provider{Source: withoutHost(address), Resources: map[string]*Object{}, Data: map[string]*Object{}}
	var err error
	if out.Config, err = object("provider", p.ConfigSchema); err != nil {
		return nil, fmt.Errorf("provider schema %s: %w", address, err)
	}
	for name, s := range p.ResourceSchemas {
		if out.Resources[name], err = object(name, s); err != nil {
			return nil, fmt.Errorf("provider schema %s: %w", address, err)
		}
	}
	for name, s := range p.DataSourceSchemas {
		if out.Data[name], err = object(name, s); err != nil {
			return nil, fmt.Errorf("provider schema %s: %w", address, err)
		}
	}
	return out, nil
}

func withoutHost(address string) string {
	if parts := strings.Split(address, "/"); len(parts) == 3 {
		return parts[1] + "/" + parts[2]
	}
	return address
}

func object(name string, s *tfjson.Schema) (*Object, error) {
	o := &Object{Name: name, Block: &tfjson.SchemaBlock{}}
	if s != nil && s.Block != nil {
		o.Version, o.Block = int64(s.Version), s.Block
	}
	restore(o)
	var err error
	if o.Type, err = blockType(o.Block); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return o, nil
}

// lost are attributes whose objects have a field named description. Collections of schemas that leave descriptions out lose it.
var lost = map[string][]string{
	"aws_security_group": {"ingress", "egress"}, "aws_default_security_group": {"ingress", "egress"}, "azurerm_network_security_group": {"security_rule"},
}

// restore gives such fields back.
func restore(o *Object) {
	for _, name := range lost[o.Name] {
		a := o.Block.Attributes[name]
		if a == nil || !a.AttributeType.IsSetType() || !a.AttributeType.ElementType().IsObjectType() {
			continue
		}
		fields := a.AttributeType.ElementType().AttributeTypes()
		if _, ok := fields["description"]; ok {
			continue
		}
		fields = maps.Clone(fields)
		fields["description"] = cty.String
		a.AttributeType = cty.Set(cty.Object(fields))
	}
}

// Legacy reports whether a resource looks written with the plugin SDK rather than the framework: the SDK declares every id optional.
// The engines forgive such types small disagreements between plan and result.
func (o *Object) Legacy() bool {
	id, ok := o.Block.Attributes["id"]
	return ok && id.Optional && id.Computed
}

// Has reports whether there is an attribute of that name at the top.
func (o *Object) Has(attribute string) bool {
	_, ok := o.Block.Attributes[attribute]
	return ok
}
