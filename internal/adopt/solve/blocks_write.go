package solve

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/drift"
)

// missingBlock writes a block for an argument inside it that the code leaves to the provider.
func (s *solver) missingBlock(b site, name string, schema *drift.NestedBlock, planned cty.Value, index int, steps []any, want cty.Value) []Candidate {
	if want.IsNull() {
		return []Candidate{{}}
	}
	if index > 0 {
		return s.because(BlockUnclear, "the code has no %s block at position %d", name, index)
	}
	full, ok := put(cty.EmptyObjectVal, steps, want)
	if !ok {
		return s.because(BlockUnclear, "the code has no %s block", name)
	}
	for k, a := range schema.Block.Attributes {
		if v, ok := at(planned, []any{index, k}); ok && a.Required && !v.IsNull() {
			if _, set := entries(full)[k]; !set {
				full, _ = put(full, []any{k}, v)
			}
		}
	}
	if t, ok := s.text(b.body.SrcRange); ok && t.Notation != hclfile.Native {
		return s.jsonMembers(t, b, name, schema, nil, []cty.Value{full}, nil)
	}
	return s.addBlock(b, name, schema, nil, full, nil)
}

// editBlock makes one block say the wanted object, argument by argument.
func (s *solver) editBlock(o occurrence, schema *drift.Block, want cty.Value, usual map[string]cty.Value) []Candidate {
	if o.says(want, schema, usual) {
		return []Candidate{{}}
	}
	b := site{sc: o.sc, body: o.body, schema: schema, code: cty.ObjectVal(o.values), inner: true}
	var parts [][]Candidate
	for _, k := range slices.Sorted(maps.Keys(o.values)) {
		e, ok := entries(want)[k]
		if !ok {
			e = cty.NullVal(cty.DynamicPseudoType)
		}
		if same(o.values[k], e) || zero(o.values[k]) && zero(e) || sameTyped(o.values[k], e, schema, k) {
			continue
		}
		parts = append(parts, s.inBody(b, []any{k}, e))
	}
	for _, k := range settable(schema, want, usual) {
		_, set := o.values[k]
		if !set && schema != nil && schema.Attributes[k] != nil && !schema.Attributes[k].Computed {
			parts = append(parts, s.inBody(b, []any{k}, entries(want)[k]))
		}
	}
	if schema != nil {
		for _, name := range slices.Sorted(maps.Keys(schema.Blocks)) {
			v := entries(want)[name]
			if v == cty.NilVal {
				v = cty.NullVal(cty.DynamicPseudoType)
			}
			inside, _ := s.occurrences(b, name)
			if len(inside) == 0 && (zero(v) || allZero(elements(v))) {
				continue
			}
			parts = append(parts, s.inBlocks(b, name, schema.Blocks[name], nil, v))
		}
	}
	return all(parts...)
}

// removeBlock takes a block out; a dynamic one loses the entry of its collection.
func (s *solver) removeBlock(o occurrence) []Candidate {
	t, ok := s.text(o.block.TypeRange)
	if !ok {
		return nil
	}
	out := one(1, t.RemoveBlock(o.block)...)
	if o.turn == nil {
		without := *s
		without.label += "_removed"
		out = append(out, without.forOne(t, o.sc, "[]", "[1]", func(forEach string) []hclfile.Edit { return t.WrapDynamic(o.block, forEach) })...)
	}
	return out
}

// addBlock writes a new block, after its siblings.
func (s *solver) addBlock(b site, name string, schema *drift.NestedBlock, occ []occurrence, want cty.Value, usual map[string]cty.Value) []Candidate {
	t, ok := s.text(b.body.SrcRange)
	if !ok {
		return nil
	}
	if t.Notation != hclfile.Native {
		return s.because(Unwritable, "a new %s block in JSON", name)
	}
	var sibling *hclsyntax.Block
	var order []string
	for _, o := range occ {
		sibling = o.block
		for _, a := range attributesInOrder(o.body) {
			if !slices.Contains(order, a) {
				order = append(order, a)
			}
		}
	}
	var out []Candidate
	for i, like := range []*pattern{mostAlike(occ, want), nil} {
		lines, ok := blockLines(t, name, blockSchema(schema, b.attribute(name)), want, usual, order, "", like)
		if !ok {
			return s.because(OutsideCode, "the new %s block has a sensitive argument", name)
		}
		out = append(out, plus(one(costInsert, t.InsertBlock(b.body, sibling, lines)...), i)...)
		content, _ := blockLines(t, "content", blockSchema(schema, b.attribute(name)), want, usual, order, "\t", like)
		with := *s
		with.label += "_added"
		out = append(out, plus(with.forOne(t, b.sc, "[1]", "[]", func(forEach string) []hclfile.Edit {
			wrapped := append([]string{`dynamic "` + name + `" {`, "\tfor_each = " + forEach}, content...)
			return t.InsertBlock(b.body, sibling, append(wrapped, "}"))
		}), i)...)
	}
	return best(out)
}

