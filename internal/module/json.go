package module

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// parseJSON turns a JSON file of configuration, or of variables, into the nodes that the native syntax would give. Blocks inside a
// resource stay object expressions: without the provider's schema they cannot be told from attributes.
func parseJSON(filename string, src []byte) (*hclsyntax.Body, hcl.Diagnostics) {
	p := newJSONParser(filename, src, 0, len(src), !strings.HasSuffix(filename, ".tfvars.json"))
	root, err := p.document()
	obj, ok := root.(*hclsyntax.ObjectConsExpr)
	if err == nil && !ok {
		err = errors.New("want an object")
	}
	if err != nil {
		at := p.pos(p.offset())
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "JSON does not parse", Detail: err.Error(),
			Subject: &hcl.Range{Filename: filename, Start: at, End: at}}}
	}
	if !p.templates {
		return attributesOf(obj), nil
	}
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: obj.SrcRange, EndRange: obj.SrcRange}
	for _, item := range obj.Items {
		typ := literalString(item.KeyExpr)
		if typ == "//" {
			continue
		}
		body.Blocks = append(body.Blocks, jsonBlocks(typ, item, labelCount[typ], nil, nil)...)
	}
	return body, nil
}

// labelCount is how many labels the top-level blocks of the language have.
var labelCount = map[string]int{"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "check": 1}

// blocksInside are the block types that the language itself puts inside others.
var blocksInside = map[string]map[string]int{
	"resource":  {"lifecycle": 0, "provisioner": 1, "connection": 0},
	"data":      {"lifecycle": 0},
	"terraform": {"backend": 1, "cloud": 0, "required_providers": 0},
}

// jsonBlocks builds the blocks that an item of a JSON object stands for, walking down through labels and lists.
func jsonBlocks(typ string, item hclsyntax.ObjectConsItem, labels int, got []string, ranges []hcl.Range) []*hclsyntax.Block {
	var out []*hclsyntax.Block
	switch v := item.ValueExpr.(type) {
	case *hclsyntax.TupleConsExpr:
		for _, e := range v.Exprs {
			out = append(out, jsonBlocks(typ, hclsyntax.ObjectConsItem{KeyExpr: item.KeyExpr, ValueExpr: e}, labels, got, ranges)...)
		}
	case *hclsyntax.ObjectConsExpr:
		if labels > 0 {
			for _, i := range v.Items {
				name := literalString(i.KeyExpr)
				out = append(out, jsonBlocks(typ, i, labels-1, append(got[:len(got):len(got)], name),
					append(ranges[:len(ranges):len(ranges)], i.KeyExpr.Range()))...)
			}
			return out
		}
		b := &hclsyntax.Block{Type: typ, Labels: got, LabelRanges: ranges, Body: attributesOf(v), TypeRange: item.KeyExpr.Range(),
			OpenBraceRange: v.OpenRange, CloseBraceRange: hcl.Range{Filename: v.SrcRange.Filename, Start: v.SrcRange.End, End: v.SrcRange.End}}
		for _, i := range v.Items {
			name := literalString(i.KeyExpr)
			if n, ok := blocksInside[typ][name]; ok {
				delete(b.Body.Attributes, name)
				b.Body.Blocks = append(b.Body.Blocks, jsonBlocks(name, i, n, nil, nil)...)
			}
		}
		if a := b.Body.Attributes["type"]; typ == "variable" && a != nil {
			if e, diags := hclsyntax.ParseExpression([]byte(literalString(a.Expr)), a.SrcRange.Filename, a.Expr.Range().Start); !diags.HasErrors() {
				a.Expr = e
			}
		}
		out = append(out, b)
	}
	return out
}

// attributesOf makes a body of an object: one attribute an item.
func attributesOf(obj *hclsyntax.ObjectConsExpr) *hclsyntax.Body {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: obj.SrcRange, EndRange: obj.SrcRange}
	for _, item := range obj.Items {
		name := literalString(item.KeyExpr)
		if name == "//" {
			continue
		}
		body.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: item.ValueExpr, NameRange: item.KeyExpr.Range(),
			SrcRange: hcl.RangeBetween(item.KeyExpr.Range(), item.ValueExpr.Range())}
	}
	return body
}

// ParseJSON reads the JSON document in the bytes from start to end of src as an expression whose ranges lie in src. With templates, its
// strings are templates of the language.
func ParseJSON(filename string, src []byte, start, end int, templates bool) (hclsyntax.Expression, error) {
	return newJSONParser(filename, src, start, end, templates).document()
}

type jsonParser struct {
	file      string
	src       []byte
	dec       *json.Decoder
	base      int // where the document starts in src
	lines     []int
	templates bool
	depth     int
}

func newJSONParser(filename string, src []byte, start, end int, templates bool) *jsonParser {
	p := &jsonParser{file: filename, src: src, base: start, templates: templates, lines: lineStarts(src)}
	p.dec = json.NewDecoder(bytes.NewReader(src[start:end]))
	p.dec.UseNumber()
	return p
}

