package ledger

import (
	"slices"

	"github.com/mooringdev/mooring/internal/policy"
)

// Ignored lists what people chose to leave alone and did not take back, oldest first; what has ended since is in it. Decisions about whole stacks
// are not: they say nothing of a kind of resource.
func Ignored(entries []Entry) []policy.Ignored {
	type said struct {
		policy.Ignored
		finding string
	}
	var all []said
	for _, e := range Decisions(entries) {
		d := e.Decision
		switch d.Action {
		case policy.ActionIgnore:
			if e.Finding != "" && e.Address != "" {
				all = append(all, said{policy.Ignored{Stack: e.Stack, Address: e.Address, Paths: d.Paths, By: d.By, Reason: d.Reason}, e.Finding})
			}
		case ActionUnignore:
			all = slices.DeleteFunc(all, func(s said) bool {
				return s.Stack == e.Stack && (e.Finding == "" || s.finding == e.Finding) && (len(d.Paths) == 0 || len(s.Paths) > 0 && subset(s.Paths, d.Paths))
			})
		}
	}
	out := make([]policy.Ignored, 0, len(all))
	for _, s := range all {
		out = append(out, s.Ignored)
	}
	return out
}
