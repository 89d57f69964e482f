package scan

import (
	"encoding/json"
	"testing"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
)

// TestWhatAServiceKeeps: a value that a service of the cloud moves by itself is not written into code, unless a person had a hand in it.
func TestWhatAServiceKeeps(t *testing.T) {
	by := func(kind audit.ActorType, v blame.Verdict, paths ...string) blame.Attribution {
		return blame.Attribution{Paths: paths, Verdict: v, Actor: audit.Actor{Name: "autoscaling.amazonaws.com", Type: kind}}
	}
	for name, c := range map[string]struct {
		attribution []blame.Attribution
		kept        bool
	}{
		"a service":           {[]blame.Attribution{by(audit.ActorService, blame.Automation, "desired_count")}, true},
		"a pipeline":          {[]blame.Attribution{by(audit.ActorRole, blame.Automation, "desired_count")}, false},
		"a person":            {[]blame.Attribution{by(audit.ActorHuman, blame.Confirmed, "desired_count")}, false},
		"both":                {[]blame.Attribution{by(audit.ActorService, blame.Automation, "desired_count"), by(audit.ActorHuman, blame.Confirmed, "desired_count")}, false},
		"a service elsewhere": {[]blame.Attribution{by(audit.ActorService, blame.Automation, "other")}, false},
		"nobody known":        {nil, false},
	} {
		f := report.Finding{Attribution: c.attribution, Finding: drift.Finding{ID: "f", Address: "aws_ecs_service.web", Kind: drift.KindDrift,
			Changes: []drift.Change{{Path: "desired_count", Kind: drift.KindDrift, Live: json.Number("6")}}}}
		if got := keptBy(&f) != ""; got != c.kept {
			t.Errorf("%s: kept %v, want %v", name, got, c.kept)
		}
		if !c.kept {
			continue
		}
		j := &job{saved: &engine.Saved{}, tree: &module.Tree{}, result: report.StackResult{Findings: []report.Finding{f}}}
		s := &scan{Options: Options{Config: &config.Config{}, Adopt: true}, jobs: []*job{j}}
		if err := s.adopt(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if o := j.result.Findings[0].Adoption; o.Status != adopt.StatusRefused || o.Refusals[0].Code != adopt.CodeService || o.Refusals[0].Hint == "" {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
