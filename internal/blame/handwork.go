package blame

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
	"github.com/mooringdev/mooring/internal/drift"
)

// Managed is one resource that some stack manages.
type Managed struct {
	Stack, Address, Type string
	IDs                  []string
	Account, Region      string
	Attributes           map[string]drift.Value
}

// An Unmanaged is something that a person made and no stack knows.
type Unmanaged struct {
	Finding     drift.Finding // kind unmanaged; IDs begin with what an import wants
	Stack       string        // the stack of the parent, or ""
	Parent      string        // address of the managed resource that it is part of, or ""
	Replaces    string        // id of the finding about the deleted object in whose place it was made, or ""
	Attribution Attribution
}

// A childRule says which call adds a part to which kind of parent.
type childRule struct {
	Operation   string            `json:"op"`
	Undo        string            `json:"undo"`
	Service     string            `json:"service"`
	Parent      string            `json:"parent"`     // resource type
	ParentKey   string            `json:"parent_key"` // where the request names it
	Type        string            `json:"type"`       // of the part
	Child       []string          `json:"child"`      // places that tell parts of one parent apart
	Import      string            `json:"import"`     // id that an import wants
	Attributes  map[string]string `json:"attributes"` // attribute of the part -> place
	Permissions bool              `json:"permissions"`
}

//go:embed children.json
var childFile []byte

var childRules = sync.OnceValue(func() map[string]childRule {
	var list []childRule
	if err := json.Unmarshal(childFile, &list); err != nil {
		panic("blame: embedded children.json: " + err.Error())
	}
	out := map[string]childRule{}
	for _, r := range list {
		out[r.Service+" "+r.Operation] = r
		out[r.Service+" "+r.Undo] = r
	}
	return out
})

// makers tells, per service and operation, which type an operation creates: the families, read backwards.
var makers = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for name, f := range families() {
		if len(f.Identity) > 0 && len(f.Identity[0]) > 1 {
			continue // parts are found by childRules
		}
		for _, op := range f.Create {
			for _, service := range servicesOf(name, f) {
				key := service + " " + op
				if have, ok := out[key]; strings.HasPrefix(op, "Create") || strings.HasPrefix(op, "Run") || strings.HasPrefix(op, "Allocate") {
					if !ok || len(name) < len(have) || (len(name) == len(have) && name < have) {
						out[key] = name
					}
				}
			}
		}
	}
	return out
})

// A making is one thing that was made, until it is unmade.
type making struct {
	at       touch
	kind     string
	ids      []string
	account  string
	region   string
	parent   *Managed
	children map[string]any // attributes of the part
	unmade   bool
}

const maxMakings = 20_000

// handwork collects what people made beside the stacks.
type handwork struct {
	managed map[string][]*Managed // by folded id
	byType  map[string][]*Managed
	makings map[string]making // latest by key
	failed  map[string]bool   // calls that a later record says to have failed
	asked   bool              // somebody looks for what was made although nothing is managed
}

func newHandwork(managed []Managed) *handwork {
	h := &handwork{managed: map[string][]*Managed{}, byType: map[string][]*Managed{}, makings: map[string]making{}, failed: map[string]bool{}}
	for i := range managed {
		m := &managed[i]
		h.byType[m.Type] = append(h.byType[m.Type], m)
		for _, id := range m.IDs {
			h.managed[fold(id)] = append(h.managed[fold(id)], m)
			if a, ok := parseARN(id); ok {
				h.managed[fold(a.name)] = append(h.managed[fold(a.name)], m)
			}
		}
	}
	return h
}

// see notes a call that makes or unmakes something. Pipelines are not people: what they make, some code knows.
func (h *handwork) see(e *audit.Event) {
	if len(h.managed) == 0 && !h.asked || e.DryRun || e.Witness || e.Time.IsZero() {
		return
	}
	if e.Status == audit.StatusFailure {
		if e.Provider != "aws" && e.Correlation != "" && len(h.failed) < maxMakings { // a long call, whose first record did not know
			h.failed[e.Correlation] = true
		}
		return
	}
	if e.Provider != "aws" {
		h.part(e)
		return
	}
	service, base := serviceName(e), baseOperation(e.Operation)
	if rule, ok := childRules()[service+" "+base]; ok {
		h.child(e, rule, base == rule.Undo)
		return
	}
	if kind, ok := makers()[service+" "+base]; ok {
		h.made(e, kind)
		return
	}
	if e.Activity == audit.ActivityDelete && !slices.Contains(operationWords(e.Operation), "tag") {
		for _, id := range scalars(e.Request) {
			h.unmake("id\x00"+e.Account+"\x00"+fold(id), e)
		}
	}
}

