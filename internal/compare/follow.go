package compare

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
)

// follow gives what refers to another resource the class of what that resource shows.
func (c *comparing) follow() {
	byAddress := map[string][]*Difference{}
	for i := range c.out.Differences {
		d := &c.out.Differences[i]
		for _, address := range d.Addresses {
			if address != "" && d.Reason != ReasonFollows {
				byAddress[drift.ConfigAddress(address)] = append(byAddress[drift.ConfigAddress(address)], d)
			}
		}
	}
	for i := range c.out.Differences {
		d := &c.out.Differences[i]
		if d.Reason != ReasonFollows {
			continue
		}
		var best *Difference
		for _, ref := range d.Decided {
			for _, up := range byAddress[ref] {
				if best == nil || cmp.Compare(slices.Index(Classes, up.Class), slices.Index(Classes, best.Class)) < 0 {
					best = up
				}
			}
		}
		if best != nil {
			d.Class, d.Commit, d.Because = best.Class, best.Commit, fmt.Sprintf("follows from %s: %s", best.Address, best.Because)
		}
	}
}
