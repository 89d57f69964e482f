package blame

import (
	"slices"
	"strings"
	"unicode"
)

// A segment is one step of a path, in the forms that comparing needs.
type segment struct {
	text   string   // as written
	flat   string   // lower case, letters and digits only, each word without its plural
	words  []string // its words, stemmed
	mapKey bool     // a user's own key of a map (a tag, an environment variable): compared as written
}

// stems bring words that APIs and providers use for one thing to one form.
var stems = map[string]string{
	"identifier": "id", "identifiers": "id", "tagging": "tag", "tags": "tag", "enabled": "enable", "enabling": "enable", "disabled": "disable", "configuration": "config",
	"configurations": "config", "configs": "config", "cfg": "config", "desc": "description", "maximum": "max", "minimum": "min", "addresses": "address",
	"policies": "policy", "statuses": "status", "status": "status", "address": "address", "access": "access", "dns": "dns", "tls": "tls", "aws": "aws",
	"kms": "kms", "https": "https", "class": "class", "classes": "class", "ebs": "ebs", "sns": "sns", "sqs": "sqs", "ecs": "ecs", "eks": "eks", "rds": "rds",
	"iops": "iops", "analysis": "analysis", "ingress": "ingress", "egress": "egress", "alias": "alias", "aliases": "alias", "gcs": "gcs", "os": "os",
	"retries": "retry", "entries": "entry", "repositories": "repository", "properties": "property", "directories": "directory", "queries": "query",
	"boundaries": "boundary", "permissions": "permission", "proxies": "proxy", "caches": "cache", "patches": "patch", "branches": "branch",
	"buses": "bus", "bus": "bus", "indexes": "index", "indices": "index", "autoscaling": "autoscaling", "redis": "redis", "vms": "vm", "cors": "cors",
	"waits": "wait", "canvas": "canvas", "databases": "database", "aliasess": "alias", "awsvpc": "awsvpc", "basis": "basis", "axis": "axis", "previous": "previous",
}

func stem(word string) string {
	if s, ok := stems[word]; ok {
		return s
	}
	if len(word) > 3 && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") {
		return word[:len(word)-1]
	}
	return word
}

// splitWords cuts snake_case, kebab-case, dotted and camelCase names into words. CloudTrail lowers the first letter of names that begin with an
// acronym (dBInstanceIdentifier), so the first letter is read as a capital.
func splitWords(s string) []string {
	runes := []rune(s)
	if len(runes) > 1 && unicode.IsLower(runes[0]) && unicode.IsUpper(runes[1]) {
		runes[0] = unicode.ToUpper(runes[0])
	}
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0:
			lowerBefore := unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])
			plural := i+1 < len(runes) && runes[i+1] == 's' && (i+2 >= len(runes) || unicode.IsUpper(runes[i+2])) // the s of ARNs
			lowerAfter := i+1 < len(runes) && unicode.IsLower(runes[i+1]) && !plural
			if lowerBefore || (lowerAfter && unicode.IsUpper(runes[i-1])) {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return out
}

func newSegment(text string) segment {
	s := segment{text: text}
	for _, w := range splitWords(text) {
		s.words = append(s.words, stem(w))
	}
	s.flat = strings.Join(s.words, "")
	return s
}

// attributePath splits the path of a change: block[0].attr, block.0.attr and map["key"]. Positions in lists are dropped.
func attributePath(path string) []segment {
	var out []segment
	for len(path) > 0 {
		switch {
		case path[0] == '.':
			path = path[1:]
		case strings.HasPrefix(path, `["`):
			end := closingQuote(path[2:])
			if end < 0 {
				return append(out, segment{text: path, flat: path, words: []string{path}, mapKey: true})
			}
			key := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(path[2 : 2+end])
			out = append(out, segment{text: key, flat: strings.ToLower(key), words: []string{key}, mapKey: true})
			path = strings.TrimPrefix(path[2+end+1:], "]")
		case path[0] == '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return out
			}
			path = path[end+1:]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			if !isDigits(path[:end]) {
				if len(out) == 1 && isTags(out[0]) || len(out) > 0 && isUserMap(out[len(out)-1]) {
					out = append(out, segment{text: path, flat: strings.ToLower(path), words: []string{path}, mapKey: true}) // tags.Key: the rest is the key
					return out
				}
				out = append(out, newSegment(path[:end]))
			}
			path = path[end:]
		}
	}
	return out
}

