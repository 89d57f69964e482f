package adopt

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report/secret"
)

// secretValue are the forms in which secrets are handed out.
var secretValue = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY|` + // PEM
	`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|` + // AWS access keys
	`\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}|` + // forges
	`\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk_(?:live|test)_[A-Za-z0-9]{16,}|\bAIza[0-9A-Za-z_-]{30,}|` + // Slack, Stripe, Google
	`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.|` + // JSON web tokens
	`AccountKey=[A-Za-z0-9+/=]{20,}|SharedAccessSignature=|` + // Azure connection strings
	`\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@$]+@`) // URLs with a password

// secretName are names whose string values are secrets.
var secretName = regexp.MustCompile(`(?i)(^|[_.-])(passw(or)?d|pwd|passphrase|secret|secret_?key|private_?key|api_?key|access_?key|auth_?token|access_?token|client_?secret|token|credentials?)$`)

// looksSecret tells whether a value at a path must not be written into code: by its form, or by the name that it goes under. What the code says
// already, byte for byte, is no news.
func looksSecret(path string, v, code drift.Value) bool {
	name := ""
	for _, step := range slices.Backward(module.SplitPath(path)) {
		if s, ok := step.(string); ok {
			name = s
			break
		}
	}
	return secretAt(name, v, code)
}

// hidden tells of a change, parts of which are sensitive, whether it can be adopted all the same: whether every such part is unset, or is what the
// code says at the same place already. The secrets are the texts that code may hold in no edit.
func hidden(f drift.Finding, c drift.Change) (secrets []string, ok bool) {
	at := module.SplitPath(c.Path)
	found := false
	for _, mark := range f.SensitivePaths {
		path := module.SplitPath(mark)
		n := min(len(path), len(at))
		switch {
		case !slices.Equal(path[:n], at[:n]):
			continue
		case len(path) <= len(at):
			return nil, false
		}
		found = true
		live, code := part(c.Live, path[n:]), part(c.Code, path[n:])
		if !unset(live) && !reflect.DeepEqual(live, code) {
			return nil, false
		}
		for _, v := range []drift.Value{part(c.Base, path[n:]), code, live} {
			if secrets, ok = texts(v, secrets); !ok {
				return nil, false
			}
		}
	}
	return secrets, found
}

// part is what stands at a path inside a value; nil when nothing does.
func part(v drift.Value, path []any) drift.Value {
	for _, step := range path {
		switch x := v.(type) {
		case map[string]drift.Value:
			name, _ := step.(string)
			v = x[name]
		case []drift.Value:
			i, ok := step.(int)
			if !ok || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// unset tells whether a value says nothing.
func unset(v drift.Value) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case map[string]drift.Value:
		return len(x) == 0
	case []drift.Value:
		return len(x) == 0
	}
	return false
}

// texts adds the texts of a value to a list. False for what would not be found again in code: another type, or a text that code writes otherwise.
func texts(v drift.Value, to []string) ([]string, bool) {
	ok := true
	switch x := v.(type) {
	case nil:
	case string:
		if x != "" {
			to = append(to, x)
		}
		ok = !strings.ContainsFunc(x, func(r rune) bool { return r < ' ' || strings.ContainsRune("\"\\$%", r) })
	case map[string]drift.Value:
		for _, e := range x {
			if to, ok = texts(e, to); !ok {
				return nil, false
			}
		}
	case []drift.Value:
		for _, e := range x {
			if to, ok = texts(e, to); !ok {
				return nil, false
			}
		}
	default:
		return nil, false
	}
	return to, ok
}

// tells tells whether one of the edits holds one of the secrets.
func tells(edits []hclfile.Edit, secrets []string) bool {
	return slices.ContainsFunc(edits, func(e hclfile.Edit) bool {
		return slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(e.New, s) })
	})
}

func secretAt(name string, v, code drift.Value) bool {
	if reflect.DeepEqual(v, code) {
		return false
	}
	switch x := v.(type) {
	case string:
		if inside, ok := document(x); ok {
			said, _ := code.(string)
			known, _ := document(said)
			return secretAt("", inside, known)
		}
		return secretValue.MatchString(x) || !reference(x) && (len(x) >= 6 && secretName.MatchString(name) || secret.Value(name, x) != x)
	case map[string]drift.Value:
		said, _ := code.(map[string]drift.Value)
		for k, e := range x {
			if secretAt(k, e, said[k]) {
				return true
			}
		}
		return !reflect.DeepEqual(secret.Value("", pairOf(x)), pairOf(x)) // {"name": "DB_PASSWORD", "value": "..."}
	case []drift.Value:
		said, _ := code.([]drift.Value)
		for i, e := range x {
			var beside drift.Value
			if len(said) == len(x) {
				beside = said[i]
			}
			if !slices.ContainsFunc(said, func(c drift.Value) bool { return reflect.DeepEqual(c, e) }) && secretAt(name, e, beside) {
				return true
			}
		}
	}
	return false
}

// pairOf is what a map says as the name and the value of something.
func pairOf(m map[string]drift.Value) drift.Value {
	out := map[string]any{}
	for _, k := range []string{"name", "Name", "key", "Key", "value", "Value"} {
		if s, ok := m[k].(string); ok {
			out[k] = s
		}
	}
	if len(out) < 2 {
		return map[string]any{}
	}
	return out
}

// document is the object or list that a string holds as JSON.
func document(s string) (drift.Value, bool) {
	if t := strings.TrimSpace(s); !strings.HasPrefix(t, "{") && !strings.HasPrefix(t, "[") {
		return nil, false
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v drift.Value
	if dec.Decode(&v) != nil || dec.More() {
		return nil, false
	}
	return v, true
}

// reference tells whether a string names a secret rather than being one: an ARN, a path, a URL of a vault.
func reference(s string) bool {
	return strings.HasPrefix(s, "arn:") || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "projects/")
}