func (p *jsonParser) document() (hclsyntax.Expression, error) {
	root, err := p.value()
	if err != nil {
		return nil, err
	}
	if _, end := p.dec.Token(); !errors.Is(end, io.EOF) {
		return nil, errors.New("text after the end of the document")
	}
	return root, nil
}

// offset is where the last token ends, in src.
func (p *jsonParser) offset() int { return p.base + int(p.dec.InputOffset()) }

// maxJSONDepth bounds nesting, as encoding/json does not when tokens are read one by one.
const maxJSONDepth = 1000

func (p *jsonParser) value() (hclsyntax.Expression, error) {
	tok, rng, err := p.token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case json.Delim:
		if p.depth++; p.depth > maxJSONDepth {
			return nil, errors.New("nested too deep")
		}
		defer func() { p.depth-- }()
		if v == '{' {
			return p.object(rng)
		}
		return p.array(rng)
	case string:
		return p.text(v, rng, p.templates)
	case json.Number:
		n, err := cty.ParseNumberVal(v.String())
		return &hclsyntax.LiteralValueExpr{Val: n, SrcRange: rng}, err
	case bool:
		return &hclsyntax.LiteralValueExpr{Val: cty.BoolVal(v), SrcRange: rng}, nil
	}
	return &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: rng}, nil
}

func (p *jsonParser) object(open hcl.Range) (hclsyntax.Expression, error) {
	obj := &hclsyntax.ObjectConsExpr{OpenRange: open}
	for p.dec.More() {
		tok, rng, err := p.token()
		if err != nil {
			return nil, err
		}
		name, ok := tok.(string)
		if !ok {
			return nil, fmt.Errorf("want a property name, found %v", tok)
		}
		key, err := p.text(name, rng, false)
		if err != nil {
			return nil, err
		}
		val, err := p.value()
		if err != nil {
			return nil, err
		}
		obj.Items = append(obj.Items, hclsyntax.ObjectConsItem{KeyExpr: &hclsyntax.ObjectConsKeyExpr{Wrapped: key}, ValueExpr: val})
	}
	_, end, err := p.token()
	obj.SrcRange = hcl.RangeBetween(open, end)
	return obj, err
}

func (p *jsonParser) array(open hcl.Range) (hclsyntax.Expression, error) {
	tuple := &hclsyntax.TupleConsExpr{OpenRange: open}
	for p.dec.More() {
		e, err := p.value()
		if err != nil {
			return nil, err
		}
		tuple.Exprs = append(tuple.Exprs, e)
	}
	_, end, err := p.token()
	tuple.SrcRange = hcl.RangeBetween(open, end)
	return tuple, err
}

// text makes the expression of a JSON string: a template where the language reads one.
func (p *jsonParser) text(s string, rng hcl.Range, template bool) (hclsyntax.Expression, error) {
	inner := rng
	inner.Start.Byte++
	inner.Start.Column++
	inner.End.Byte--
	inner.End.Column--
	literal := &hclsyntax.TemplateExpr{SrcRange: rng, Parts: []hclsyntax.Expression{&hclsyntax.LiteralValueExpr{Val: cty.StringVal(s), SrcRange: inner}}}
	if !template || !strings.Contains(s, "${") && !strings.Contains(s, "%{") {
		return literal, nil
	}
	e, diags := hclsyntax.ParseTemplate([]byte(s), p.file, inner.Start)
	if diags.HasErrors() {
		return nil, errors.New(diags[0].Summary)
	}
	if bytes.IndexByte(p.src[inner.Start.Byte:inner.End.Byte], '\\') >= 0 {
		return &Opaque{Expression: e, SrcRange: rng}, nil // escapes shift the ranges inside: only the whole can be placed
	}
	switch t := e.(type) {
	case *hclsyntax.TemplateExpr:
		t.SrcRange = rng
	case *hclsyntax.TemplateWrapExpr:
		t.SrcRange = rng
	}
	return e, nil
}

// An Opaque expression has a place in the text as a whole, while the ranges of its parts mean nothing.
type Opaque struct {
	hclsyntax.Expression
	SrcRange hcl.Range
}

// Range is where the whole expression is written.
func (o *Opaque) Range() hcl.Range { return o.SrcRange }

// StartRange is where the whole expression is written.
func (o *Opaque) StartRange() hcl.Range { return o.SrcRange }

// token reads one token and finds where it is written.
func (p *jsonParser) token() (json.Token, hcl.Range, error) {
	from := p.offset()
	tok, err := p.dec.Token()
	if err != nil {
		return nil, hcl.Range{}, err
	}
	for from < len(p.src) && bytes.IndexByte([]byte(" \t\r\n,:"), p.src[from]) >= 0 {
		from++
	}
	return tok, hcl.Range{Filename: p.file, Start: p.pos(from), End: p.pos(p.offset())}, nil
}

func (p *jsonParser) pos(offset int) hcl.Pos {
	lo, hi := 0, len(p.lines)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; p.lines[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hcl.Pos{Line: lo + 1, Column: offset - p.lines[lo] + 1, Byte: offset}
}

func lineStarts(src []byte) []int {
	out := []int{0}
	for i, c := range src {
		if c == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}
