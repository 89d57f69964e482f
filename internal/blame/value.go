package blame

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit/tree"
)

// unwrap drops the wrappers that requests put around values: {value: x}, {items: [..]}, {quantity: n, items: [..]}, {member: [..]}, {key, value}
// pairs become maps, and text that holds JSON is read.
func unwrap(v any) any {
	switch t := v.(type) {
	case string:
		if in, ok := tree.Embedded(t); ok {
			return in
		}
		if in, ok := decodePolicy(t); ok {
			return in
		}
	case map[string]any:
		inner, n := any(nil), 0
		for key, value := range t {
			switch strings.ToLower(key) {
			case "items", "item", "member", "value", "content":
				inner, n = value, n+1
			case "tag":
				if _, scalar := scalarText(value); !scalar {
					inner, n = value, n+1
				}
			case "quantity", "xmlns":
			default:
				n += 2
			}
		}
		if n == 1 {
			return unwrap(inner)
		}
	}
	return v
}

// pairs reads a list of {key, value} objects, in any of the spellings of AWS, as a map.
func pairs(list []any) (map[string]any, bool) {
	if len(list) == 0 {
		return nil, false
	}
	out := make(map[string]any, len(list))
	for _, e := range list {
		m, ok := unwrap(e).(map[string]any)
		if !ok {
			return nil, false
		}
		key, value, found := pair(m)
		if !found {
			return nil, false
		}
		out[key] = value
	}
	return out, true
}

func pair(m map[string]any) (key string, value any, ok bool) {
	var haveKey bool
	for k, v := range m {
		switch strings.ToLower(k) {
		case "key", "tagkey", "name", "parametername", "attributename", "optionname":
			key, haveKey = tree.String(v), true
		case "value", "tagvalue", "parametervalue", "attributevalue", "optionvalue":
			value, ok = v, true
		case "propagateatlaunch", "resourceid", "resourcetype", "applymethod", "apply_method", "propagate_at_launch":
		default:
			return "", nil, false
		}
	}
	return key, value, haveKey && (ok || len(m) == 1)
}

// scalarText writes a scalar in one form: true for True, 1 for 1.0 and "1".
func scalarText(v any) (string, bool) {
	switch t := v.(type) {
	case bool:
		if t {
			return "true", true
		}
		return "false", true
	case json.Number:
		return numberText(t.String()), true
	case float64, int, int64:
		b, err := json.Marshal(t)
		return numberText(string(b)), err == nil
	case string:
		if strings.EqualFold(t, "true") || strings.EqualFold(t, "false") {
			return strings.ToLower(t), true
		}
		return numberText(t), true
	}
	return "", false
}

func numberText(s string) string {
	if s == "" || len(s) > 40 || (s[0] != '-' && s[0] != '.' && (s[0] < '0' || s[0] > '9')) {
		return s
	}
	if strings.Trim(s, "-0123456789") == "" {
		if len(s) > 1 && (s[0] == '0' || strings.HasPrefix(s, "-0")) {
			return s // 007 and account ids with leading zeros are names
		}
		return s
	}
	if strings.Count(s, ".") != 1 || strings.Trim(s, "-0123456789.eE+") != "" {
		return s
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || !r.IsInt() {
		return s
	}
	return r.Num().String()
}

var onWords = map[string]bool{"enabled": true, "enable": true, "on": true, "yes": true, "active": true, "1": true, "true": true}

var offWords = map[string]bool{"disabled": true, "disable": true, "off": true, "no": true, "inactive": true, "suspended": true, "0": true, "false": true}

// sameScalar compares two scalars the way a provider maps them. With fold, case does not count.
func sameScalar(live, got string, fold bool) bool {
	if live == got || (fold && strings.EqualFold(live, got)) {
		return true
	}
	l, g := strings.ToLower(live), strings.ToLower(got)
	switch live {
	case "true":
		return onWords[g]
	case "false":
		return offWords[g]
	}
	switch got {
	case "true":
		return l == "enabled" || l == "enable" || l == "on"
	case "false":
		return l == "disabled" || l == "disable" || l == "off" || l == "suspended"
	}
	if strings.TrimSuffix(live, ".") == strings.TrimSuffix(got, ".") && len(live) > 1 {
		return true
	}
	if (l == "-1" && g == "all") || (l == "all" && g == "-1") {
		return true
	}
	if sameReference(live, got) || sameReference(got, live) {
		return true
	}
	if raw, err := base64.StdEncoding.DecodeString(got); err == nil && len(got) > 8 && string(raw) == live {
		return true
	}
	return false
}

// sameReference tells whether full, an ARN, a self link or an ARM id, ends in the name short.
func sameReference(full, short string) bool {
	if len(short) < 3 || len(full) <= len(short) || !strings.HasSuffix(full, short) {
		return false
	}
	sep := full[len(full)-len(short)-1]
	if sep != '/' && sep != ':' {
		return false
	}
	return strings.HasPrefix(full, "zones/") || strings.HasPrefix(full, "regions/") || strings.HasPrefix(full, "global/") || strings.HasPrefix(full, "arn:") || strings.HasPrefix(full, "https://") || strings.HasPrefix(full, "projects/") || strings.HasPrefix(full, "/subscriptions/")
}

// same tells whether what a request says (got) is what the provider reads as live: shapes differ, meaning must not.
func same(live, got any, fold bool) bool {
	live, got = unwrap(live), unwrap(got)
	if policyDocument(live) && policyDocument(got) {
		return canonicalPolicy(live) == canonicalPolicy(got)
	}
	if empty(live) && empty(got) {
		return true
	}
	l, lok := scalarText(live)
	g, gok := scalarText(got)
	if lok && gok {
		return sameScalar(l, g, fold)
	}
	ll, lIsList := live.([]any)
	gl, gIsList := got.([]any)
	lm, lIsMap := live.(map[string]any)
	gm, gIsMap := got.(map[string]any)
	switch {
	case lIsList && gIsList:
		return sameList(ll, gl, fold)
	case lIsMap && gIsMap:
		if samePair(lm, gm, fold) {
			return true
		}
		return sameMap(lm, gm, fold)
	case lIsMap && gIsList:
		if m, ok := pairs(gl); ok && sameMap(lm, m, fold) {
			return true
		}
		return len(gl) == 1 && same(live, gl[0], fold)
	case lIsList && gIsMap:
		if m, ok := pairs(ll); ok && sameMap(m, gm, fold) {
			return true
		}
		return len(ll) == 1 && same(ll[0], got, fold)
	case lIsList && gok:
		if len(ll) == 1 && same(ll[0], got, fold) {
			return true
		}
		parts := strings.Split(g, ",")
		return len(parts) > 1 && len(parts) == len(ll) && sameList(ll, texts(parts), fold)
	case gIsList && lok:
		return len(gl) == 1 && same(live, gl[0], fold)
	}
	return false
}

// samePair compares {name, value} objects whose fields differ in name: {name: x, value: 1} and {parameterName: x, parameterValue: "1"}.
func samePair(live, got map[string]any, fold bool) bool {
	lk, lv, lok := pair(live)
	gk, gv, gok := pair(got)
	return lok && gok && lk == gk && lk != "" && lv != nil && same(lv, gv, fold)
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = strings.TrimSpace(s)
	}
	return out
}

