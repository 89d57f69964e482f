package blame

import (
	"regexp"
	"slices"
	"strings"
)

// What an operation does to what it names, read from its verb.
type polarity int

const (
	polaritySet    polarity = iota // replaces a value, or sets some of an object's values
	polarityAdd                    // adds elements
	polarityRemove                 // takes elements away
)

var (
	addVerbs    = []string{"add", "attach", "authorize", "associate", "register", "tag", "grant", "subscribe", "join", "invite", "enable", "allow"}
	removeVerbs = []string{"remove", "detach", "revoke", "disassociate", "deregister", "untag", "delete", "unsubscribe", "leave", "terminate", "release", "deny"}
	makeVerbs   = []string{"create", "run", "allocate", "register", "import", "put", "request", "launch", "restore", "provision", "subscribe", "attach", "associate", "authorize", "add", "insert", "publish", "schedule", "start", "copy"}
	unmakeVerbs = []string{"delete", "terminate", "deregister", "release", "unsubscribe", "detach", "disassociate", "revoke", "remove", "destroy", "schedule", "cancel", "batchdelete"}
)

var versionSuffix = regexp.MustCompile(`\d{4}_?\d{2}_?\d{2}(v\d+)?$`)

// baseOperation is the operation's name without service path, API version and qualifier: UpdateFunctionCode20150331v2, v1.compute.firewalls.patch.
func baseOperation(operation string) string {
	if i := strings.LastIndexByte(operation, '.'); i >= 0 {
		operation = operation[i+1:]
	}
	if loc := versionSuffix.FindStringIndex(operation); loc != nil && loc[0] > 0 {
		operation = operation[:loc[0]]
	}
	return operation
}

// verbOf is the first word of an AWS operation, the last step of a Google one.
func verbOf(operation string) string {
	w := splitWords(baseOperation(operation))
	if len(w) == 0 {
		return ""
	}
	if w[0] == "batch" && len(w) > 1 {
		return w[1]
	}
	return w[0]
}

// operationWords are the stemmed words of an operation without its verb: what it acts on.
func operationWords(operation string) []string {
	w := splitWords(baseOperation(operation))
	if strings.Contains(operation, ".") { // v1.compute.firewalls.patch: the noun stands before the verb
		parts := strings.Split(operation, ".")
		if len(parts) > 1 {
			w = append([]string{""}, splitWords(parts[len(parts)-2])...)
		}
	}
	if len(w) > 0 {
		w = w[1:]
	}
	out := make([]string, len(w))
	for i, word := range w {
		out[i] = stem(word)
	}
	return out
}

func polarityOf(operation string) polarity {
	verb := verbOf(operation)
	switch {
	case baseOperation(operation) == "CreateTags" || baseOperation(operation) == "CreateOrUpdateTags":
		return polarityAdd
	case slices.Contains(removeVerbs, verb):
		return polarityRemove
	case slices.Contains(addVerbs, verb) && verb != "enable":
		return polarityAdd
	}
	return polaritySet
}
