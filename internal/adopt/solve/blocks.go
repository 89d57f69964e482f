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
	var inner *drift.Block
	if nested := b.nested(name); nested != nil {
		inner = nested.Block
	}
	members, ok := jsonBlocks(b, name)
	if !ok {
		s.because(BlockUnclear, "the %s blocks at %s are not written one by one", name, place(b.body.SrcRange))
		return nil, false
	}
	for _, block := range append(module.Blocks(b.body, name), members...) {
		if block.Type != "dynamic" {
			out = append(out, s.occurrence(block, block.Body, b.sc, nil, inner))
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
		iterator := blockIterator(block)
		for it := coll.ElementIterator(); it.Next(); {
			k, v := it.Element()
			turn := &binding{alone: coll.LengthInt() == 1, value: cty.ObjectVal(map[string]cty.Value{"key": k, "value": v}), collection: each.Expr, in: b.sc, key: k}
			out = append(out, s.occurrence(block, body, b.sc.loop(iterator, turn), turn, inner))
		}
	}
	return out, true
}

func (s *solver) occurrence(block *hclsyntax.Block, body *hclsyntax.Body, sc *Scope, turn *binding, schema *drift.Block) occurrence {
	o := occurrence{block: block, body: body, sc: sc, turn: turn, values: map[string]cty.Value{}}
	for name, a := range body.Attributes {
		if schema == nil || schema.Blocks[name] == nil { // else a block that JSON writes as a member
			o.values[name] = sc.Eval(a.Expr)
		}
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
	if t, ok := s.text(b.body.SrcRange); ok && t.Notation != hclfile.Native {
		for _, i := range gone {
			if occ[i].turn != nil {
				return s.because(BlockUnclear, "the %s blocks at %s come from several places", name, place(b.body.SrcRange))
			}
		}
		if len(come) > 0 && b.nested(name) == nil { // an attribute that may be written as blocks is either
			return s.because(NoInverse, "the dynamic block at %s cannot give such a block", place(b.body.SrcRange))
		}
		if len(gone)+len(come) > 0 {
			var fresh []cty.Value
			for _, j := range come {
				fresh = append(fresh, wanted[j])
			}
			parts = append(parts, s.jsonMembers(t, b, name, schema, gone, fresh, usual))
		}
		return all(parts...)
	}
	for _, i := range gone {
		parts = append(parts, s.removeBlock(occ[i]))
	}
	for _, j := range come {
		parts = append(parts, s.addBlock(b, name, schema, occ, wanted[j], usual))
	}
	return all(parts...)
}
