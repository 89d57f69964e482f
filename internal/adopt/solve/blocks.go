package solve

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// An occurrence is one nested block as the engine sees it: a block of the code, or one turn of a dynamic block.
type occurrence struct {
	block  *hclsyntax.Block
	body   *hclsyntax.Body
	sc     *Scope
	turn   *binding // of a dynamic block; nil for a block of its own
	values map[string]cty.Value
}

// occurrences lists the nested blocks of a type; false when a dynamic block's collection is not known.
func (s *solver) occurrences(b site, name string) ([]occurrence, bool) {
	var out []occurrence
	for _, block := range module.Blocks(b.body, name) {
		if block.Type != "dynamic" {
			out = append(out, s.occurrence(block, block.Body, b.sc, nil))
			continue
		}
		each := block.Body.Attributes["for_each"]
		body := dynamicContent(block)
		if each == nil || body == nil {
			return nil, false
		}
		coll := b.sc.Eval(each.Expr)
		if coll.IsKnown() && coll.IsNull() {
			continue
		}
		if !coll.IsKnown() || !coll.CanIterateElements() {
			s.because(Unevaluable, "what the dynamic block at %s goes over is not known", place(block.TypeRange))
			return nil, false
		}
		iterator := name
		if it := block.Body.Attributes["iterator"]; it != nil {
			if vars := hclsyntax.Variables(it.Expr); len(vars) == 1 {
				iterator = vars[0].RootName()
			}
		}
		for it := coll.ElementIterator(); it.Next(); {
			k, v := it.Element()
			turn := &binding{alone: coll.LengthInt() == 1, value: cty.ObjectVal(map[string]cty.Value{"key": k, "value": v}), collection: each.Expr, in: b.sc, key: k}
			out = append(out, s.occurrence(block, body, b.sc.loop(iterator, turn), turn))
		}
	}
	return out, true
}

func (s *solver) occurrence(block *hclsyntax.Block, body *hclsyntax.Body, sc *Scope, turn *binding) occurrence {
	o := occurrence{block: block, body: body, sc: sc, turn: turn, values: map[string]cty.Value{}}
	for name, a := range body.Attributes {
		o.values[name] = sc.Eval(a.Expr)
	}
	return o
}

func dynamicContent(b *hclsyntax.Block) *hclsyntax.Body {
	for _, c := range b.Body.Blocks {
		if c.Type == "content" {
			return c.Body
		}
	}
	return nil
}

// inBlocks inverts what the nested blocks of a type say at a path: of one of them, or as a whole.
func (s *solver) inBlocks(b site, name string, schema *drift.NestedBlock, steps []any, want cty.Value) []Candidate {
	occ, ok := s.occurrences(b, name)
	if !ok {
		return nil
	}
	planned, _ := at(b.code, []any{name})
	inner := blockSchema(schema, b.attribute(name))
	if len(steps) == 0 {
		return s.alignBlocks(b, name, schema, occ, planned, want)
	}
	index, isIndex := steps[0].(int)
	rest := steps[1:]
	if !isIndex { // a single block has no position
		index, rest = 0, steps
	} else if len(rest) == 0 {
		return s.oneBlock(b, name, schema, occ, planned, index, want)
	}
	if index >= len(occ) {
		if len(occ) == 0 && schema != nil && len(elements(planned)) <= 1 {
			return s.missingBlock(b, name, schema, planned, index, rest, want)
		}
		return s.because(BlockUnclear, "the code has no %s block at position %d", name, index)
	}
	if len(elements(planned)) > 0 && len(elements(planned)) != len(occ) {
		return s.because(BlockUnclear, "the code has %d %s blocks, the plan %d", len(occ), name, len(elements(planned)))
	}
	code := cty.NullVal(cty.DynamicPseudoType)
	if isMap(planned) {
		code = planned
	} else if e, ok := at(planned, []any{index}); ok {
		code = e
	}
	return s.inBody(site{sc: occ[index].sc, body: occ[index].body, schema: inner, code: code, inner: true}, rest, want)
}

// blockSchema is the schema inside a nested block, or of an attribute that is written as blocks.
func blockSchema(nested *drift.NestedBlock, a *drift.Attribute) *drift.Block {
	switch {
	case nested != nil:
		return nested.Block
	case a != nil && a.Type != nil && a.Type.Elem != nil && a.Type.Elem.Kind == "object":
		out := &drift.Block{Attributes: map[string]*drift.Attribute{}}
		for name, t := range a.Type.Elem.Fields {
			out.Attributes[name] = &drift.Attribute{Type: t, Optional: true}
		}
		return out
	}
	return nil
}

