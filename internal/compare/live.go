package compare

import (
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
)

// liveRow is about a path at which what is there is not what the code says, in some environments.
func (c *comparing) liveRow(s *comparedSlot, path string, envs []int, codeDiffers bool) {
	parsed, err := drift.ParsePath(path)
	if err != nil {
		return
	}
	var with, outside, waiting []int
	for i := range s.instances {
		if s.live[i] != nil && s.code[i] != nil {
			with = append(with, i)
		}
	}
	d := c.row(s, path)
	for _, i := range envs {
		d.Cells[i].Moved = true
		for _, f := range c.findings[i][s.instances[i].Address] {
			kind, ok := kindAt(f, path)
			switch {
			case !ok:
			case kind == drift.KindPending || kind == drift.KindConverged:
				waiting = append(waiting, i)
				d.Findings = append(d.Findings, f.ID)
			case kind != drift.KindNoise:
				outside = append(outside, i)
				d.Findings = append(d.Findings, f.ID)
				d.attribute(f, path)
			}
		}
	}
	same := func(a, b int) bool {
		return equal(drift.At(s.live[a], parsed), drift.At(s.live[b], parsed))
	}
	if !codeDiffers && apart(with, same) == nil && len(with) > 1 {
		return // all moved alike: that is each stack's own drift, and no difference between them
	}
	if len(with) < 2 {
		return
	}
	switch {
	case len(outside) > 0:
		d.Class, d.Reason, d.Side, d.Apart = Drift, ReasonOutside, SideLive, outside
		d.Because = c.names(outside) + " was changed outside; the code " + map[bool]string{false: "is the same", true: "differs as well, for a reason of its own"}[codeDiffers]
		if codeDiffers {
			d.Side = SideBoth
		}
	case len(waiting) > 0 && !codeDiffers:
		d.Class, d.Reason, d.Side, d.Apart = Promotion, ReasonNotApplied, SideLive, waiting
		d.Because = "the code is the same and not applied in " + c.names(waiting)
		d.Commit = c.newest(waiting[0], s.instances[waiting[0]].Address, path)
	default:
		return
	}
	d.Places = c.attributePlaces(s, path)
	c.out.Differences = append(c.out.Differences, d)
}

// attribute adds who a finding's log names for a path.
func (d *Difference) attribute(f *Finding, path string) {
	for _, a := range f.Attribution {
		if len(a.Paths) == 0 || slices.ContainsFunc(a.Paths, func(p string) bool { return overlap(p, path) }) {
			d.Attribution = append(d.Attribution, a)
		}
	}
}

// kindAt is the strongest kind of a finding's changes at a path.
func kindAt(f *Finding, path string) (drift.Kind, bool) {
	kind, ok := drift.KindNoise, false
	for _, ch := range f.Changes {
		if overlap(ch.Path, path) {
			ok = true
			if drift.Stronger(ch.Kind, kind) {
				kind = ch.Kind
			}
		}
	}
	return kind, ok
}
