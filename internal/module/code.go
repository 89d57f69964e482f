package module

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/drift"
)

var _ drift.Code = (*Tree)(nil)

// Declares tells whether the configuration sets the attribute or block at path, or anything above or below it.
func (t *Tree) Declares(address, path string) drift.Declaration {
	r := t.Resource(address)
	if r == nil {
		return drift.Unspecified
	}
	if declared(r.Block.Body, SplitPath(path)) {
		return drift.Declared
	}
	return drift.Silent
}

func declared(body *hclsyntax.Body, steps []any) bool {
	if len(steps) == 0 {
		return true
	}
	name, ok := steps[0].(string)
	if !ok {
		return false
	}
	if a := body.Attributes[name]; a != nil {
		return !isNull(a.Expr)
	}
	blocks, rest := atPosition(Blocks(body, name), steps[1:])
	for _, b := range blocks {
		if declared(content(b), rest) {
			return true
		}
	}
	return false
}

// Blocks lists the nested blocks of a body that stand for blocks of type name: those of the type and dynamic ones, in order.
func Blocks(body *hclsyntax.Body, name string) []*hclsyntax.Block {
	var out []*hclsyntax.Block
	for _, b := range body.Blocks {
		if blockName(b) == name && !(b.Type == "dynamic" && name == "dynamic") {
			out = append(out, b)
		}
	}
	return out
}

// atPosition is the one of the blocks that the first step, a position, means, and the steps after it. All of them when there is no position, or
// a dynamic block among them, which stands for nobody knows how many.
func atPosition(blocks []*hclsyntax.Block, steps []any) ([]*hclsyntax.Block, []any) {
	if len(steps) == 0 {
		return blocks, nil
	}
	i, isPosition := steps[0].(int)
	if !isPosition {
		return blocks, steps
	}
	if i < len(blocks) && !anyDynamic(blocks) {
		blocks = blocks[i : i+1]
	}
	return blocks, steps[1:]
}

func anyDynamic(blocks []*hclsyntax.Block) bool {
	for _, b := range blocks {
		if b.Type == "dynamic" {
			return true
		}
	}
	return false
}

// content is the body that a nested block gives: its own, or that of a dynamic block's content.
func content(b *hclsyntax.Block) *hclsyntax.Body {
	if b.Type == "dynamic" {
		for _, c := range b.Body.Blocks {
			if c.Type == "content" {
				return c.Body
			}
		}
	}
	return b.Body
}

func isNull(e hclsyntax.Expression) bool {
	l, ok := e.(*hclsyntax.LiteralValueExpr)
	return ok && l.Val.IsNull()
}

// Ignores tells whether lifecycle.ignore_changes of the resource covers path.
func (t *Tree) Ignores(address, path string) bool {
	r := t.Resource(address)
	if r == nil {
		return false
	}
	steps := SplitPath(path)
	for _, b := range r.Block.Body.Blocks {
		a := b.Body.Attributes["ignore_changes"]
		if b.Type != "lifecycle" || a == nil {
			continue
		}
		if hcl.ExprAsKeyword(a.Expr) == "all" || literalString(a.Expr) == "all" {
			return true
		}
		tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr)
		if !ok {
			continue
		}
		for _, e := range tuple.Exprs {
			if covers(ignoredPath(e), steps) {
				return true
			}
		}
	}
	return false
}

// ignoredPath reads one entry of ignore_changes, written as a reference or, in older code and in JSON, as a string.
func ignoredPath(e hclsyntax.Expression) []any {
	if s := literalString(e); s != "" {
		return SplitPath(s)
	}
	tr, diags := hcl.RelTraversalForExpr(e)
	if diags.HasErrors() {
		return nil
	}
	var out []any
	for _, step := range tr {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			out = append(out, s.Name)
		case hcl.TraverseAttr:
			out = append(out, s.Name)
		case hcl.TraverseIndex:
			out = append(out, keyOf(s.Key))
		}
	}
	return out
}

func covers(ignored, path []any) bool {
	if len(ignored) == 0 || len(ignored) > len(path) {
		return false
	}
	for i, step := range ignored {
		if step != path[i] && step != "*" {
			return false
		}
	}
	return true
}

// Place tells where the code says what path of the instance is: the attribute's line, else the enclosing block's, else the resource's.
func (t *Tree) Place(address, path string) (file string, line int, ok bool) {
	r := t.Resource(address)
	if r == nil {
		return "", 0, false
	}
	at := place(r.Block.Body, SplitPath(path), r.Block.TypeRange)
	return at.Filename, at.Start.Line, true
}

func place(body *hclsyntax.Body, steps []any, best hcl.Range) hcl.Range {
	if len(steps) == 0 {
		return best
	}
	name, ok := steps[0].(string)
	if !ok {
		return best
	}
	if a := body.Attributes[name]; a != nil {
		return placeIn(a.Expr, steps[1:], a.NameRange)
	}
	blocks, rest := atPosition(Blocks(body, name), steps[1:])
	if len(blocks) == 0 {
		return best
	}
	return place(content(blocks[0]), rest, blocks[0].TypeRange)
}

// placeIn follows a path into literal objects and lists.
func placeIn(e hclsyntax.Expression, steps []any, best hcl.Range) hcl.Range {
	if len(steps) == 0 {
		return best
	}
	switch v := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		for _, item := range v.Items {
			if literalString(item.KeyExpr) == steps[0] {
				return placeIn(item.ValueExpr, steps[1:], item.KeyExpr.Range())
			}
		}
	case *hclsyntax.TupleConsExpr:
		if i, ok := steps[0].(int); ok && i < len(v.Exprs) {
			return placeIn(v.Exprs[i], steps[1:], v.Exprs[i].Range())
		}
	}
	return best
}