// oneBlock makes the block at a position say an object, or makes it go.
func (s *solver) oneBlock(b site, name string, schema *drift.NestedBlock, occ []occurrence, planned cty.Value, index int, want cty.Value) []Candidate {
	full, ok := put(planned, []any{index}, want)
	if !ok {
		return s.because(BlockUnclear, "the code has no %s block at position %d", name, index)
	}
	if want.IsNull() {
		l := elements(planned)
		full = cty.TupleVal(slices.Delete(slices.Clone(l), index, index+1))
	}
	return s.alignBlocks(b, name, schema, occ, planned, full)
}

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
	return s.addBlock(b, name, schema, nil, full, nil)
}

// alignBlocks makes the nested blocks of a type say the wanted list or set: equal ones stay, alike ones are edited, others go and come.
func (s *solver) alignBlocks(b site, name string, schema *drift.NestedBlock, occ []occurrence, planned, want cty.Value) []Candidate {
	inner := blockSchema(schema, b.attribute(name))
	var wanted []cty.Value
	switch {
	case want.IsNull():
	case isMap(want) && (schema == nil || schema.Nesting != drift.NestingMap):
		wanted = []cty.Value{want}
	case isList(want):
		wanted = elements(want)
	default:
		return s.because(BlockUnclear, "%s blocks with labels", name)
	}
	for _, o := range occ {
		if slices.ContainsFunc(slices.Collect(maps.Values(o.values)), func(v cty.Value) bool { return !known(v) }) {
			s.completeFrom(&o, occ, elements(planned))
		}
	}
	ordered := schema == nil || schema.Nesting == drift.NestingList
	if a := b.attribute(name); a != nil && a.Type != nil && a.Type.Kind == "set" {
		ordered = false
	}
	strict := s.alignWith(b, name, schema, inner, occ, wanted, ordered, usualValues(occ, elements(planned)))
	return best(append(strict, plus(s.alignWith(b, name, schema, inner, occ, wanted, ordered, nil), 1)...))
}

// alignWith aligns blocks with what the provider usually gives arguments that are left out; without it, zero counts as left out.
func (s *solver) alignWith(b site, name string, schema *drift.NestedBlock, inner *drift.Block, occ []occurrence, wanted []cty.Value, ordered bool, usual map[string]cty.Value) []Candidate {
	pairs := pairBlocks(occ, wanted, inner, usual, ordered)
	var parts [][]Candidate
	var gone []int
	var come []int
	for i, j := range pairs.of {
		switch {
		case j >= 0:
			parts = append(parts, s.editBlock(occ[i], inner, wanted[j], usual))
		default:
			gone = append(gone, i)
		}
	}
	for j := range wanted {
		if !slices.Contains(pairs.of, j) {
			come = append(come, j)
		}
	}
	if part := s.dynamicTurns(b, occ, gone, come, wanted, inner, usual); part != nil {
		return all(append(parts, part)...)
	}
	for _, i := range gone {
		parts = append(parts, s.removeBlock(occ[i]))
	}
	for _, j := range come {
		parts = append(parts, s.addBlock(b, name, schema, occ, wanted[j], usual))
	}
	return all(parts...)
}

// completeFrom fills what of a block cannot be evaluated from the planned block at its position, when there are as many.
func (s *solver) completeFrom(o *occurrence, occ []occurrence, planned []cty.Value) {
	if len(planned) != len(occ) {
		return
	}
	for i := range occ {
		if occ[i].block == o.block && occ[i].turn == o.turn {
			for k, v := range o.values {
				if p, ok := entries(planned[i])[k]; ok {
					o.values[k] = fill(v, p)
				}
			}
		}
	}
}

// usualValues are the values that planned blocks have, all alike, for arguments that no block of the code sets: the provider's defaults.
func usualValues(occ []occurrence, planned []cty.Value) map[string]cty.Value {
	out := map[string]cty.Value{}
	for i, p := range planned {
		for k, v := range entries(p) {
			set := slices.ContainsFunc(occ, func(o occurrence) bool { _, ok := o.values[k]; return ok })
			if set {
				continue
			}
			if i > 0 {
				if old, ok := out[k]; !ok || !same(old, v) {
					delete(out, k)
					continue
				}
			}
			out[k] = v
		}
	}
	return out
}

// pairing tells for each block of the code which wanted one it becomes; -1 for none.
type pairing struct{ of []int }

