package blame

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// index finds the subjects that an event may touch by the ids it names.
type index map[string][]entry

type aliasKind int

const (
	aliasStrong aliasKind = iota // proves identity alone
	aliasName                    // needs the type's service
	aliasPart                    // one of several components
)

type entry struct {
	subject *subject
	kind    aliasKind
}

func buildIndex(subjects []*subject) index {
	ix := index{}
	for _, s := range subjects {
		for id := range s.strong {
			ix[id] = append(ix[id], entry{s, aliasStrong})
		}
		for name := range s.names {
			ix[name] = append(ix[name], entry{s, aliasName})
		}
		for _, parts := range s.components {
			for _, part := range parts {
				if e := (entry{s, aliasPart}); !slices.Contains(ix[part], e) {
					ix[part] = append(ix[part], e)
				}
			}
		}
	}
	return ix
}

// A mention is one place of an event that holds an alias of a subject.
type mention struct {
	alias    string
	kind     aliasKind
	key      []string // keys down to the place, outermost first
	list     bool     // inside an array of scalars
	response bool
	arn      *arn // when the place holds an ARN and the alias is its name
	resource bool // the log itself lists it as touched
	named    audit.Resource
}

// mentions collects, per subject, where an event names it. Most events name nothing, so the way there allocates nothing.
type mentions struct {
	ix    index
	found map[*subject][]mention
	key   []string
	resp  bool
}

func (m *mentions) event(e *audit.Event) {
	for _, r := range e.Resources {
		m.resource(e, r)
	}
	if e.Provider != "aws" && e.Provider != "" {
		return // these logs say in one place what was touched
	}
	m.tree(e.Request, false)
	m.resp = true
	m.tree(e.Response, false)
}

func (m *mentions) tree(v any, list bool) {
	switch t := v.(type) {
	case string:
		m.value(t, list, false)
	case json.Number:
		m.look(t.String(), nil, list, false)
	case []any:
		for _, e := range t {
			m.tree(e, true)
		}
	case map[string]any:
		for key, value := range t {
			m.key = append(m.key, key)
			m.tree(value, false)
			m.key = m.key[:len(m.key)-1]
		}
	}
}

const maxID = 2048 // an ARM id may be long; policies and scripts are longer

func (m *mentions) value(v string, list, resource bool) {
	if v == "" || len(v) > maxID {
		return
	}
	low := fold(v)
	m.look(low, nil, list, resource)
	switch {
	case strings.HasPrefix(low, "arn:"):
		if a, ok := parseARN(v); ok {
			m.look(fold(a.name), &a, list, resource)
			if a.service == "lambda" {
				if i := strings.Index(low, ":function:"); i >= 0 { // without its qualifier
					if head, _, ok := strings.Cut(low[i+10:], ":"); ok {
						m.look(low[:i+10]+head, nil, list, resource)
					}
				}
			}
			if base, ok := strings.CutSuffix(low, ":*"); ok {
				m.look(base, nil, list, resource)
			}
		}
	case strings.HasPrefix(low, "https://"):
		m.look(fold(linkPath(low)), nil, list, resource)
		m.look(lastName(low), nil, list, resource)
	case strings.HasPrefix(low, "/subscriptions/"):
	case strings.Contains(low, "/"):
		m.look(lastName(low), nil, list, resource)
	}
}

func (m *mentions) look(alias string, a *arn, list, resource bool) {
	for _, e := range m.ix[alias] {
		if m.found == nil {
			m.found = map[*subject][]mention{}
		}
		m.found[e.subject] = append(m.found[e.subject],
			mention{alias: alias, kind: e.kind, key: slices.Clone(m.key), list: list, response: m.resp, arn: a, resource: resource})
	}
}

// globalServices are not bound to the region of what they touch.
var globalServices = map[string]bool{
	"iam": true, "sts": true, "cloudfront": true, "route53": true, "route53domains": true, "organizations": true, "waf": true, "globalaccelerator": true, "shield": true,
	"s3": true, "s3-control": true, "budgets": true, "ce": true, "account": true, "tagging": true, "support": true, "networkmanager": true, "sso": true, "ecr-public": true,
}

func serviceName(e *audit.Event) string {
	name, _, _ := strings.Cut(e.Service, ".")
	return strings.ToLower(name)
}

// elsewhere tells why the event cannot be about the subject whatever it names, or "".
func (s *subject) elsewhere(e *audit.Event) string {
	if s.provider != "" && e.Provider != "" && s.provider != e.Provider {
		return "other cloud"
	}
	if s.account != "" && e.Account != "" && !strings.EqualFold(s.account, e.Account) && accountLike(s.account) == accountLike(e.Account) {
		return "other account"
	}
	if e.Provider == "aws" && s.region != "" && e.Region != "" && s.region != e.Region && s.region != "global" && s.region != "aws-global" && !globalServices[serviceName(e)] {
		return "other region"
	}
	if s.namesake(e) {
		return "another object of that name"
	}
	return ""
}

// accountLike tells numbers from names: Google projects have both, and one says nothing of the other.
func accountLike(s string) bool { return isDigits(s) }

