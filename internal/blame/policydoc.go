package blame

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit/tree"
)

// policyDocument tells whether a value is an IAM policy document.
func policyDocument(v any) bool {
	return tree.Has(v, "Statement")
}

// decodePolicy reads a policy that a request keeps URL-encoded, as older IAM records do.
func decodePolicy(s string) (any, bool) {
	if !strings.HasPrefix(s, "%7B") {
		return nil, false
	}
	plain, err := url.QueryUnescape(s)
	if err != nil {
		return nil, false
	}
	return tree.Embedded(plain)
}

// canonicalPolicy writes a policy document so that documents of one meaning are one text: a scalar is a list of one, lists are sets, actions have no
// case, statements no order, a principal's account number is its root ARN.
func canonicalPolicy(v any) string {
	statements, ok := tree.Get(v, "Statement").([]any)
	if !ok {
		statements = []any{tree.Get(v, "Statement")}
	}
	list := make([]string, 0, len(statements))
	for _, s := range statements {
		list = append(list, canonicalStatement(s))
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\n")
}

func canonicalStatement(s any) string {
	m, ok := s.(map[string]any)
	if !ok {
		return canonical(s)
	}
	out := map[string]any{}
	for key, value := range m {
		switch key {
		case "Action", "NotAction":
			out[key] = textSet(value, strings.ToLower)
		case "Resource", "NotResource":
			out[key] = textSet(value, nil)
		case "Principal", "NotPrincipal":
			out[key] = canonicalPrincipal(value)
		case "Condition":
			out[key] = canonicalCondition(value)
		case "Sid":
			if tree.String(value) != "" {
				out[key] = value
			}
		default:
			out[key] = value
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return ""
	}
	return string(b)
}

func textSet(v any, change func(string) string) []string {
	var out []string
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, e := range list {
		s := tree.String(e)
		if change != nil {
			s = change(s)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func canonicalPrincipal(v any) any {
	if s, ok := v.(string); ok {
		return map[string][]string{"AWS": {s}}
	}
	out := map[string][]string{}
	for kind, who := range tree.Map(v) {
		out[kind] = textSet(who, func(s string) string {
			if len(s) == 12 && isDigits(s) {
				return "arn:aws:iam::" + s + ":root"
			}
			return s
		})
	}
	return out
}

func canonicalCondition(v any) any {
	out := map[string]map[string][]string{}
	for operator, tests := range tree.Map(v) {
		out[operator] = map[string][]string{}
		for key, value := range tree.Map(tests) {
			out[operator][strings.ToLower(key)] = textSet(value, nil)
		}
	}
	return out
}
