package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"go.yaml.in/yaml/v3"
)

// TestStarter guards that the starter file changes nothing as it stands, and that every line of it can be used by taking the "#" away.
func TestStarter(t *testing.T) {
	defaults, err := Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(Starter(), Name)
	if err != nil {
		t.Fatal(err)
	}
	got.File = ""
	if diff := cmp.Diff(defaults, got); diff != "" {
		t.Errorf("the starter file changes defaults:\n%s", diff)
	}

	setting := regexp.MustCompile(`^# (\s*[a-z_]+( ".*")* \{|\s*\}|\s*[a-z_]+\s*= .*)$`)
	var uncommented []string
	for line := range strings.Lines(string(Starter())) {
		if m := setting.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			uncommented = append(uncommented, m[1])
		}
	}
	text := strings.Join(uncommented, "\n") + "\n"
	c, err := Parse([]byte(text), Name)
	if err != nil {
		t.Fatalf("the starter file without its comment marks:\n%v", err)
	}
	if diff := cmp.Diff(defaults.Publish, c.Publish); diff != "" {
		t.Errorf("what it shows as defaults are none:\n%s", diff)
	}
	for _, s := range Reference() {
		name := s.Name[strings.LastIndex(s.Name, ".")+1:]
		if !regexp.MustCompile(`(?m)^\s*` + name + `\s*=`).MatchString(text) {
			t.Errorf("the starter file lacks %s", s.Name)
		}
	}
	if c.Declared[0].Range == (hcl.Range{}) {
		t.Error("positions are lost")
	}
}

// TestB39_StarterWorkflow guards the promises of the workflow: least permission, two jobs with two sets of rights, pinned actions.
func TestB39_StarterWorkflow(t *testing.T) {
	var w struct {
		Permissions map[string]string
		On          struct {
			Schedule []struct{ Cron string }
		}
		Concurrency struct {
			Cancel bool `yaml:"cancel-in-progress"`
		}
		Jobs map[string]struct {
			Needs       string
			Permissions map[string]string
			Steps       []struct {
				Uses string
				Run  string
				With map[string]any
			}
		}
	}
	if err := yaml.Unmarshal(StarterWorkflow(), &w); err != nil {
		t.Fatal(err)
	}
	if len(w.Permissions) != 0 || w.Concurrency.Cancel || w.Jobs["publish"].Needs != "scan" {
		t.Error("the workflow grants rights to all jobs, cancels runs, or publishes without a scan")
	}
	if cron := w.On.Schedule[0].Cron; strings.HasPrefix(cron, "0 ") || strings.HasPrefix(cron, "*") {
		t.Errorf("the schedule %q is on the hour", cron)
	}
	for name, job := range w.Jobs {
		writes, cloud := false, job.Permissions["id-token"] == "write"
		for right, level := range job.Permissions {
			writes = writes || right != "id-token" && level == "write"
		}
		if writes == cloud {
			t.Errorf("job %s both writes here and signs in to the cloud, or neither", name)
		}
		for _, s := range job.Steps {
			_, version, _ := strings.Cut(s.Uses, "@")
			own := strings.HasPrefix(s.Uses, "mooringdev/")
			if !own && !regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(version) {
				t.Errorf("%s is not pinned to a commit", s.Uses)
			}
			if strings.Contains(s.Run, "${{") {
				t.Errorf("a script takes an expression: %s", s.Run)
			}
			if strings.HasPrefix(s.Uses, "actions/checkout") && s.With["persist-credentials"] != false {
				t.Errorf("job %s leaves the token in the checkout", name)
			}
		}
	}
	if !slices.Equal(strings.Fields("publish scan"), slices.Sorted(maps.Keys(w.Jobs))) {
		t.Errorf("jobs %v", w.Jobs)
	}
}
