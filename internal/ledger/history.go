package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

// A History is what the entries add up to. The zero value is an empty one; its methods never fail.
type History struct {
	stacks    map[string]*stackPast
	findings  map[string]*findingPast
	published map[string]bool
	renamed   map[string]string  // ids that stacks had, to those that they have
	last      time.Time          // of the newest scan
	ahead     map[time.Time]bool // of scans that say to be later than now
	now       time.Time
}

type stackPast struct {
	clean, good mark
	applies     []report.Apply
	reconciled  int           // findings that appeared and went
	took        time.Duration // all of them together
	decided     decided
	held        map[string]bool // its resources
	state       string
	formerly    []former
}

// former is an id that a stack had, or that one had of which it took all over.
type former struct {
	ID  string `json:"id"`
	How string `json:"how"`
}

// mark is a scan: when, and of which commit.
type mark struct {
	at     time.Time
	commit string
}

type findingPast struct {
	stack, address string
	since          time.Time // zero while resolved
	seen           int       // how often it appeared
	was            []string  // addresses that it had
	difference     Difference
	attribution    Attribution
	decided        decided
}

// decided is what people said about one thing, oldest first.
type decided []decision

type decision struct {
	Decision
	at time.Time
}

// Fold goes through entries in order. now decides which decisions are still in force.
func Fold(entries []Entry, now time.Time) *History {
	h := &History{stacks: map[string]*stackPast{}, findings: map[string]*findingPast{}, published: map[string]bool{}, renamed: map[string]string{}, ahead: map[time.Time]bool{}, now: now}
	for _, e := range entries {
		h.add(e)
	}
	return h
}

func (h *History) add(e Entry) {
	if e.Kind != KindMoved {
		e.Stack = h.current(e.Stack)
	}
	switch e.Kind {
	case KindCheckpoint:
		if e.Checkpoint != nil {
			h.restore(e.Checkpoint)
		}
	case KindScan:
		if e.Scan != nil {
			h.scanned(h.past(e.At), e.Scan)
			h.newest(e.At)
		}
	case KindFirstSeen, KindChanged:
		f := h.finding(e)
		if f.since.IsZero() {
			f.since = h.since(e.At)
			f.seen++
		}
		if e.Difference != nil {
			f.difference = *e.Difference
		}
	case KindResolved:
		f := h.finding(e)
		if took := e.At.Sub(f.since); !f.since.IsZero() && !f.difference.Waiting && took >= 0 {
			s := h.stack(f.stack)
			s.reconciled++
			s.took += took
		}
		f.since, f.attribution = time.Time{}, Attribution{}
	case KindAttribution:
		if e.Attribution != nil {
			h.finding(e).attribution = *e.Attribution
		}
	case KindDecision:
		if e.Decision != nil {
			h.decide(e)
		}
	case KindPublication:
		if e.Publication != nil {
			h.published[e.Publication.Key] = true
		}
	case KindApply:
		if e.Apply != nil {
			s := h.stack(e.Stack)
			s.applies = append(s.applies, report.Apply{From: e.Apply.From, To: e.Apply.To, Run: e.Apply.Run, Principal: e.Apply.Principal})
		}
	case KindHoldings:
		if e.Holdings != nil {
			h.hold(e.Stack, e.Holdings)
		}
	case KindMoved:
		if e.Move != nil {
			h.move(e)
		}
	}
}

// maxSkew is how much later than now a scan may say it was before its clock is not believed.
const maxSkew = 10 * time.Minute

// past is a time that an entry gives, zero when it lies ahead of now: one run with a clock that is ahead must not make every later one old.
func (h *History) past(at time.Time) time.Time {
	if !h.now.IsZero() && at.After(h.now.Add(maxSkew)) {
		return time.Time{}
	}
	return at
}

// since is when something began: now at the latest. Zero stays what it is.
func (h *History) since(at time.Time) time.Time {
	if known := h.past(at); !known.IsZero() || at.IsZero() {
		return known
	}
	return h.now
}

// newest notes the time of a scan.
func (h *History) newest(at time.Time) {
	switch known := h.past(at); {
	case known.After(h.last):
		h.last = known
	case known.IsZero() && !at.IsZero():
		h.ahead[at.UTC()] = true
	}
}

func (h *History) scanned(at time.Time, s *Scan) {
	m := mark{at, s.Commit}
	for _, id := range s.Clean {
		past := h.stack(id)
		past.clean, past.good = m, m
	}
	for _, id := range slices.Concat(s.Drifted, s.Pending) {
		h.stack(id).good = m
	}
}

func (h *History) stack(id string) *stackPast {
	if h.stacks[id] == nil {
		h.stacks[id] = &stackPast{}
	}
	return h.stacks[id]
}

func (h *History) finding(e Entry) *findingPast {
	if h.findings[e.Finding] == nil {
		h.findings[e.Finding] = &findingPast{}
	}
	f := h.findings[e.Finding]
	if e.Stack != "" {
		f.stack = e.Stack
	}
	if e.Address != "" {
		f.address = e.Address
	}
	return f
}

// decide records a decision. One that takes back what was said about a stack takes back what was said about its findings, too.
func (h *History) decide(e Entry) {
	if e.Finding != "" {
		h.finding(e).decided.add(*e.Decision, e.At)
		return
	}
	h.stack(e.Stack).decided.add(*e.Decision, e.At)
	if e.Decision.Action != ActionUnignore {
		return
	}
	for _, f := range h.findings {
		if f.stack == e.Stack {
			f.decided.add(*e.Decision, e.At)
		}
	}
}

