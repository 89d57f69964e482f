package blame

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
	"github.com/mooringdev/mooring/internal/blame/models"
)

// state is what one event did to one cell.
type state int

const (
	stateNone    state = iota // said nothing of it
	stateMaybe                // may have written it: its request is cut off or hidden and such a call can write it
	stateUnknown              // wrote it, the value is hidden
	stateMiss                 // wrote something else
	stateHit                  // wrote what is live
)

// observe says what an event that acts on the subject did to each cell. The result has one state per cell.
func (s *subject) observe(e *audit.Event, byID bool, childID string) []state {
	o := &observation{subject: s, event: e, byID: byID, childID: childID, operation: operationWords(e.Operation), verb: verbOf(e.Operation), base: baseOperation(e.Operation)}
	out := make([]state, len(s.cells))
	for i, c := range s.cells {
		out[i] = o.cell(c)
		if out[i] == stateHit && e.Truncated {
			out[i] = stateUnknown
		}
	}
	o.modifiedRules(out)
	o.cleared(out)
	return out
}

type observation struct {
	subject   *subject
	event     *audit.Event
	byID      bool   // the event names the object itself, not only what it is part of
	childID   string // the event names only this child of the object
	operation []string
	verb      string
	base      string

	nodes   []node
	walked  bool
	tags    *tagging
	tagged  bool
	grant   *grant
	granted bool
}

func (o *observation) allNodes() []node {
	if !o.walked {
		o.nodes, o.walked = nodesOf(o.narrowed()), true
	}
	return o.nodes
}

func (o *observation) tagging() *tagging {
	if !o.tagged {
		o.tags, o.tagged = taggingOf(o.event), true
	}
	return o.tags
}

func (o *observation) permissions() *grant {
	if !o.granted {
		o.grant, o.granted = grantOf(o.event), true
	}
	return o.grant
}

func (o *observation) cell(c *cell) state {
	switch c.kind {
	case cellObject:
		if o.subject.isGoogleIAM() {
			return o.googleIAM(c)
		}
		if o.childID != "" {
			return stateNone
		}
		return o.object(c)
	case cellPermit:
		if g := o.permissions(); g != nil {
			return g.on(c)
		}
		return stateNone
	}
	if o.subject.isGoogleIAM() {
		return o.googleIAM(c)
	}
	if o.childID != "" {
		return o.child(c)
	}
	if st := o.version(c); st != stateNone {
		return st
	}
	if st := o.implied(c); st != stateNone {
		return st
	}
	if o.partOnly() {
		return stateNone
	}
	if o.subject.family.Shape == "tag" {
		return o.singleTag(c)
	}
	if isTags(c.segs[0]) {
		if st := o.tag(c); st != stateNone || o.event.Provider == "aws" {
			return st
		}
	}
	best := stateNone
	if st := o.whole(c); st != stateNone {
		return st
	}
	for _, n := range o.allNodes() {
		score := o.score(c, n)
		if score == keyNone {
			continue
		}
		st := o.compare(c, n, score)
		best = stronger(best, st)
	}
	if best == stateNone || best == stateMaybe {
		best = max(best, o.byName(c))
	}
	if best == stateNone {
		best = o.absent(c)
	}
	if best == stateNone && o.touched(c) {
		best = stateUnknown
	}
	return best
}

// partOnly tells a call that names the group of a rule, but not the rule: it says nothing of the rule's own attributes.
func (o *observation) partOnly() bool {
	return o.subject.permissions != nil && strings.HasSuffix(o.subject.Finding.Type, "_rule") && !o.byID
}

// touched tells whether the family knows that the call writes the attribute without its record saying what.
func (o *observation) touched(c *cell) bool {
	name := plainPath(c.segs)
	for _, rule := range o.subject.family.Touches {
		if !matchesAny([]string{rule.Operation}, o.base) || (name != rule.To && !strings.HasPrefix(name, rule.To+".")) {
			continue
		}
		if rule.From == "" || len(at(o.event.Request, rule.From)) > 0 || tree.Has(o.event.Request, rule.From) {
			return true
		}
	}
	return false
}

