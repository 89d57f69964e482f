package adopt

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
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

// looksSecret tells whether a value at a path must not be written into code: by its form, or by the name that it goes under.
func looksSecret(path string, v drift.Value) bool {
	name := ""
	for _, step := range slices.Backward(module.SplitPath(path)) {
		if s, ok := step.(string); ok {
			name = s
			break
		}
	}
	return secretAt(name, v)
}

func secretAt(name string, v drift.Value) bool {
	switch x := v.(type) {
	case string:
		return secretValue.MatchString(x) || len(x) >= 6 && secretName.MatchString(name) && !reference(x)
	case map[string]drift.Value:
		for k, e := range x {
			if secretAt(k, e) {
				return true
			}
		}
	case []drift.Value:
		for _, e := range x {
			if secretAt(name, e) {
				return true
			}
		}
	}
	return false
}

// reference tells whether a string names a secret rather than being one: an ARN, a path, a URL of a vault.
func reference(s string) bool {
	return strings.HasPrefix(s, "arn:") || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "projects/")
}
