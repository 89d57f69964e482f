package policy

import (
	"encoding/json"

	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
)

func text(s string) cty.Value { return cty.StringVal(s) }

func list(items []string) cty.Value {
	if len(items) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	values := make([]cty.Value, len(items))
	for i, item := range items {
		values[i] = text(item)
	}
	return cty.ListVal(values)
}

// shown is a value of a change for an expression: null when it is sensitive, for error messages quote values.
func shown(c drift.Change, v drift.Value) cty.Value {
	if c.Sensitive {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return value(v)
}

// value is a drift value as an expression sees it. What is known only after apply is unknown, so that no comparison with it holds.
func value(v drift.Value) cty.Value {
	switch x := v.(type) {
	case bool:
		return cty.BoolVal(x)
	case string:
		return text(x)
	case json.Number:
		if n, err := cty.ParseNumberVal(string(x)); err == nil {
			return n
		}
		return text(string(x))
	case []drift.Value:
		values := make([]cty.Value, len(x))
		for i, item := range x {
			values[i] = value(item)
		}
		return cty.TupleVal(values)
	case map[string]drift.Value:
		values := make(map[string]cty.Value, len(x))
		for key, item := range x {
			values[key] = value(item)
		}
		return cty.ObjectVal(values)
	case drift.Unknown:
		return cty.DynamicVal
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// attributes are the live values of a finding without the sensitive ones.
func attributes(f drift.Finding) cty.Value {
	values := map[string]cty.Value{}
	for name, v := range f.Attributes {
		if !sensitive(f, name) {
			values[name] = value(v)
		}
	}
	return cty.ObjectVal(values)
}

// sensitive tells whether anything of a top-level attribute is.
func sensitive(f drift.Finding, name string) bool {
	for _, p := range f.SensitivePaths {
		if drift.PathCovers(name, p) || drift.PathCovers(p, name) {
			return true
		}
	}
	return false
}

// tags are the tags or labels of the live object.
func tags(f drift.Finding) cty.Value {
	for _, name := range []string{"tags_all", "tags", "effective_labels", "labels"} {
		object, ok := f.Attributes[name].(map[string]drift.Value)
		if !ok || len(object) == 0 || sensitive(f, name) {
			continue
		}
		values := map[string]cty.Value{}
		for key, v := range object {
			if s, ok := v.(string); ok {
				values[key] = text(s)
			}
		}
		if len(values) > 0 {
			return cty.MapVal(values)
		}
	}
	return cty.MapValEmpty(cty.String)
}
