package module

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// reparse reads another content of a file of which one content was read: when they differ within one block only, that block is parsed and what
// comes after it is moved, which gives what parsing the whole gives. False when it is not as simple as that.
func (f *File) reparse(src []byte) (*File, bool) {
	if f.JSON || f.Body == nil || len(f.diags) > 0 || f.Frozen != "" {
		return nil, false
	}
	from := commonPrefix(f.Source, src)
	to := len(f.Source) - commonSuffix(f.Source[from:], src[from:])
	at := -1
	for i, b := range f.Body.Blocks {
		if b.OpenBraceRange.End.Byte <= from && to <= b.CloseBraceRange.Start.Byte {
			at = i
		}
	}
	if at < 0 {
		return nil, false
	}
	old := f.Body.Blocks[at]
	// The closing brace stays in its column when it stands on a line below the change.
	if !bytes.ContainsRune(f.Source[to:old.CloseBraceRange.Start.Byte], '\n') {
		return nil, false
	}
	grown := len(src) - len(f.Source)
	text := src[old.TypeRange.Start.Byte : old.CloseBraceRange.End.Byte+grown]
	parsed, diags := hclsyntax.ParseConfig(text, f.Path, old.TypeRange.Start)
	if len(diags) > 0 {
		return nil, false
	}
	body := parsed.Body.(*hclsyntax.Body)
	if len(body.Attributes) > 0 || len(body.Blocks) != 1 || body.Blocks[0].CloseBraceRange.End.Byte != old.CloseBraceRange.End.Byte+grown {
		return nil, false
	}
	m := move{
		after: old.CloseBraceRange.End.Byte, bytes: grown, lines: body.Blocks[0].CloseBraceRange.End.Line - old.CloseBraceRange.End.Line,
		items: map[*hclsyntax.AnonSymbolExpr]*hclsyntax.AnonSymbolExpr{},
	}
	whole := m.body(f.Body)
	whole.Blocks[at] = body.Blocks[0]
	return &File{Path: f.Path, Source: src, Body: whole}, !generated(src)
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func commonSuffix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[len(a)-1-i] != b[len(b)-1-i] {
			return i
		}
	}
	return n
}

// A move copies syntax with the ranges after a byte of the text moved by whole lines; what lies before is shared.
type move struct {
	after, bytes, lines int
	items               map[*hclsyntax.AnonSymbolExpr]*hclsyntax.AnonSymbolExpr
}

func (m move) pos(p hcl.Pos) hcl.Pos {
	if p.Byte >= m.after {
		p.Byte += m.bytes
		p.Line += m.lines
	}
	return p
}

func (m move) span(r hcl.Range) hcl.Range {
	return hcl.Range{Filename: r.Filename, Start: m.pos(r.Start), End: m.pos(r.End)}
}

func (m move) body(b *hclsyntax.Body) *hclsyntax.Body {
	out := &hclsyntax.Body{SrcRange: m.span(b.SrcRange), EndRange: m.span(b.EndRange), Attributes: make(hclsyntax.Attributes, len(b.Attributes))}
	for name, a := range b.Attributes {
		out.Attributes[name] = m.attribute(a)
	}
	if b.Blocks != nil {
		out.Blocks = make(hclsyntax.Blocks, len(b.Blocks))
	}
	for i, inner := range b.Blocks {
		out.Blocks[i] = m.block(inner)
	}
	return out
}

func (m move) attribute(a *hclsyntax.Attribute) *hclsyntax.Attribute {
	if a.SrcRange.Start.Byte < m.after {
		return a
	}
	return &hclsyntax.Attribute{Name: a.Name, Expr: m.expression(a.Expr), SrcRange: m.span(a.SrcRange), NameRange: m.span(a.NameRange), EqualsRange: m.span(a.EqualsRange)}
}

func (m move) block(b *hclsyntax.Block) *hclsyntax.Block {
	if b.TypeRange.Start.Byte < m.after {
		return b
	}
	out := &hclsyntax.Block{Type: b.Type, Labels: b.Labels, Body: m.body(b.Body), TypeRange: m.span(b.TypeRange),
		OpenBraceRange: m.span(b.OpenBraceRange), CloseBraceRange: m.span(b.CloseBraceRange)}
	if b.LabelRanges != nil {
		out.LabelRanges = make([]hcl.Range, len(b.LabelRanges))
	}
	for i, r := range b.LabelRanges {
		out.LabelRanges[i] = m.span(r)
	}
	return out
}

func (m move) expressions(list []hclsyntax.Expression) []hclsyntax.Expression {
	if list == nil {
		return nil
	}
	out := make([]hclsyntax.Expression, len(list))
	for i, e := range list {
		out[i] = m.expression(e)
	}
	return out
}

