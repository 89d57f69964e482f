package module

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// An Address is a resource instance address taken apart.
type Address struct {
	Modules []Step // the calls from the root, with their instance keys
	Data    bool
	Type    string
	Name    string
	Key     any // nil, int or string
}

// A Step is one call with its instance key: nil, int or string.
type Step struct {
	Name string
	Key  any
}

// String writes the step as the engine does.
func (s Step) String() string { return s.Name + keyText(s.Key) }

func keyText(key any) string {
	switch k := key.(type) {
	case int:
		return "[" + strconv.Itoa(k) + "]"
	case string:
		return "[" + quoteKey(k) + "]"
	}
	return ""
}

// quoteKey writes a string instance key as the engine does: as an HCL string literal.
func quoteKey(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case (c == '$' || c == '%') && i+1 < len(s) && s[i+1] == '{':
			b.WriteByte(c)
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// String writes the address as the engine does.
func (a Address) String() string { return a.Resource() + keyText(a.Key) }

// Resource is the address without the instance key of the resource itself.
func (a Address) Resource() string {
	prefix := ModuleAddress(a.Modules)
	if prefix != "" {
		prefix += "."
	}
	return prefix + resourceKey(a.Data, a.Type, a.Name)
}

// ModuleAddress writes the address of a module instance; "" for the root.
func ModuleAddress(steps []Step) string {
	var b strings.Builder
	for i, s := range steps {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString("module.")
		b.WriteString(s.String())
	}
	return b.String()
}

// ModulePath is the names of the calls from the root, without instance keys.
func (a Address) ModulePath() []string {
	var out []string
	for _, s := range a.Modules {
		out = append(out, s.Name)
	}
	return out
}

// ParseAddress takes a resource instance address apart.
func ParseAddress(s string) (Address, error) {
	var a Address
	tr, diags := hclsyntax.ParseTraversalAbs([]byte(s), "address", hcl.InitialPos)
	if diags.HasErrors() {
		return a, fmt.Errorf("address %q: %s", s, diags[0].Summary)
	}
	names, keys := flatten(tr)
	for len(names) >= 2 && names[0] == "module" {
		a.Modules = append(a.Modules, Step{Name: names[1], Key: keys[1]})
		names, keys = names[2:], keys[2:]
	}
	if len(names) > 0 && names[0] == "data" {
		a.Data, names, keys = true, names[1:], keys[1:]
	}
	if len(names) != 2 {
		return a, fmt.Errorf("address %q: want [module.NAME.]TYPE.NAME[KEY]", s)
	}
	a.Type, a.Name, a.Key = names[0], names[1], keys[1]
	return a, nil
}

// flatten splits a traversal into names, each with the index that follows it.
func flatten(tr hcl.Traversal) (names []string, keys []any) {
	for _, step := range tr {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			names, keys = append(names, s.Name), append(keys, nil)
		case hcl.TraverseAttr:
			names, keys = append(names, s.Name), append(keys, nil)
		case hcl.TraverseIndex:
			if len(keys) > 0 {
				keys[len(keys)-1] = keyOf(s.Key)
			}
		}
	}
	return names, keys
}

func keyOf(v cty.Value) any {
	switch {
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Number:
		n, _ := v.AsBigFloat().Int64()
		return int(n)
	}
	return nil
}
