package comparison

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
)

// keys are the places at which a comparison shows a difference: "type.name path".
func keys(c *compare.Comparison) map[string]bool {
	out := map[string]bool{}
	for _, d := range c.Differences {
		out[keyOf(d)] = true
	}
	return out
}

func keyOf(d compare.Difference) string { return resourceOf(d.Address) + " " + d.Path }

// resourceOf is type and name of an address, without modules and keys.
func resourceOf(address string) string {
	address = without(address)
	if words := strings.Split(address, "."); len(words) >= 2 {
		return strings.Join(words[len(words)-2:], ".")
	}
	return address
}

// judge gives every case its verdict, and lists what nobody planted.
func (b *bench) judge(found *compare.Comparison, plants []*plant, r *Result) {
	for _, p := range plants {
		c := p.Case
		for _, d := range found.Differences {
			if p.shows(d) && !slices.Contains(c.Shown, string(d.Class)) {
				c.Shown = append(c.Shown, string(d.Class))
				if string(d.Class) != c.Class {
					c.Detail = d.Reason + ": " + d.Because
				}
			}
		}
		switch {
		case len(c.Shown) == 0:
			c.Verdict = Missed
		case len(c.Shown) == 1 && c.Shown[0] == c.Class:
			c.Verdict = Right
		default:
			c.Verdict = Wrong
		}
		r.Cases = append(r.Cases, &c)
	}
	for _, d := range found.Differences {
		if b.base[keyOf(d)] || slices.ContainsFunc(plants, func(p *plant) bool { return p.shows(d) || p.also != nil && p.also(d) && string(d.Class) == p.Class }) {
			continue
		}
		r.Stray = append(r.Stray, Stray{b.l.Name, string(d.Class), d.Reason, d.Address, d.Path, d.Because})
	}
}

// shows tells whether a difference is the one that was planted.
func (p *plant) shows(d compare.Difference) bool {
	if strings.HasPrefix(p.Key, "module.") {
		return d.Path == "" && strings.HasPrefix(without(d.Address), p.Key)
	}
	if resourceOf(d.Address) != p.Key {
		return false
	}
	return d.Path == p.Path || p.Path != "" && d.Path != "" && (drift.PathCovers(p.Path, d.Path) || drift.PathCovers(d.Path, p.Path))
}
