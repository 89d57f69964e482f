package scan

import (
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// decide is the third leg: what attribution found promotes a finding, severity ranks it, rules and decisions apply.
func (s *scan) decide() {
	for _, j := range s.jobs {
		for i := range j.result.Findings {
			f := &j.result.Findings[i]
			promote(f)
			f.Severity = policy.Assess(f.Finding)
			f.Decision = policy.Decide(Subject(j.stack, f), s.Config.Rules, s.decisions(j.stack.ID, f.ID), s.Now())
		}
	}
}

// promote makes an undeclared difference a drift when a person is known to have made it: the code never said anything of the attribute, and
// somebody changed it by hand all the same.
func promote(f *report.Finding) {
	byHand := map[string]bool{}
	for _, a := range f.Attribution {
		if a.Verdict == blame.Confirmed && a.Actor.Type == audit.ActorHuman {
			for _, p := range a.Paths {
				byHand[p] = true
			}
		}
	}
	promoted := false
	for i, c := range f.Changes {
		if c.Kind == drift.KindUndeclared && f.Reason != drift.ReasonIgnoreChanges && byHand[c.Path] {
			// The plan repeats what is live where the code is silent; what the code says is nothing.
			f.Changes[i].Kind, f.Changes[i].Code = drift.KindDrift, nil
			promoted = true
		}
	}
	if promoted && drift.Stronger(drift.KindDrift, f.Kind) {
		f.Kind, f.Reason = drift.KindDrift, drift.ReasonConfirmedHand
	}
}

// Subject is a finding as rules see it.
func Subject(st stack.Stack, f *report.Finding) policy.Subject {
	sub := policy.Subject{Finding: f.Finding, Severity: f.Severity, Stack: policy.Stack{ID: st.ID, Path: st.Path, Workspace: st.Workspace, Owners: st.Owners}}
	for _, a := range f.Attribution {
		who := policy.Actor{Verdict: string(a.Verdict), Via: string(a.Via), Paths: a.Paths, At: a.At}
		who.Name, who.Type, who.Principal = a.Actor.Name, string(a.Actor.Type), a.Actor.Principal
		for _, e := range a.Events {
			who.Operations = append(who.Operations, e.Operation)
		}
		sub.Actors = append(sub.Actors, who)
	}
	return sub
}
