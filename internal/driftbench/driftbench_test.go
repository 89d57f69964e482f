package driftbench

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// small are the options of the benchmark on the code that the repository holds.
func small(t *testing.T) Options {
	t.Helper()
	projects, err := Projects("testdata/projects")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Projects: projects, Seed: 1, Cases: 4, Stacks: 2, PerRound: 4, Workers: 2, Engine: enginetest.Tofu(t), Temp: t.TempDir(), Baselines: true}
}

// TestSmall: on the vendored code every adoptable change is adopted, no edit is wrong or moves more, and the seed alone picks the cases.
func TestSmall(t *testing.T) {
	r, err := Run(t.Context(), small(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Stacks {
		if s.Skipped != "" {
			t.Errorf("%s %s was skipped: %s", s.Project, s.Stack, s.Skipped)
		}
	}
	adoptable := 0
	var picked bytes.Buffer
	for _, c := range r.Cases {
		if c.miss() {
			t.Errorf("%s of %s (%s, %s): %s %v %s", c.Path, c.Address, c.What, c.Form, c.Verdict, c.Reasons, c.Detail)
		}
		if c.Adoptable && c.Verdict == Adopted {
			adoptable++
		}
		line, err := json.Marshal(map[string]any{"project": c.Project, "address": c.Address, "path": c.Path, "what": c.What, "form": c.Form, "why": c.Why})
		if err != nil {
			t.Fatal(err)
		}
		picked.Write(append(line, '\n'))
	}
	if adoptable < 4 {
		t.Errorf("only %d adoptable cases were adopted: the benchmark measures nothing", adoptable)
	}
	golden(t, "testdata/small.golden", picked.Bytes())
	var table bytes.Buffer
	if err := r.Write(&table); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.String(), "pypi/infra") {
		t.Errorf("the table names no project:\n%s", table.String())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got); -update rewrites it:\n%s", name, d)
	}
}