// stronger keeps the most telling of two states of one event: a hit explains, a hidden value excuses, a miss contradicts.
func stronger(a, b state) state {
	rank := func(s state) int {
		switch s {
		case stateHit:
			return 4
		case stateMiss:
			return 3
		case stateUnknown:
			return 2
		case stateMaybe:
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// score tells how well a node names the cell's attribute: what the family says first, then the words.
func (o *observation) score(c *cell, n node) float64 {
	ruled := false
	for _, rule := range o.subject.family.Keys {
		if !matchesAny([]string{rule.Operation}, o.base) {
			continue
		}
		below, ok := rule.below(n.path)
		if !ok {
			continue
		}
		if strings.HasSuffix(rule.From, "*") {
			if len(below) == 0 {
				continue
			}
			to := attributePath(strings.TrimSuffix(rule.To, "."))
			if score := keyScore(c.segs, slices.Concat(to, below), o.operation, o.subject.kind); score > keyNone {
				return score
			}
			continue
		}
		ruled = true
		if rule.To == plainPath(c.segs) || rule.To == plainPath(trimMapKey(c.segs)) && c.segs[len(c.segs)-1].mapKey {
			return keyStrong
		}
	}
	if ruled {
		return keyNone // the family says what this place is, and it is not this attribute
	}
	if c.segs[len(c.segs)-1].mapKey && (len(n.path) == 0 || n.path[len(n.path)-1].text != c.segs[len(c.segs)-1].text) {
		return keyNone
	}
	score := keyScore(c.segs, n.path, o.operation, o.subject.kind)
	if score == keyWeak && o.betterPlace(c) {
		return keyNone
	}
	return score
}

// below tells whether a rule speaks of a place, and what of the path is left under it.
func (r *keyRule) below(path []segment) ([]segment, bool) {
	from, all := strings.CutSuffix(r.From, "*")
	from = strings.TrimSuffix(from, ".")
	var steps []string
	if from != "" {
		steps = strings.Split(from, ".")
	}
	// Names of attribute lists hold dots themselves: idle_timeout.timeout_seconds is one step.
	if len(path) > 0 && !all && from != "" && newSegment(r.From).flat == path[len(path)-1].flat && strings.Contains(path[len(path)-1].text, ".") {
		return nil, true
	}
	if len(path) < len(steps) || (!all && len(path) != len(steps)) {
		return nil, false
	}
	for i, step := range steps {
		if path[i].flat != newSegment(step).flat {
			return nil, false
		}
	}
	return path[len(steps):], true
}

func trimMapKey(segs []segment) []segment {
	if n := len(segs); n > 0 && segs[n-1].mapKey {
		return segs[:n-1]
	}
	return segs
}

func (o *observation) polarity(c *cell, n node) polarity {
	for _, rule := range o.subject.family.Keys {
		if rule.Mode == "" || !matchesAny([]string{rule.Operation}, o.base) {
			continue
		}
		if _, ok := rule.below(n.path); !ok {
			continue
		}
		switch rule.Mode {
		case "add":
			return polarityAdd
		case "remove":
			return polarityRemove
		}
		return polaritySet
	}
	return n.polarity
}

func (o *observation) compare(c *cell, n node, score float64) state {
	strong := score >= keyStrong
	if hidden(n.value) && !hasTelling(n.value) || c.masked {
		if strong {
			return stateUnknown
		}
		return stateNone
	}
	if c.kind == cellElement {
		return o.compareElement(c, n, strong)
	}
	switch o.polarity(c, n) {
	case polarityAdd, polaritySet:
		if same(c.live, n.value, c.fold) && (strong || telling(c.live)) {
			return stateHit
		}
		if hidden(n.value) && strong {
			return stateUnknown
		}
		if strong && o.comparable(c.live, n.value) {
			return stateMiss
		}
	case polarityRemove:
		if empty(c.live) && (same(c.base, n.value, c.fold) || strong) {
			return stateHit
		}
		if strong && same(c.live, n.value, c.fold) {
			return stateMiss
		}
	}
	return stateNone
}

// hasTelling tells whether a partly hidden value still shows something to compare.
func hasTelling(v any) bool {
	switch t := v.(type) {
	case map[string]any, []any:
		return !empty(t)
	}
	return false
}

// comparable tells whether a difference means a contradiction: a scalar and an object of another shape are not two values of one thing.
func (o *observation) comparable(live, got any) bool {
	live, got = unwrap(live), unwrap(got)
	_, l := scalarText(live)
	_, g := scalarText(got)
	if l || live == nil {
		return g || got == nil
	}
	return !g
}

func (o *observation) compareElement(c *cell, n node, strong bool) state {
	var list []any
	value := unwrap(n.value)
	switch t := value.(type) {
	case []any:
		list = t
	case map[string]any:
		list = []any{t}
		if m, ok := c.live.(map[string]any); ok && len(m) > 0 {
			break
		}
		return stateNone
	case nil:
		return stateNone
	default:
		list = []any{t}
	}
	p := o.polarity(c, n)
	if p == polarityAdd && !c.present {
		if key, _, ok := pair(tree.Map(unwrap(c.live))); ok && slices.ContainsFunc(list, func(e any) bool {
			other, _, ok := pair(tree.Map(unwrap(e)))
			return ok && other == key && !sameElement(c.live, e)
		}) {
			return stateHit // the same key with another value took its place
		}
	}
	if _, isList := value.([]any); !isList && p == polaritySet {
		if s, ok := value.(string); ok && strings.Contains(s, ",") {
			list = texts(strings.Split(s, ","))
		} else if _, isMap := value.(map[string]any); !isMap || !strong {
			return stateNone
		}
	}
	in := slices.ContainsFunc(list, func(e any) bool { return sameElement(c.live, e) })
	convincing := strong || telling(c.live)
	switch {
	case p == polarityAdd && in && convincing:
		return presence(c, true)
	case p == polarityRemove && in && convincing:
		return presence(c, false)
	case p == polaritySet && in && convincing:
		return presence(c, true)
	case p == polaritySet && !in && strong:
		return presence(c, false)
	}
	return stateNone
}

// presence compares what a call left behind with what is there.
func presence(c *cell, there bool) state {
	if c.present == there {
		return stateHit
	}
	return stateMiss
}

// sameElement compares an element of a list with one of a request, where objects often carry only the id: [{groupId: sg-1, groupName: web}].
func sameElement(live, got any) bool {
	if same(live, got, false) {
		return true
	}
	l, ok := scalarText(live)
	m, isMap := unwrap(got).(map[string]any)
	if !ok || !isMap {
		return false
	}
	for key, v := range m {
		if s, ok := scalarText(v); ok && s == l && idWords[newSegment(key).words[len(newSegment(key).words)-1]] {
			return true
		}
	}
	return false
}

// tag compares one tag, or a whole tag attribute.
func (o *observation) tag(c *cell) state {
	t := o.tagging()
	if t == nil {
		return stateNone
	}
	if !c.segs[len(c.segs)-1].mapKey {
		if c.kind == cellElement {
			return o.tagElement(c, t)
		}
		live, ok := c.live.(map[string]any)
		if ok && t.full && sameMap(live, t.set, false) {
			return stateHit
		}
		return stateNone
	}
	key := c.segs[len(c.segs)-1].text
	switch v, ok := t.set[key]; {
	case ok && hidden(v) || ok && c.masked:
		return stateUnknown
	case ok && c.live != nil && same(c.live, v, false):
		return stateHit
	case ok:
		return stateMiss
	}
	gone := slices.Contains(t.removed, key) || t.full
	switch {
	case gone && c.live == nil:
		return stateHit
	case gone:
		return stateMiss
	case o.event.Request == nil || o.event.Truncated || len(tree.Map(o.event.Request)) == 0:
		return stateUnknown
	}
	return stateNone
}

// tagElement compares tags kept as a set of objects, as autoscaling groups do.
func (o *observation) tagElement(c *cell, t *tagging) state {
	m := tree.Map(c.live)
	key := tree.First(m, "key", "name")
	if key == "" {
		return stateNone
	}
	if v, ok := t.set[key]; ok {
		return presence(c, same(m["value"], v, false))
	}
	if slices.Contains(t.removed, key) || t.full {
		return presence(c, false)
	}
	return stateNone
}

// implied reads operations that say by their name what they set: EnableKeyRotation, StopLogging, DeleteBucketPolicy.
func (o *observation) implied(c *cell) state {
	if c.kind != cellValue {
		return stateNone
	}
	name := plainPath(c.segs)
	for _, rule := range o.subject.family.Implied {
		if rule.To == name && matchesAny([]string{rule.Operation}, o.base) {
			if same(c.live, rule.Value, true) {
				return stateHit
			}
			return stateMiss
		}
	}
	if o.event.Provider != "aws" {
		return stateNone
	}
	attr := without(words(c.segs), map[string]bool{"enable": true, "disable": true, "is": true})
	noun := without(o.operation, containers)
	named := len(attr) > 0 && slices.Equal(sorted(minus(attr, o.subject.kind)), sorted(minus(noun, o.subject.kind))) && len(minus(noun, o.subject.kind)) > 0
	if !named {
		return stateNone
	}
	live, isBool := c.live.(bool)
	switch o.verb {
	case "enable", "disable":
		if isBool {
			return presence(&cell{present: live}, (o.verb == "enable") != slices.Contains(words(c.segs), "disable"))
		}
	case "delete", "remove":
		if empty(c.live) {
			return stateHit
		}
		return stateMiss
	}
	return stateNone
}

func minus(list, drop []string) []string {
	var out []string
	for _, w := range list {
		if !slices.Contains(drop, w) {
			out = append(out, w)
		}
	}
	return out
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
		case replaces && len(noun) > 0 && subset(noun, o.subject.kind) && subset(minus(o.subject.kind, o.subject.services), noun):
			return stateUnknown // the call replaces the object of this type
		}
	}
	if bare && o.couldWrite(c) {
		return stateMaybe
	}
	return stateNone
}

// couldWrite tells whether the operation has a parameter for the attribute. Operations that the table does not know could.
func (o *observation) couldWrite(c *cell) bool {
	members, known := models.Members(serviceName(o.event), o.base)
	if !known || o.event.Provider != "aws" {
		return o.event.Truncated
	}
	return slices.ContainsFunc(members, func(name string) bool {
		return keyScore(c.segs[:1], []segment{newSegment(name)}, o.operation, o.subject.kind) > keyNone || len(c.segs) > 1 && keyScore(c.segs, []segment{newSegment(name)}, o.operation, o.subject.kind) > keyNone
	})
}

// betterPlace tells whether the operation has another parameter that names the attribute outright: then a place that only resembles it is not it.
func (o *observation) betterPlace(c *cell) bool {
	if o.event.Provider != "aws" || len(c.segs) != 1 {
		return false
	}
	members, _ := models.Members(serviceName(o.event), o.base)
	return slices.ContainsFunc(members, func(name string) bool {
		return keyScore(c.segs, []segment{newSegment(name)}, nil, o.subject.kind) >= keyStrong
	})
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

// object tells whether a call made or removed the object itself.
func (o *observation) object(c *cell) state {
	s := o.subject
	if s.family.Shape == "records" {
		return o.record(c)
	}
	makes, unmakes := matchesAny(s.family.Create, o.base), matchesAny(s.family.Delete, o.base)
	if len(s.family.Create) == 0 && !makes {
		makes = slices.Contains(makeVerbs, o.verb) && o.actsOnKind()
	}
	if len(s.family.Delete) == 0 && !unmakes {
		unmakes = slices.Contains(unmakeVerbs, o.verb) && o.actsOnKind()
	}
	if o.event.Provider != "aws" {
		makes, unmakes = o.event.Activity == audit.ActivityCreate, o.event.Activity == audit.ActivityDelete
	}
	if s.permissions != nil && (makes || unmakes) {
		if g := o.permissions(); g != nil && !g.byRule {
			if !slices.ContainsFunc(g.permissions, func(p permission) bool {
				return slices.ContainsFunc(s.permissions.object(), func(q permission) bool { return p.key() == q.key() })
			}) {
				return stateNone
			}
		}
	}
	switch {
	case unmakes:
		return presence(c, false)
	case makes:
		return presence(c, true)
	}
	return stateNone
}

// actsOnKind tells whether the operation's noun is the resource type.
func (o *observation) actsOnKind() bool {
	return actsOn(o.operation, o.subject.kind, o.subject.services)
}

func actsOn(operation, kind, services []string) bool {
	noun := without(operation, map[string]bool{"from": true, "to": true, "in": true, "v": true})
	if len(noun) == 0 || len(kind) == 0 {
		return false
	}
	return subset(noun, slices.Concat(kind, services)) && slices.Contains(noun, kind[len(kind)-1])
}

// modifiedRules completes ModifySecurityGroupRules: when it made a permission that came, it also unmade the one that went.
func (o *observation) modifiedRules(out []state) {
	g := o.grant
	if g == nil || !g.modify {
		return
	}
	hit := false
	for i, c := range o.subject.cells {
		hit = hit || (c.kind == cellPermit && c.present && out[i] == stateHit)
	}
	for i, c := range o.subject.cells {
		if c.kind == cellPermit && !c.present && out[i] == stateNone && hit {
			out[i] = stateHit
		}
	}
}
