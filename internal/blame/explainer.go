package blame

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// Options say what is known besides findings and events.
type Options struct {
	Now      time.Time     // of the scan
	Lookback time.Duration // where a finding's window has no beginning; 0: no limit
	Sources  []Source      // what was asked, and what went wrong
	Identity Identity      // how people are shown
	SourceIP bool          // show addresses
	Managed  []Managed     // every resource that a stack manages, for [Explainer.Unmanaged]
}

// Source is one audit log that was read.
type Source struct {
	Name         string
	Capabilities audit.Capabilities
	Problems     []audit.Problem
}

// An Explainer takes events in any order and then explains findings. It is not safe for concurrent use.
type Explainer struct {
	opts     Options
	subjects []*subject
	index    index
	singles  []*subject // found by operation: nothing names them
	sessions sessions
	coverage coverage
	hand     *handwork
	later    *successors
	// hiddenCalls are writes whose request is missing: they may be about anything of their service.
	hiddenCalls map[serviceScope][]time.Time
}

// New prepares to explain the findings of subjects.
func New(subjects []Subject, opts Options) *Explainer {
	x := &Explainer{opts: opts, sessions: sessions{}, coverage: coverage{}, hiddenCalls: map[serviceScope][]time.Time{}}
	for _, s := range subjects {
		x.subjects = append(x.subjects, newSubject(s, opts))
	}
	for _, s := range x.subjects {
		if len(s.family.Singleton) > 0 {
			x.singles = append(x.singles, s)
		}
	}
	x.index = buildIndex(x.subjects)
	x.hand = newHandwork(opts.Managed)
	x.later = newSuccessors(x.subjects)
	x.hand.asked = x.later.looking()
	return x
}

// A touch is one event that names a subject: what it did to every cell, or why it does not count.
type touch struct {
	at      time.Time
	ref     EventRef
	actor   audit.Actor
	via     audit.Via
	ip      string
	account string
	witness bool   // an object's own memory of a write: it supports a call and is no rival of it
	call    string // shared by the records of one call
	states  []state
	whole   *whole // it wrote the object as a whole: what it does not mention is empty
	proof   identity
	own     *Apply
	ruled   string // why it does not count; "" when it does
}

const failedCall = "failed call"

// Kinds of touches are bounded so that memory stays flat however busy a resource is; the latest are kept.
const (
	maxTouches = 2000
	maxPassing = 64
)

// Add takes one event. Events that name no finding cost one walk over their strings.
func (x *Explainer) Add(e audit.Event) {
	if !e.Witness {
		x.coverage.see(&e)
	}
	x.sessions.see(&e)
	if e.Activity == audit.ActivityRead {
		return
	}
	x.hand.see(&e)
	x.later.see(&e)
	m := mentions{ix: x.index}
	m.event(&e)
	for _, s := range x.singles {
		if slices.Contains(s.services, serviceName(&e)) && matchesAny(s.family.Singleton, baseOperation(e.Operation)) && s.account != "" && s.account == e.Account {
			s.take(&e, nil)
		}
	}
	if len(m.found) == 0 {
		x.seeHidden(&e)
		return
	}
	for s, found := range m.found {
		s.take(&e, found)
	}
}

func (s *subject) take(e *audit.Event, found []mention) {
	key := strings.Join([]string{e.Source, e.ID, e.Operation, e.Time.UTC().Format(time.RFC3339Nano)}, "\x00")
	if e.ID == "" {
		key = strings.Join([]string{key, e.Actor.Principal, e.File, strconv.FormatInt(e.Offset, 10)}, "\x00")
	}
	t := &touch{at: e.Time, ref: EventRef{ID: e.ID, Source: e.Source, Operation: e.Operation, Link: e.Link, Verified: e.Verified},
		actor: e.Actor, via: e.Via, ip: e.SourceIP, account: e.Account, witness: e.Witness, call: e.Correlation}
	if e.Witness {
		t.actor, t.ip = audit.Actor{}, ""
	}
	t.ruled = s.elsewhere(e)
	if t.ruled == "" {
		t.proof, t.ruled = s.touches(e, found)
		if found == nil {
			t.proof = provenID
		}
		if t.proof != notIt {
			t.ruled = ""
		}
	}
	switch {
	case t.ruled != "":
	case e.Time.IsZero():
		t.ruled = "record without a time"
	case e.Status == audit.StatusFailure:
		t.ruled = failedCall
	case e.DryRun:
		t.ruled = "dry run"
	case !s.from.IsZero() && e.Time.Before(s.from):
		t.ruled = "before the window"
	case !s.to.IsZero() && e.Time.After(s.to):
		t.ruled = "after the scan"
	case s.bornBeside(e):
		t.ruled = "made another object of that name"
	}
	if t.ruled == "" {
		t.states, t.whole = s.observe(e, found)
		t.own = s.ownApply(e)
	}
	if have := s.events[key]; have != nil && !supersedes(t, have) {
		return
	}
	s.events[key] = t
	if len(s.events) > 2*(maxTouches+maxPassing) {
		s.trim()
	}
}

// supersedes decides between two copies of one record, the same way whichever came first.
func supersedes(t, have *touch) bool {
	if (t.ruled == "") != (have.ruled == "") {
		return t.ruled == ""
	}
	if a, b := strongest(t.states), strongest(have.states); a != b {
		return a > b
	}
	return t.at.Before(have.at)
}

func strongest(states []state) state {
	best := stateNone
	for _, st := range states {
		best = max(best, st)
	}
	return best
}

func (t *touch) counts() bool { return t.ruled == "" && strongest(t.states) != stateNone }

// trim drops the oldest touches beyond the bounds.
func (s *subject) trim() {
	type keyed struct {
		key string
		t   *touch
	}
	var all []keyed
	for k, t := range s.events {
		all = append(all, keyed{k, t})
	}
	slices.SortFunc(all, func(a, b keyed) int {
		return cmp.Or(b.t.at.Compare(a.t.at), strings.Compare(a.key, b.key))
	})
	telling, passing := 0, 0
	for _, k := range all {
		if k.t.counts() {
			telling++
			if telling <= maxTouches {
				continue
			}
		} else {
			passing++
			if passing <= maxPassing {
				continue
			}
		}
		delete(s.events, k.key)
		s.dropped++
	}
}

// timeline lists the touches, oldest first; touches of one second are ordered by id, which means nothing.
func (s *subject) timeline() []*touch {
	s.trim()
	out := make([]*touch, 0, len(s.events))
	for _, t := range s.events {
		out = append(out, t)
	}
	failed := map[string]bool{} // long calls of Google and Azure leave several records, and the last says how it went
	for _, t := range out {
		if t.ruled == failedCall && t.call != "" && (t.ref.Source == "gcp" || t.ref.Source == "azure") {
			failed[t.call] = true
		}
	}
	for _, t := range out {
		if t.ruled == "" && failed[t.call] {
			t.ruled = failedCall
		}
	}
	slices.SortFunc(out, func(a, b *touch) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.ref.ID, b.ref.ID), strings.Compare(a.ref.Operation, b.ref.Operation),
			strings.Compare(a.actor.Principal, b.actor.Principal))
	})
	return out
}

// Explain answers for every finding, by its id. Findings without anything to explain have no entry.
func (x *Explainer) Explain() map[string][]Attribution {
	out := make(map[string][]Attribution, len(x.subjects))
	for _, s := range x.subjects {
		if len(s.cells) == 0 {
			continue
		}
		list := x.explain(s)
		for i := range list {
			x.present(&list[i])
		}
		out[s.Finding.ID] = list
	}
	return out
}
