package drift

// Block is a provider's schema of one block, cut to what comparing and editing need.
type Block struct {
	Attributes map[string]*Attribute
	Blocks     map[string]*NestedBlock
}

// Attribute is one attribute. Exactly one of Type and Nested is set.
type Attribute struct {
	Type      *Type
	Nested    *NestedObject // attributes-as-objects of protocol 6
	Required  bool
	Optional  bool
	Computed  bool
	Sensitive bool
	WriteOnly bool
}

// NestedObject is the nested type of an attribute.
type NestedObject struct {
	Nesting    Nesting
	Attributes map[string]*Attribute
}

// NestedBlock is a block type inside a block.
type NestedBlock struct {
	Nesting  Nesting
	Block    *Block
	MinItems int
	MaxItems int // 0: no limit
}

// Nesting is how nested things are kept.
type Nesting string

// The nestings of the provider protocol.
const (
	NestingSingle Nesting = "single"
	NestingGroup  Nesting = "group"
	NestingList   Nesting = "list"
	NestingSet    Nesting = "set"
	NestingMap    Nesting = "map"
)

// Type is a type constraint as cty's JSON writes it: Kind is string, number, bool, dynamic, list, set, map, object or tuple.
type Type struct {
	Kind   string
	Elem   *Type            // list, set, map
	Fields map[string]*Type // object
	Elems  []*Type          // tuple
}
