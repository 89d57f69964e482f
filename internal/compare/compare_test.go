package compare_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/policy"
)

var update = flag.Bool("update", false, "rewrite the wanted results")

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// A world is one case: the files of the archive are the repository; those that begin with @ say the rest.
type world struct {
	fsys    fstest.MapFS
	stacks  []stackJSON
	commits []commitJSON
	rules   string
}

type stackJSON struct {
	ID, Path, Workspace string
	VarFiles            []string `json:"var_files"`
	Problem             string
	Instances           []struct {
		Address, Type string
		Code, Live    map[string]any
		LiveGone      bool `json:"live_gone"`
		CodeGone      bool `json:"code_gone"`
		Sensitive     []string
	}
	Findings []struct {
		Address, Kind, Actor string
		Changes              []struct{ Path, Kind string }
	}
	Versions []compare.Version
}

type commitJSON struct {
	ID, Author, Subject string
	Days                int              // ago
	Lines               map[string][]int // by file; the last commit that names a line wrote it
	Before              map[string]string
}

func read(t *testing.T, a *txtar.Archive) world {
	t.Helper()
	w := world{fsys: fstest.MapFS{}}
	for _, f := range a.Files {
		var into any
		switch f.Name {
		case "@stacks":
			into = &w.stacks
		case "@history":
			into = &w.commits
		case "@rules":
			w.rules = string(f.Data)
			continue
		case "@want":
			continue
		default:
			w.fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(f.Data))
		dec.UseNumber()
		dec.DisallowUnknownFields()
		if err := dec.Decode(into); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	return w
}

// LastChange implements compare.History: the newest commit that names one of the lines.
func (w world) LastChange(file string, first, last int) *compare.Commit {
	var newest *commitJSON
	for n := range w.commits {
		c := &w.commits[n]
		for _, line := range c.Lines[file] {
			if line >= first && line <= last && (newest == nil || c.Days < newest.Days) {
				newest = c
			}
		}
	}
	if newest == nil {
		return nil
	}
	return &compare.Commit{ID: newest.ID, Author: newest.Author, Subject: newest.Subject, Time: now.AddDate(0, 0, -newest.Days)}
}

// Before implements compare.History.
func (w world) Before(c *compare.Commit, file string) ([]byte, bool) {
	for _, known := range w.commits {
		if text, ok := known.Before[file]; ok && known.ID == c.ID {
			return []byte(text), true
		}
	}
	return nil, false
}

func (w world) input(t *testing.T) []compare.Stack {
	t.Helper()
	var out []compare.Stack
	for _, s := range w.stacks {
		tree, err := module.Load(w.fsys, s.Path, module.Options{VarFiles: s.VarFiles, Workspace: s.Workspace})
		if err != nil {
			t.Fatal(err)
		}
		if tree.Problems.HasErrors() {
			t.Fatal(tree.Problems)
		}
		st := compare.Stack{ID: s.ID, Path: s.Path, Workspace: s.Workspace, VarFiles: s.VarFiles, Problem: s.Problem, Tree: tree, Versions: append(s.Versions, compare.ModuleVersions(tree)...)}
		for _, i := range s.Instances {
			inst := compare.Instance{Address: i.Address, Type: i.Type, Provider: "registry.opentofu.org/hashicorp/aws", Code: i.Code, Live: i.Live, Sensitive: i.Sensitive}
			if inst.Type == "" {
				a, err := module.ParseAddress(i.Address)
				if err != nil {
					t.Fatal(err)
				}
				inst.Type = a.Type
			}
			switch {
			case i.LiveGone:
				inst.Live = nil
			case inst.Live == nil:
				inst.Live = inst.Code
			}
			if i.CodeGone {
				inst.Code = nil
			}
			st.Instances = append(st.Instances, inst)
		}
		for _, f := range s.Findings {
			found := compare.Finding{Finding: drift.Finding{ID: drift.FindingID(s.ID, f.Address, ""), Address: f.Address, Kind: drift.Kind(f.Kind)}}
			for _, ch := range f.Changes {
				found.Changes = append(found.Changes, drift.Change{Path: ch.Path, Kind: drift.Kind(ch.Kind)})
			}
			if f.Actor != "" {
				found.Attribution = []blame.Attribution{{Verdict: blame.Confirmed, Actor: audit.Actor{Name: f.Actor, Type: audit.ActorHuman}}}
			}
			st.Findings = append(st.Findings, found)
		}
		out = append(out, st)
	}
	return out
}

// policy reads the rules of a case.
func (w world) policy(t *testing.T) []policy.Rule {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(w.rules), "@rules", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var out []policy.Rule
	for _, b := range f.Body.(*hclsyntax.Body).Blocks {
		text := func(name string) string {
			v, diags := b.Body.Attributes[name].Expr.Value(nil)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			return v.AsString()
		}
		until, err := time.Parse(time.DateOnly, text("until"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, policy.Rule{Name: b.Labels[0], When: b.Body.Attributes["when"].Expr, Action: text("action"), Reason: text("reason"), Until: until})
	}
	return out
}

func (w world) run(t *testing.T) *compare.Comparison {
	t.Helper()
	stacks := w.input(t)
	var outlines []compare.Outline
	for _, s := range stacks {
		outlines = append(outlines, compare.Outline{ID: s.ID, Path: s.Path, Workspace: s.Workspace, VarFiles: s.VarFiles})
	}
	o := compare.Options{Now: now, Rules: w.policy(t)}
	if w.commits != nil {
		o.History = w
	}
	return compare.Run(compare.Declare("web", outlines), stacks, o)
}

// show writes a comparison the way the wanted results are kept.
func show(c *compare.Comparison) string {
	var b strings.Builder
	for _, token := range c.Tokens {
		fmt.Fprintf(&b, "token %s %s\n", token.Name, strings.Join(token.Values, " | "))
	}
	for _, d := range c.Differences {
		fmt.Fprintf(&b, "%s %s %s %s %s", d.Class, d.Side, d.Reason, d.Address, d.Path)
		var apart []string
		for _, i := range d.Apart {
			apart = append(apart, c.Environments[i].Name)
		}
		fmt.Fprintf(&b, " [%s]", strings.Join(apart, " "))
		if d.Commit != nil {
			fmt.Fprintf(&b, " %s by %s, %d days", d.Commit.ID, d.Commit.Author, int(d.Age.Hours()/24))
		}
		for _, a := range d.Attribution {
			fmt.Fprintf(&b, " by %s", a.Actor.Name)
		}
		if d.Accepted() {
			fmt.Fprintf(&b, " accepted: %s", d.Decision.Reason)
		}
		fmt.Fprintf(&b, "\n  %s\n", d.Because)
	}
	fmt.Fprintf(&b, "matched %d, same %d\n", c.Matched, c.Same)
	return b.String()
}

// TestCases: each archive is a repository, what its stacks hold, and what comparing them gives.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := show(read(t, a).run(t))
			at := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "@want" })
			if at < 0 {
				a.Files = append(a.Files, txtar.File{Name: "@want"})
				at = len(a.Files) - 1
			}
			if *update {
				a.Files[at].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(a.Files[at].Data), got); d != "" {
				t.Errorf("(-want +got); -update rewrites it:\n%s", d)
			}
		})
	}
}

// TestOrderOfInstancesMeansNothing: a comparison is the same whatever the order in which a state lists its resources.
func TestOrderOfInstancesMeansNothing(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w := read(t, a)
		want := show(w.run(t))
		for i := range w.stacks {
			slices.Reverse(w.stacks[i].Instances)
		}
		if d := cmp.Diff(want, show(w.run(t))); d != "" {
			t.Errorf("%s (-as listed +reversed):\n%s", file, d)
		}
	}
}
