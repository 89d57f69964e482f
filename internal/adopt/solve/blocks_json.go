package solve

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/drift"
)

// In JSON a nested block is a member of its object: an object for one block, a list of objects for several. Only the provider's schema
// tells it from an attribute, so it is turned into blocks here, where the schema is known.

// jsonBlocks are the blocks that a member stands for; false when it is written in a way that cannot be edited.
func jsonBlocks(b site, name string) ([]*hclsyntax.Block, bool) {
	if dynamic := b.body.Attributes["dynamic"]; dynamic != nil && strings.HasSuffix(dynamic.SrcRange.Filename, ".json") && b.nested(name) != nil {
		if object, ok := dynamic.Expr.(*hclsyntax.ObjectConsExpr); !ok || slices.ContainsFunc(object.Items, func(i hclsyntax.ObjectConsItem) bool { return constantName(i.KeyExpr) == name }) {
			return nil, false
		}
	}
	a := b.body.Attributes[name]
	if a == nil || b.nested(name) == nil {
		return nil, true
	}
	members := []hclsyntax.Expression{a.Expr}
	if list, ok := a.Expr.(*hclsyntax.TupleConsExpr); ok {
		members = list.Exprs
	}
	var out []*hclsyntax.Block
	for _, m := range members {
		object, ok := m.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return nil, false
		}
		out = append(out, &hclsyntax.Block{Type: name, Body: bodyOf(object), TypeRange: object.SrcRange, OpenBraceRange: object.OpenRange, CloseBraceRange: object.SrcRange})
	}
	return out, true
}

// bodyOf makes a body of an object: one attribute an entry.
func bodyOf(object *hclsyntax.ObjectConsExpr) *hclsyntax.Body {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: object.SrcRange, EndRange: object.SrcRange}
	for _, item := range object.Items {
		if name := constantName(item.KeyExpr); name != "//" {
			r := item.KeyExpr.Range()
			r.End = item.ValueExpr.Range().End
			body.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: item.ValueExpr, NameRange: item.KeyExpr.Range(), SrcRange: r}
		}
	}
	return body
}

func constantName(e hclsyntax.Expression) string {
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		return ""
	}
	name, _ := text(v)
	return name
}

// jsonMembers takes blocks out of a JSON body and puts new ones in, after the others.
func (s *solver) jsonMembers(t hclfile.Text, b site, name string, schema *drift.NestedBlock, gone []int, come []cty.Value, usual map[string]cty.Value) []Candidate {
	var fresh []cty.Value
	for _, w := range come {
		v, ok := blockValue(blockSchema(schema, nil), w, usual)
		if !ok {
			return s.because(OutsideCode, "the new %s block has a sensitive argument", name)
		}
		fresh = append(fresh, v)
	}
	a := b.body.Attributes[name]
	if a == nil {
		return one(costInsert, t.InsertAttribute(b.body, name, func(indent, unit string) string { return t.Render(cty.TupleVal(fresh), indent, unit) })...)
	}
	list, isList := a.Expr.(*hclsyntax.TupleConsExpr)
	switch {
	case isList && (len(gone) < len(list.Exprs) || len(fresh) > 0):
		remove := map[int]bool{}
		for _, i := range gone {
			remove[i] = true
		}
		var insert []hclfile.Item
		for _, v := range fresh {
			it := likeNeighbours(list.Exprs, v)
			it.After = len(list.Exprs) - 1
			insert = append(insert, it)
		}
		return one(len(remove)+costInsert*len(insert), t.EditTuple(list, remove, insert)...)
	case len(gone) > 0 && len(fresh) == 0:
		return one(1, t.RemoveAttribute(b.body, a)...)
	case len(gone) > 0:
		return one(costInsert, t.Replace(a.Expr.Range(), t.RenderAt(cty.TupleVal(fresh), a.Expr.Range().Start.Byte)))
	}
	// One object becomes the first of a list.
	r := a.Expr.Range()
	text := ""
	for _, v := range fresh {
		text += ", " + t.RenderAt(v, r.Start.Byte)
	}
	return one(costInsert, hclfile.Edit{File: t.Path, Start: r.Start.Byte, End: r.Start.Byte, New: "["},
		hclfile.Edit{File: t.Path, Start: r.End.Byte, End: r.End.Byte, New: text + "]"})
}

// blockValue is a nested object as it is worth writing; false when that would write something sensitive.
func blockValue(schema *drift.Block, want cty.Value, usual map[string]cty.Value) (cty.Value, bool) {
	out := map[string]cty.Value{}
	for _, k := range settable(schema, want, usual) {
		if schema != nil && schema.Attributes[k] != nil && (schema.Attributes[k].Sensitive || schema.Attributes[k].WriteOnly) {
			return cty.NilVal, false
		}
		out[k] = plain(entries(want)[k])
	}
	if schema == nil {
		return cty.ObjectVal(out), true
	}
	for name, nested := range schema.Blocks {
		v, ok := entries(want)[name]
		if !ok {
			continue
		}
		list := elements(v)
		if isMap(v) {
			list = []cty.Value{v}
		}
		var inner []cty.Value
		for _, e := range list {
			if allZero([]cty.Value{e}) {
				continue
			}
			w, ok := blockValue(nested.Block, e, nil)
			if !ok {
				return cty.NilVal, false
			}
			inner = append(inner, w)
		}
		if len(inner) > 0 {
			out[name] = cty.TupleVal(inner)
		}
	}
	return cty.ObjectVal(out), true
}
