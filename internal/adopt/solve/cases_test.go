package solve_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

var update = flag.Bool("update", false, "rewrite the expected files of the cases")

// A problem is the head of a case: which value is wanted where.
type problem struct {
	Address string
	Path    string
	Want    drift.Value
	Stack   string                            // path of the root module; "." when not given
	Files   []string                          // variable files
	Live    map[string]map[string]drift.Value // what instances have, by address
	Code    map[string]drift.Value
	Schema  *drift.Block
	Nth     int // which candidate is shown: 0 is the first that evaluates right
}

// TestCases solves every case under testdata: the comment of the archive is the problem as JSON, its files are the configuration, and
// after/ holds the files that the best candidate changes, or "reason" the code and words of the refusal.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var p problem
			dec := json.NewDecoder(bytes.NewReader(a.Comment))
			dec.UseNumber()
			dec.DisallowUnknownFields()
			if err := dec.Decode(&p); err != nil {
				t.Fatalf("the head of the case: %v", err)
			}
			before, after := map[string]string{}, map[string]string{}
			for _, f := range a.Files {
				if name, ok := strings.CutPrefix(f.Name, "after/"); ok {
					after[name] = string(f.Data)
				} else if f.Name == "reason" {
					after[f.Name] = string(f.Data)
				} else {
					before[f.Name] = string(f.Data)
				}
			}
			got := solveCase(t, p, before)
			if *update {
				rewrite(t, file, a, got)
				return
			}
			if diff := cmp.Diff(after, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// solveCase returns the files that the chosen candidate changes, or the reason under the name "reason".
func solveCase(t *testing.T, p problem, files map[string]string) map[string]string {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	if p.Stack == "" {
		p.Stack = "."
	}
	tree, err := module.Load(fsys, p.Stack, module.Options{VarFiles: p.Files})
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Problems) > 0 {
		t.Fatal(tree.Problems)
	}
	world := solve.NewWorld(tree, solve.NewObjects(maps.All(p.Live), nil))
	target := solve.Target{Address: p.Address, Path: p.Path, Want: p.Want, Code: p.Code, Schema: p.Schema}
	answer := world.Change(target)
	if answer.Satisfied {
		return map[string]string{"reason": "satisfied\n"}
	}
	for _, c := range answer.Candidates {
		edited := map[string][]byte{}
		for name, edits := range hclfile.ByFile(c.Edits) {
			src, err := tree.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if edited[name], err = hclfile.Apply(src, edits); err != nil {
				t.Fatal(err)
			}
		}
		next, err := tree.With(edited)
		if err != nil {
			t.Fatal(err)
		}
		if len(next.Problems) > 0 {
			t.Fatalf("a candidate does not parse: %v\n%s", next.Problems, edited)
		}
		if !world.With(next).Check(target) {
			continue
		}
		if p.Nth > 0 {
			p.Nth--
			continue
		}
		out := map[string]string{}
		for name, src := range edited {
			out[name] = string(src)
		}
		return out
	}
	return map[string]string{"reason": answer.Reason.Code + ": " + answer.Reason.Detail + "\n"}
}

func rewrite(t *testing.T, file string, a *txtar.Archive, got map[string]string) {
	t.Helper()
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "reason" || strings.HasPrefix(f.Name, "after/") })
	for _, name := range slices.Sorted(maps.Keys(got)) {
		as := "after/" + name
		if name == "reason" {
			as = name
		}
		a.Files = append(a.Files, txtar.File{Name: as, Data: []byte(got[name])})
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}
