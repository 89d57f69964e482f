package adopt

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A described is a resource block that the engine wrote for an object.
type described struct {
	file  *module.File
	block *hclsyntax.Block
}

// parseDescribed reads the block that an engine wrote; false when there is none.
func parseDescribed(src []byte) (described, bool) {
	f := module.Parse("described.tf", src)
	if f.Body == nil {
		return described{}, false
	}
	for _, b := range f.Body.Blocks {
		if b.Type == "resource" {
			return described{f, b}, true
		}
	}
	return described{}, false
}

// says tells whether the block gives an argument a value, or has a nested block of the name.
func (d described) says(name string) bool {
	if a := d.block.Body.Attributes[name]; a != nil {
		v, diags := a.Expr.Value(nil)
		return diags.HasErrors() || !empty(v)
	}
	return len(module.Blocks(d.block.Body, name)) > 0
}

// empty tells whether a value says nothing: null, "" or a collection without elements.
func empty(v cty.Value) bool {
	switch {
	case v.IsNull():
		return true
	case !v.IsKnown():
		return false
	case v.Type() == cty.String:
		return v.AsString() == ""
	case v.CanIterateElements():
		return v.LengthInt() == 0
	}
	return false
}

// names lists the arguments and nested blocks that say something, in the order of the text.
func (d described) names() []string {
	at := map[string]int{}
	for name, a := range d.block.Body.Attributes {
		at[name] = a.SrcRange.Start.Byte
	}
	for _, b := range d.block.Body.Blocks {
		if _, ok := at[b.Type]; !ok {
			at[b.Type] = b.TypeRange.Start.Byte
		}
	}
	var out []string
	for name := range at {
		if d.says(name) {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return at[a] - at[b] })
	return out
}

// worthSaying are the arguments to begin with: what the provider needs, what the event named, and of what the provider would fill in itself only
// what tells the object from others or what the siblings say, too. A plan tells what else there must be.
func (b *bring) worthSaying(d described, schema *drift.Block, like []*module.Resource) map[string]bool {
	out := map[string]bool{}
	for _, name := range d.names() {
		a, nested := attributeOf(schema, name), nestedOf(schema, name)
		switch {
		case a != nil && !a.Required && !a.Optional:
			continue
		case a != nil && a.Required, nested != nil && nested.MinItems > 0, schema == nil:
			out[name] = true
		case a != nil && a.Computed && (b.identifies(d, name) || said(like, name) || b.event[name] != nil):
			out[name] = true
		case a != nil && !a.Computed && b.event[name] != nil:
			out[name] = true
		}
	}
	return out
}

func attributeOf(schema *drift.Block, name string) *drift.Attribute {
	if schema == nil {
		return nil
	}
	return schema.Attributes[name]
}

func nestedOf(schema *drift.Block, name string) *drift.NestedBlock {
	if schema == nil {
		return nil
	}
	return schema.Blocks[name]
}

