package forge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Plan computes what must be done so that have becomes want, in the order it should be done. It is pure: the same input gives the same list,
// and nothing but skips once have is as wanted. Publications that are not in want are left alone.
func Plan(want []Publication, have State, limits Limits) []Action {
	return plan(want, have, limits, nil)
}

// plan is Plan for a run that had to leave the objects in left to the next one, which the dashboard then says.
func plan(want []Publication, have State, limits Limits, left map[id]bool) []Action {
	have.Objects = Follow(want, have.Objects)
	p := planner{have: &have, limits: limits, opened: map[Kind]int{}, left: left}
	want = ordered(Settled(want, have.Objects))
	if have.ReadOnly != "" {
		for i := range want {
			p.skip(&want[i], nil, have.ReadOnly)
		}
		return p.actions
	}
	p.broken = slices.ContainsFunc(want, func(w Publication) bool { return w.Kind == KindConfig && w.Resolved == "" && !w.Unknown })
	dashboard := slices.IndexFunc(want, func(w Publication) bool { return w.Kind == KindDashboard })
	if dashboard >= 0 {
		p.readDashboard(&want[dashboard])
	}
	for i := range want {
		switch w := &want[i]; w.Kind {
		case KindIssue, KindGroup, KindConfig:
			p.issue(w)
		case KindPull:
			p.pull(w)
		case KindDashboard:
			// Last, when it is known what waits.
		}
	}
	if dashboard >= 0 {
		p.dashboard(&want[dashboard])
	}
	return p.actions
}

