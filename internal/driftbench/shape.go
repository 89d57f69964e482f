package driftbench

import (
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A shape is what code takes a value for, told from how it is read: an attribute is read of an object, an index of a list, and what
// nothing is read of is a string.
type shape struct {
	fields map[string]*shape
	elem   *shape
}

// read notes one reading; each step is a name, or "[" and the key for an index ("[*" when the key is not a literal).
func (s *shape) read(path []string) {
	if len(path) == 0 {
		return
	}
	key, index := strings.CutPrefix(path[0], "[")
	if index && (key == "*" || isDigits(key)) {
		if s.elem == nil {
			s.elem = &shape{}
		}
		s.elem.read(path[1:])
		return
	}
	if s.fields == nil {
		s.fields = map[string]*shape{}
	}
	if s.fields[key] == nil {
		s.fields[key] = &shape{}
	}
	s.fields[key].read(path[1:])
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// typ is the shape as a type.
func (s *shape) typ() cty.Type {
	switch {
	case len(s.fields) > 0:
		types := map[string]cty.Type{}
		for name, f := range s.fields {
			types[name] = f.typ()
		}
		return cty.Object(types)
	case s.elem != nil:
		return cty.List(s.elem.typ())
	}
	return cty.String
}

// example is a value of the shape, as HCL.
func (s *shape) example(name string) string {
	switch {
	case len(s.fields) > 0:
		names := make([]string, 0, len(s.fields))
		for n := range s.fields {
			names = append(names, n)
		}
		sort.Strings(names)
		var b strings.Builder
		b.WriteString("{ ")
		for i, n := range names {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%q = %s", n, s.fields[n].example(n))
		}
		return b.String() + " }"
	case s.elem != nil:
		return "[" + s.elem.example(name) + "]"
	}
	return fmt.Sprintf("%q", exampleText(name))
}

// exampleText is a string that does for something of that name.
func exampleText(name string) string {
	switch n := strings.ToLower(name); {
	case strings.Contains(n, "cidr"):
		return "10.20.0.0/16"
	case strings.Contains(n, "arn"):
		return "arn:aws:iam::111122223333:role/" + strings.ReplaceAll(n, "_", "-")
	case strings.Contains(n, "account_id"), strings.Contains(n, "account_number"):
		return "111122223333"
	case strings.Contains(n, "email"):
		return "team@example.com"
	case strings.Contains(n, "port"), strings.Contains(n, "count"), strings.Contains(n, "days"), strings.Contains(n, "size"), strings.Contains(n, "timeout"):
		return "8"
	case strings.Contains(n, "enable"):
		return "true"
	case strings.Contains(n, "url"):
		return "https://" + strings.ReplaceAll(n, "_", "-") + ".example.com"
	case strings.Contains(n, "region"):
		return "eu-west-1"
	case n == "ip" || strings.HasSuffix(n, "_ip"), strings.HasPrefix(n, "ip_"):
		return "192.0.2.10"
	default:
		return strings.ReplaceAll(n, "_", "-")
	}
}

// chains are all readings in an expression: the root name, then the steps. Each prefix of a longer reading is in the list too.
func chains(x hclsyntax.Expression) [][]string {
	var out [][]string
	_ = hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
		if e, ok := n.(hclsyntax.Expression); ok {
			if c := chain(e); len(c) > 1 {
				out = append(out, c)
			}
		}
		return nil
	})
	return out
}

func chain(x hclsyntax.Expression) []string {
	switch e := x.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return append([]string{e.Traversal.RootName()}, relative(e.Traversal[1:])...)
	case *hclsyntax.RelativeTraversalExpr:
		return appended(chain(e.Source), relative(e.Traversal)...)
	case *hclsyntax.IndexExpr:
		key := "*"
		if v, diags := e.Key.Value(nil); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			key = v.AsString()
		}
		return appended(chain(e.Collection), "["+key)
	case *hclsyntax.SplatExpr:
		c := appended(chain(e.Source), "[*")
		if each, ok := e.Each.(*hclsyntax.RelativeTraversalExpr); ok {
			return appended(c, relative(each.Traversal)...)
		}
		return c
	case *hclsyntax.ParenthesesExpr:
		return chain(e.Expression)
	}
	return nil
}

func appended(c []string, more ...string) []string {
	if c == nil {
		return nil
	}
	return append(c[:len(c):len(c)], more...)
}

func relative(tr hcl.Traversal) []string {
	var out []string
	for _, s := range tr {
		switch x := s.(type) {
		case hcl.TraverseAttr:
			out = append(out, x.Name)
		case hcl.TraverseIndex:
			switch x.Key.Type() {
			case cty.String:
				out = append(out, "["+x.Key.AsString())
			case cty.Number:
				out = append(out, "["+x.Key.AsBigFloat().String())
			default:
				out = append(out, "[*")
			}
		default:
			out = append(out, "[*")
		}
	}
	return out
}

// withoutIndex drops an index at the start of the steps: the key of an instance.
func withoutIndex(path []string) []string {
	if len(path) > 0 && strings.HasPrefix(path[0], "[") {
		return path[1:]
	}
	return path
}
