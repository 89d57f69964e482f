package drift

// A Comparer compares objects two by two. It remembers what it has read of schemas, so one is best kept for many objects; it must not be used
// by two goroutines at once.
type Comparer struct{ c *classifier }

// NewComparer returns a Comparer. decodeYAML may be nil, as in [Options].
func NewComparer(decodeYAML func(string) (Value, error)) *Comparer {
	return &Comparer{&classifier{plan: &Plan{}, code: unreadCode{}, opts: Options{DecodeYAML: decodeYAML}, shapes: map[*Block]*shape{}}}
}

// Between compares two objects of one type as [Classify] compares base and live: by the provider's schema, and by meaning, not writing. What
// only the provider computes, and what is not known yet on either side, is left out. It returns the paths, as in [Change], sorted.
func (m *Comparer) Between(typ, provider string, schema *Block, a, b map[string]Value) []string {
	k := &instanceCase{inst: &Instance{Type: typ, Provider: provider, Schema: schema, Base: a, Code: a, Live: b}}
	m.c.compare(k)
	var out []string
	for _, ch := range k.changes {
		if ch.Kind == KindDrift && !hasUnknown(ch.Base) && !hasUnknown(ch.Live) {
			out = append(out, ch.Path)
		}
	}
	return out
}

// At is the value at a path of an object; nil where there is none.
func At(object map[string]Value, path Path) Value {
	var v Value = object
	for _, s := range path {
		switch x := v.(type) {
		case map[string]Value:
			v = x[s.text()]
		case []Value:
			if s.Kind != StepIndex || s.Index >= len(x) {
				return nil
			}
			v = x[s.Index]
		default:
			return nil
		}
	}
	return v
}
