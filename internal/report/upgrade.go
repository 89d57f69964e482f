package report

import (
	"cmp"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
)

// An Upgrade is another version of something that a stack uses than when it was last seen clean, and what that moves. The findings that it
// explains are one item, whatever their number.
type Upgrade struct {
	Kind      string // provider, module or engine
	Name      string // the provider's source, the module's address, the engine
	From, To  string
	Commit    string   // that made it; "" when not known
	Author    string   // of the commit
	Moves     []string // what it moves: type.attribute, sorted
	Resources int      // that show one of them
}

// ByUpgrade tells whether an upgrade explains a finding wholly and nothing was changed outside: then it is part of the upgrade's item.
func ByUpgrade(f *Finding) bool {
	return f.Reason == drift.ReasonVersionChange && f.Kind == drift.KindPending
}

// Moved adds what the findings of a stack say to its upgrades of providers.
func Moved(upgrades []Upgrade, findings []Finding) []Upgrade {
	out := slices.Clone(upgrades)
	for i := range out {
		u := &out[i]
		u.Moves, u.Resources = nil, 0
		for n := range findings {
			f := &findings[n]
			if u.Kind != "provider" || f.Provider != u.Name {
				continue
			}
			before := len(u.Moves)
			for _, c := range f.Changes {
				if c.Rule == "provider-version" || f.Reason == drift.ReasonVersionChange && c.Kind == f.Kind {
					u.Moves = append(u.Moves, f.Type+"."+c.Path)
				}
			}
			if len(u.Moves) > before {
				u.Resources++
			}
		}
		slices.Sort(u.Moves)
		u.Moves = slices.Compact(u.Moves)
	}
	slices.SortFunc(out, func(a, b Upgrade) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return out
}

// upgradePhrase says what an upgrade does.
func upgradePhrase(u Upgrade) phrase {
	p := join(words(u.Kind+" "), code(u.Name), words(" went from "), code(u.From), words(" to "), code(u.To))
	if u.Commit != "" {
		p = join(p, words(" in "), code(u.Commit[:min(7, len(u.Commit))]))
		if u.Author != "" {
			p = join(p, words(" by "), name(u.Author))
		}
	}
	if len(u.Moves) == 0 {
		return join(p, words(" and moves nothing here"))
	}
	var moves []phrase
	for _, m := range u.Moves[:min(8, len(u.Moves))] {
		moves = append(moves, code(m))
	}
	p = join(p, words(" and moves "), list(", ", moves...))
	if rest := len(u.Moves) - len(moves); rest > 0 {
		p = join(p, words(" and "+thousands(rest)+" more"))
	}
	return join(p, words(" on "+plural(u.Resources, "resource", "resources")))
}

func redactUpgrade(u Upgrade) Upgrade {
	return Upgrade{clean(u.Kind), clean(u.Name), clean(u.From), clean(u.To), clean(u.Commit), prose(u.Author), each(u.Moves, clean), u.Resources}
}
