package scan

import (
	"context"
	"slices"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

// adopt is the fourth leg: edits that make the code say what is live, proved by a plan.
func (s *scan) adopt(ctx context.Context, j *job) error {
	if j.saved == nil || j.tree == nil || j.result.Status == report.StatusFailed {
		return nil
	}
	var wanted []drift.Finding
	for i := range j.result.Findings {
		f := &j.result.Findings[i]
		if !report.IsDrift(*f) {
			continue
		}
		if by := keptBy(f); by != "" && !slices.Contains(s.Addresses, f.Address) && !toAdopt(f) {
			f.Adoption = adopt.Refuse(f.Finding, adopt.CodeService, by+" sets it, and would move it again")
			continue
		}
		wanted = append(wanted, f.Finding)
	}
	if len(wanted) == 0 {
		return nil
	}
	s.Progress.Phase(j.stack.ID, "working out edits")
	before := s.Now()
	result, err := s.solve(ctx, j, wanted)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		// Adoption is an offer: that it could not be made takes nothing from the findings.
		j.result.Diagnostics = append(j.result.Diagnostics, engine.Diagnostic{Severity: "warning", Summary: "no edit could be worked out: " + err.Error(), File: j.stack.Path})
		return nil
	}
	j.result.Duration += s.Now().Sub(before)
	j.result.Files, j.result.Proof = result.Files, result.Proof
	if j.result.Proof != nil {
		j.result.Proof.Engine, j.result.Proof.Version = j.saved.Engine.Name, j.saved.Engine.Version
	}
	byID := map[string]adopt.Outcome{}
	for _, o := range result.Outcomes {
		byID[o.FindingID] = o
	}
	for i := range j.result.Findings {
		if o, ok := byID[j.result.Findings[i].ID]; ok {
			j.result.Findings[i].Adoption = o
		}
	}
	if s.Config.Publish.PullRequests == "resource" && len(s.Addresses) == 0 {
		return s.separate(ctx, j, wanted)
	}
	return nil
}

// separate works out the edits of each resource alone, so that each pull request carries its own proof. What cannot be proved alone (its edit
// only holds together with another's) is refused, and says so.
func (s *scan) separate(ctx context.Context, j *job, wanted []drift.Finding) error {
	for i := range j.result.Findings {
		f := &j.result.Findings[i]
		if f.Adoption.Status != adopt.StatusReady && f.Adoption.Status != adopt.StatusPartial {
			continue
		}
		s.Progress.Phase(j.stack.ID, "proving the edits of "+f.Address)
		result, err := s.solve(ctx, j, slices.DeleteFunc(slices.Clone(wanted), func(w drift.Finding) bool { return w.ID != f.ID }))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || len(result.Files) == 0 || len(result.Outcomes) != 1 {
			why := adopt.Refusal{Code: adopt.CodeUnproved, Detail: "no edit for " + f.Address + " alone could be proved, only together with others", Hint: `set pull_requests = "stack" to have one pull request for all`}
			f.Adoption = adopt.Outcome{FindingID: f.ID, Status: adopt.StatusRefused, Refusals: []adopt.Refusal{why}}
			continue
		}
		f.Adoption = result.Outcomes[0]
		if p := result.Proof; p != nil {
			p.Engine, p.Version = j.saved.Engine.Name, j.saved.Engine.Version
		}
		j.result.Separate = append(j.result.Separate, report.Adoption{Address: f.Address, Files: result.Files, Proof: result.Proof})
	}
	return nil
}

// only are the addresses to adopt; nil is all drift. A conflict, a deleted and an unmanaged object are adopted when somebody named them, now or
// in a decision that is remembered.
func (s *scan) only(j *job) []string {
	if s.Addresses != nil {
		return s.Addresses
	}
	var all []string
	asked := false
	for i := range j.result.Findings {
		f := &j.result.Findings[i]
		asked = asked || toAdopt(f)
		if !onlyByName(f.Kind) || toAdopt(f) {
			all = append(all, f.Address)
		}
	}
	if !asked {
		return nil
	}
	return all
}

// onlyByName tells whether a finding of a kind is adopted only when a person named it: what is right is theirs to say.
func onlyByName(k drift.Kind) bool {
	return k == drift.KindConflict || k == drift.KindDeleted || k == drift.KindUnmanaged
}

// toAdopt tells whether a person asked for a finding to be adopted.
func toAdopt(f *report.Finding) bool {
	return f.Decision != nil && f.Decision.Action == policy.ActionAdopt
}

// keptBy is the service of the cloud that made all changes of a finding, "" when anybody else made one. Code that repeats what an autoscaler
// said yesterday is wrong tomorrow.
func keptBy(f *report.Finding) string {
	by := ""
	for _, c := range f.Changes {
		if c.Kind != drift.KindDrift {
			continue
		}
		service := ""
		for _, a := range f.Attribution {
			if slices.Contains(a.Paths, c.Path) {
				if a.Verdict != blame.Automation || a.Actor.Type != audit.ActorService {
					return ""
				}
				service = a.Actor.Name
			}
		}
		if service == "" {
			return ""
		}
		by = service
	}
	return by
}

func (s *scan) solve(ctx context.Context, j *job, wanted []drift.Finding) (*adopt.Result, error) {
	schema, err := j.saved.Schema(ctx)
	if err != nil {
		return nil, err
	}
	var liveErr error
	live := func(yield func(string, map[string]drift.Value) bool) {
		for i, err := range j.saved.Instances(ctx) {
			if err != nil {
				liveErr = err
				return
			}
			if !yield(i.Address, i.Attributes) {
				return
			}
		}
	}
	result, err := adopt.Solve(ctx, adopt.Input{
		Stack: j.stack.ID, Tree: j.tree, Findings: wanted, Before: j.plan, Live: live, Schema: schema, Planner: j.saved, Importer: j.saved,
		Others: s.others(j), Only: s.only(j),
	})
	if liveErr != nil {
		return nil, liveErr
	}
	return result, err
}

// others are the stacks that read a file besides j: an edit of it must leave them where they are. One that was not planned in this scan has
// no planner, so that nothing can be proved for it.
func (s *scan) others(j *job) func(context.Context, []string) ([]adopt.Other, error) {
	return func(_ context.Context, files []string) ([]adopt.Other, error) {
		var out []adopt.Other
		seen := map[string]bool{j.stack.ID: true}
		for _, f := range files {
			for _, id := range s.graph.Readers(f) {
				if seen[id] {
					continue
				}
				seen[id] = true
				o := adopt.Other{Stack: id}
				for _, k := range s.jobs {
					if k.stack.ID == id && k.saved != nil && k.plan != nil {
						o.Planner, o.Before, o.Tree = k.saved, k.plan, k.tree
					}
				}
				out = append(out, o)
			}
		}
		return out, nil
	}
}
