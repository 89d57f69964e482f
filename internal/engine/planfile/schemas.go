package planfile

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mooringdev/mooring/internal/drift"
)

// Schemas holds the schemas of providers: only text until a resource type is asked for. It is safe for concurrent use.
type Schemas struct {
	mu        sync.Mutex
	providers map[string]*providerSchemas
}

type providerSchemas struct {
	resources, data map[string]*typeSchema
}

// typeSchema is the schema of one resource type, decoded when it is first asked for.
type typeSchema struct {
	raw   []byte
	once  sync.Once
	block *drift.Block
	typ   *drift.Type
}

func (t *typeSchema) decode() (*drift.Block, *drift.Type) {
	t.once.Do(func() {
		// A schema that does not decode is as good as none: what needs it is then read the slow way.
		if b, err := decodeSchema(t.raw); err == nil {
			t.block, t.typ = b, impliedType(b)
		}
	})
	return t.block, t.typ
}

// NewSchemas returns an empty collection.
func NewSchemas() *Schemas { return &Schemas{providers: map[string]*providerSchemas{}} }

// ParseSchemas reads what `providers schema -json` prints. It reads r to its end and decodes no schema yet.
func ParseSchemas(r io.Reader) (*Schemas, error) {
	s := NewSchemas()
	d := newJSON(r)
	err := d.object(func(name string) error {
		if name != "provider_schemas" {
			return d.skip()
		}
		return d.object(func(source string) error {
			p, err := parseProvider(d)
			s.providers[source] = p
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("provider schemas: %w", err)
	}
	return s, nil
}

func parseProvider(d *jsonReader) (*providerSchemas, error) {
	p := &providerSchemas{resources: map[string]*typeSchema{}, data: map[string]*typeSchema{}}
	return p, d.object(func(name string) error {
		into := p.data
		switch name {
		case "resource_schemas":
			into = p.resources
		case "data_source_schemas":
		default:
			return d.skip()
		}
		return d.object(func(typ string) error {
			raw, err := d.ReadValue()
			into[typ] = &typeSchema{raw: slices.Clone(raw)}
			return jsonError(err)
		})
	})
}

// Merge takes over the providers of from; a provider that both hold is replaced.
func (s *Schemas) Merge(from *Schemas) {
	from.mu.Lock()
	taken := maps.Clone(from.providers)
	from.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.providers, taken)
}

// Providers lists the sources of the providers held, sorted.
func (s *Schemas) Providers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.providers))
}

// Resource returns the schema of a managed resource type, nil when it is not known. The provider is a source with host.
func (s *Schemas) Resource(provider, typ string) *drift.Block {
	b, _ := s.lookup(provider, typ, "managed")
	return b
}

// Data returns the schema of a data source, nil when it is not known.
func (s *Schemas) Data(provider, typ string) *drift.Block {
	b, _ := s.lookup(provider, typ, "data")
	return b
}

// lookup returns the schema and the type that values of it have, nil when it is not known.
func (s *Schemas) lookup(provider, typ, mode string) (*drift.Block, *drift.Type) {
	if s == nil {
		return nil, nil
	}
	s.mu.Lock()
	p := s.providers[provider]
	s.mu.Unlock()
	if p == nil {
		return nil, nil
	}
	t := p.resources[typ]
	if mode == "data" {
		t = p.data[typ]
	}
	if t == nil {
		return nil, nil
	}
	return t.decode()
}

// The JSON form of schemas, as `providers schema -json` documents it.
type (
	jsonSchema struct {
		Block jsonBlock `json:"block"`
	}
	jsonBlock struct {
		Attributes map[string]jsonAttribute   `json:"attributes,omitempty"`
		Blocks     map[string]jsonNestedBlock `json:"block_types,omitempty"`
	}
	jsonAttribute struct {
		Type      jsontext.Value `json:"type,omitzero"`
		Nested    *jsonNested    `json:"nested_type,omitzero"`
		Required  bool           `json:"required,omitzero"`
		Optional  bool           `json:"optional,omitzero"`
		Computed  bool           `json:"computed,omitzero"`
		Sensitive bool           `json:"sensitive,omitzero"`
		WriteOnly bool           `json:"write_only,omitzero"`
	}
	jsonNested struct {
		Nesting    drift.Nesting            `json:"nesting_mode"`
		Attributes map[string]jsonAttribute `json:"attributes,omitempty"`
	}
	jsonNestedBlock struct {
		Nesting  drift.Nesting `json:"nesting_mode"`
		Block    jsonBlock     `json:"block"`
		MinItems int           `json:"min_items,omitzero"`
		MaxItems int           `json:"max_items,omitzero"`
	}
)

func parseJSONSchema(raw []byte) (jsonSchema, error) {
	var s jsonSchema
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("schema: %w", err)
	}
	return s, nil
}

func decodeSchema(raw []byte) (*drift.Block, error) {
	s, err := parseJSONSchema(raw)
	if err != nil {
		return nil, err
	}
	return s.Block.block()
}

func (b jsonBlock) block() (*drift.Block, error) {
	attributes, err := attributesOf(b.Attributes)
	if err != nil {
		return nil, err
	}
	out := &drift.Block{Attributes: attributes, Blocks: make(map[string]*drift.NestedBlock, len(b.Blocks))}
	for name, nb := range b.Blocks {
		inner, err := nb.Block.block()
		if err != nil {
			return nil, fmt.Errorf("block %s: %w", name, err)
		}
		out.Blocks[name] = &drift.NestedBlock{Nesting: nb.Nesting, Block: inner, MinItems: nb.MinItems, MaxItems: nb.MaxItems}
	}
	return out, nil
}

func attributesOf(in map[string]jsonAttribute) (map[string]*drift.Attribute, error) {
	out := make(map[string]*drift.Attribute, len(in))
	for name, a := range in {
		attr := &drift.Attribute{
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		var err error
		if a.Nested != nil {
			attr.Nested = &drift.NestedObject{Nesting: a.Nested.Nesting}
			attr.Nested.Attributes, err = attributesOf(a.Nested.Attributes)
		} else {
			attr.Type, err = parseType(a.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
		out[name] = attr
	}
	return out, nil
}