func (h *handwork) child(e *audit.Event, rule childRule, undo bool) {
	parentID := textsAt(e.Request, rule.ParentKey)
	if parentID == "" {
		return
	}
	parent := h.find(parentID, rule.Parent, e)
	if parent == nil {
		return
	}
	parts := []string{rule.Type, e.Account, e.Region, parent.Stack, parent.Address}
	if rule.Permissions {
		g := grantOf(e)
		for _, p := range g.permissions {
			h.note(strings.Join(append(slices.Clone(parts), p.label()), "\x00"), e, making{kind: rule.Type, parent: parent, unmade: undo,
				ids: ruleIDs(e), children: map[string]any{"security_group_id": parentID, "ip_protocol": p.protocol, "from_port": p.from, "to_port": p.to, "peer": p.peer}})
		}
		return
	}
	fields := map[string]any{}
	for name, path := range rule.Attributes {
		fields[name] = firstOf(textsAt(e.Request, path), textsAt(e.Response, path))
	}
	for _, path := range rule.Child {
		parts = append(parts, firstOf(textsAt(e.Request, path), textsAt(e.Response, path)))
	}
	if h.knownPart(rule, parent, fields) {
		return
	}
	h.note(strings.Join(parts, "\x00"), e, making{kind: rule.Type, parent: parent, unmade: undo, ids: []string{importID(rule.Import, lastName(parentID), e)}, children: fields})
}

// ruleIDs are the ids that a grant came back with.
func ruleIDs(e *audit.Event) []string {
	var out []string
	for _, v := range at(e.Response, "securityGroupRuleSet.items") {
		if id := tree.String(v, "securityGroupRuleId"); id != "" {
			out = append(out, id)
		}
	}
	return out
}

// knownPart tells whether a stack manages the part itself.
func (h *handwork) knownPart(rule childRule, parent *Managed, fields map[string]any) bool {
	return slices.ContainsFunc(h.byType[rule.Type], func(m *Managed) bool {
		same := len(fields) > 0 && m.Account == parent.Account
		for name, v := range fields {
			same = same && strings.EqualFold(lastName(text(m.Attributes[name])), lastName(text(v)))
		}
		return same
	})
}

func importID(form, parent string, e *audit.Event) string {
	out := strings.ReplaceAll(form, "{parent}", parent)
	for {
		i := strings.IndexByte(out, '{')
		j := strings.IndexByte(out, '}')
		if i < 0 || j < i {
			return out
		}
		path := out[i+1 : j]
		out = out[:i] + firstOf(textsAt(e.Request, path), textsAt(e.Response, path)) + out[j+1:]
	}
}

func (h *handwork) find(id, kind string, e *audit.Event) *Managed {
	for _, alias := range []string{fold(id), fold(lastName(id))} {
		for _, m := range h.managed[alias] {
			if m.Type == kind && (m.Account == "" || e.Account == "" || m.Account == e.Account) && (m.Region == "" || globalServices[serviceName(e)] || m.Region == e.Region) {
				return m
			}
		}
	}
	return nil
}

// made notes a resource that a person created on its own.
func (h *handwork) made(e *audit.Event, kind string) {
	words := kindWords(kind, familyOf(kind))
	var ids []string
	for _, tree := range []any{e.Response, e.Request} {
		ids = append(ids, newIDs(tree, words)...)
	}
	for _, id := range ids {
		if len(h.managed[fold(id)]) > 0 || len(h.managed[fold(lastName(id))]) > 0 {
			return
		}
	}
	if len(ids) == 0 {
		return
	}
	h.note("id\x00"+e.Account+"\x00"+fold(ids[0]), e, making{kind: kind, ids: ids})
}

