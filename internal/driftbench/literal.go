package driftbench

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// literalEdit replaces a literal that stands where the value is set, and nothing else; nil when no literal stands there.
func literalEdit(x hclsyntax.Expression, m mutation, was any) *edit {
	value := m.value
	if len(m.at) == 1 {
		object, ok := x.(*hclsyntax.ObjectConsExpr)
		values, isMap := m.value.(map[string]any)
		if !ok || !isMap {
			return nil
		}
		x, value = nil, values[m.at[0]]
		for _, item := range object.Items {
			if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && k.Type() == cty.String && k.AsString() == m.at[0] {
				x = item.ValueExpr
			}
		}
	}
	if list, ok := m.value.([]any); ok {
		tuple, isTuple := x.(*hclsyntax.TupleConsExpr)
		old, isList := was.([]any)
		if !isTuple || !isList || len(list) != len(old) || len(list) != len(tuple.Exprs) {
			return nil
		}
		for i := range list {
			if list[i] != old[i] {
				x, value = tuple.Exprs[i], list[i]
			}
		}
	}
	if x == nil {
		return nil
	}
	if form(x) != "literal" || value == nil {
		return nil
	}
	var v cty.Value
	switch n := value.(type) {
	case string:
		v = cty.StringVal(n)
	case bool:
		v = cty.BoolVal(n)
	case int64:
		v = cty.NumberIntVal(n)
	default:
		return nil
	}
	r := x.Range()
	return &edit{r.Filename, r, string(tokens(v))}
}

// tokens is a value as HCL.
func tokens(v cty.Value) []byte { return hclwrite.TokensForValue(v).Bytes() }
