package adopt

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/module"
)

// expression is what the code shall say for an argument: a reference where the value is another resource's id, the team's own tags where they
// are part of it, else what the engine wrote.
func (b *bring) expression(s *search, m *module.Module, like []*module.Resource, name string, a *hclsyntax.Attribute, d described) string {
	v, diags := a.Expr.Value(nil)
	if !diags.HasErrors() && !v.IsNull() && v.Type() == cty.String {
		if ref := b.reference(s, m, like, name, v.AsString()); ref != "" {
			return ref
		}
	}
	if name == "tags" || name == "labels" {
		if text := b.tags(s, m, name, v); text != "" {
			return text
		}
	}
	rows := strings.Split(string(d.file.Source[a.Expr.Range().Start.Byte:a.Expr.Range().End.Byte]), "\n")
	if strings.HasPrefix(rows[0], "<<") && !diags.HasErrors() {
		return quoteLiteral(v.AsString())
	}
	for i := 1; i < len(rows); i++ {
		rows[i] = tabbed(rows[i])
	}
	return strings.Join(rows, "\n")
}

// reference writes a value as a reference to the one resource of the module that it is the id, ARN or name of.
func (b *bring) reference(s *search, m *module.Module, like []*module.Resource, name, value string) string {
	if s.in.Live == nil || value == "" {
		return ""
	}
	found := map[string][]string{} // attribute -> addresses
	for address, values := range s.in.Live {
		a, err := module.ParseAddress(address)
		if err != nil || a.Data || !slices.Equal(a.Modules, b.address.Modules) || m.Resources[a.Type+"."+a.Name] == nil {
			continue
		}
		for _, attr := range []string{"id", "arn", "name"} {
			if values[attr] == value && (attr != "name" && idOrARN.MatchString(name) || strings.HasSuffix(a.Type, "_"+idName.ReplaceAllString(name, ""))) {
				a.Modules = nil
				found[attr] = append(found[attr], a.String())
			}
		}
	}
	order := []string{"arn", "id", "name"}
	if style := b.style(like, name); style != "" {
		order = append([]string{style}, order...)
	}
	for _, attr := range order {
		if list := found[attr]; len(list) == 1 {
			return list[0] + "." + attr
		}
	}
	return ""
}

// style is the attribute by which siblings refer to another resource for an argument; "" when they do not.
func (b *bring) style(like []*module.Resource, name string) string {
	for _, r := range slices.Backward(like) {
		if a := r.Block.Body.Attributes[name]; a != nil {
			if vars := hclsyntax.Variables(a.Expr); len(vars) == 1 {
				if last, ok := at(vars[0], len(vars[0])-1); ok {
					return last
				}
			}
		}
	}
	return ""
}

// tags writes tags with the local, variable or other expression that resources of the module take theirs from, when all of it is among them.
func (b *bring) tags(s *search, m *module.Module, name string, v cty.Value) string {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return ""
	}
	world := solve.NewWorld(s.in.Tree, s.objects)
	have := v.AsValueMap()
	best, size := "", 0
	for _, key := range sortedKeys(m.Resources) {
		a := m.Resources[key].Block.Body.Attributes[name]
		if a == nil || m.Resources[key].Data {
			continue
		}
		e := a.Expr
		if call, ok := e.(*hclsyntax.FunctionCallExpr); ok && call.Name == "merge" && len(call.Args) > 0 {
			e = call.Args[0]
		}
		if _, ok := e.(*hclsyntax.ScopeTraversalExpr); !ok {
			continue
		}
		shared := world.Value(b.address.Modules, e)
		if !shared.IsWhollyKnown() || shared.IsNull() || !shared.CanIterateElements() || shared.LengthInt() <= size {
			continue
		}
		whole := true
		for k, x := range shared.AsValueMap() {
			w, ok := have[k]
			whole = whole && ok && w.RawEquals(x)
		}
		if whole {
			best, size = string(s.in.Tree.Text(e.Range())), shared.LengthInt()
			rest := map[string]cty.Value{}
			for k, w := range have {
				if _, ok := shared.AsValueMap()[k]; !ok {
					rest[k] = w
				}
			}
			if len(rest) > 0 {
				best = "merge(" + best + ", " + objectText(rest) + ")"
			}
		}
	}
	return best
}

// objectText writes strings by key on lines of their own, for the depth of an argument.
func objectText(m map[string]cty.Value) string {
	width := 0
	var keys []string
	for _, k := range sortedKeys(m) {
		if !hclsyntax.ValidIdentifier(k) {
			k = quoteLiteral(k)
		}
		keys = append(keys, k)
		width = max(width, len(k))
	}
	lines := []string{"{"}
	for i, k := range sortedKeys(m) {
		lines = append(lines, "\t\t"+keys[i]+strings.Repeat(" ", width-len(keys[i]))+" = "+quoteLiteral(m[k].AsString()))
	}
	return strings.Join(append(lines, "\t}"), "\n")
}
