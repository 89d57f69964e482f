package facts

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// An Env is where and when a value is made. Two calls with the same Env and the same object give the same value: nothing is random.
type Env struct {
	Seed         int64
	Key          string // what tells the object from all others of its type
	Account      string
	Region       string
	Partition    string
	Project      string
	Subscription string
	Time         time.Time
}

// Compute makes the value of an attribute by its recipe. The path of a nested attribute is written block.attribute; salt tells equal
// blocks of one object apart. The answer is false when no recipe applies: none is known, or it needs an attribute that has no value.
func (e Env) Compute(t *Type, path, salt string, attribute func(name string) (string, bool)) (string, bool) {
	for _, recipe := range t.recipes[path] {
		if v, ok := e.expand(t, recipe, path+salt, attribute, 0); ok {
			return v, true
		}
	}
	return "", false
}

// maxDepth stops recipes that need each other.
const maxDepth = 5

func (e Env) expand(t *Type, recipe, salt string, attribute func(string) (string, bool), depth int) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(recipe, "{{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, found := strings.Cut(rest, "}}")
		if !found {
			return "", false
		}
		v, ok := e.placeholder(t, name, salt, attribute, depth)
		if !ok {
			return "", false
		}
		b.WriteString(v)
		recipe = after
	}
}

func (e Env) placeholder(t *Type, name, salt string, attribute func(string) (string, bool), depth int) (string, bool) {
	verb, argument, _ := strings.Cut(name, ":")
	size, _ := strconv.Atoi(argument)
	switch verb {
	case "account":
		return e.Account, e.Account != ""
	case "region":
		return e.Region, true
	case "partition":
		return e.Partition, true
	case "project":
		if v, ok := attribute("project"); ok && v != "" {
			return v, true
		}
		return e.Project, true
	case "subscription":
		return e.Subscription, true
	case "time":
		return e.Time.UTC().Format(time.RFC3339), true
	case "millitime":
		return e.Time.UTC().Format("2006-01-02T15:04:05.000+0000"), true
	case "compacttime":
		return e.Time.UTC().Format("20060102150405"), true
	case "epoch":
		return strconv.FormatInt(e.Time.Unix(), 10), true
	case "hex":
		return e.Hex(t.Name, salt, size), true
	case "ec2":
		return "0" + e.Hex(t.Name, salt, 16), true
	case "digits":
		return e.digits(t.Name, salt, size), true
	case "upper":
		return e.letters(t.Name, salt, size, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), true
	case "lower":
		return e.letters(t.Name, salt, size, "abcdefghijklmnopqrstuvwxyz0123456789"), true
	case "uuid":
		h := e.Hex(t.Name, salt, 32)
		return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32], true
	case "octet":
		return strconv.FormatUint(e.number(t.Name, salt, 250)+4, 10), true
	case "az":
		return string("abc"[e.number(t.Name, salt, 3)]), true
	case "kind":
		_, kind, _ := strings.Cut(t.Name, "_")
		return kind, true
	case "last": // the last segment of an ARN, URL or path
		v, ok := e.attribute(t, argument, attribute, depth)
		return v[strings.LastIndexAny(v, "/:")+1:], ok && v != ""
	case "after": // what follows the first slash, as listeners are named after their load balancer
		v, ok := e.attribute(t, argument, attribute, depth)
		_, rest, found := strings.Cut(v, "/")
		return rest, ok && found
	case "casefold":
		v, ok := e.attribute(t, argument, attribute, depth)
		return strings.ToLower(v), ok && v != ""
	case "nodot":
		v, ok := e.attribute(t, argument, attribute, depth)
		return strings.TrimSuffix(v, "."), ok && v != ""
	}
	v, ok := e.attribute(t, name, attribute, depth)
	return v, ok && v != ""
}

// attribute is the object's own value, else what its recipe gives.
func (e Env) attribute(t *Type, name string, attribute func(string) (string, bool), depth int) (string, bool) {
	if v, ok := attribute(name); ok {
		return v, true
	}
	if depth >= maxDepth {
		return "", false
	}
	for _, recipe := range t.recipes[name] {
		if v, ok := e.expand(t, recipe, name, attribute, depth+1); ok {
			return v, true
		}
	}
	return "", false
}

func (e Env) sum(parts ...string) [32]byte {
	return sha256.Sum256([]byte(fmt.Sprintf("%d\x00%s\x00%s", e.Seed, e.Key, strings.Join(parts, "\x00"))))
}

// Hex is a made-up hexadecimal string of n digits.
func (e Env) Hex(kind, salt string, n int) string {
	s := e.sum(kind, salt)
	return hex.EncodeToString(s[:])[:min(n, 64)]
}

func (e Env) number(kind, salt string, below uint64) uint64 {
	s := e.sum(kind, salt)
	return binary.BigEndian.Uint64(s[:]) % below
}

func (e Env) digits(kind, salt string, n int) string {
	s := e.sum(kind, salt)
	text := new(big.Int).SetBytes(s[:]).String()
	if text[0] == '0' {
		text = "1" + text[1:]
	}
	return text[:min(n, len(text))]
}

func (e Env) letters(kind, salt string, n int, alphabet string) string {
	s := e.sum(kind, salt)
	out := make([]byte, 0, n)
	for i := range min(n, len(s)) {
		out = append(out, alphabet[int(s[i])%len(alphabet)])
	}
	return string(out)
}

// Guess makes up a string for an attribute that no fact speaks of.
func (e Env) Guess(t *Type, attribute, salt string) string {
	switch {
	case attribute == "id":
		return t.Name[strings.LastIndex(t.Name, "_")+1:] + "-0" + e.Hex(t.Name, salt, 16)
	case attribute == "etag", strings.HasSuffix(attribute, "fingerprint"), strings.HasSuffix(attribute, "_hash"):
		return e.Hex(t.Name, attribute+salt, 32)
	case strings.HasSuffix(attribute, "_time"), strings.HasSuffix(attribute, "_date"), strings.HasSuffix(attribute, "_at"), strings.HasSuffix(attribute, "timestamp"):
		return e.Time.UTC().Format(time.RFC3339)
	case attribute == "status", attribute == "state":
		return "ACTIVE"
	case strings.HasSuffix(attribute, "url"):
		return "https://" + e.Hex(t.Name, attribute+salt, 10) + "." + e.Region + ".example.com"
	case strings.HasSuffix(attribute, "dns_name"), strings.HasSuffix(attribute, "endpoint"), strings.HasSuffix(attribute, "domain"):
		return e.Hex(t.Name, attribute+salt, 10) + "." + e.Region + ".example.com"
	}
	return e.Hex(t.Name, attribute+salt, 12)
}