// ordered sorts publications: what is resolved first, because it makes room; then the configuration issue, issues of stacks, issues of groups,
// pull requests, and of each kind the worst first. Of several with one identity the first counts.
func ordered(want []Publication) []Publication {
	seen := map[id]bool{}
	kept := make([]Publication, 0, len(want))
	for _, w := range want {
		if !seen[w.id()] {
			seen[w.id()] = true
			kept = append(kept, w)
		}
	}
	rank := map[Kind]int{KindConfig: 0, KindIssue: 1, KindGroup: 2, KindPull: 3, KindDashboard: 4}
	no := func(b bool) int {
		if b {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(kept, func(a, b Publication) int {
		return cmp.Or(
			cmp.Compare(no(a.Resolved != ""), no(b.Resolved != "")),
			cmp.Compare(rank[a.Kind], rank[b.Kind]),
			cmp.Compare(no(a.Urgent), no(b.Urgent)),
			cmp.Compare(b.Weight, a.Weight),
			cmp.Compare(a.Stack, b.Stack),
			cmp.Compare(a.Item, b.Item),
		)
	})
	return kept
}

type planner struct {
	have    *State
	limits  Limits
	actions []Action
	opened  map[Kind]int // by this plan, less what it closes
	broken  bool         // the configuration is
	quiet   bool         // a first run that opens only the dashboard
	asked   map[id]bool  // boxes "open anyway" that are ticked
	left    map[id]bool  // objects that a run had to leave to the next one
}

func (p *planner) add(a Action) { p.actions = append(p.actions, a) }

func (p *planner) skip(w *Publication, o *Object, why string) {
	a := Action{Op: OpSkip, Kind: w.Kind, Stack: w.Stack, Item: w.Item, Why: why}
	if o != nil {
		a.Number = o.Number
	}
	p.add(a)
}

func (p *planner) postpone(w *Publication, o *Object, why string) {
	p.skip(w, o, why)
	p.actions[len(p.actions)-1].deferred = true
}

// on begins an action on an object.
func on(op Op, w *Publication, o *Object) Action {
	return Action{Op: op, Kind: w.Kind, Stack: w.Stack, Item: w.Item, Number: o.Number}
}

// marker is what the object of w should remember, given what it remembers now.
func marker(w *Publication, now Marker) Marker {
	m := now
	m.V, m.Kind, m.Stack, m.Item = markerVersion, w.Kind, w.Stack, w.Item
	m.Fingerprint, m.Parts, m.Urgent = w.Fingerprint, w.Parts, w.Urgent
	m.Shown, m.Closed, m.Notes = w.Shown, "", nil
	if len(m.Shown) > maxShown {
		m.Shown = nil
	}
	if len(m.Parts) > maxParts {
		m.Parts = nil
	}
	m.Title = shortHash(title(w.Title))
	return m
}

// newTitle is the title to write: "" when it is as wanted, or when a person gave it another than we did.
func newTitle(w *Publication, o *Object) string {
	wanted := title(w.Title)
	if o.Title == wanted || o.Marker.Title != "" && o.Marker.Title != shortHash(o.Title) {
		return ""
	}
	return wanted
}

// update brings an open object up to date when it differs. A note goes first, so that a run that stops in between tells it once.
func (p *planner) update(w *Publication, o *Object, m Marker, body string) {
	if newTitle(w, o) == "" && sameBody(o.Body, Merge(o.Body, m, links(body, p.have), w.Handled)) {
		return
	}
	p.tellMoved(w, o)
	why := "text changed"
	if o.Marker.V != 0 && o.Marker.Fingerprint != w.Fingerprint {
		why = "state changed"
		if w.Note != "" && !o.Locked {
			p.comment(w, o, fmt.Sprintf("changed:%d", o.Marker.N), w.Note)
		}
		m.N = o.Marker.N + 1
	}
	a := on(OpUpdate, w, o)
	a.Title, a.Marker, a.Body, a.Handled, a.Why = newTitle(w, o), m, knownLinks(body, p.have), w.Handled, why
	p.add(a)
}

func (p *planner) comment(w *Publication, o *Object, topic, text string) {
	a := on(OpComment, w, o)
	a.Topic, a.Body = topic, Fit(links(neutralise(text), p.have), botBody)
	p.add(a)
}

// tellOnce leaves a comment that is left once per topic, and remembers it in the object, whose text stays as it is.
func (p *planner) tellOnce(w *Publication, o *Object, topic, text string) {
	if slices.Contains(o.Marker.Notes, topic) || o.Locked || o.Marker.V == 0 {
		return
	}
	p.comment(w, o, topic, text)
	_, mine, _ := split(o.Body)
	a := on(OpUpdate, w, o)
	a.Marker = o.Marker
	a.Marker.Notes = append(slices.Clone(o.Marker.Notes), topic)
	a.Body, a.Why = mine, "remember the comment"
	p.add(a)
}

// shut closes an object of ours with a comment.
func (p *planner) shut(w *Publication, o *Object, reason, text string) {
	if !o.Locked {
		p.comment(w, o, fmt.Sprintf("%s:%d", reason, o.Marker.N), text)
	}
	_, mine, _ := split(o.Body)
	a := on(OpClose, w, o)
	a.Marker = o.Marker
	a.Marker.Closed = reason
	a.Marker.N++
	a.Body, a.Why = mine, reason
	a.NotPlanned = reason == "duplicate"
	p.add(a)
	p.opened[w.Kind]--
}

// primary picks the object that counts: the oldest open one, else the newest closed one. Two runs at once may have opened two; the younger is
// closed as a duplicate.
func (p *planner) primary(w *Publication, objects []*Object) *Object {
	var open, closed *Object
	for _, o := range objects {
		switch {
		case !o.Open && o.Marker.Closed != "duplicate":
			closed = o
		case o.Open && open == nil:
			open = o
		case o.Open && !o.has(HoldLabel):
			p.shut(w, o, "duplicate", "Closed as a duplicate of "+open.Ref+".")
		}
	}
	if open != nil {
		return open
	}
	return closed
}

// covers tells whether what was refused with m includes all of w.
func covers(m Marker, w *Publication) bool {
	if m.Fingerprint == w.Fingerprint {
		return true
	}
	if len(m.Parts) == 0 || len(w.Parts) == 0 {
		return false
	}
	return !slices.ContainsFunc(w.Parts, func(part string) bool { return !slices.Contains(m.Parts, part) })
}

// speaksUp tells whether w may come back although a person refused it: it is urgent, and what was refused was not.
func speaksUp(m Marker, w *Publication) bool { return w.Urgent && !m.Urgent }

func (p *planner) openCount(kind Kind) int {
	n := p.opened[kind]
	for _, o := range p.have.Objects {
		if o.Kind == kind && o.Open {
			n++
		}
	}
	return n
}

// mayOpen applies the limits; it says why not.
func (p *planner) mayOpen(w *Publication) (why string, ok bool) {
	if p.asked[w.id()] || w.Asked || w.Kind == KindConfig {
		return "", true
	}
	if p.quiet {
		return "first run: the dashboard shows what would be opened", false
	}
	if w.Kind == KindIssue || w.Kind == KindGroup {
		if over(p.openCount(KindIssue)+p.openCount(KindGroup), p.limits.MaxOpenIssues) {
			return fmt.Sprintf("limit of %d open issues reached", p.limits.MaxOpenIssues), false
		}
		return "", true
	}
	if over(p.openCount(KindPull), p.limits.MaxOpenPulls) {
		return fmt.Sprintf("limit of %d open pull requests reached", p.limits.MaxOpenPulls), false
	}
	recent := 0
	for _, o := range p.have.Objects {
		if o.Kind == KindPull && p.have.Now.Sub(o.Created) < time.Hour {
			recent++
		}
	}
	if over(recent+p.started(), p.limits.PullsPerHour) {
		return fmt.Sprintf("limit of %d new pull requests an hour reached", p.limits.PullsPerHour), false
	}
	return "", true
}

// started counts the pull requests that this plan opens.
func (p *planner) started() int {
	n := 0
	for _, a := range p.actions {
		if a.Op == OpOpen && a.Kind == KindPull {
			n++
		}
	}
	return n
}

// open opens a new object.
func (p *planner) open(w *Publication, m Marker, body, why string) {
	a := Action{Op: OpOpen, Kind: w.Kind, Stack: w.Stack, Item: w.Item, Title: title(w.Title), Marker: m, Body: knownLinks(body, p.have), Why: why}
	a.Labels, a.Assignees = w.Labels, people(w.Assignees)
	p.add(a)
	p.opened[w.Kind]++
}

// people leaves out teams, to which an issue cannot be assigned, and the @ of a mention.
func people(names []string) []string {
	var kept []string
	for _, n := range names {
		if n = strings.TrimPrefix(n, "@"); n != "" && !strings.ContainsAny(n, "/@") && !slices.Contains(kept, n) {
			kept = append(kept, n)
		}
	}
	return kept
}