// newIDs finds the ids of what a call made: keys named like its noun.
func newIDs(v any, kind []string) []string {
	var out []string
	var walk func(any, string, int)
	walk = func(v any, key string, depth int) {
		switch t := v.(type) {
		case map[string]any:
			keys := make([]string, 0, len(t))
			for k := range t {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				walk(t[k], k, depth+1)
			}
		case []any:
			for _, e := range t {
				walk(e, key, depth)
			}
		case string:
			seg := newSegment(key)
			noun := without(seg.words, idWords)
			isID := len(noun) < len(seg.words) && (len(noun) == 0 && depth <= 2 && seg.flat != "resource" && seg.flat != "key" && seg.flat != "target" || len(noun) > 0 && subset(noun, kind) && slices.Contains(noun, kind[len(kind)-1]))
			if isID && t != "" && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	walk(v, "", 0)
	return out
}

func (h *handwork) note(key string, e *audit.Event, m making) {
	if len(h.makings) >= maxMakings && !m.unmade {
		return
	}
	m.at = touch{at: e.Time, ref: EventRef{ID: e.ID, Source: e.Source, Operation: e.Operation, Link: e.Link, Verified: e.Verified}, actor: e.Actor, via: e.Via, ip: e.SourceIP,
		call: e.Correlation}
	m.account, m.region = e.Account, e.Region
	have, ok := h.makings[key]
	if ok && (have.at.at.After(m.at.at) || have.at.at.Equal(m.at.at) && have.at.ref.ID > m.at.ref.ID) {
		return
	}
	h.makings[key] = m
}

func (h *handwork) unmake(key string, e *audit.Event) {
	if _, ok := h.makings[key]; ok || len(h.makings) < maxMakings/2 {
		h.note(key, e, making{unmade: true})
	}
}

// Undone tells who took away again what people had made beside the stacks, by the id of the finding that [Explainer.Unmanaged] made of it. gone
// are such ids, with the resource type of each.
func (x *Explainer) Undone(gone map[string]string) map[string]Attribution {
	out := map[string]Attribution{}
	if len(gone) == 0 {
		return out
	}
	for key, m := range x.hand.makings {
		id := unmanagedID(key)
		kind, wanted := gone[id]
		if !wanted || !m.unmade || x.hand.failed[m.at.call] || m.kind == "" && !m.unmakes(kind) {
			continue
		}
		t := m.at
		t.actor = x.sessions.resolve(t.actor, t.at)
		found := verdictOf(&t, Confirmed)
		found.cell = &cell{}
		a := Attribution{Verdict: found.verdict}
		found.fill(&a)
		x.present(&a)
		out[id] = a
	}
	return out
}

// unmakes tells whether the call took away the object itself, not something of it: what deletes a tag names the object, too.
func (m making) unmakes(kind string) bool {
	f, operation := familyOf(kind), m.at.ref.Operation
	if len(f.Delete) > 0 {
		return matchesAny(f.Delete, baseOperation(operation))
	}
	return slices.Contains(unmakeVerbs, verbOf(operation)) && actsOn(operationWords(operation), kindWords(kind, f), servicesOf(kind, f))
}

// unmanagedID names what was made, as the finding that it is.
func unmanagedID(key string) string {
	sum := sha256.Sum256([]byte("unmanaged\x00" + key))
	return "f_" + hex.EncodeToString(sum[:8])
}

// Unmanaged lists what people made and no stack knows, parts of managed resources first. Events that already explain a finding are left out.
func (x *Explainer) Unmanaged() []Unmanaged {
	used := map[string]bool{}
	for _, list := range x.Explain() {
		for _, a := range list {
			for _, ref := range a.Events {
				used[ref.Source+"\x00"+ref.ID] = true
			}
		}
	}
	var out []Unmanaged
	heirs := map[string]int{}
	for key, m := range x.hand.makings {
		who := x.sessions.resolve(m.at.actor, m.at.at)
		if m.unmade || x.hand.failed[m.at.call] || used[m.at.ref.Source+"\x00"+m.at.ref.ID] || (who.Type != audit.ActorHuman && who.Type != audit.ActorRole) {
			continue
		}
		u := Unmanaged{Finding: drift.Finding{ID: unmanagedID(key), Type: m.kind, Kind: drift.KindUnmanaged, Action: string(drift.ActionNoOp), IDs: m.ids,
			Account: m.account, Region: m.region, Attributes: m.children}}
		if m.parent != nil {
			u.Stack, u.Parent = m.parent.Stack, m.parent.Address
		} else if u.Replaces = x.later.of(m); u.Replaces != "" {
			heirs[u.Replaces]++
		}
		u.Attribution = Attribution{Verdict: Confirmed, Actor: who, Via: m.at.via, At: m.at.at, SourceIP: m.at.ip, Events: []EventRef{m.at.ref}}
		x.present(&u.Attribution)
		out = append(out, u)
	}
	for i := range out {
		if heirs[out[i].Replaces] > 1 { // which of them it is cannot be told
			out[i].Replaces = ""
		}
	}
	slices.SortFunc(out, func(a, b Unmanaged) int {
		if (a.Parent == "") != (b.Parent == "") {
			return cmp.Compare(b.Parent, a.Parent)
		}
		return cmp.Or(strings.Compare(a.Parent, b.Parent), strings.Compare(a.Finding.Type, b.Finding.Type), a.Attribution.At.Compare(b.Attribution.At), strings.Compare(a.Finding.ID, b.Finding.ID))
	})
	return out
}
