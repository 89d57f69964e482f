package ledger

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
)

// Holdings are what a stack's state holds now and did not when it was last recorded, and the other way about; see [report.StackResult]. Hashes
// of provider, type and id, one behind the other: nothing can be read from them.
type Holdings struct {
	State   string `json:"state,omitempty"`
	Added   string `json:"added,omitempty"`
	Removed string `json:"removed,omitempty"`
}

// recordHoldings returns the entry for what a stack's state holds; none when that is known already.
func recordHoldings(past *History, s *report.StackResult, at time.Time) []Entry {
	var was stackPast
	if p := past.stacks[s.Stack.ID]; p != nil {
		was = *p
	}
	now := map[string]bool{}
	var added, removed []string
	for _, r := range s.Held {
		now[r] = true
		if !was.held[r] {
			added = append(added, r)
		}
	}
	for _, r := range slices.Sorted(maps.Keys(was.held)) {
		if !now[r] {
			removed = append(removed, r)
		}
	}
	state := s.State
	if len(s.Held) == 0 && was.state == "" {
		state = "" // a state that nothing was ever applied to is another one every time
	}
	if len(added)+len(removed) == 0 && state == was.state {
		return nil
	}
	return []Entry{{At: at, Kind: KindHoldings, Stack: s.Stack.ID, Holdings: &Holdings{State: state, Added: strings.Join(added, ""), Removed: strings.Join(removed, "")}}}
}

func (h *History) hold(stack string, c *Holdings) {
	s := h.stack(stack)
	s.state = c.State
	if s.held == nil {
		s.held = map[string]bool{}
	}
	for _, r := range drift.ResourceIDs(c.Added) {
		s.held[r] = true
	}
	for _, r := range drift.ResourceIDs(c.Removed) {
		delete(s.held, r)
	}
}

// holds tells whether a stack's state held a resource when it was last recorded.
func (h *History) holds(stack, resource string) bool {
	s := h.stacks[stack]
	return s != nil && s.held[resource]
}

// move takes over where a finding or a stack is.
func (h *History) move(e Entry) {
	switch {
	case e.Finding != "":
		f := h.finding(e)
		if was := e.Move.Address; was != "" && was != f.address && !slices.Contains(f.was, was) {
			f.was = append(f.was, was)
		}
	case e.Move.From == "":
		h.reclaim(e.Stack)
	case e.Move.How == SplitOff:
		if from, s := h.stacks[h.current(e.Move.From)], h.stack(e.Stack); from != nil && s.good.at.IsZero() {
			s.clean, s.good = from.clean, from.good
		}
	default:
		h.rename(e.Move.From, e.Stack, e.Move.How)
	}
}

// rename lets all that is known of a stack be about another.
func (h *History) rename(from, to, how string) {
	for _, f := range h.findings {
		if f.stack == from {
			f.stack = to
		}
	}
	was, s := h.stacks[from], h.stack(to)
	delete(h.stacks, from)
	s.formerly = append(s.formerly, former{from, how})
	h.renamed[from] = to
	if was == nil {
		return
	}
	for _, f := range was.formerly {
		s.formerly = append(s.formerly, former{f.ID, how})
		h.renamed[f.ID] = to
	}
	if s.good.at.IsZero() {
		s.clean, s.good = was.clean, was.good
	}
	if how == Renamed {
		s.decided = append(was.decided, s.decided...)
	}
	s.applies = append(was.applies, s.applies...)
	slices.SortStableFunc(s.applies, func(a, b report.Apply) int { return a.To.Compare(b.To) })
	s.reconciled, s.took = s.reconciled+was.reconciled, s.took+was.took
	// Until it is recorded what the stack holds, it holds at least this.
	if s.held == nil {
		s.held, s.state = was.held, was.state
	}
}

// reclaim takes note that a stack has an id that was another's before.
func (h *History) reclaim(id string) {
	if s := h.stacks[h.renamed[id]]; s != nil {
		s.formerly = slices.DeleteFunc(s.formerly, func(f former) bool { return f.ID == id })
	}
	delete(h.renamed, id)
}

// current is the id by which a stack goes now.
func (h *History) current(id string) string {
	if to, ok := h.renamed[id]; ok {
		return to
	}
	return id
}

// Formerly lists the ids that a stack had before, or that stacks had which it took over; the latest last.
func (h *History) Formerly(stack string) []string {
	var out []string
	if s := h.stacks[stack]; s != nil {
		for _, f := range s.formerly {
			out = append(out, f.ID)
		}
	}
	return out
}

// Was lists the addresses that a finding had before.
func (h *History) Was(finding string) []string {
	if f := h.findings[finding]; f != nil {
		return f.was
	}
	return nil
}

// Follow gives the findings of a scan the ids under which their resources are known, and makes h tell of everything where it is now.
func (h *History) Follow(r *report.Results, all []string) {
	moves := FindMoves(h, r, all)
	moves.Apply(r)
	if len(moves.Entries) > 0 {
		*h = *h.With(moves.Entries)
	}
}

// With is the history as it is with more entries; h stays as it is.
func (h *History) With(entries []Entry) *History {
	out := Fold(nil, h.now)
	out.last = h.last
	maps.Copy(out.published, h.published)
	maps.Copy(out.renamed, h.renamed)
	for id, s := range h.stacks {
		c := *s
		c.applies, c.decided, c.held, c.formerly = slices.Clone(s.applies), slices.Clone(s.decided), maps.Clone(s.held), slices.Clone(s.formerly)
		out.stacks[id] = &c
	}
	for id, f := range h.findings {
		c := *f
		c.decided, c.was = slices.Clone(f.decided), slices.Clone(f.was)
		out.findings[id] = &c
	}
	for _, e := range entries {
		out.add(e)
	}
	return out
}