// touches decides whether the mentions prove that the event acts on the subject, and how surely.
func (s *subject) touches(e *audit.Event, found []mention) (identity, string) {
	service := serviceName(e)
	ours := len(s.services) == 0 || slices.Contains(s.services, service) || e.Provider != "aws"
	operation := operationWords(e.Operation)
	best, why := notIt, "names it only in passing"
	for _, m := range found {
		switch m.kind {
		case aliasStrong:
			if m.resource || s.targetKey(e, m, operation, ours) {
				best = max(best, provenID)
			}
		case aliasName:
			if m.arn != nil {
				if !s.fitsARN(m.arn) {
					why = "same name elsewhere"
					continue
				}
			} else if !ours {
				why = "same name in another service"
				continue
			}
			if (m.resource && s.fitsNamed(e, m)) || (!m.resource && s.targetKey(e, m, operation, ours)) {
				if m.arn != nil {
					best = max(best, provenID)
				} else {
					best = max(best, provenName)
				}
			}
		}
	}
	if best == provenName && s.otherID(e.Request) {
		best, why = notIt, "same name, other id"
	}
	if best == notIt {
		for _, parts := range s.components {
			if !s.allParts(parts, found) {
				continue
			}
			if ours || slices.ContainsFunc(parts, uniqueID) {
				return provenID, ""
			}
		}
	}
	if best != notIt && s.otherPart(e.Request) {
		return notIt, "another part of that parent"
	}
	if best != notIt && len(s.family.Only) > 0 && !matchesAny(s.family.Only, baseOperation(e.Operation)) {
		return notIt, "operation of another kind"
	}
	return best, why
}

// otherID tells whether a request that names the subject by its name also carries an id, and it is another one.
func (s *subject) otherID(request any) bool {
	for _, key := range []string{"id", "arn"} {
		id := tree.String(request, key)
		if id == "" || s.strong[fold(id)] || s.names[fold(id)] || s.names[fold(lastName(id))] {
			continue
		}
		for alias := range s.strong {
			if strings.HasSuffix(alias, "/"+fold(id)) {
				return false
			}
		}
		return true
	}
	return false
}

// otherPart tells whether a record says that it is about another part of the subject's parent.
func (s *subject) otherPart(request any) bool {
	for _, rule := range s.family.Parts {
		says := textsAt(request, rule.From)
		if says == "" {
			continue
		}
		known := s.Finding.IDs
		if rule.To != "id" {
			own := textsAt(s.values(), rule.To)
			if own == "" {
				continue
			}
			known = []string{own}
		}
		return !slices.ContainsFunc(known, func(id string) bool { return strings.EqualFold(id, says) || strings.EqualFold(lastName(id), says) })
	}
	return false
}

type identity int

const (
	notIt identity = iota
	provenName
	provenID
)

// allParts tells whether every part is mentioned, each at a place of its own.
func (s *subject) allParts(parts []string, found []mention) bool {
	used := make([]bool, len(found))
next:
	for _, part := range parts {
		for i, m := range found {
			if !used[i] && m.alias == part && m.kind == aliasPart {
				used[i] = true
				continue next
			}
		}
		return false
	}
	return true
}

func (s *subject) fitsARN(a *arn) bool {
	if a.account != "" && s.account != "" && a.account != s.account {
		return false
	}
	if a.region != "" && s.region != "" && a.region != s.region && s.region != "global" {
		return false
	}
	return len(s.services) == 0 || slices.Contains(s.services, a.service) || (a.service == "elasticloadbalancing" && slices.Contains(s.services, a.service))
}

var idWords = map[string]bool{"id": true, "name": true, "arn": true, "resource": true, "url": true, "key": true, "list": true, "set": true, "target": true, "physical": true, "uuid": true}

// targetKey tells whether a place in a request is where the operation names what it acts on, as opposed to a value that happens to be an id.
func (s *subject) targetKey(e *audit.Event, m mention, operation []string, ours bool) bool {
	if len(m.key) == 0 {
		return false
	}
	path := dropWrapping(m.key)
	leaf := newSegment(m.key[len(m.key)-1])
	if len(path) > 0 {
		leaf = path[len(path)-1]
	}
	stem := without(leaf.words, idWords)
	depth := len(path)
	if m.response {
		// What a call made or changed comes back in its response, named like the operation's object.
		return len(stem) > 0 && overlap(stem, operation) > 0 && (subset(stem, s.kind) || overlap(stem, s.kind) > 0)
	}
	if len(stem) == 0 {
		return depth <= 2
	}
	if overlap(stem, operation) > 0 && depth <= 2 {
		return m.kind == aliasStrong || overlap(stem, s.kind) > 0 || len(s.kind) == 0
	}
	if depth != 1 || m.list || !ours {
		return false
	}
	return subset(stem, s.kind) || s.parentKey(leaf, m.alias) && actsOn(operation, s.kind, s.services)
}

// parentKey tells whether a place holds what the resource's own attribute of that name holds: functionName of a function's sub-resource.
func (s *subject) parentKey(leaf segment, alias string) bool {
	for name, v := range s.Finding.Attributes {
		if newSegment(name).flat == leaf.flat {
			t := fold(text(v))
			return t == alias || fold(lastName(t)) == alias
		}
	}
	return false
}

// dropWrapping turns keys into segments and leaves out those that say nothing.
func dropWrapping(keys []string) []segment {
	var out []segment
	for i, key := range keys {
		seg := newSegment(key)
		isLast := i == len(keys)-1
		if !isLast && (wrapping[seg.flat] || strings.HasSuffix(key, "Request") || seg.flat == "add" || seg.flat == "remove") {
			continue
		}
		out = append(out, seg)
	}
	if last := len(out) - 1; last > 0 && (out[last].flat == "content" || out[last].flat == "value" || out[last].flat == "item" || out[last].flat == "member") {
		out = out[:last] // {FlowLogId: {tag: 1, content: fl-1}}
	}
	return out
}

// matchesAny compares an operation with patterns; a * at either end stands for anything.
func matchesAny(patterns []string, operation string) bool {
	for _, p := range patterns {
		rest, open := strings.CutSuffix(p, "*")
		rest, start := strings.CutPrefix(rest, "*")
		switch {
		case open && start && strings.Contains(operation, rest), open && !start && strings.HasPrefix(operation, rest),
			!open && start && strings.HasSuffix(operation, rest), !open && !start && operation == rest:
			return true
		}
	}
	return false
}
