package adopt

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"

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