// expression copies an expression; nil stays nil.
func (m move) expression(e hclsyntax.Expression) hclsyntax.Expression {
	switch x := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return &hclsyntax.LiteralValueExpr{Val: x.Val, SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.TemplateExpr:
		return &hclsyntax.TemplateExpr{Parts: m.expressions(x.Parts), SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.TemplateWrapExpr:
		return &hclsyntax.TemplateWrapExpr{Wrapped: m.expression(x.Wrapped), SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.TemplateJoinExpr:
		return &hclsyntax.TemplateJoinExpr{Tuple: m.expression(x.Tuple)}
	case *hclsyntax.ScopeTraversalExpr:
		return &hclsyntax.ScopeTraversalExpr{Traversal: m.traversal(x.Traversal), SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.RelativeTraversalExpr:
		return &hclsyntax.RelativeTraversalExpr{Source: m.expression(x.Source), Traversal: m.traversal(x.Traversal), SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.FunctionCallExpr:
		return &hclsyntax.FunctionCallExpr{Name: x.Name, Args: m.expressions(x.Args), ExpandFinal: x.ExpandFinal,
			NameRange: m.span(x.NameRange), OpenParenRange: m.span(x.OpenParenRange), CloseParenRange: m.span(x.CloseParenRange)}
	case *hclsyntax.ParenthesesExpr:
		return &hclsyntax.ParenthesesExpr{Expression: m.expression(x.Expression), SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.ConditionalExpr:
		return &hclsyntax.ConditionalExpr{Condition: m.expression(x.Condition), TrueResult: m.expression(x.TrueResult), FalseResult: m.expression(x.FalseResult), SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.BinaryOpExpr:
		return &hclsyntax.BinaryOpExpr{LHS: m.expression(x.LHS), Op: x.Op, RHS: m.expression(x.RHS), SrcRange: m.span(x.SrcRange)}
	case *hclsyntax.UnaryOpExpr:
		return &hclsyntax.UnaryOpExpr{Op: x.Op, Val: m.expression(x.Val), SrcRange: m.span(x.SrcRange), SymbolRange: m.span(x.SymbolRange)}
	case *hclsyntax.IndexExpr:
		return &hclsyntax.IndexExpr{Collection: m.expression(x.Collection), Key: m.expression(x.Key),
			SrcRange: m.span(x.SrcRange), OpenRange: m.span(x.OpenRange), BracketRange: m.span(x.BracketRange)}
	case *hclsyntax.TupleConsExpr:
		return &hclsyntax.TupleConsExpr{Exprs: m.expressions(x.Exprs), SrcRange: m.span(x.SrcRange), OpenRange: m.span(x.OpenRange)}
	case *hclsyntax.ObjectConsExpr:
		out := &hclsyntax.ObjectConsExpr{SrcRange: m.span(x.SrcRange), OpenRange: m.span(x.OpenRange)}
		if x.Items != nil {
			out.Items = make([]hclsyntax.ObjectConsItem, len(x.Items))
		}
		for i, item := range x.Items {
			out.Items[i] = hclsyntax.ObjectConsItem{KeyExpr: m.expression(item.KeyExpr), ValueExpr: m.expression(item.ValueExpr)}
		}
		return out
	case *hclsyntax.ObjectConsKeyExpr:
		return &hclsyntax.ObjectConsKeyExpr{Wrapped: m.expression(x.Wrapped), ForceNonLiteral: x.ForceNonLiteral}
	case *hclsyntax.ForExpr:
		out := *x
		out.CollExpr, out.KeyExpr, out.ValExpr, out.CondExpr = m.expression(x.CollExpr), m.expression(x.KeyExpr), m.expression(x.ValExpr), m.expression(x.CondExpr)
		out.SrcRange, out.OpenRange, out.CloseRange = m.span(x.SrcRange), m.span(x.OpenRange), m.span(x.CloseRange)
		return &out
	case *hclsyntax.SplatExpr:
		return &hclsyntax.SplatExpr{Source: m.expression(x.Source), Each: m.expression(x.Each), Item: m.item(x.Item), SrcRange: m.span(x.SrcRange), MarkerRange: m.span(x.MarkerRange)}
	case *hclsyntax.AnonSymbolExpr:
		return m.item(x)
	}
	return e
}

// item copies what stands for an element in a splat expression: all that refers to one refers to the same copy.
func (m move) item(x *hclsyntax.AnonSymbolExpr) *hclsyntax.AnonSymbolExpr {
	if m.items[x] == nil {
		m.items[x] = &hclsyntax.AnonSymbolExpr{SrcRange: m.span(x.SrcRange)}
	}
	return m.items[x]
}

func (m move) traversal(t hcl.Traversal) hcl.Traversal {
	if t == nil {
		return nil
	}
	out := make(hcl.Traversal, len(t))
	for i, step := range t {
		switch x := step.(type) {
		case hcl.TraverseRoot:
			x.SrcRange = m.span(x.SrcRange)
			out[i] = x
		case hcl.TraverseAttr:
			x.SrcRange = m.span(x.SrcRange)
			out[i] = x
		case hcl.TraverseIndex:
			x.SrcRange = m.span(x.SrcRange)
			out[i] = x
		case hcl.TraverseSplat:
			x.SrcRange, x.Each = m.span(x.SrcRange), m.traversal(x.Each)
			out[i] = x
		default:
			out[i] = step
		}
	}
	return out
}