func pairBlocks(occ []occurrence, wanted []cty.Value, schema *drift.Block, usual map[string]cty.Value, ordered bool) pairing {
	p := pairing{of: slices.Repeat([]int{-1}, len(occ))}
	used := make([]bool, len(wanted))
	take := func(i, j int) { p.of[i], used[j] = j, true }
	for i, o := range occ {
		for j, w := range wanted {
			if !used[j] && o.says(w, schema, usual) {
				take(i, j)
				break
			}
		}
	}
	if ordered && len(occ) == len(wanted) {
		for i := range occ { // the same number: what is left is the same block, changed
			if p.of[i] < 0 && !used[i] {
				take(i, i)
			}
		}
	}
	for {
		bi, bj, score := -1, -1, 0.5
		var freeOcc, freeWant int
		for i := range occ {
			if p.of[i] < 0 {
				freeOcc++
			}
		}
		for j := range wanted {
			if !used[j] {
				freeWant++
			}
		}
		for i, o := range occ {
			for j, w := range wanted {
				if p.of[i] >= 0 || used[j] {
					continue
				}
				if l := o.alike(w); l > score || freeOcc == 1 && freeWant == 1 && len(occ) == len(wanted) {
					bi, bj, score = i, j, l
				}
			}
		}
		if bi < 0 {
			return p
		}
		take(bi, bj)
	}
}

// says tells whether a block of the code gives the wanted object: everything that it sets is so, and what it leaves out is nothing that
// it would have to set.
func (o occurrence) says(w cty.Value, schema *drift.Block, usual map[string]cty.Value) bool {
	for k, v := range o.values {
		e, ok := entries(w)[k]
		if !ok {
			e = cty.NullVal(cty.DynamicPseudoType)
		}
		if !same(v, e) && !(zero(v) && zero(e)) && !sameTyped(v, e, schema, k) {
			return false
		}
	}
	for _, k := range settable(schema, w, usual) {
		if _, ok := o.values[k]; !ok {
			if schema == nil || schema.Attributes[k] != nil && !schema.Attributes[k].Computed {
				return false
			}
		}
	}
	return o.nestedSay(w, schema)
}

// nestedSay compares the blocks inside a block by their number and what they set.
func (o occurrence) nestedSay(w cty.Value, schema *drift.Block) bool {
	if schema == nil {
		return true
	}
	for name, nested := range schema.Blocks {
		s := &solver{w: o.sc.w}
		inside, ok := s.occurrences(site{sc: o.sc, body: o.body}, name)
		if !ok {
			return false
		}
		v := entries(w)[name]
		var wanted []cty.Value
		switch {
		case isList(v):
			wanted = elements(v)
		case isMap(v):
			wanted = []cty.Value{v}
		}
		if len(inside) != len(wanted) {
			if len(inside) == 0 && allZero(wanted) {
				continue
			}
			return false
		}
		p := pairBlocks(inside, wanted, nested.Block, nil, nested.Nesting == drift.NestingList)
		for i, j := range p.of {
			if j < 0 || !inside[i].says(wanted[j], nested.Block, nil) {
				return false
			}
		}
	}
	return true
}

// allZero tells whether blocks say nothing: every argument zero, at any depth.
func allZero(vals []cty.Value) bool {
	for _, v := range vals {
		inside := elements(v)
		for _, e := range entries(v) {
			inside = append(inside, e)
		}
		if !zero(v) && (len(inside) == 0 || !allZero(inside)) {
			return false
		}
	}
	return true
}

// sameTyped compares by the schema's type: lists that the provider keeps as sets.
func sameTyped(a, b cty.Value, schema *drift.Block, name string) bool {
	if schema == nil || schema.Attributes[name] == nil {
		return false
	}
	t := AttributeType(schema.Attributes[name])
	return same(typed(a, t), typed(b, t))
}

// alike is how much of what a block sets the wanted object has too.
func (o occurrence) alike(w cty.Value) float64 {
	equal := 0.0
	for k, v := range o.values {
		e := entries(w)[k]
		if e != cty.NilVal && (same(v, e) || zero(v) && zero(e)) {
			equal++
		}
	}
	if len(o.values) == 0 {
		return 0
	}
	return equal / float64(len(o.values))
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
	return one(1, t.RemoveBlock(o.block)...)
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
	lines, ok := blockLines(t, name, blockSchema(schema, b.attribute(name)), want, usual, order, "")
	if !ok {
		return s.because(OutsideCode, "the new %s block has a sensitive argument", name)
	}
	return one(costInsert, t.InsertBlock(b.body, sibling, lines)...)
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
func blockLines(t hclfile.Text, name string, schema *drift.Block, want cty.Value, usual map[string]cty.Value, order []string, tabs string) ([]string, bool) {
	lines := []string{tabs + name + " {"}
	keys := settable(schema, want, usual)
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
				if allZero([]cty.Value{e}) {
					continue
				}
				if len(lines) > 1 {
					lines = append(lines, "")
				}
				inner, ok := blockLines(t, n, schema.Blocks[n].Block, e, nil, nil, tabs+"\t")
				if !ok {
					return nil, false
				}
				lines = append(lines, inner...)
			}
		}
	}
	return append(lines, tabs+"}"), true
}