// A pattern is what a block of the code writes, zero or not: a new block of the same type is written like it.
type pattern struct {
	names  map[string]bool
	blocks map[string]*pattern
}

func patternOf(body *hclsyntax.Body) *pattern {
	p := &pattern{names: map[string]bool{}, blocks: map[string]*pattern{}}
	for name := range body.Attributes {
		p.names[name] = true
	}
	for _, b := range body.Blocks {
		if b.Type != "dynamic" {
			p.blocks[b.Type] = patternOf(b.Body)
		}
	}
	return p
}

// mostAlike is the pattern of the block that has most in common with a wanted one; nil when there is none.
func mostAlike(occ []occurrence, want cty.Value) *pattern {
	var like *pattern
	score := -1.0
	for _, o := range occ {
		if a := o.alike(want); a > score {
			like, score = patternOf(o.body), a
		}
	}
	return like
}

// attributesInOrder are the names of a body's attributes in the order of the text.
func attributesInOrder(body *hclsyntax.Body) []string {
	names := slices.Collect(maps.Keys(body.Attributes))
	slices.SortFunc(names, func(a, b string) int {
		return body.Attributes[a].SrcRange.Start.Byte - body.Attributes[b].SrcRange.Start.Byte
	})
	return names
}

// blockLines writes a block, its arguments in the order given and then by name; every step of indentation is a tab.
func blockLines(t hclfile.Text, name string, schema *drift.Block, want cty.Value, usual map[string]cty.Value, order []string, tabs string, like *pattern) ([]string, bool) {
	lines := []string{tabs + name + " {"}
	keys := settable(schema, want, usual)
	if like == nil {
		like = &pattern{}
	}
	for _, k := range slices.Sorted(maps.Keys(like.names)) {
		if v, ok := entries(want)[k]; ok && v.IsKnown() && !v.IsNull() && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, func(a, b string) int {
		i, j := slices.Index(order, a), slices.Index(order, b)
		if i < 0 || j < 0 {
			return min(j, 0) - min(i, 0)
		}
		return i - j
	})
	width := 0
	text := map[string]string{}
	for _, k := range keys {
		if schema != nil && schema.Attributes[k] != nil && (schema.Attributes[k].Sensitive || schema.Attributes[k].WriteOnly) {
			return nil, false
		}
		text[k] = t.Render(plain(entries(want)[k]), tabs+"\t", "\t")
		if len(splitLines(text[k])) == 1 {
			width = max(width, len(k))
		}
	}
	for _, k := range keys {
		rows := splitLines(text[k])
		pad := ""
		if len(rows) == 1 {
			for range width - len(k) {
				pad += " "
			}
		}
		lines = append(lines, tabs+"\t"+k+pad+" = "+rows[0])
		lines = append(lines, rows[1:]...)
	}
	if schema != nil {
		for _, n := range slices.Sorted(maps.Keys(schema.Blocks)) {
			v := entries(want)[n]
			if v == cty.NilVal {
				continue
			}
			list := elements(v)
			if isMap(v) {
				list = []cty.Value{v}
			}
			for _, e := range list {
				if allZero([]cty.Value{e}) && like.blocks[n] == nil {
					continue
				}
				if len(lines) > 1 {
					lines = append(lines, "")
				}
				inner, ok := blockLines(t, n, schema.Blocks[n].Block, e, nil, nil, tabs+"\t", like.blocks[n])
				if !ok {
					return nil, false
				}
				lines = append(lines, inner...)
			}
		}
	}
	return append(lines, tabs+"}"), true
}
