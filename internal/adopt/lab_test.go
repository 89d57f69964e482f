package adopt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/engine/source"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/patch"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// A lab is a repository with one stack, applied by a real engine to a simulated cloud.
type lab struct {
	t      testing.TB
	root   string
	stack  string
	engine *engine.Engine
	cloud  *simcloud.Cloud
	env    []string
}

// newLab writes the files of an archive into a repository and applies the stack.
func newLab(t testing.TB, stack string, a *txtar.Archive) *lab {
	t.Helper()
	return newLabOn(t, "tofu", enginetest.Tofu(t), stack, a)
}

// newLabOn is newLab with the engine of a name.
func newLabOn(t testing.TB, name, program, stack string, a *txtar.Archive) *lab {
	t.Helper()
	recipe, _ := source.Lookup(name)
	l := &lab{t: t, root: t.TempDir(), stack: stack,
		engine: &engine.Engine{Name: name, Path: program, Version: recipe.Version, UserAgent: "mooring/test", Cache: t.TempDir()}}
	for _, f := range a.Files {
		l.write(f.Name, f.Data)
	}
	aws, err := schemas.AWS()
	if err != nil {
		t.Fatal(err)
	}
	if l.cloud, err = simcloud.New(simcloud.Options{}, aws); err != nil {
		t.Fatal(err)
	}
	attach, stop, err := l.cloud.Serve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	l.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CHECKPOINT_DISABLE=1", "TF_REATTACH_PROVIDERS=" + attach}, enginetest.Mirror(t)...)
	if err := l.engine.Apply(context.Background(), l.workdir()); err != nil {
		t.Fatal(describe(err))
	}
	return l
}

func (l *lab) write(name string, data []byte) {
	l.t.Helper()
	p := filepath.Join(l.root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(p, data, 0o644); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) workdir() engine.Workdir {
	return engine.Workdir{Root: l.root, Path: l.stack, Env: l.env, Temp: l.t.TempDir()}
}

// plan plans the stack as it is on disk.
func (l *lab) plan() (*engine.Saved, *drift.Plan) {
	l.t.Helper()
	s, err := l.engine.Plan(context.Background(), l.workdir())
	if err != nil {
		l.t.Fatal(describe(err))
	}
	l.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			l.t.Error(err)
		}
	})
	p, err := s.Read(context.Background())
	if err != nil {
		l.t.Fatal(describe(err))
	}
	return s, p
}

// change lets a person change the one object of a type whose attribute has a value.
func (l *lab) change(typ, attribute string, value any, mutate func(map[string]any)) {
	l.t.Helper()
	for _, o := range l.cloud.Objects() {
		if o.Type != typ || fmt.Sprint(o.Attributes()[attribute]) != fmt.Sprint(value) {
			continue
		}
		by := simcloud.By{Actor: trail.Pipeline("hand", "session"), Via: audit.ViaConsole, At: time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)}
		if _, err := l.cloud.Change(by, typ, o.ID, mutate); err != nil {
			l.t.Fatal(err)
		}
		return
	}
	l.t.Fatalf("no %s with %s = %v", typ, attribute, value)
}

// solve scans the stack and adopts what it finds.
func (l *lab) solve(only ...string) ([]drift.Finding, *adopt.Result) {
	l.t.Helper()
	return l.solveWith(nil, only...)
}

// solveWith is solve with findings that audit logs gave besides.
func (l *lab) solveWith(more []drift.Finding, only ...string) ([]drift.Finding, *adopt.Result) {
	l.t.Helper()
	in := l.input(more, only...)
	r, err := adopt.Solve(context.Background(), in)
	if err != nil {
		l.t.Fatal(err)
	}
	return in.Findings, r
}

// input is what adoption needs to know of the stack as it is: a plan, and what it shows.
func (l *lab) input(more []drift.Finding, only ...string) adopt.Input {
	l.t.Helper()
	saved, before := l.plan()
	tree, err := module.Load(os.DirFS(l.root), l.stack, module.Options{DataDir: os.DirFS(saved.DataDir)})
	if err != nil {
		l.t.Fatal(err)
	}
	if len(tree.Problems) > 0 {
		l.t.Fatal(tree.Problems)
	}
	state, err := saved.Live(context.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	live, err := adopt.LiveValues(state)
	if err != nil {
		l.t.Fatal(err)
	}
	schema, err := saved.Schema(context.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	findings := append(drift.Classify(before, tree, drift.Options{Stack: l.stack}), more...)
	in := adopt.Input{Stack: l.stack, Tree: tree, Findings: findings, Before: before, Live: live, Schema: schema, Planner: saved, Importer: saved}
	if len(only) > 0 {
		in.Only = only
	}
	return in
}

// diff is the edited files as a patch.
func diff(r *adopt.Result) string {
	var b strings.Builder
	for _, f := range r.Files {
		b.WriteString(patch.Unified(f.Path, f.Path, string(f.Before), string(f.After)))
	}
	return b.String()
}

// outcomes lists what became of every finding that was not left alone, one a line.
func outcomes(findings []drift.Finding, r *adopt.Result) string {
	var lines []string
	for i, o := range r.Outcomes {
		line := findings[i].Address + ": " + string(o.Status)
		for _, ref := range o.Refusals {
			line += fmt.Sprintf("\n\t%s: %s: %s", ref.Path, ref.Code, ref.Detail)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func describe(err error) string {
	text := err.Error()
	if f, ok := engine.AsFailure(err); ok {
		for _, d := range f.Diagnostics {
			text += fmt.Sprintf("\n%s: %s: %s (%s:%d)", d.Severity, d.Summary, d.Detail, d.File, d.Line)
		}
	}
	return text
}
