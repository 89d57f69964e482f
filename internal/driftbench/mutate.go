package driftbench

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// A mutation is another value of the same type, and what was done to get it.
type mutation struct {
	value any
	what  string   // "changed", "key added", ...
	at    []string // where in the value: the steps to what was changed, for following the code
}

var words = []string{"blue", "green", "legacy", "manual", "hotfix", "temp", "north", "canary"}

// another makes another value. False when nothing sensible can be done.
func another(r *rand.Rand, t cty.Type, v any) (mutation, bool) {
	switch {
	case t == cty.Bool:
		b, ok := v.(bool)
		return mutation{!b, "changed", nil}, ok
	case t == cty.Number:
		switch n := v.(type) {
		case int64:
			return mutation{n + 1 + int64(r.IntN(5)), "changed", nil}, true
		case float64:
			return mutation{n + 1, "changed", nil}, true
		}
	case t == cty.String:
		s, ok := v.(string)
		if !ok {
			return mutation{}, false
		}
		return anotherString(r, s)
	case t.IsMapType() && t.ElementType().IsPrimitiveType():
		m, ok := v.(map[string]any)
		if !ok {
			return mutation{}, false
		}
		return anotherMap(r, t.ElementType(), m)
	case (t.IsListType() || t.IsSetType()) && t.ElementType().IsPrimitiveType():
		list, ok := v.([]any)
		if !ok {
			return mutation{}, false
		}
		return anotherList(r, t, list)
	}
	return mutation{}, false
}

var (
	cidrText    = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)\.(\d+)/(\d+)$`)
	versionText = regexp.MustCompile(`^\d+(\.\d+)*$`)
)

func anotherString(r *rand.Rand, s string) (mutation, bool) {
	word := words[r.IntN(len(words))]
	switch trimmed := strings.TrimSpace(s); {
	case s == "true":
		return mutation{"false", "changed", nil}, true
	case s == "false":
		return mutation{"true", "changed", nil}, true
	case strings.HasPrefix(trimmed, "{"):
		if m, ok := anotherJSON(r, s); ok {
			return m, true
		}
	case cidrText.MatchString(s):
		m := cidrText.FindStringSubmatch(s)
		n, _ := strconv.Atoi(m[2])
		return mutation{fmt.Sprintf("%s.%d.%s.%s/%s", m[1], (n+1+r.IntN(40))%250, m[3], m[4], m[5]), "changed", nil}, true
	case versionText.MatchString(s):
		i := strings.LastIndex(s, ".") + 1
		n, err := strconv.Atoi(s[i:])
		return mutation{s[:i] + strconv.Itoa(n+1), "changed", nil}, err == nil
	}
	lines := strings.Split(s, "\n")
	if len(lines) > 2 {
		n := r.IntN(len(lines) - 1)
		lines[n] += " " + word
		return mutation{strings.Join(lines, "\n"), "line changed", nil}, true
	}
	if s == "" {
		return mutation{word, "changed", nil}, true
	}
	end := len(strings.TrimRight(s, "\n. "))
	return mutation{s[:end] + "-" + word + s[end:], "changed", nil}, true
}

// anotherJSON changes a policy document by an action, Google's by a member, and other JSON by a string.
func anotherJSON(r *rand.Rand, s string) (mutation, bool) {
	var doc map[string]any
	if json.Unmarshal([]byte(s), &doc) != nil {
		return mutation{}, false
	}
	what := ""
	if list, ok := doc["Statement"].([]any); ok && len(list) > 0 {
		statement, ok := list[r.IntN(len(list))].(map[string]any)
		if !ok {
			return mutation{}, false
		}
		switch actions := statement["Action"].(type) {
		case string:
			statement["Action"], what = []any{actions, "sts:TagSession"}, "policy action added"
		case []any:
			if len(actions) > 1 && r.IntN(2) == 0 {
				n := r.IntN(len(actions))
				statement["Action"], what = slices.Delete(slices.Clone(actions), n, n+1), "policy action removed"
			} else {
				statement["Action"], what = append(slices.Clone(actions), "s3:GetBucketAcl"), "policy action added"
			}
		default:
			return mutation{}, false
		}
	} else if list, ok := doc["bindings"].([]any); ok && len(list) > 0 {
		binding, ok := list[r.IntN(len(list))].(map[string]any)
		members, ok2 := binding["members"].([]any)
		switch {
		case !ok || !ok2:
			return mutation{}, false
		case len(members) > 1 && r.IntN(2) == 0:
			n := r.IntN(len(members))
			binding["members"], what = slices.Delete(slices.Clone(members), n, n+1), "policy member removed"
		default:
			binding["members"], what = append(slices.Clone(members), "user:"+words[r.IntN(len(words))]+"@example.com"), "policy member added"
		}
	} else {
		for _, k := range sorted(doc) {
			if text, ok := doc[k].(string); ok {
				doc[k], what = text+"-"+words[r.IntN(len(words))], "JSON string changed"
				break
			}
		}
	}
	if what == "" {
		return mutation{}, false
	}
	b, err := json.Marshal(doc)
	return mutation{string(b), what, nil}, err == nil
}

func anotherMap(r *rand.Rand, t cty.Type, m map[string]any) (mutation, bool) {
	out := maps.Clone(m)
	keys := sorted(m)
	switch n := r.IntN(4); {
	case n == 0 || len(keys) == 0:
		if t != cty.String {
			return mutation{}, false
		}
		key := "drift" + strings.ToUpper(words[r.IntN(len(words))][:1])
		out[key] = words[r.IntN(len(words))]
		return mutation{out, "key added", []string{key}}, m[key] == nil
	case n == 1 && len(keys) > 1:
		key := keys[r.IntN(len(keys))]
		delete(out, key)
		return mutation{out, "key removed", []string{key}}, true
	default:
		key := keys[r.IntN(len(keys))]
		inner, ok := another(r, t, m[key])
		out[key] = inner.value
		return mutation{out, "key changed", []string{key}}, ok
	}
}

func anotherList(r *rand.Rand, t cty.Type, list []any) (mutation, bool) {
	if len(list) == 0 {
		return mutation{}, false
	}
	out := slices.Clone(list)
	n := r.IntN(len(list))
	inner, ok := another(r, t.ElementType(), list[n])
	switch r.IntN(3) {
	case 0:
		return mutation{append(out, inner.value), "element added", nil}, ok && t.ElementType() != cty.Bool
	case 1:
		if len(list) > 1 {
			return mutation{slices.Delete(out, n, n+1), "element removed", nil}, true
		}
	}
	out[n] = inner.value
	return mutation{out, "element changed", nil}, ok && t.ElementType() != cty.Bool
}
