package hclfile

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Render writes a value. Lines after the first are indented by indent and, inside collections, by unit more each level.
// Lists and objects of scalars that fit stay on one line, as people write them.
func (t Text) Render(v cty.Value, indent, unit string) string {
	var b strings.Builder
	t.render(&b, v, indent, unit)
	return b.String()
}

// RenderAt writes a value as it would stand on the line of offset at.
func (t Text) RenderAt(v cty.Value, at int) string {
	indent := t.indent(at)
	return t.Render(v, indent, t.unit(indent, ""))
}

func (t Text) render(b *strings.Builder, v cty.Value, indent, unit string) {
	v, _ = v.Unmark()
	typ := v.Type()
	switch {
	case v.IsNull():
		b.WriteString("null")
	case typ == cty.String:
		b.WriteString(t.Quote(v.AsString()))
	case typ == cty.Number:
		b.WriteString(NumberText(v.AsBigFloat()))
	case typ == cty.Bool:
		if v.True() {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case typ.IsListType() || typ.IsSetType() || typ.IsTupleType():
		t.renderList(b, v, indent, unit)
	default:
		t.renderObject(b, v, indent, unit)
	}
}

// renderItem writes the value of a new item.
func (t Text) renderItem(it Item, indent, unit string) string {
	if !isObject(it.Value) || !it.Line && len(it.Order) == 0 {
		return t.Render(it.Value, indent, unit)
	}
	m := it.Value.AsValueMap()
	keys := slices.DeleteFunc(slices.Clone(it.Order), func(k string) bool { _, ok := m[k]; return !ok })
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if !it.Line {
		var b strings.Builder
		t.renderKeys(&b, m, keys, indent, unit)
		return b.String()
	}
	var parts []string
	for _, k := range keys {
		sep := " = "
		if t.json() {
			sep = ": "
		}
		parts = append(parts, t.Key(k, false)+sep+t.Render(m[k], indent, unit))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func isObject(v cty.Value) bool {
	return v.IsKnown() && !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType()) && v.LengthInt() > 0
}

// maxLine is how long a list may get before its elements are written on lines of their own.
const maxLine = 80

func (t Text) renderList(b *strings.Builder, v cty.Value, indent, unit string) {
	var items []string
	flat, length := true, 0
	inner := indent + unit
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		s := t.Render(e, inner, unit)
		flat = flat && !strings.ContainsAny(s, "\n{")
		length += len(s) + 2
		items = append(items, s)
	}
	if len(items) == 0 {
		b.WriteString("[]")
		return
	}
	if flat && length <= maxLine {
		b.WriteString("[" + strings.Join(items, ", ") + "]")
		return
	}
	nl := t.Newline()
	b.WriteString("[" + nl)
	for i, s := range items {
		b.WriteString(inner + s)
		if i < len(items)-1 || !t.json() {
			b.WriteByte(',')
		}
		b.WriteString(nl)
	}
	b.WriteString(indent + "]")
}

func (t Text) renderObject(b *strings.Builder, v cty.Value, indent, unit string) {
	m := v.AsValueMap()
	if len(m) == 0 {
		b.WriteString("{}")
		return
	}
	t.renderKeys(b, m, slices.Sorted(maps.Keys(m)), indent, unit)
}

// renderKeys writes an object of several lines, its keys in the order given.
func (t Text) renderKeys(b *strings.Builder, m map[string]cty.Value, keys []string, indent, unit string) {
	width := 0
	inner := indent + unit
	text := map[string]string{}
	for _, k := range keys {
		text[k] = t.Render(m[k], inner, unit)
	}
	for _, k := range keys {
		if !strings.Contains(text[k], "\n") {
			width = max(width, len(t.Key(k, false)))
		}
	}
	nl := t.Newline()
	b.WriteString("{" + nl)
	for i, k := range keys {
		key := t.Key(k, false)
		b.WriteString(inner + key)
		switch {
		case t.json():
			b.WriteString(": ")
		case strings.Contains(text[k], "\n"):
			b.WriteString(" = ")
		default:
			b.WriteString(strings.Repeat(" ", width-len(key)) + " = ")
		}
		b.WriteString(text[k])
		if t.json() && i < len(keys)-1 {
			b.WriteByte(',')
		}
		b.WriteString(nl)
	}
	b.WriteString(indent + "}")
}

// Quote writes a string literal.
func (t Text) Quote(s string) string {
	switch t.Notation {
	case JSON:
		return jsonString(escapeTemplate(s))
	case JSONLiterals:
		return jsonString(s)
	}
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

// Inside writes the part of a quoted string or of a heredoc that stands for s.
func (t Text) Inside(s string, heredoc bool) string {
	switch {
	case heredoc:
		return escapeTemplate(s)
	default:
		q := t.Quote(s)
		return q[1 : len(q)-1]
	}
}

func escapeTemplate(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(s)
}

func jsonString(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// Key writes an object key: bare where that is possible and quoted is not asked for.
func (t Text) Key(k string, quoted bool) string {
	if t.json() || quoted || !hclsyntax.ValidIdentifier(k) || k == "for" {
		return t.Quote(k)
	}
	return k
}

// NumberText writes a number without an exponent where it has no more digits than people read.
func NumberText(f *big.Float) string {
	if f.IsInt() {
		return f.Text('f', 0)
	}
	return f.Text('f', -1)
}
