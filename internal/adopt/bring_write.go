package adopt

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/module"
)

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
		if (name == "tags" || name == "labels") && i == len(model)-1 {
			i = -1 // they come last here, too
		}
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