// sameList compares without regard to order: providers keep most lists as sets.
func sameList(live, got []any, fold bool) bool {
	if len(live) != len(got) {
		return false
	}
	used := make([]bool, len(got))
	for _, l := range live {
		i := -1
		for j, g := range got {
			if !used[j] && same(l, g, fold) {
				i = j
				break
			}
		}
		if i < 0 {
			return false
		}
		used[i] = true
	}
	return true
}

// sameMap compares by normalised names. What only live has must be zero; what only got has must be empty.
func sameMap(live, got map[string]any, fold bool) bool {
	names := namesOf(live)
	matched := make(map[string]bool, len(got))
	telling := false
	for key, g := range got {
		l, ok := live[key]
		name := key
		if !ok {
			if name, ok = names[plainName(key)]; !ok {
				name, ok = names[newSegment(key).flat]
			}
			if !ok {
				name, ok = tailName(live, key)
			}
			if ok {
				l = live[name]
			}
		}
		switch {
		case !ok && (zero(g) || ownerFields[newSegment(key).flat]):
		case !ok, !same(l, g, fold) && (!zero(l) || !zero(g)):
			return false
		default:
			matched[name], telling = true, telling || !zero(g)
		}
	}
	for key, l := range live {
		if !matched[key] && !zero(l) {
			return false
		}
	}
	return telling || len(got) == len(live)
}

// namesOf lists the keys of a map by their plain and by their normalised names. A plain name wins: port_range and port_ranges are two things.
func namesOf(m map[string]any) map[string]string {
	keys := slices.Sorted(maps.Keys(m))
	names := make(map[string]string, 2*len(m))
	for _, key := range keys {
		names[plainName(key)] = key
	}
	for _, key := range keys {
		if flat := newSegment(key).flat; names[flat] == "" {
			names[flat] = key
		}
	}
	return names
}

// tailName finds the one key that a longer name ends in: IPProtocol is protocol.
func tailName(m map[string]any, longer string) (name string, found bool) {
	words := newSegment(longer).words
	for key := range m {
		own := newSegment(key).words
		if n := len(words) - len(own); n > 0 && len(own) > 0 && slices.Equal(words[n:], own) {
			if found {
				return "", false
			}
			name, found = key, true
		}
	}
	return name, found
}

// plainName is a name without case and punctuation.
func plainName(key string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(key))
}

// ownerFields of an element name the resource it belongs to, which identity has matched already.
var ownerFields = map[string]bool{"resourceid": true, "resourcetype": true, "resourcearn": true}

// telling values are unlikely to be right by chance: they may confirm a weak key.
func telling(v any) bool {
	v = unwrap(v)
	if s, ok := scalarText(v); ok {
		if s == "true" || s == "false" || onWords[strings.ToLower(s)] || offWords[strings.ToLower(s)] {
			return false
		}
		if isDigits(strings.TrimPrefix(s, "-")) {
			return len(s) >= 4
		}
		return len(s) >= 5
	}
	return !zero(v)
}

// canonical writes a value as JSON with sorted keys and normalised scalars: the name of a set's element.
func canonical(v any) string {
	b, err := json.Marshal(normal(unwrap(v)))
	if err != nil {
		return ""
	}
	return string(b)
}

func normal(v any) any {
	switch t := v.(type) {
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = normal(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(t))
		for key, value := range t {
			if !empty(value) {
				out[key] = normal(value)
			}
		}
		return out
	case json.Number:
		return json.Number(numberText(t.String()))
	}
	return v
}
