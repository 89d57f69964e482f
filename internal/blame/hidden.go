package blame

import (
	"strings"

	"github.com/mooringdev/mooring/internal/audit/tree"
)

// touched tells whether the family knows that the call writes the attribute without its record saying what.
func (o *observation) touched(c *cell) bool {
	name := plainPath(c.segs)
	for _, rule := range o.subject.family.Touches {
		if !matchesAny([]string{rule.Operation}, o.base) || (rule.To != "*" && name != rule.To && !strings.HasPrefix(name, rule.To+".")) {
			continue
		}
		if rule.From == "" || len(at(o.event.Request, rule.From)) > 0 || tree.Has(o.event.Request, rule.From) {
			return true
		}
	}
	return false
}

// byName handles calls whose request is missing, hidden or cut: the operation's name may still say what was written.
func (o *observation) byName(c *cell) state {
	bare := o.event.Request == nil || o.event.Truncated || hidden(o.event.Request)
	if !bare && !o.bodyless() {
		return stateNone
	}
	if o.event.Provider == "aws" {
		attr, noun := without(words(c.segs[:1]), containers), without(o.operation, containers)
		replaces := o.verb == "put" || o.verb == "set" || o.verb == "replace" || o.verb == "change"
		switch {
		case len(attr) > 0 && subset(attr, noun) && len(minus(attr, o.subject.kind)) > 0:
			return stateUnknown
		case replaces && matchesAny(o.subject.family.Create, o.base):
			return stateUnknown // the call that makes the object also replaces it
		case replaces && len(noun) > 0 && subset(noun, o.subject.kind) && subset(minus(o.subject.kind, o.subject.services), noun):
			return stateUnknown // the call replaces the object of this type
		}
	}
	if bare && o.couldWrite(c) {
		return stateMaybe
	}
	return stateNone
}

// bodyless tells whether a request holds nothing but the name of its target, as Put calls to S3 and KMS sometimes do.
func (o *observation) bodyless() bool {
	if o.verb != "put" && o.verb != "set" && o.event.Provider == "aws" {
		return false
	}
	for _, n := range o.allNodes() {
		if _, scalar := scalarText(n.value); !scalar {
			continue
		}
		leaf := n.path[len(n.path)-1]
		if v, _ := scalarText(n.value); v == "" || leaf.flat == "host" || o.subject.named(v) {
			continue
		}
		return false
	}
	return true
}

// named tells whether a value is one of the subject's names.
func (s *subject) named(v string) bool {
	for _, alias := range []string{fold(v), fold(lastName(v))} {
		if s.strong[alias] || s.names[alias] {
			return true
		}
	}
	return false
}

// version compares evidence that stands for a hidden value: the version that a write made and the version that is live.
func (o *observation) version(c *cell) state {
	if len(o.subject.family.Version) == 0 {
		return stateNone
	}
	values := o.subject.values()
	for _, rule := range o.subject.family.Version {
		if !matchesAny([]string{rule.Operation}, o.base) {
			continue
		}
		if c.masked == (rule.To == plainPath(c.segs)) && !hiddenAt(o.allNodes(), c) && !c.masked {
			continue
		}
		got := firstOf(textsAt(o.event.Response, rule.From), textsAt(o.event.Request, rule.From))
		live := text(values[rule.To])
		if got == "" || live == "" {
			continue
		}
		if sameScalar(live, got, true) {
			return stateHit
		}
		return stateMiss
	}
	return stateNone
}

func textsAt(v any, path string) string {
	for _, found := range at(v, path) {
		if t := text(found); t != "" {
			return t
		}
	}
	return ""
}

// hiddenAt tells whether the request hides the cell's value.
func hiddenAt(nodes []node, c *cell) bool {
	for _, n := range nodes {
		if len(n.path) > 0 && n.path[len(n.path)-1].flat == c.segs[len(c.segs)-1].flat && hidden(n.value) {
			return true
		}
	}
	return false
}
