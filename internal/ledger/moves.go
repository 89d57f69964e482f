package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
)

// A Move says where something is that was elsewhere: the entry's finding, or, when the entry names none, its stack.
type Move struct {
	From    string `json:"from,omitempty"`    // stack; "" beside a stack says that it is one of its own, whatever had its id before
	Address string `json:"address,omitempty"` // of a finding, before
	How     string `json:"how,omitempty"`     // of a stack: one of the words below
}

// How a stack came from another.
const (
	Renamed  = "renamed"   // it is the same one: in another directory, workspace or backend
	Merged   = "merged"    // it took over what the other held, beside what it or others held
	SplitOff = "split_off" // it took over a part of what the other held
)

// Moves are what a scan shows to have moved.
type Moves struct {
	// Entries say it in the ledger, decisions that go along among them. They go before what [Record] makes of the same scan.
	Entries []Entry
	// IDs give findings of the scan the id that their resource had elsewhere.
	IDs map[string]string
}

// FindMoves tells what of the past is elsewhere now. all are the ids of the repository's stacks; r may hold some of them only.
//
// The evidence is the resources: a stack that is no more is the one in whose state its resources turned up, or its state as a whole did. A
// finding is where the one state is that took its resource up when the other let go of it. Of a stack that could not be judged nothing is
// concluded, and what is in two places did not move.
func FindMoves(past *History, r *report.Results, all []string) Moves {
	m := &mover{
		past: past, at: r.ScannedAt, all: map[string]bool{}, unjudged: map[string]bool{}, now: map[string]*report.StackResult{}, held: map[string]map[string]bool{},
		holders: map[string][]string{}, to: map[string]string{}, carried: map[[2]string]bool{}, place: map[string]string{},
	}
	for _, id := range all {
		m.all[id] = true
	}
	for i := range r.Stacks {
		m.look(&r.Stacks[i])
	}
	m.reclaimed()
	m.gone()
	m.parts()
	m.findings()
	return Moves{Entries: m.entries, IDs: m.ids()}
}

// Apply gives the findings of r their ids. Doing so again changes nothing.
func (m Moves) Apply(r *report.Results) {
	for i := range r.Stacks {
		for n := range r.Stacks[i].Findings {
			f := &r.Stacks[i].Findings[n]
			f.ID = cmp.Or(m.IDs[f.ID], f.ID)
		}
	}
}

type mover struct {
	past     *History
	at       time.Time
	all      map[string]bool // stacks of the repository
	unjudged map[string]bool // stacks that this scan could not look into
	now      map[string]*report.StackResult
	held     map[string]map[string]bool // by stack that could be, its resources
	holders  map[string][]string        // by resource, those stacks
	to       map[string]string          // where stacks that are no more went
	carried  map[[2]string]bool         // from one stack to another the decisions about the whole stack went along
	place    map[string]string          // of known findings, the stack they are in now
	entries  []Entry
}

func (m *mover) look(s *report.StackResult) {
	id := s.Stack.ID
	m.all[id] = true
	if s.Status == report.StatusFailed || s.Status == report.StatusSkipped {
		m.unjudged[id] = true
		return
	}
	m.now[id], m.held[id] = s, map[string]bool{}
	for _, resource := range s.Held {
		m.held[id][resource] = true
		m.holders[resource] = append(m.holders[resource], id)
	}
}

// present are the stacks that were judged, sorted.
func (m *mover) present() []string { return slices.Sorted(maps.Keys(m.now)) }

// fresh tells whether nothing is known of a stack.
func (m *mover) fresh(id string) bool { return m.past.stacks[id] == nil }

// took counts the resources that one stack let go of and another took up.
func (m *mover) took(from, to string) int {
	n := 0
	for resource := range m.past.stacks[from].held {
		if m.held[to][resource] && !m.past.holds(to, resource) && !m.held[from][resource] {
			n++
		}
	}
	return n
}

// sameState tells whether a stack has the very state that another had, and did not have it before.
func (m *mover) sameState(from, to string) bool {
	state := m.past.stacks[from].state
	return state != "" && m.now[to].State == state && (m.fresh(to) || m.past.stacks[to].state != state)
}

// reclaimed lists the ids of stacks that are there although what had the id before is elsewhere.
func (m *mover) reclaimed() {
	for _, id := range slices.Sorted(maps.Keys(m.past.renamed)) {
		if m.all[id] {
			m.entries = append(m.entries, Entry{At: m.at, Kind: KindMoved, Stack: id, Move: &Move{}})
		}
	}
}

// gone finds where the stacks went that are no more.
func (m *mover) gone() {
	type arrival struct {
		from   string
		weight int
	}
	came := map[string][]arrival{}
	for _, from := range slices.Sorted(maps.Keys(m.past.stacks)) {
		if m.all[from] {
			continue
		}
		best, most := "", 0
		for _, to := range m.present() {
			weight := m.took(from, to)
			if m.sameState(from, to) {
				weight += len(m.past.stacks[from].held) + 1
			}
			if weight > most {
				best, most = to, weight
			}
		}
		if best != "" {
			came[best], m.to[from] = append(came[best], arrival{from, most}), best
		}
	}
	for _, to := range slices.Sorted(maps.Keys(came)) {
		list := came[to]
		slices.SortStableFunc(list, func(a, b arrival) int { return cmp.Compare(b.weight, a.weight) })
		for _, a := range list {
			how := Merged
			if len(list) == 1 && m.fresh(to) {
				how, m.carried[[2]string{a.from, to}] = Renamed, true
			}
			m.entries = append(m.entries, Entry{At: m.at, Kind: KindMoved, Stack: to, Move: &Move{From: a.from, How: how}})
		}
	}
}

