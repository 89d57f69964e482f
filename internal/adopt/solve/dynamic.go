package solve

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// dynamicTurns adds and removes entries of the collection of a dynamic block, when that is where the blocks come from. nil means that
// the blocks are written one by one.
func (s *solver) dynamicTurns(b site, occ []occurrence, gone, come []int, wanted []cty.Value, schema *drift.Block, usual map[string]cty.Value) []Candidate {
	var block *hclsyntax.Block
	for _, i := range gone {
		if occ[i].turn == nil || block != nil && occ[i].block != block {
			return nil
		}
		block = occ[i].block
	}
	if block == nil {
		for _, o := range occ {
			if o.turn == nil || block != nil && block != o.block {
				return nil // blocks of their own: a new one joins them
			}
			block = o.block
		}
	}
	if block == nil || len(gone)+len(come) == 0 {
		return nil
	}
	each := block.Body.Attributes["for_each"]
	coll := b.sc.Eval(each.Expr)
	var drop []cty.Value
	for _, i := range gone {
		drop = append(drop, occ[i].turn.key)
	}
	var model *occurrence
	for i := range occ {
		if occ[i].block == block {
			model = &occ[i]
			break
		}
	}
	var fresh []entry
	for _, j := range come {
		e, ok := s.entryFor(model, block, wanted[j], schema, usual)
		if !ok {
			e, ok = s.freshTurn(b, model, wanted[j], schema, usual)
		}
		if !ok {
			return s.because(NoInverse, "the dynamic block at %s cannot give such a block", place(block.TypeRange))
		}
		fresh = append(fresh, e)
	}
	full, ok := rebuilt(coll, drop, fresh)
	if !ok {
		return s.because(NoInverse, "the collection of the dynamic block at %s cannot hold such an entry", place(block.TypeRange))
	}
	cands := plus(s.invert(b.sc, each.Expr, coll, full), costStep)
	if s.mayReplace(each.Expr) {
		cands = append(cands, s.override(b.sc, each.Expr, coll, full)...)
	}
	return best(cands)
}

// An entry is an element of a collection, with its key when the collection is a map.
type entry struct{ key, value cty.Value }

// entryFor finds the element for which the content of a dynamic block says the wanted object. It reads the content backwards: arguments
// that are the iterator's key, its value, or a part of its value.
func (s *solver) entryFor(model *occurrence, block *hclsyntax.Block, want cty.Value, schema *drift.Block, usual map[string]cty.Value) (entry, bool) {
	if model == nil || len(model.body.Blocks) > 0 {
		return entry{}, false
	}
	iterator := blockIterator(block)
	e := entry{}
	part := map[string]cty.Value{}
	for name, a := range model.body.Attributes {
		v, ok := entries(want)[name]
		if !ok {
			v = cty.NullVal(cty.DynamicPseudoType)
		}
		tr, optional := iteratorPath(a.Expr, iterator)
		switch {
		case tr == nil:
			if !same(model.sc.Eval(a.Expr), v) {
				return entry{}, false
			}
		case len(tr) == 1 && tr[0] == "key":
			e.key = v
		case len(tr) == 1 && tr[0] == "value":
			e.value = v
		case len(tr) == 2 && tr[0] == "value":
			if !v.IsNull() && !(optional && zero(v)) {
				part[tr[1]] = v
			}
		default:
			return entry{}, false
		}
	}
	for _, k := range settable(schema, want, usual) {
		if model.body.Attributes[k] == nil {
			return entry{}, false
		}
	}
	if len(part) > 0 {
		if e.value != cty.NilVal {
			return entry{}, false
		}
		e.value = cty.ObjectVal(part)
	}
	return e, true
}

func blockIterator(block *hclsyntax.Block) string {
	if it := block.Body.Attributes["iterator"]; it != nil {
		if vars := hclsyntax.Variables(it.Expr); len(vars) == 1 {
			return vars[0].RootName()
		}
		if name := constantName(it.Expr); name != "" { // as JSON writes it
			return name
		}
	}
	return block.Labels[0]
}

// iteratorPath is the path below the iterator that an expression reads; nil when it does not read it in a way that can be turned round.
func iteratorPath(e hclsyntax.Expression, iterator string) (path []string, optional bool) {
	switch x := e.(type) {
	case *hclsyntax.TemplateWrapExpr: // as JSON writes every expression
		return iteratorPath(x.Wrapped, iterator)
	case *module.Opaque:
		return iteratorPath(x.Expression, iterator)
	case *hclsyntax.ScopeTraversalExpr:
		if x.Traversal.RootName() != iterator {
			return nil, false
		}
		for _, step := range stepsOf(x.Traversal[1:]) {
			name, ok := step.(string)
			if !ok {
				return []string{"?", "?", "?"}, false
			}
			path = append(path, name)
		}
		return path, false
	case *hclsyntax.FunctionCallExpr:
		if (x.Name == "lookup" && len(x.Args) >= 2 || x.Name == "try" && len(x.Args) == 2) && len(x.Args) > 0 {
			path, _ = iteratorPath(x.Args[0], iterator)
			if x.Name == "lookup" && path != nil {
				if k, diags := x.Args[1].Value(nil); !diags.HasErrors() {
					if name, ok := text(k); ok {
						path = append(path, name)
					}
				}
			}
			return path, true
		}
	}
	if slices.ContainsFunc(hclsyntax.Variables(e), func(tr hcl.Traversal) bool { return tr.RootName() == iterator }) {
		return []string{"?", "?", "?"}, false
	}
	return nil, false
}

// rebuilt is the collection without some keys and with new entries.
func rebuilt(coll cty.Value, drop []cty.Value, fresh []entry) (cty.Value, bool) {
	dropped := func(k cty.Value) bool {
		return slices.ContainsFunc(drop, func(d cty.Value) bool { return same(d, k) })
	}
	if isMap(coll) {
		m := entries(coll)
		for k := range m {
			if dropped(cty.StringVal(k)) {
				delete(m, k)
			}
		}
		for _, e := range fresh {
			k, ok := text(e.key)
			if !ok || e.value == cty.NilVal {
				return cty.NilVal, false
			}
			if _, taken := m[k]; taken {
				return cty.NilVal, false
			}
			m[k] = e.value
		}
		return like(coll, cty.ObjectVal(m)), true
	}
	var out []cty.Value
	for it := coll.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if !dropped(k) {
			out = append(out, v)
		}
	}
	for _, e := range fresh {
		v := e.value
		if v == cty.NilVal {
			v = e.key
		}
		if v == cty.NilVal {
			return cty.NilVal, false
		}
		out = append(out, v)
	}
	return like(coll, cty.TupleVal(out)), true
}

func splitLines(s string) []string { return strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }
