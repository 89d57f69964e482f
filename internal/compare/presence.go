package compare

import (
	"strings"

	"github.com/mooringdev/mooring/internal/module"
)

// presence is about an instance that not every environment has.
func (c *comparing) presence(s *comparedSlot) {
	var have, lack, gone, planned []int
	for _, i := range c.planned() {
		inst := s.instances[i]
		switch {
		case inst == nil || inst.Code == nil:
			lack = append(lack, i) // in code; what is still there waits to be destroyed
		default:
			have = append(have, i)
			switch c.state(i, inst) {
			case StateGone:
				gone = append(gone, i)
			case StatePlanned:
				planned = append(planned, i)
			}
		}
	}
	if len(have) > 0 && len(lack) > 0 {
		d := c.row(s, "")
		d.fill(c.whyMissing(s, have, lack))
		d.Side, d.Apart = SideCode, lack
		if len(have) < len(lack) {
			d.Apart = have
		}
		c.out.Differences = append(c.out.Differences, d)
	}
	if len(gone) > 0 && len(gone) < len(have) {
		d := c.row(s, "")
		d.Class, d.Side, d.Reason, d.Apart = Drift, SideLive, ReasonDeleted, gone
		d.Because = "somebody deleted it in " + c.names(gone) + "; the code has it everywhere"
		for _, i := range gone {
			f := c.deleted(i, s.instances[i].Address)
			d.Findings = append(d.Findings, f.ID)
			d.attribute(f, "")
		}
		c.out.Differences = append(c.out.Differences, d)
	}
	if len(planned) > 0 && len(planned)+len(gone) < len(have) {
		d := c.row(s, "")
		d.Class, d.Side, d.Reason, d.Apart = Promotion, SideLive, ReasonNotApplied, planned
		d.Because = "the code has it, and it is not applied in " + c.names(planned)
		d.Commit = c.newest(planned[0], s.instances[planned[0]].Address, "")
		c.out.Differences = append(c.out.Differences, d)
	}
}

// whyMissing tells why the code of some environments has an instance and that of others does not.
func (c *comparing) whyMissing(s *comparedSlot, have, lack []int) verdict {
	best, found := verdict{}, false
	for _, l := range lack {
		h := nearest(have, l)
		v := c.absent(s, h, l)
		if !found || v.weight() > best.weight() {
			best, found = v, true
		}
	}
	return best
}

// nearest is the environment that has it and stands closest to one that does not, an earlier one first.
func nearest(have []int, l int) int {
	best := have[0]
	for _, h := range have {
		if h < l {
			best = h
		}
	}
	return best
}

// absent tells why environment l lacks what h has.
func (c *comparing) absent(s *comparedSlot, h, l int) verdict {
	address := s.instances[h].Address
	th, tl := c.stacks[h].Tree, c.stacks[l].Tree
	if th == nil || tl == nil {
		return verdict{class: Missing, reason: ReasonUnknown, because: "the configuration could not be read"}
	}
	there := address
	if inst := s.instances[l]; inst != nil {
		there = inst.Address
	}
	r, other := th.Resource(address), c.block(th, tl, address, there)
	if r != nil && other != nil {
		dh, dl := th.Decides(address, ""), tl.Decides(blockAddress(other), "")
		if v, ok := c.decidedBy(h, l, dh, dl); ok {
			if v.class == Intended {
				v.class, v.because = Missing, strings.Join(v.decided, ", ")+" decides how many there are"
			}
			return v
		}
		if v := c.moduleSkew(h, l, address, there, dh, dl); v != nil {
			return *v
		}
		if v := c.promoted(min(h, l), max(h, l), dh.Texts, dl.Texts); h < l && v != nil {
			return *v
		}
		if refs := union(dh.Resources, dl.Resources); len(refs) > 0 {
			return verdict{class: Missing, reason: ReasonFollows, because: "its number follows from " + strings.Join(refs, ", "), decided: refs, places: place(h, r.Block.TypeRange)}
		}
		return verdict{class: Missing, reason: ReasonOwnCode, because: "each environment's own code says how many there are", places: place(h, r.Block.TypeRange)}
	}
	if v := c.moduleSkew(h, l, address, there, module.Deciders{}, module.Deciders{}); v != nil {
		return *v
	}
	if r == nil {
		return verdict{class: Missing, reason: ReasonUnknown, because: "no block of the code was found for it"}
	}
	v := verdict{class: Missing, reason: ReasonNotInCode, because: "the code of " + c.out.Environments[l].Name + " has no such block", places: place(h, r.Block.TypeRange)}
	if commit := c.added(h, l, address); commit != nil {
		v.class, v.reason, v.commit = Promotion, ReasonCommit, commit
		v.because = "a commit added it to " + c.out.Environments[h].Name + " and not to " + c.out.Environments[l].Name
	}
	return v
}

// block is the block of another tree that stands for the one at an address: by the address there, or by the same place in the module tree
// when names of environments are left out.
func (c *comparing) block(from, to *module.Tree, address, there string) *module.Resource {
	if r := to.Resource(there); r != nil {
		return r
	}
	r := from.Resource(address)
	if r == nil {
		return nil
	}
	for _, m := range to.Modules() {
		if len(m.Path) == len(r.Module.Path) && (m.Dir == r.Module.Dir || m.Call == nil && r.Module.Call == nil) {
			if o := m.Resources[r.Key()]; o != nil {
				return o
			}
		}
	}
	return nil
}

// blockAddress is an address by which a tree finds the block.
func blockAddress(r *module.Resource) string {
	var b strings.Builder
	for _, name := range r.Module.Path {
		b.WriteString("module." + name + ".")
	}
	return b.String() + r.Key()
}

// added is the commit that gave an environment the block, or the module call, of an instance, when the other could be waiting for it: the
// environment was there before, the other is later in the order, and the block does not lie in code that both share.
func (c *comparing) added(h, l int, address string) *Commit {
	if c.out.Ordered && h > l || c.o.History == nil {
		return nil
	}
	th, tl := c.stacks[h].Tree, c.stacks[l].Tree
	r := th.Resource(address)
	// The outermost call that the other does not have is what was added; without one, the block itself.
	block := r.Block
	for m := r.Module; m != nil && m.Call != nil; m = m.Parent {
		if tl.Module(m.Path) == nil {
			block = m.Call.Block
		}
	}
	if tl.Files[block.TypeRange.Filename] != nil {
		return nil
	}
	commit := c.commit(block.TypeRange)
	if commit == nil {
		return nil
	}
	_, found, file := c.was(h, block.TypeRange, commit)
	if file {
		if found {
			return nil // an older commit made it: this one only touched its head
		}
		return commit
	}
	// A new file: the environment must have been there.
	for _, name := range th.Root.Files {
		if src, ok := c.o.History.Before(commit, name); ok && len(src) > 0 {
			return commit
		}
	}
	return nil
}
