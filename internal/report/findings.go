package report

import (
	"cmp"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
)

// attention is how much a finding or a change asks of a reader.
type attention int

const (
	attentionNone    attention = iota // folded: noise, converged, undeclared, what only follows
	attentionWaiting                  // code that is not applied
	attentionDecided                  // a person or a rule said to leave it
	attentionNow                      // drift
)

func attentionOf(f *Finding) attention {
	a := attentionNone
	switch f.Kind {
	case drift.KindDrift, drift.KindConflict, drift.KindDeleted, drift.KindUnmanaged:
		if f.Reason != drift.ReasonCascade {
			a = attentionNow
		}
	case drift.KindUndeclared:
		if f.Reason == drift.ReasonConfirmedHand {
			a = attentionNow
		}
	case drift.KindPending:
		a = attentionWaiting
	}
	if a != attentionNone && silenced(f, a) {
		return attentionDecided
	}
	return a
}

// silenced tells whether somebody decided to leave every change of a finding that asks for attention a.
func silenced(f *Finding, a attention) bool {
	asking := 0
	for _, c := range f.Changes {
		if kindAttention(f, c) != a {
			continue
		}
		if !f.Decision.Silences(c.Path) {
			return false
		}
		asking++
	}
	return asking > 0 || f.Decision.Silences("")
}

// changeAttention is attentionOf for one change.
func changeAttention(f *Finding, c drift.Change) attention {
	a := kindAttention(f, c)
	if a != attentionNone && f.Decision.Silences(c.Path) {
		return attentionDecided
	}
	return a
}

// kindAttention is what the kind of a change asks for, before decisions.
func kindAttention(f *Finding, c drift.Change) attention {
	switch c.Kind {
	case drift.KindPending:
		return attentionWaiting
	case drift.KindNoise, drift.KindConverged:
		return attentionNone
	case drift.KindUndeclared:
		if f.Reason != drift.ReasonConfirmedHand {
			return attentionNone
		}
	}
	return attentionNow
}

// wanting returns the findings of a stack that ask for the given attention, worst first, and in the order of their addresses among equals.
func wanting(s *StackResult, a attention) []*Finding {
	var out []*Finding
	for i := range s.Findings {
		if attentionOf(&s.Findings[i]) == a {
			out = append(out, &s.Findings[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *Finding) int {
		return cmp.Or(level(b)-level(a), kindRank(a.Kind)-kindRank(b.Kind), cmp.Compare(a.Address, b.Address))
	})
	return out
}

// shown returns the changes of a finding that a reader should see, in their order.
func shown(f *Finding) []drift.Change {
	var out []drift.Change
	for _, c := range f.Changes {
		if changeAttention(f, c) == attentionNow {
			out = append(out, c)
		}
	}
	return out
}

func level(f *Finding) int {
	return slices.Index([]string{"", "low", "medium", "high", "critical"}, f.Severity.Level)
}

// severe tells whether a finding carries the mark for danger.
func severe(f *Finding) bool { return f.Severity.Level == "high" || f.Severity.Level == "critical" }

func kindRank(k drift.Kind) int {
	return slices.Index([]drift.Kind{drift.KindDeleted, drift.KindConflict, drift.KindDrift, drift.KindUnmanaged, drift.KindUndeclared, drift.KindPending, drift.KindConverged, drift.KindNoise}, k)
}

// fatePhrase is [fate] where foreign parts must not come alive.
func fatePhrase(f *Finding) phrase {
	if f.Kind == drift.KindDeleted && f.Successor != "" {
		return join(words("no longer exists; "), code(f.Successor), words(" was made in its place"))
	}
	return words(fate(f))
}

// fate says in words what became of a finding as a whole, for those that have no attribute to show.
func fate(f *Finding) string {
	switch f.Kind {
	case drift.KindDeleted:
		if f.Successor != "" {
			return "no longer exists; another was made in its place"
		}
		return "no longer exists"
	case drift.KindUnmanaged:
		return "exists, and no stack knows it"
	}
	switch f.Reason {
	case drift.ReasonTainted:
		return "tainted: a failed apply left it half made"
	case drift.ReasonDeposed:
		return "an old object is left over from an interrupted replacement"
	case drift.ReasonCodeAdded:
		return "new in the code, not applied"
	case drift.ReasonCodeRemoved:
		return "removed from the code, not applied"
	case drift.ReasonImport:
		return "an import is waiting to be applied"
	case drift.ReasonMoved:
		return "a move is waiting to be applied"
	case drift.ReasonForget:
		return "the code gives it up, not applied"
	case drift.ReasonElsewhere:
		switch f.Action {
		case string(drift.ActionDelete):
			return "moves between stacks, and the move is not finished: applying would destroy what the other stack holds or takes"
		case string(drift.ActionCreate):
			return "moves between stacks, and the move is not finished: applying would create it a second time"
		}
		return "moves between stacks, not applied"
	case drift.ReasonTriggered:
		return "would be replaced because something it depends on changes"
	}
	return "differs from the code"
}

// remark says what a reader should know beside the values; "" for nothing.
func remark(f *Finding) string {
	switch f.Reason {
	case drift.ReasonMustReplace:
		return "applying would destroy it and create it again"
	case drift.ReasonDataSource:
		return "follows a data source whose value changed"
	case drift.ReasonVersionChange:
		return "came with an upgrade of a provider, module or engine"
	case drift.ReasonAbsorbed:
		return "somebody refreshed the state after the change"
	case drift.ReasonConfirmedHand:
		return "the code does not set it"
	case drift.ReasonTainted:
		return "tainted: a failed apply left it half made"
	}
	return ""
}
