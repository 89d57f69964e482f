package drift

// A Value is a leaf or a tree of leaves as the engine's JSON writes it:
//
//	nil                   null
//	bool, string          themselves
//	json.Number           every number, never float64: 64-bit ids survive and 1 equals 1.0 only after normalising
//	[]Value               list, set or tuple (the schema tells which)
//	map[string]Value      object or map
//	Unknown               known only after apply
//
// The zero Value is null. Absence (no such attribute in this source) is null too: state files do not tell them apart.
type Value = any

// Unknown stands for a value that is known only after apply. It equals nothing, itself included, when values are compared.
type Unknown struct{}

// MarshalJSON writes Unknown the way people read it in a plan.
func (Unknown) MarshalJSON() ([]byte, error) { return []byte(`"(known after apply)"`), nil }

// String is the text that engines print for such a value.
func (Unknown) String() string { return "(known after apply)" }
