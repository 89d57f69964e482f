package scan

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// noteHoldings keeps what tells a stack, and its resources, wherever they stand.
func noteHoldings(s *report.StackResult, p *drift.Plan) {
	s.Held = slices.Compact(slices.Sorted(slices.Values(p.Held)))
	if p.Lineage != "" {
		sum := sha256.Sum256([]byte(p.Lineage))
		s.State = base64.RawURLEncoding.EncodeToString(sum[:9])
	}
}

// follow makes what is remembered be about the places where stacks and resources are now: renamed directories, split and merged states, addresses
// that changed without a moved block. It goes between planning, which shows where they are, and everything that asks what is remembered.
func (s *scan) follow(all []stack.Stack) {
	past, ok := s.Memory.(interface {
		Follow(r *report.Results, all []string)
	})
	if !ok {
		return
	}
	r := &report.Results{ScannedAt: s.Now()}
	for _, j := range s.jobs {
		r.Stacks = append(r.Stacks, j.result)
	}
	ids := make([]string, 0, len(all))
	for _, st := range all {
		ids = append(ids, st.ID)
	}
	past.Follow(r, ids) // the findings in r are those of the jobs
	for _, j := range s.jobs {
		for i := range j.result.Findings {
			if w := &j.result.Findings[i].Window; w.From.IsZero() {
				w.From = s.lastClean(j.stack.ID)
			}
		}
	}
}

// transits recognises resources on their way from one stack of this scan to another.
func (s *scan) transits() {
	var placed []drift.Placed
	for _, j := range s.jobs {
		if j.plan == nil || j.result.Status == report.StatusFailed {
			continue
		}
		p := drift.Placed{Stack: j.stack.ID, Plan: j.plan}
		for i := range j.result.Findings {
			p.Findings = append(p.Findings, &j.result.Findings[i].Finding)
		}
		placed = append(placed, p)
	}
	drift.FindTransits(placed)
}

// heirs lists for each stack those whose differences all moved to it with this scan, though the stacks are still there: what is open about them
// is about this one now.
func heirs(before *ledger.History, r *report.Results, moves ledger.Moves) map[string][]string {
	type place struct{ from, to string }
	went := map[place]map[string]bool{} // findings
	for _, e := range moves.Entries {
		if e.Kind == ledger.KindMoved && e.Finding != "" && e.Stack != e.Move.From {
			p := place{e.Move.From, e.Stack}
			if went[p] == nil {
				went[p] = map[string]bool{}
			}
			went[p][e.Finding] = true
		}
	}
	out := map[string][]string{}
	for _, s := range r.Stacks {
		if s.Status != report.StatusClean {
			continue
		}
		for p, findings := range went {
			left := slices.ContainsFunc(before.Findings(p.from), func(k ledger.Known) bool { return k.Open && !findings[k.ID] })
			if p.from == s.Stack.ID && !left {
				out[p.to] = append(out[p.to], p.from)
			}
		}
	}
	return out
}
