package scan

import (
	"testing"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

func undeclared(who blame.Verdict, typ audit.ActorType, reason string) report.Finding {
	return report.Finding{
		Finding: drift.Finding{
			Kind: drift.KindUndeclared, Reason: reason,
			Changes: []drift.Change{{Path: "window", Kind: drift.KindUndeclared, Base: "a", Code: "b", Live: "b"}, {Path: "other", Kind: drift.KindUndeclared, Base: "x", Code: "y", Live: "y"}},
		},
		Attribution: []blame.Attribution{{Paths: []string{"window"}, Verdict: who, Actor: audit.Actor{Name: "n", Type: typ}}},
	}
}

// TestPromote: only what a log confirms a person to have done, and the code does not accept by name, becomes drift.
func TestPromote(t *testing.T) {
	for name, c := range map[string]struct {
		finding report.Finding
		want    drift.Kind
	}{
		"a person, confirmed":      {undeclared(blame.Confirmed, audit.ActorHuman, ""), drift.KindDrift},
		"a person, likely":         {undeclared(blame.Likely, audit.ActorHuman, ""), drift.KindUndeclared},
		"a machine":                {undeclared(blame.Confirmed, audit.ActorMachine, ""), drift.KindUndeclared},
		"ignored by the lifecycle": {undeclared(blame.Confirmed, audit.ActorHuman, drift.ReasonIgnoreChanges), drift.KindUndeclared},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.finding
			promote(&f)
			if f.Kind != c.want || f.Changes[0].Kind != c.want {
				t.Errorf("finding %s, change %s; want %s", f.Kind, f.Changes[0].Kind, c.want)
			}
			if f.Changes[1].Kind != drift.KindUndeclared || f.Changes[1].Code != "y" {
				t.Errorf("a change that nobody explains moved: %+v", f.Changes[1])
			}
			if c.want == drift.KindDrift && (f.Changes[0].Code != nil || f.Reason != drift.ReasonConfirmedHand) {
				t.Errorf("code %v, reason %q: the code says nothing of it", f.Changes[0].Code, f.Reason)
			}
		})
	}
}

func TestKeptBy(t *testing.T) {
	finding := func(attributions ...blame.Attribution) *report.Finding {
		return &report.Finding{
			Finding:     drift.Finding{Kind: drift.KindDrift, Changes: []drift.Change{{Path: "a", Kind: drift.KindDrift}, {Path: "b", Kind: drift.KindDrift}, {Path: "c", Kind: drift.KindNoise}}},
			Attribution: attributions,
		}
	}
	service := func(paths ...string) blame.Attribution {
		return blame.Attribution{Paths: paths, Verdict: blame.Automation, Actor: audit.Actor{Name: "autoscaling", Type: audit.ActorService}}
	}
	pipeline := blame.Attribution{Paths: []string{"b"}, Verdict: blame.Automation, Actor: audit.Actor{Name: "deploy", Type: audit.ActorMachine}}
	for name, c := range map[string]struct {
		f    *report.Finding
		want string
	}{
		"all of it":                   {finding(service("a", "b")), "autoscaling"},
		"a part":                      {finding(service("a")), ""},
		"a pipeline beside":           {finding(service("a"), pipeline), ""},
		"somebody else on one of two": {finding(service("a", "b"), blame.Attribution{Paths: []string{"b"}, Verdict: blame.Confirmed, Actor: audit.Actor{Type: audit.ActorHuman}}), ""},
		"nobody":                      {finding(), ""},
	} {
		if got := keptBy(c.f); got != c.want {
			t.Errorf("%s: kept by %q, want %q", name, got, c.want)
		}
	}
}

func TestStatus(t *testing.T) {
	finding := func(k drift.Kind, d *policy.Decision) report.Finding {
		return report.Finding{Finding: drift.Finding{Kind: k, Changes: []drift.Change{{Path: "a", Kind: k}}}, Decision: d}
	}
	ignored := &policy.Decision{Action: policy.ActionIgnore}
	for name, c := range map[string]struct {
		in   report.StackResult
		want report.Status
	}{
		"nothing":                  {report.StackResult{}, report.StatusClean},
		"noise":                    {report.StackResult{Findings: []report.Finding{finding(drift.KindNoise, nil)}}, report.StatusClean},
		"reality was ahead":        {report.StackResult{Findings: []report.Finding{finding(drift.KindConverged, nil)}}, report.StatusClean},
		"code not applied":         {report.StackResult{Findings: []report.Finding{finding(drift.KindPending, nil)}}, report.StatusPending},
		"drift outranks":           {report.StackResult{Findings: []report.Finding{finding(drift.KindPending, nil), finding(drift.KindDrift, nil)}}, report.StatusDrifted},
		"conflict":                 {report.StackResult{Findings: []report.Finding{finding(drift.KindConflict, nil)}}, report.StatusDrifted},
		"ignored":                  {report.StackResult{Findings: []report.Finding{finding(drift.KindDrift, ignored)}}, report.StatusClean},
		"a failure is never clean": {report.StackResult{Status: report.StatusFailed}, report.StatusFailed},
	} {
		if got := statusOf(c.in); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestParseShard(t *testing.T) {
	for _, bad := range []string{"0/2", "3/2", "1", "a/b", "1/0", "-1/2", "1/2/3"} {
		if _, err := ParseShard(bad); err == nil {
			t.Errorf("%q is taken for a shard", bad)
		}
	}
	all := make([]stack.Stack, 10)
	for i := range all {
		all[i].ID = string(rune('a' + i))
	}
	seen := map[string]int{}
	for _, s := range []string{"1/3", "2/3", "3/3"} {
		sh, err := ParseShard(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range sh.of(all, nil) {
			seen[x.ID]++
		}
	}
	if len(seen) != 10 {
		t.Errorf("the shards cover %d of 10 stacks", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("stack %s is in %d shards", id, n)
		}
	}
}

func TestSelects(t *testing.T) {
	s := stack.Stack{ID: "infra/prod@blue", Path: "infra/prod"}
	for glob, want := range map[string]bool{
		"infra/prod": true, "infra/prod@blue": true, "infra/*": true, "**": true, "./infra/prod/": true, "infra/pro": false, "infra": false, "prod": false, "infra/prod@green": false,
	} {
		if got := selects([]string{glob}, s); got != want {
			t.Errorf("%s: %v, want %v", glob, got, want)
		}
	}
}
