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

// jsonBlocks are the blocks that a member stands for, and then the dynamic ones of that name; false when they are written in a way that cannot
// be edited.
func jsonBlocks(b site, name string) ([]*hclsyntax.Block, bool) {
	var out []*hclsyntax.Block
	if a := b.body.Attributes[name]; a != nil && b.nested(name) != nil {
		members, ok := objectsIn(a.Expr)
		if !ok {
			return nil, false
		}
		for _, object := range members {
			out = append(out, blockOf(name, object))
		}
	}
	if !jsonDynamic(b.body, name) {
		return out, true
	}
	groups, ok := objectsIn(b.body.Attributes["dynamic"].Expr)
	if !ok {
		return nil, false
	}
	for _, group := range groups {
		for _, item := range group.Items {
			if constantName(item.KeyExpr) != name {
				continue
			}
			members, ok := objectsIn(item.ValueExpr)
			if !ok {
				return nil, false
			}
			for _, object := range members {
				block := blockOf("dynamic", object)
				block.Labels = []string{name}
				if content := block.Body.Attributes["content"]; content != nil {
					inner, ok := objectsIn(content.Expr)
					if !ok || len(inner) != 1 {
						return nil, false
					}
					block.Body.Blocks = append(block.Body.Blocks, blockOf("content", inner[0]))
				}
				out = append(out, block)
			}
		}
	}
	return out, true
}

// jsonDynamic tells whether a body in JSON has a dynamic block of a name, or says so in a way that cannot be read.
func jsonDynamic(body *hclsyntax.Body, name string) bool {
	names, ok := jsonDynamics(body)
	return !ok || slices.Contains(names, name)
}

// jsonDynamics are the names of a JSON body's dynamic blocks; false when they cannot be read.
func jsonDynamics(body *hclsyntax.Body) (names []string, ok bool) {
	dynamic := body.Attributes["dynamic"]
	if dynamic == nil || !strings.HasSuffix(dynamic.SrcRange.Filename, ".json") {
		return nil, true
	}
	groups, ok := objectsIn(dynamic.Expr)
	for _, g := range groups {
		for _, i := range g.Items {
			names = append(names, constantName(i.KeyExpr))
		}
	}
	return names, ok
}

// objectsIn are the objects that a member is: one, or a list of them.
func objectsIn(e hclsyntax.Expression) ([]*hclsyntax.ObjectConsExpr, bool) {
	members := []hclsyntax.Expression{e}
	if list, ok := e.(*hclsyntax.TupleConsExpr); ok {
		members = list.Exprs
	}
	var out []*hclsyntax.ObjectConsExpr
	for _, m := range members {
		object, ok := m.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return nil, false
		}
		out = append(out, object)
	}
	return out, true
}

func blockOf(name string, object *hclsyntax.ObjectConsExpr) *hclsyntax.Block {
	return &hclsyntax.Block{Type: name, Body: bodyOf(object), TypeRange: object.SrcRange, OpenBraceRange: object.OpenRange, CloseBraceRange: object.SrcRange}
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
