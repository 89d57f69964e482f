package solve

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// object aligns a wanted object with the entries of a literal one: changed entries are inverted, missing ones removed, new ones added.
func (s *solver) object(sc *Scope, e *hclsyntax.ObjectConsExpr, have, want cty.Value) []Candidate {
	if !isMap(want) {
		return s.replaceCollection(e, want)
	}
	index := map[string]int{}
	var order []string
	for i, item := range e.Items {
		k, ok := text(sc.Eval(item.KeyExpr))
		if !ok {
			return s.because(Unevaluable, "a key of the object at %s is not known", place(e.SrcRange))
		}
		index[k] = i
		order = append(order, k)
	}
	was, now := entries(have), entries(want)
	remove := map[int]bool{}
	var insert []hclfile.Item
	var parts [][]Candidate
	for _, k := range slices.Sorted(maps.Keys(now)) {
		v := now[k]
		old, had := was[k]
		i, written := index[k]
		switch {
		case had && same(old, v), v.IsNull() && (!had || old.IsNull()):
		case v.IsNull() && written:
			remove[i] = true
		case written:
			spare := cty.DynamicVal
			if had {
				spare = old
			}
			parts = append(parts, s.child(sc, e.Items[i].ValueExpr, spare, v))
		default:
			insert = append(insert, s.item(e, order, k, v))
		}
	}
	for k := range was {
		if _, ok := now[k]; ok || was[k].IsNull() {
			continue
		}
		i, written := index[k]
		if !written {
			continue // a default that the type adds
		}
		remove[i] = true
	}
	if len(remove) > 0 || len(insert) > 0 {
		t, ok := s.text(e.SrcRange)
		if !ok {
			return nil
		}
		parts = append(parts, one(len(remove)+costInsert*len(insert), t.EditObject(e, remove, insert)...))
	}
	return all(parts...)
}

// item is a new entry: in its place when the keys are sorted, else at the end.
func (s *solver) item(e *hclsyntax.ObjectConsExpr, order []string, key string, v cty.Value) hclfile.Item {
	after := len(order) - 1
	if len(order) > 1 && slices.IsSorted(order) {
		after, _ = slices.BinarySearch(order, key)
		after--
	}
	var values []hclsyntax.Expression
	for _, i := range e.Items {
		values = append(values, i.ValueExpr)
	}
	it := likeNeighbours(values, v)
	it.After, it.Key = after, key
	return it
}

// likeNeighbours is a new item that is written as its neighbours are: on one line, with the keys in their order.
func likeNeighbours(neighbours []hclsyntax.Expression, v cty.Value) hclfile.Item {
	it := hclfile.Item{Value: plain(v)}
	objects := 0
	it.Line = true
	for _, n := range neighbours {
		obj, ok := n.(*hclsyntax.ObjectConsExpr)
		if !ok || len(obj.Items) == 0 {
			continue
		}
		objects++
		it.Line = it.Line && obj.SrcRange.Start.Line == obj.SrcRange.End.Line
		for _, item := range obj.Items {
			if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() {
				if name, ok := text(k); ok && !slices.Contains(it.Order, name) {
					it.Order = append(it.Order, name)
				}
			}
		}
	}
	it.Line = it.Line && objects > 0
	return it
}

// replaceCollection writes a literal list or object anew, when what is wanted is of another kind.
func (s *solver) replaceCollection(e hclsyntax.Expression, want cty.Value) []Candidate {
	t, ok := s.text(e.Range())
	if !ok {
		return nil
	}
	if len(hclsyntax.Variables(e)) > 0 {
		return s.detach(e, want)
	}
	return one(costInsert, t.Replace(e.Range(), t.RenderAt(plain(want), e.Range().Start.Byte)))
}