// identifies tells whether an argument is what the object is known by: it is called name, or its value is in the id.
func (b *bring) identifies(d described, name string) bool {
	a := d.block.Body.Attributes[name]
	if a == nil || name == "region" || strings.HasSuffix(name, "_prefix") {
		return false
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || empty(v) || v.Type() != cty.String {
		return false
	}
	return name == "name" || v.AsString() == b.id || slices.Contains(strings.FieldsFunc(b.id, func(r rune) bool { return strings.ContainsRune("/:|_,", r) }), v.AsString())
}

// said tells whether a sibling's code has an argument.
func said(like []*module.Resource, name string) bool {
	return slices.ContainsFunc(like, func(r *module.Resource) bool { return r.Block.Body.Attributes[name] != nil })
}

// write makes the block of the chosen arguments: in the order of the siblings, names first and tags last where they give none.
func (b *bring) write(s *search, d described, keep map[string]bool) {
	t, m := s.in.Tree, s.in.Tree.Module(b.address.ModulePath())
	like := siblings(t, m, b.address.Type)
	var single, multi []argument
	for _, name := range b.order(d, keep, like) {
		if a := d.block.Body.Attributes[name]; a != nil {
			text := b.expression(s, m, like, name, a, d)
			if arg := (argument{name, text}); strings.Contains(text, "\n") {
				multi = append(multi, arg)
			} else {
				single = append(single, arg)
			}
		}
	}
	lines := []string{"resource \"" + b.address.Type + "\" \"" + b.address.Name + "\" {"}
	if len(like) == 0 { // what it belongs to comes before what it is like
		slices.SortStableFunc(single, func(x, y argument) int { return x.weight(b, d) - y.weight(b, d) })
	}
	if b.provider != "" {
		single = append([]argument{{"provider", b.provider}}, single...)
	}
	width := 0
	if aligned(t, like) {
		for _, a := range single {
			width = max(width, len(a.name))
		}
	}
	for _, a := range single {
		lines = append(lines, "\t"+a.name+strings.Repeat(" ", max(0, width-len(a.name)))+" = "+a.text)
	}
	for _, a := range multi {
		rows := strings.Split(a.text, "\n")
		lines = append(lines, "\t"+a.name+" = "+rows[0])
		lines = append(lines, rows[1:]...)
	}
	for _, n := range d.block.Body.Blocks {
		if !keep[n.Type] {
			continue
		}
		if len(lines) > 1 {
			lines = append(lines, "")
		}
		lines = append(lines, nestedLines(d.file, n)...)
	}
	b.lines = append(lines, "}")
}

type argument struct{ name, text string }

// weight puts names first, then references.
func (a argument) weight(b *bring, d described) int {
	switch {
	case b.identifies(d, a.name):
		return 0
	case strings.Contains(a.text, ".") && !strings.HasPrefix(a.text, `"`):
		return 1
	}
	return 2
}

// order sorts the chosen arguments.
func (b *bring) order(d described, keep map[string]bool, like []*module.Resource) []string {
	var model []string
	if len(like) > 0 {
		body := like[len(like)-1].Block.Body
		model = sortedKeys(body.Attributes)
		slices.SortFunc(model, func(x, y string) int {
			return body.Attributes[x].SrcRange.Start.Byte - body.Attributes[y].SrcRange.Start.Byte
		})
	}
	rank := func(name string) int {
		i := slices.Index(model, name)
		switch {
		case i >= 0:
			return i
		case name == "tags" || name == "labels":
			return len(model) + 2
		case b.identifies(d, name) && len(model) == 0:
			return -1
		}
		return len(model) + 1
	}
	var out []string
	for _, name := range d.names() {
		if keep[name] {
			out = append(out, name)
		}
	}
	slices.SortStableFunc(out, func(x, y string) int { return rank(x) - rank(y) })
	return out
}

// aligned tells whether the siblings align what they assign; nobody having any, as the engines' formatter does.
func aligned(t *module.Tree, like []*module.Resource) bool {
	for _, r := range like {
		widths := map[int]bool{}
		ragged := true
		for _, a := range r.Block.Body.Attributes {
			if a.SrcRange.Start.Line != a.SrcRange.End.Line {
				continue
			}
			widths[len(a.Name)] = true
			ragged = ragged && a.EqualsRange.Start.Byte-a.NameRange.End.Byte == 1
		}
		if len(widths) > 1 {
			return !ragged
		}
	}
	return true
}

// nestedLines is a nested block as the engine wrote it, without what says nothing.
func nestedLines(f *module.File, b *hclsyntax.Block) []string {
	var out []string
	r := b.Body.SrcRange
	skip := map[int]bool{}
	for _, a := range b.Body.Attributes {
		if v, diags := a.Expr.Value(nil); !diags.HasErrors() && empty(v) {
			for l := a.SrcRange.Start.Line; l <= a.SrcRange.End.Line; l++ {
				skip[l] = true
			}
		}
	}
	start := b.TypeRange.Start
	src := string(f.Source[start.Byte:r.End.Byte])
	for i, line := range strings.Split(src, "\n") {
		if !skip[start.Line+i] {
			if i == 0 {
				line = "  " + line
			}
			out = append(out, tabbed(line))
		}
	}
	return out
}

// tabbed writes two spaces at the head of a line as one tab, the sign of hclfile for a step.
func tabbed(line string) string {
	rest := strings.TrimLeft(line, " ")
	depth := (len(line) - len(rest)) / 2
	return strings.Repeat("\t", depth) + rest
}

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
