package secret

import (
	"slices"
	"strings"
	"unicode"
)

// secretWords make a name a secret's; secretPairs do when they follow each other.
var (
	secretWords = []string{"password", "passwd", "passphrase", "passwort", "pwd", "pass", "secret", "token", "credential", "credentials", "privatekey", "apikey", "authtoken"}
	secretPairs = [][2]string{
		{"private", "key"}, {"secret", "key"}, {"access", "key"}, {"api", "key"}, {"account", "key"}, {"shared", "key"}, {"master", "key"},
		{"signing", "key"}, {"license", "key"}, {"connection", "string"}, {"sas", "url"}, {"pre", "shared"}, {"preshared", "key"},
	}
	// describing words end a name that speaks about a secret and is none: password_length, secret_arn, token_ttl.
	describing = []string{
		"id", "ids", "arn", "arns", "name", "names", "policy", "version", "versions", "length", "ttl", "validity", "duration", "expiry", "expiration", "expires",
		"days", "hours", "minutes", "seconds", "count", "type", "types", "enabled", "disabled", "rotation", "uri", "endpoint", "path", "ref", "prefix", "suffix",
		"format", "algorithm", "kind", "age", "reuse", "characters", "mode", "number", "numbers", "status", "at", "date", "time", "issuer", "audience", "size",
		"limit", "limits", "uppercase", "lowercase", "symbols", "required", "prevention", "period", "units", "source", "usage", "use", "scope", "scopes", "store",
		"description", "label", "labels", "tags", "group", "method", "provider", "spec", "class", "level", "link", "last", "updated", "changed", "created",
	}
)

// Named tells whether an attribute or key name says that what stands under it is a secret.
func Named(name string) bool {
	words := split(name)
	if len(words) == 0 || slices.Contains(describing, words[len(words)-1]) {
		return false
	}
	for i, w := range words {
		if slices.Contains(secretWords, w) {
			return true
		}
		if i > 0 && slices.Contains(secretPairs, [2]string{words[i-1], w}) {
			return true
		}
	}
	return false
}

// split cuts a name into lower-case words at punctuation and at changes of case.
func split(name string) []string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			b.WriteByte(' ')
			continue
		}
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}