func closingQuote(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isTags(s segment) bool {
	return !s.mapKey && (s.flat == "tag" || s.flat == "tagall" || s.flat == "label" || s.flat == "effectivelabel" || s.flat == "terraformlabel" || s.flat == "annotation")
}

func isUserMap(s segment) bool {
	return !s.mapKey && (isTags(s) || s.flat == "variable" || s.flat == "environmentvariable" || s.flat == "appsetting")
}

// wrapping segments say nothing of what is touched: EC2 and XML set wrappers, request envelopes.
var wrapping = map[string]bool{
	"item": true, "value": true, "content": true, "member": true, "request": true, "input": true, "entry": true, "quantity": true, "attribute": true, "set": true,
	"body": true, "resource": true, "spec": true, "property": true, "update": true,
}

// containers are words that group settings without naming one.
var containers = map[string]bool{
	"config": true, "setting": true, "option": true, "attribute": true, "parameter": true, "property": true, "set": true, "list": true, "request": true, "input": true,
	"update": true, "detail": true, "spec": true, "specification": true, "info": true, "data": true, "resource": true, "new": true,
}

// vague leaves need their parents to agree before they mean anything.
var vague = map[string]bool{
	"enable": true, "status": true, "name": true, "type": true, "value": true, "description": true, "mode": true, "arn": true, "id": true, "key": true, "size": true,
	"version": true, "state": true, "prefix": true, "action": true, "target": true, "bucket": true, "day": true, "rule": true, "policy": true, "path": true, "port": true,
	"protocol": true, "unit": true, "count": true, "min": true, "max": true, "timeout": true, "role": true, "format": true, "level": true, "scope": true, "filter": true,
	"group": true, "config": true, "setting": true, "option": true, "content": true, "tag": true, "priority": true, "weight": true, "interval": true, "disable": true,
	"user": true, "member": true, "number": true, "condition": true, "expression": true, "attribute": true,
}

func words(path []segment) []string {
	var out []string
	for _, s := range path {
		if !s.mapKey {
			out = append(out, s.words...)
		}
	}
	return out
}

func without(list []string, drop map[string]bool) []string {
	var out []string
	for _, w := range list {
		if !drop[w] {
			out = append(out, w)
		}
	}
	return out
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

func subset(a, b []string) bool {
	for _, w := range a {
		if !slices.Contains(b, w) {
			return false
		}
	}
	return true
}

func overlap(a, b []string) int {
	n := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			n++
		}
	}
	return n
}

// neutral leaves out words that only say that something is a switch.
func neutral(list []string) []string {
	return without(list, map[string]bool{"enable": true, "is": true, "status": true, "state": true})
}

// Key scores. A strong key may name somebody on a hidden value; a weak one only together with a telling value.
const (
	keyNone   = 0.0
	keyWeak   = 0.7
	keyStrong = 1.0
)

// keyScore tells how well a place in a request (node, wrappers dropped) names the attribute: context is the words of the operation and of the
// resource type, which say what vague names such as "enabled" belong to.
func keyScore(attr, node []segment, operation, kind []string) float64 {
	if len(attr) == 0 || len(node) == 0 {
		return keyNone
	}
	if attr[len(attr)-1].mapKey {
		last := node[len(node)-1]
		if last.text != attr[len(attr)-1].text {
			return keyNone
		}
		if len(attr) == 1 || len(node) == 1 {
			return keyWeak
		}
		return keyScore(attr[:len(attr)-1], node[:len(node)-1], operation, kind)
	}
	a, n := words(attr), words(node)
	if slices.Equal(sorted(a), sorted(n)) {
		return keyStrong
	}
	strip := func(list []string) []string { return sorted(without(list, containers)) }
	context := slices.Concat(operation, kind)
	aLeaf, nLeaf := attr[len(attr)-1], node[len(node)-1]
	if len(attr) > 1 && aLeaf.flat != nLeaf.flat && len(without(aLeaf.words, containers)) == 0 {
		return keyNone // what is left of rule.resources without its last word is the rule
	}
	if aLeaf.flat == nLeaf.flat {
		aParents, nParents := strip(words(attr[:len(attr)-1])), strip(words(node[:len(node)-1]))
		switch {
		case len(aParents) > 0 && len(nParents) > 0:
			if overlap(aParents, nParents) > 0 {
				return keyStrong
			}
			if vague[aLeaf.flat] {
				return keyNone
			}
			return keyWeak
		case len(aParents) > 0:
			if overlap(aParents, context) > 0 {
				return keyStrong
			}
			if vague[aLeaf.flat] {
				return keyNone
			}
			return keyStrong
		case len(nParents) > 0:
			if subset(nParents, context) {
				return keyStrong
			}
			if vague[aLeaf.flat] {
				return keyNone
			}
			return keyWeak
		}
		return keyStrong
	}
	// The same words, once what the operation and the type say anyway is left out: deletion_protection.enabled is enable_deletion_protection.
	as, ns := strip(a), strip(n)
	if len(as) == 0 || len(ns) == 0 {
		return keyNone
	}
	if slices.Equal(as, ns) || slices.Equal(neutral(as), neutral(ns)) && len(neutral(as)) > 0 {
		return keyStrong
	}
	drop := func(list []string, known []string) []string {
		var out []string
		for _, w := range list {
			if !slices.Contains(known, w) {
				out = append(out, w)
			}
		}
		return out
	}
	if ad, nd := drop(as, kind), drop(ns, context); len(ad) > 0 && slices.Equal(ad, drop(ns, kind)) || len(nd) > 0 && slices.Equal(nd, as) {
		return keyStrong
	}
	telling := 0
	for _, w := range as {
		if slices.Contains(ns, w) && !vague[w] && !slices.Contains(kind, w) {
			telling++
		}
	}
	if telling == 0 {
		return keyNone
	}
	switch {
	case subset(as, slices.Concat(ns, context)) && subset(ns, slices.Concat(as, context)):
		return keyStrong
	case subset(as, ns): // the request says more: preferredMaintenanceWindow for maintenance_window
		return keyWeak
	}
	return keyNone
}