// parts finds the stacks that are new and hold mostly what another let go of.
func (m *mover) parts() {
	taken := map[string]bool{}
	for _, to := range m.to {
		taken[to] = true
	}
	for _, to := range m.present() {
		if !m.fresh(to) || taken[to] {
			continue
		}
		best, most := "", 0
		for _, from := range slices.Sorted(maps.Keys(m.past.stacks)) {
			if n := m.took(from, to); n > most {
				best, most = from, n
			}
		}
		if most*2 <= len(m.held[to]) {
			continue
		}
		m.carried[[2]string{best, to}] = true
		m.entries = append(m.entries, Entry{At: m.at, Kind: KindMoved, Stack: to, Move: &Move{From: best, How: SplitOff}})
		for _, d := range m.past.stacks[best].decided {
			m.entries = append(m.entries, Entry{At: d.at, Kind: KindDecision, Stack: to, Decision: &d.Decision})
		}
	}
}

// findings finds where the resources of known findings are, and their addresses where this scan shows them.
func (m *mover) findings() {
	addresses := map[[2]string]string{}
	for id, s := range m.now {
		for i := range s.Findings {
			f := &s.Findings[i]
			key := [2]string{id, f.Resource}
			if _, twice := addresses[key]; twice || f.Resource == "" {
				addresses[key] = "" // not unique
				continue
			}
			addresses[key] = f.Address
		}
	}
	for _, id := range slices.Sorted(maps.Keys(m.past.findings)) {
		f := m.past.findings[id]
		from := cmp.Or(m.to[f.stack], f.stack)
		to := m.where(from, f.difference.Resource)
		m.place[id] = to
		address := cmp.Or(addresses[[2]string{to, f.difference.Resource}], f.address)
		if to != from || address != f.address {
			m.entries = append(m.entries, Entry{
				At: m.at, Kind: KindMoved, Stack: to, Finding: id, Address: address, Move: &Move{From: f.stack, Address: f.address},
			})
		}
		if s := m.past.stacks[f.stack]; to != f.stack && s != nil && !m.carried[[2]string{f.stack, to}] {
			// What was said of the whole stack still holds for what was in it.
			for _, d := range s.decided {
				m.entries = append(m.entries, Entry{At: d.at, Kind: KindDecision, Stack: to, Finding: id, Address: address, Decision: &d.Decision})
			}
		}
	}
}

// where is the stack that holds a resource which was in stack from: from, unless it let go of it and one other took it up.
func (m *mover) where(from, resource string) string {
	if resource == "" || m.unjudged[from] || m.held[from][resource] {
		return from
	}
	found := ""
	for _, id := range m.holders[resource] {
		switch {
		case m.past.holds(id, resource):
		case found != "":
			return from
		default:
			found = id
		}
	}
	return cmp.Or(found, from)
}

// ids gives findings the ids under which their resources are known. A resource of which nothing is known keeps off the id that belongs to one
// that is elsewhere.
func (m *mover) ids() map[string]string {
	known := map[[2]string][]string{} // by stack and resource, the likeliest first
	for _, id := range slices.Sorted(maps.Keys(m.past.findings)) {
		f := m.past.findings[id]
		if r := f.difference.Resource; r != "" {
			key := [2]string{m.place[id], r}
			known[key] = append(known[key], id)
		}
	}
	for _, list := range known {
		slices.SortStableFunc(list, func(a, b string) int {
			x, y := m.past.findings[a], m.past.findings[b]
			return cmp.Or(-boolCompare(!x.since.IsZero(), !y.since.IsZero()), cmp.Compare(len(y.decided), len(x.decided)))
		})
	}
	out, used := map[string]string{}, map[string]bool{}
	keeps := func(f *report.Finding) bool {
		was := m.past.findings[f.ID]
		return was != nil && (was.difference.Resource == "" || was.difference.Resource == f.Resource)
	}
	for _, s := range m.now {
		for i := range s.Findings {
			used[s.Findings[i].ID] = used[s.Findings[i].ID] || keeps(&s.Findings[i])
		}
	}
	// Where a name is not unique, two resources of a stack share it; each has a finding of its own, that of its address before all.
	for _, id := range m.present() {
		for i := range m.now[id].Findings {
			f := &m.now[id].Findings[i]
			for _, k := range known[[2]string{id, f.Resource}] {
				if !keeps(f) && !used[k] && m.past.findings[k].address == f.Address {
					out[f.ID], used[k] = k, true
					break
				}
			}
		}
	}
	for _, id := range m.present() {
		for i := range m.now[id].Findings {
			f := &m.now[id].Findings[i]
			if keeps(f) || out[f.ID] != "" {
				continue
			}
			list := slices.DeleteFunc(slices.Clone(known[[2]string{id, f.Resource}]), func(k string) bool { return used[k] })
			if was := m.past.findings[f.ID]; f.Resource != "" && len(list) > 0 {
				out[f.ID], used[list[0]] = list[0], true
			} else if was != nil && len(m.holders[was.difference.Resource]) > 0 {
				out[f.ID] = drift.FindingID(id, f.Address, "\x00"+f.Resource)
			}
		}
	}
	return out
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
