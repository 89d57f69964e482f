package driftbench

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// values are values for the root's variables that have none, as a variable file; set names those that some file sets. Sensitive variables
// come as environment entries instead: nobody keeps them in the repository.
func (f *folder) values(all map[string]*folder, set map[string]bool) (file string, env map[string]string) {
	var b strings.Builder
	env = map[string]string{}
	for _, name := range sorted(f.variables) {
		v := f.variables[name]
		if v.Body.Attributes["default"] != nil || set[name] {
			continue
		}
		text := f.exampleOf(all, name, v)
		if a := v.Body.Attributes["sensitive"]; a != nil && string(a.Expr.Range().SliceBytes(f.src[a.SrcRange.Filename])) == "true" {
			env["TF_VAR_"+name] = strings.Trim(text, `"`)
			continue
		}
		fmt.Fprintf(&b, "%s = %s\n", name, text)
	}
	return b.String(), env
}

// exampleOf is a value that a variable's type and validations allow, as far as they are simple.
func (f *folder) exampleOf(all map[string]*folder, name string, v *hclsyntax.Block) string {
	for _, b := range v.Body.Blocks {
		if a := b.Body.Attributes["condition"]; b.Type == "validation" && a != nil {
			if first := firstAllowed(f.src[a.SrcRange.Filename], a.Expr); first != "" {
				return first
			}
		}
	}
	read := &shape{}
	f.variableInto(all, read, name, 4)
	a := v.Body.Attributes["type"]
	if a == nil {
		return read.example(name)
	}
	t, _, diags := typeexpr.TypeConstraintWithDefaults(a.Expr)
	if diags.HasErrors() || t == cty.DynamicPseudoType {
		return read.example(name)
	}
	return exampleType(name, t, read)
}

// variableInto notes how a variable is read, here and in the modules that it is handed to.
func (f *folder) variableInto(all map[string]*folder, s *shape, name string, depth int) {
	f.shapeInto(s, func(c []string) []string {
		if len(c) > 2 && c[0] == "var" && c[1] == name {
			return c[2:]
		}
		return nil
	})
	for _, label := range sorted(f.calls) {
		dir, local := f.called(f.calls[label])
		child := all[dir]
		if !local || child == nil || depth == 0 {
			continue
		}
		for _, argument := range sorted(f.calls[label].Body.Attributes) {
			if c := chain(f.calls[label].Body.Attributes[argument].Expr); len(c) == 2 && c[0] == "var" && c[1] == name {
				child.variableInto(all, s, argument, depth-1)
			}
		}
	}
}

// firstAllowed is the first of the values that a condition lists with contains([...], x).
func firstAllowed(src []byte, x hclsyntax.Expression) string {
	found := ""
	_ = hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && call.Name == "contains" && len(call.Args) == 2 && found == "" {
			if list, ok := call.Args[0].(*hclsyntax.TupleConsExpr); ok && len(list.Exprs) > 0 {
				found = string(list.Exprs[0].Range().SliceBytes(src))
			}
		}
		return nil
	})
	return found
}

func exampleType(name string, t cty.Type, read *shape) string {
	switch {
	case t == cty.Number:
		return "8"
	case t == cty.Bool:
		return "true"
	case t.IsListType(), t.IsSetType():
		return "[" + exampleType(name, t.ElementType(), &shape{}) + "]"
	case t.IsMapType():
		if read != nil && len(read.fields) > 0 {
			var parts []string
			for _, key := range sorted(read.fields) {
				parts = append(parts, fmt.Sprintf("%q = %s", key, exampleType(key, t.ElementType(), read.fields[key])))
			}
			return "{ " + strings.Join(parts, ", ") + " }"
		}
		return fmt.Sprintf("{ %q = %s }", "main", exampleType(name, t.ElementType(), &shape{}))
	case t.IsObjectType():
		var parts []string
		for _, key := range sorted(t.AttributeTypes()) {
			if t.AttributeOptional(key) {
				continue
			}
			parts = append(parts, fmt.Sprintf("%q = %s", key, exampleType(key, t.AttributeType(key), &shape{})))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case t.IsTupleType():
		var parts []string
		for _, e := range t.TupleElementTypes() {
			parts = append(parts, exampleType(name, e, &shape{}))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case t == cty.DynamicPseudoType && read != nil:
		return read.example(name)
	}
	return fmt.Sprintf("%q", exampleText(name))
}
