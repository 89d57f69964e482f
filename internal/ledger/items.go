package ledger

import (
	"cmp"
	"slices"

	"github.com/mooringdev/mooring/internal/report"
)

// Items are the differences of a stack that asked for attention when it was last judged, in the order of [report.Items].
func (h *History) Items(stack string) []report.Item {
	var items []report.Item
	for _, f := range h.findings {
		if f.stack != stack || f.since.IsZero() || f.difference.Waiting {
			continue
		}
		if len(f.difference.Paths) == 0 {
			items = append(items, report.Item{Address: f.address})
		}
		for _, p := range f.difference.Paths {
			items = append(items, report.Item{Address: f.address, Path: p})
		}
	}
	slices.SortFunc(items, func(a, b report.Item) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Path, b.Path))
	})
	return slices.Compact(items)
}
