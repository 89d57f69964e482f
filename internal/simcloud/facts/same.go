package facts

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// Same reports whether the provider takes two texts of an attribute for one: JSON of one meaning, or names in another case.
func (t *Type) Same(path, a, b string) bool {
	if a == b {
		return true
	}
	if t.Fold[path] {
		return strings.EqualFold(a, b)
	}
	return t.JSON[path] && SameJSON(a, b)
}

// SameJSON compares two JSON texts by meaning. In IAM policies a list of one is the same as its element, and lists have no order.
func SameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	if isPolicy(x) && isPolicy(y) {
		x, y = loosen(x), loosen(y)
	}
	return reflect.DeepEqual(x, y)
}

func isPolicy(v any) bool {
	m, ok := v.(map[string]any)
	_, has := m["Statement"]
	return ok && has
}

func loosen(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = loosen(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = loosen(e)
		}
		if len(out) == 1 {
			return out[0]
		}
		slices.SortFunc(out, func(p, q any) int {
			l, _ := json.Marshal(p)
			r, _ := json.Marshal(q)
			return strings.Compare(string(l), string(r))
		})
		return out
	}
	return v
}
