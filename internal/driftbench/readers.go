package driftbench

import "github.com/hashicorp/hcl/v2/hclsyntax"

// readers tells what else reads an attribute of a resource: "" when nothing does that would follow an edit.
func (p *place) readers(typ, name, attribute string) string {
	reads := func(x hclsyntax.Expression) bool {
		for _, c := range chains(x) {
			if len(c) >= 2 && c[0] == typ && c[1] == name {
				rest := withoutIndex(c[2:])
				// A reading that ends at the resource is of all its attributes, unless it is the start of a longer one.
				if len(rest) > 0 && rest[0] == attribute {
					return true
				}
			}
		}
		return wholly(x, typ, name)
	}
	for _, b := range p.folder.blocks {
		if b.Type == "output" && p.parent == nil || b.Type == "resource" && b.Labels[0] == typ && b.Labels[1] == name {
			continue
		}
		found := false
		expressions(b.Body, func(argument string, x hclsyntax.Expression) {
			found = found || argument != "depends_on" && reads(x)
		})
		if found {
			return "read by another " + b.Type
		}
	}
	return ""
}

// wholly tells whether an expression is a resource as a whole.
func wholly(x hclsyntax.Expression, typ, name string) bool {
	for _, tr := range x.Variables() {
		if s := steps(tr); tr.RootName() == typ && len(s) >= 1 && s[0] == name && (len(s) == 1 || len(s) == 2 && s[1] == "*") {
			if _, splat := x.(*hclsyntax.SplatExpr); !splat {
				return len(s) == 1 && chain(x) != nil && len(chain(x)) == 2
			}
		}
	}
	return false
}
