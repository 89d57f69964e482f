package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// pinned is a step's action at a full commit, with the version it is for people.
var pinned = regexp.MustCompile(`^\s*(- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$`)

// TestWorkflows holds our workflows, and those we write for users, to the rules we give them: actions of others are pinned to a commit with the
// version beside it, scripts take no expression, no right is granted to all jobs, no job keeps the token in its checkout, and none runs code
// of a fork with our rights.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("workflows %v, %v", files, err)
	}
	files = append(files, "../config/starter.yml", "../../action.yml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\n")
			own := strings.Contains(line, "uses: ./") || strings.Contains(line, "uses: mooringdev/mooring")
			if strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "- ")), "uses:") && !own && !pinned.MatchString(line) {
				t.Errorf("%s: not pinned to a commit with a version beside it: %s", file, line)
			}
		}
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if strings.Contains(string(text), "pull_request_target") {
			t.Errorf("%s runs on pull_request_target", file)
		}
		if filepath.Base(file) != "action.yml" {
			w.check(t, file)
		}
		for _, s := range w.steps() {
			if strings.Contains(s.Run, "${{") {
				t.Errorf("%s: a script takes an expression; hand it over by env: %s", file, s.Run)
			}
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != false {
				t.Errorf("%s: a checkout keeps the token", file)
			}
		}
	}
}

type step struct {
	Uses, Run string
	With      map[string]any
}

type workflow struct {
	Permissions *map[string]string
	Runs        struct{ Steps []step }
	Jobs        map[string]struct {
		Permissions map[string]string
		Uses        string
		Timeout     int `yaml:"timeout-minutes"`
		Steps       []step
	}
}

func (w workflow) steps() []step {
	steps := w.Runs.Steps
	for _, j := range w.Jobs {
		steps = append(steps, j.Steps...)
	}
	return steps
}

func (w workflow) check(t *testing.T, file string) {
	t.Helper()
	if w.Permissions == nil {
		t.Errorf("%s does not say what all jobs may do: permissions: {}", file)
		return
	}
	for right, level := range *w.Permissions {
		if level == "write" {
			t.Errorf("%s grants %s: write to all jobs", file, right)
		}
	}
	for name, j := range w.Jobs {
		if j.Timeout == 0 && j.Uses == "" {
			t.Errorf("%s: job %s may run for six hours: it has no timeout-minutes", file, name)
		}
	}
}
