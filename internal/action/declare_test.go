package action_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/mooringdev/mooring/internal/action"
)

var update = flag.Bool("update", false, "rewrite action.yml")

// TestManifest: action.yml is what the declarations say, so that documentation, help and the file cannot disagree.
func TestManifest(t *testing.T) {
	const path = "../../action.yml"
	if *update {
		if err := os.WriteFile(path, []byte(action.Manifest()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(action.Manifest(), string(text)); diff != "" {
		t.Errorf("action.yml is not what internal/action declares; run go test ./internal/action -update (-want +got):\n%s", diff)
	}
	var m struct {
		Inputs  map[string]struct{ Description, Default string }
		Outputs map[string]struct{ Description, Value string }
		Runs    struct {
			Using string
			Steps []struct {
				Shell, Run, Uses string
				Env              map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Inputs) != len(action.DeclaredInputs()) || len(m.Outputs) != len(action.DeclaredOutputs()) {
		t.Errorf("action.yml has %d inputs and %d outputs", len(m.Inputs), len(m.Outputs))
	}
	for _, d := range action.DeclaredInputs() {
		if in := m.Inputs[d.Name]; in.Description != d.Meaning || in.Default != d.Default {
			t.Errorf("input %s reads back as %+v", d.Name, in)
		}
		variable := "INPUT_" + strings.ToUpper(strings.ReplaceAll(d.Name, "-", "_"))
		if got := m.Runs.Steps[0].Env[variable]; got != "${{ inputs."+d.Name+" }}" {
			t.Errorf("the step gets %s = %q", variable, got)
		}
	}
	for _, s := range m.Runs.Steps {
		if s.Uses != "" || s.Shell != "bash" || strings.Contains(s.Run, "${{") {
			t.Errorf("a step uses another action, another shell, or pastes an expression into its script: %+v", s)
		}
	}
}

// TestHelp: the command's help names every input and output.
func TestHelp(t *testing.T) {
	help := action.Help()
	for _, d := range append(action.DeclaredInputs(), action.DeclaredOutputs()...) {
		if !strings.Contains(help, "\n  "+d.Name+" ") {
			t.Errorf("the help does not mention %s", d.Name)
		}
		if !strings.Contains(action.Markdown(), "| `"+d.Name+"` |") {
			t.Errorf("the tables do not mention %s", d.Name)
		}
	}
	for line := range strings.Lines(help) {
		if len(line) > 140 {
			t.Errorf("a line of the help is too long: %s", line)
		}
	}
}