// ActionUnignore is the action of a decision that only takes back others.
const ActionUnignore = "unignore"

// add records a decision. A new one about the same paths takes the place of the old one; unignore only takes away.
func (ds *decided) add(d Decision, at time.Time) {
	takesBack := d.Action == ActionUnignore
	*ds = slices.DeleteFunc(*ds, func(old decision) bool {
		return slices.Equal(old.Paths, d.Paths) || takesBack && (len(d.Paths) == 0 || len(old.Paths) > 0 && subset(old.Paths, d.Paths))
	})
	if !takesBack {
		*ds = append(*ds, decision{d, at})
	}
}

// inForce are those that did not end.
func (ds decided) inForce(now time.Time) []policy.Decision {
	var out []policy.Decision
	for _, d := range ds {
		if !d.Until.IsZero() && !now.Before(d.Until) {
			continue
		}
		out = append(out, policy.Decision{
			Action: d.Action, By: d.By, Reason: d.Reason, At: d.at, Until: d.Until, Paths: d.Paths, WhileUnchanged: d.WhileUnchanged, Seen: d.Seen,
		})
	}
	return out
}

func subset(part, whole []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(whole, s) })
}

// LastClean is when a scan last saw the stack without a difference, and the commit that was scanned; zero when none did.
func (h *History) LastClean(stack string) (time.Time, string) {
	if s := h.stacks[stack]; s != nil {
		return s.clean.at, s.clean.commit
	}
	return time.Time{}, ""
}

// LastGood is when a scan could last judge the stack, and the commit that was scanned; zero when none could.
func (h *History) LastGood(stack string) (time.Time, string) {
	if s := h.stacks[stack]; s != nil {
		return s.good.at, s.good.commit
	}
	return time.Time{}, ""
}

// Since is when the oldest present finding of the stack was first seen; zero when there is none.
func (h *History) Since(stack string) time.Time {
	var since time.Time
	for _, f := range h.findings {
		if f.stack == stack && !f.since.IsZero() && (since.IsZero() || f.since.Before(since)) {
			since = f.since
		}
	}
	return since
}

// FirstSeen is when the finding appeared this time, and how often it appeared in all; zero when it is not there.
func (h *History) FirstSeen(finding string) (since time.Time, times int) {
	if f := h.findings[finding]; f != nil {
		return f.since, f.seen
	}
	return time.Time{}, 0
}

// Open lists the ids of the findings that are there, sorted.
func (h *History) Open() []string {
	var open []string
	for _, id := range slices.Sorted(maps.Keys(h.findings)) {
		if !h.findings[id].since.IsZero() {
			open = append(open, id)
		}
	}
	return open
}

// Decisions are what people said about a finding, or about its whole stack, and is still in force; each kind oldest first.
func (h *History) Decisions(stack, finding string) []policy.Decision {
	out := h.StackDecisions(stack)
	if f := h.findings[finding]; f != nil {
		out = append(out, f.decided.inForce(h.now)...)
	}
	return out
}

// StackDecisions are what people said about a whole stack and is still in force, oldest first.
func (h *History) StackDecisions(stack string) []policy.Decision {
	if s := h.stacks[stack]; s != nil {
		return s.decided.inForce(h.now)
	}
	return nil
}

// A Known is a finding that the ledger remembers.
type Known struct {
	ID, Address string
	Kind        drift.Kind
	Paths       []string // that differed when it was last recorded
	Open        bool     // it was there at the last scan
	Waiting     bool     // it is code that was not applied
	Decisions   []policy.Decision
}

// Findings lists what is remembered of a stack's findings, by address.
func (h *History) Findings(stack string) []Known {
	var out []Known
	for id, f := range h.findings {
		if f.stack == stack {
			out = append(out, Known{
				ID: id, Address: f.address, Kind: drift.Kind(f.difference.Kind), Paths: f.difference.Paths, Open: !f.since.IsZero(), Waiting: f.difference.Waiting,
				Decisions: f.decided.inForce(h.now),
			})
		}
	}
	slices.SortFunc(out, func(a, b Known) int { return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Applies are the known applies of a stack, oldest first.
func (h *History) Applies(stack string) []report.Apply {
	if s := h.stacks[stack]; s != nil {
		return s.applies
	}
	return nil
}

// Stacks lists the stacks that are known, sorted.
func (h *History) Stacks() []string { return slices.Sorted(maps.Keys(h.stacks)) }

// Reconciled is how many drifted findings of a stack appeared and went, and how long they were there on average. "" asks for all stacks.
func (h *History) Reconciled(stack string) (times int, mean time.Duration) {
	var took time.Duration
	for id, s := range h.stacks {
		if stack == "" || id == stack {
			times, took = times+s.reconciled, took+s.took
		}
	}
	if times == 0 {
		return 0, 0
	}
	return times, took / time.Duration(times)
}

// Published tells whether an action with this key was done.
func (h *History) Published(key string) bool { return h.published[key] }

// Scanned tells whether a scan of that moment, or a later one, is recorded already: its results are not news.
func (h *History) Scanned(at time.Time) bool {
	return h.ahead[at.UTC()] || !h.last.IsZero() && !at.After(h.last)
}
