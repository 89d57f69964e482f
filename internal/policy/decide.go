package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
)

// Decide joins the decisions of people and the rules for one finding. It is nil when nobody said anything about it.
//
// When paths are decided differently, the loudest decision comes first and the rest are its Others: escalate, revert, adopt,
// pull_request, issue, and last ignore and snooze.
func Decide(s Subject, rules []Rule, decisions []Decision, now time.Time) *Decision {
	paths := []string{""} // a finding as a whole
	if len(s.Finding.Changes) > 0 {
		paths = paths[:0]
		for _, c := range s.Finding.Changes {
			paths = append(paths, c.Path)
		}
	}
	newest := slices.Clone(decisions)
	slices.SortStableFunc(newest, func(a, b Decision) int { return b.At.Compare(a.At) })

	var made []Decision
	for i, path := range paths {
		d := s.decidePath(i, rules, newest, now)
		if d == nil {
			continue
		}
		same := slices.IndexFunc(made, func(m Decision) bool {
			return m.Action == d.Action && m.By == d.By && m.At.Equal(d.At) && m.Reason == d.Reason
		})
		if same < 0 {
			d.Paths = nil
			made = append(made, *d)
			same = len(made) - 1
		}
		if path != "" {
			made[same].Paths = append(made[same].Paths, path)
		}
	}
	if len(made) == 0 {
		return nil
	}
	for i := range made {
		if len(made[i].Paths) == len(s.Finding.Changes) {
			made[i].Paths = nil
		}
	}
	slices.SortStableFunc(made, func(a, b Decision) int { return loudness(b) - loudness(a) })
	first := made[0]
	first.Others = made[1:]
	if len(first.Others) == 0 {
		first.Others = nil
	}
	return &first
}

func loudness(d Decision) int {
	return slices.Index([]string{ActionSnooze, ActionIgnore, ActionIssue, ActionPullRequest, ActionAdopt, ActionRevert, ActionEscalate}, d.Action)
}

// decidePath decides the i-th change, or the finding as a whole when it has none.
func (s Subject) decidePath(i int, rules []Rule, newest []Decision, now time.Time) *Decision {
	var c drift.Change
	if len(s.Finding.Changes) > 0 {
		c = s.Finding.Changes[i]
	}
	for _, d := range newest {
		if d.covers(c.Path) && s.holds(d, c, now) {
			return &d
		}
	}
	for _, r := range rules {
		if expired(r.Until, now) {
			continue
		}
		if matched, _ := s.matches(r, c, now); matched {
			return &Decision{Action: r.Action, By: "rule " + r.Name, Reason: r.Reason, Until: r.Until}
		}
	}
	return nil
}

func expired(until, now time.Time) bool { return !until.IsZero() && !now.Before(until) }

// holds tells whether a person's decision is still in force for a change.
func (s Subject) holds(d Decision, c drift.Change, now time.Time) bool {
	if expired(d.Until, now) {
		return false
	}
	if !d.Quiet() {
		return true
	}
	moved := s.movedSince(d, c)
	if moved && d.WhileUnchanged {
		return false
	}
	return !moved || !assessChange(s.Finding, c.Path).AtLeast("high")
}

// movedSince tells whether the live value is known to be another than when the decision was made.
func (s Subject) movedSince(d Decision, c drift.Change) bool {
	if seen := d.Seen[c.Path]; seen != "" {
		return seen != Fingerprint(c.Live)
	}
	return slices.ContainsFunc(s.Actors, func(a Actor) bool { return a.covers(c.Path) && !d.At.IsZero() && a.At.After(d.At) })
}

func (a Actor) covers(path string) bool {
	return len(a.Paths) == 0 || path == "" || slices.ContainsFunc(a.Paths, func(p string) bool { return drift.PathCovers(p, path) || drift.PathCovers(path, p) })
}

// matches tells whether a rule holds for a change. The error says why it could not be told.
func (s Subject) matches(r Rule, c drift.Change, now time.Time) (bool, error) {
	var actors []Actor
	for _, a := range s.Actors {
		if a.covers(c.Path) {
			actors = append(actors, a)
		}
	}
	if len(actors) == 0 {
		actors = []Actor{{Verdict: "none"}}
	}
	all := r.Action == ActionIgnore
	for _, a := range actors {
		held, err := r.eval(s.values(c, a, now))
		if err != nil {
			return false, err
		}
		if held != all {
			return held, nil
		}
	}
	return all, nil
}

// eval is the expression's answer for one set of variables. An answer that depends on something unknown is no.
func (r Rule) eval(variables map[string]cty.Value) (bool, error) {
	v, diags := r.When.Value(&hcl.EvalContext{Variables: variables, Functions: functions})
	if diags.HasErrors() {
		var reasons []string
		for _, d := range diags {
			reasons = append(reasons, d.Summary+": "+d.Detail)
		}
		return false, fmt.Errorf("rule %q, %s:%d: %s", r.Name, r.Range.Filename, r.Range.Start.Line, strings.Join(reasons, "; "))
	}
	if !v.IsKnown() || v.IsNull() {
		return false, nil
	}
	if v.Type() != cty.Bool {
		return false, fmt.Errorf("rule %q, %s:%d: neither true nor false", r.Name, r.Range.Filename, r.Range.Start.Line)
	}
	return v.True(), nil
}

// A Match is the answer of one rule for one change.
type Match struct {
	Path    string // "" for a finding without changes
	Holds   bool
	Expired bool
	Err     error // the expression could not be evaluated, so the rule does not hold
}

// Evaluate explains a rule: its answer for every change of a finding.
func Evaluate(s Subject, r Rule, now time.Time) []Match {
	changes := s.Finding.Changes
	if len(changes) == 0 {
		changes = []drift.Change{{}}
	}
	matches := make([]Match, len(changes))
	for i, c := range changes {
		held, err := s.matches(r, c, now)
		matches[i] = Match{Path: c.Path, Holds: held, Expired: expired(r.Until, now), Err: err}
	}
	return matches
}
