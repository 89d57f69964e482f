// Package secret recognises secrets by the look of a value or by the name it goes under, and masks them.
//
// It is a second net below the marks that providers and people set (sensitive attributes, sensitive variables): values that nobody marked,
// such as a private key in user data or a password in the JSON of a container definition. Start with [Value].
//
// What it promises: a masked value holds no part of the secret; masking twice changes nothing; a value without a secret comes back as it
// went in, byte for byte. It errs towards masking, but leaves names, ARNs, lengths and policies of secrets readable.
package secret

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// Mask stands where a secret was.
const Mask = "(sensitive)"

// Value masks the secrets in v, a tree as encoding/json makes it, that stands under the given attribute or key name ("" for none).
// The tree that is passed in is left as it is.
func Value(name string, v any) any {
	switch v := v.(type) {
	case string:
		if Named(name) && secretText(v) {
			return Mask
		}
		return Text(v)
	case json.Number:
		if Named(name) && len(v) >= 4 {
			return Mask
		}
		return v
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = Value(name, e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = Value(k, e)
		}
		maskPair(out, v)
		return out
	}
	return v
}

// maskPair treats {"name": "DB_PASSWORD", "value": "..."}, the form of environment variables in many APIs.
func maskPair(out, in map[string]any) {
	for _, nameKey := range []string{"name", "Name", "key", "Key"} {
		name, _ := in[nameKey].(string)
		for _, valueKey := range []string{"value", "Value"} {
			if v, ok := in[valueKey].(string); ok && Named(name) && secretText(v) {
				out[valueKey] = Mask
			}
		}
	}
}

// Text masks the secrets inside s: whole when s is one, in place when s is JSON or prose that holds some.
func Text(s string) string {
	if masked, ok := inJSON(s); ok {
		return masked
	}
	if awsSecretKey(s) {
		return Mask
	}
	lower := strings.ToLower(s)
	for _, p := range patterns {
		if holds(lower, p.hints) {
			s = p.re.ReplaceAllString(s, p.with)
		}
	}
	if holds(lower, assignmentHints) {
		s = maskAssignments(s)
	}
	return s
}

// inJSON masks inside a JSON document. The text is written anew only if something was masked, so that formatting survives otherwise.
func inJSON(s string) (string, bool) {
	t := strings.TrimSpace(s)
	if t == "" || (t[0] != '{' && t[0] != '[') {
		return "", false
	}
	d := json.NewDecoder(strings.NewReader(t))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return "", false
	}
	masked := Value("", v)
	before, err1 := marshal(v)
	after, err2 := marshal(masked)
	if err1 != nil || err2 != nil {
		return "", false
	}
	if bytes.Equal(before, after) {
		return s, true
	}
	return string(after), true
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// A pattern is the look of one sort of secret. One of its hints, in lower case, is in every text that re matches: they are cheap to search.
type pattern struct {
	hints []string
	re    *regexp.Regexp
	with  string
}

func look(hints, re, with string) pattern {
	return pattern{strings.Split(hints, "|"), regexp.MustCompile(re), with}
}

func holds(s string, hints []string) bool {
	for _, h := range hints {
		if strings.Contains(s, h) {
			return true
		}
	}
	return false
}

var patterns = []pattern{
	look(`private key`, `-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)`, Mask),
	look(`ghp_|gho_|ghu_|ghs_|ghr_`, `gh[pousr]_[A-Za-z0-9]{20,}`, Mask),
	look(`github_pat_`, `github_pat_[A-Za-z0-9_]{20,}`, Mask),
	look(`glpat-`, `glpat-[A-Za-z0-9_-]{16,}`, Mask),
	look(`xox`, `xox[abeoprs]-[A-Za-z0-9-]{8,}`, Mask),
	look(`hooks.slack.com`, `hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]+`, "hooks.slack.com/"+Mask),
	look(`_live_|_test_`, `[prs]k_(?:live|test)_[A-Za-z0-9]{10,}`, Mask),
	look(`sk-`, `\bsk-[A-Za-z0-9_-]{20,}`, Mask),
	look(`aiza`, `AIza[A-Za-z0-9_-]{35}`, Mask),
	look(`ya29.`, `ya29\.[A-Za-z0-9_-]{20,}`, Mask),
	look(`npm_`, `\bnpm_[A-Za-z0-9]{36}`, Mask),
	look(`pypi-`, `pypi-[A-Za-z0-9_-]{50,}`, Mask),
	look(`sg.`, `\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`, Mask),
	look(`hvs.|hvb.`, `\bhv[sb]\.[A-Za-z0-9_-]{20,}`, Mask),
	look(`atlasv1`, `[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}`, Mask),
	look(`eyj`, `eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`, Mask),
	look(`key=`, `((?:Account|SharedAccess)Key=)[A-Za-z0-9+/]{20,}={0,2}`, "${1}"+Mask),
	look(`sig=`, `([?&]sig=)[A-Za-z0-9%+/=_-]{16,}`, "${1}"+Mask),
	look(`x-amz-`, `(X-Amz-(?:Signature|Security-Token)=)[A-Za-z0-9%+/=_-]{16,}`, "${1}"+Mask),
	look(`bearer|basic`, `(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*`, "${1}"+Mask),
	look(`://`, `([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"']*:)[^\s/@"']+@`, "${1}"+Mask+"@"),
	look(`http`, `((?i)https?://)[^\s/:@"']+@`, "${1}"+Mask+"@"),
}

// assignments are NAME=value, "name": "value" and, at the start of a line, name: value.
var (
	assignmentHints = []string{"pass", "pwd", "secret", "token", "credential", "key", "connection"}
	assignments     = regexp.MustCompile(`(?m)(?:([A-Za-z0-9_.-]+)(["']?[ \t]*=[ \t]*)|(["'][A-Za-z0-9_.-]+)(["'][ \t]*:[ \t]*)|^([ \t-]*[A-Za-z0-9_.-]+)(:[ \t]+))("[^"\n]*"|'[^'\n]*'|[^\s"',;&]+)`)
)

func maskAssignments(s string) string {
	return assignments.ReplaceAllStringFunc(s, func(m string) string {
		g := assignments.FindStringSubmatch(m)
		name, sep, value := g[1]+g[3]+g[5], g[2]+g[4]+g[6], g[7]
		bare := strings.Trim(value, `"'`)
		if !Named(strings.Trim(name, " \t-\"'")) || !secretText(bare) {
			return m
		}
		return name + sep + strings.Replace(value, bare, Mask, 1)
	})
}

// awsSecretKey tells whether the whole of s looks like the secret half of an AWS access key: 40 base64 characters that are no hex digest.
func awsSecretKey(s string) bool {
	if len(s) != 40 {
		return false
	}
	var upper, lower, digit, beyondHex bool
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			upper = true
		case r >= 'a' && r <= 'z':
			lower = true
		case r >= '0' && r <= '9':
			digit = true
		case r != '/' && r != '+':
			return false
		}
		if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			beyondHex = true
		}
	}
	return upper && lower && digit && beyondHex
}

// secretText tells whether text that stands under a secret's name can be the secret itself rather than a switch or a reference to it.
func secretText(s string) bool {
	switch strings.ToLower(s) {
	case "", "true", "false", "null", "none", "required", "optional", "enabled", "disabled", "enable", "disable", strings.ToLower(Mask), "(known after apply)":
		return false
	}
	for _, p := range []string{"arn:", "${", "var.", "local.", "data.", "module.", "{{resolve:", "projects/", "ref+", "vault:", "@Microsoft.KeyVault("} {
		if strings.HasPrefix(s, p) {
			return false
		}
	}
	return true
}
