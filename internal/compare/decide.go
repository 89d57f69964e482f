package compare

import (
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
)

// decide applies what people and rules said. A difference that comes from a finding takes the finding's decision; a rule sees a difference as
// a finding whose kind is the class, once for every environment that stands apart, and ignores it only when it holds for all of them.
func (c *comparing) decide() {
	for i := range c.out.Differences {
		d := &c.out.Differences[i]
		var decisions []*policy.Decision
		for _, e := range d.Apart {
			decisions = append(decisions, c.decisionOf(d, e))
		}
		if len(decisions) == 0 || slices.Contains(decisions, nil) {
			continue
		}
		first := decisions[0]
		quiet := first.Quiet()
		if !slices.ContainsFunc(decisions, func(x *policy.Decision) bool { return x.Quiet() != quiet }) {
			d.Decision = first
		}
	}
}

func (c *comparing) decisionOf(d *Difference, e int) *policy.Decision {
	for _, f := range c.findings[e][d.Addresses[e]] {
		if slices.Contains(d.Findings, f.ID) && f.Decision != nil && f.Decision.Silences(d.Path) {
			return f.Decision
		}
	}
	s := &c.stacks[e]
	f := drift.Finding{Address: d.Addresses[e], Type: d.Type, Kind: drift.Kind(d.Class), Reason: d.Reason}
	if f.Address == "" {
		f.Address = d.Address
	}
	for n := range s.Instances {
		if inst := &s.Instances[n]; inst.Address == f.Address {
			f.Provider, f.Attributes, f.SensitivePaths = inst.Provider, inst.Live, inst.Sensitive
			f.IDs, f.Account, f.Region = drift.Identify(inst.Type, inst.Live, inst.Sensitive)
			break
		}
	}
	if d.Path != "" {
		f.Changes = []drift.Change{{Path: d.Path, Kind: f.Kind, Base: d.Cells[e].Code, Code: d.Cells[e].Code, Live: d.Cells[e].Live, Sensitive: d.Sensitive}}
	}
	sub := policy.Subject{Finding: f, Stack: policy.Stack{ID: s.ID, Path: s.Path, Workspace: s.Workspace, Owners: s.Owners}}
	for _, a := range d.Attribution {
		sub.Actors = append(sub.Actors, policy.Actor{Name: a.Actor.Name, Type: string(a.Actor.Type), Principal: a.Actor.Principal, Verdict: string(a.Verdict), Via: string(a.Via), At: a.At})
	}
	return policy.Decide(sub, c.o.Rules, nil, c.o.Now)
}
