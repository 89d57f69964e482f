package engine_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/engine/source"
)

// eachEngine runs a test on both engines. They are found once, so that what they were asked is remembered as in a scan.
func eachEngine(t *testing.T, test func(t *testing.T, e *engine.Engine)) {
	for name, path := range map[string]string{"tofu": enginetest.Tofu(t), "terraform": enginetest.Terraform(t)} {
		recipe, _ := source.Lookup(name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &engine.Engine{Name: name, Path: path, Version: recipe.Version, UserAgent: "mooring/test", Cache: t.TempDir()})
		})
	}
}

// A lab is a repository with one stack, set up with the engine as people would.
type lab struct {
	t      *testing.T
	engine *engine.Engine
	root   string
	stack  string
	env    []string
}

// newLab writes files (slash path to text) into a repository whose stack lies at the given path.
func newLab(t *testing.T, e *engine.Engine, stack string, files map[string]string) *lab {
	t.Helper()
	l := &lab{t: t, engine: e, root: t.TempDir(), stack: stack}
	l.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CHECKPOINT_DISABLE=1"}, enginetest.Mirror(t)...)
	for name, text := range files {
		l.write(name, text)
	}
	return l
}

func (l *lab) path(name string) string { return filepath.Join(l.root, filepath.FromSlash(name)) }

func (l *lab) write(name, text string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.path(name)), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(l.path(name), []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// run runs the engine by hand in the stack.
func (l *lab) run(args ...string) string {
	l.t.Helper()
	cmd := exec.Command(l.engine.Path, args...)
	cmd.Dir, cmd.Env = l.path(l.stack), l.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		l.t.Fatalf("%s %v: %v\n%s", l.engine.Name, args, err, out)
	}
	return string(out)
}

// apply makes what the code says, and removes what init left, as in a fresh checkout.
func (l *lab) apply(args ...string) {
	l.t.Helper()
	l.run("init", "-input=false", "-no-color")
	l.run(append([]string{"apply", "-auto-approve", "-input=false", "-no-color"}, args...)...)
	if err := os.RemoveAll(l.path(l.stack + "/.terraform")); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) workdir() engine.Workdir {
	return engine.Workdir{Root: l.root, Path: l.stack, Env: l.env, Temp: l.t.TempDir()}
}

// plan plans a stack whose plan must succeed, and checks that the tree was not touched and nothing is left after Close.
func (l *lab) plan(w engine.Workdir) *engine.Saved {
	l.t.Helper()
	before := snapshot(l.t, l.root)
	s, err := l.engine.Plan(context.Background(), w)
	if err != nil {
		l.t.Fatal(describe(err))
	}
	l.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			l.t.Error(err)
		}
		if left, _ := os.ReadDir(w.Temp); len(left) > 0 {
			l.t.Errorf("left in the temporary folder: %v", left)
		}
	})
	l.unchanged(before)
	return s
}

// unchanged checks that the tree is as it was.
func (l *lab) unchanged(before string) {
	l.t.Helper()
	if d := cmp.Diff(strings.Split(before, "\n"), strings.Split(snapshot(l.t, l.root), "\n")); d != "" {
		l.t.Errorf("the working tree changed:\n%s", d)
	}
}

func (l *lab) read(s *engine.Saved) *drift.Plan {
	l.t.Helper()
	p, err := s.Read(context.Background())
	if err != nil {
		l.t.Fatal(describe(err))
	}
	return p
}

func describe(err error) string {
	text := err.Error()
	if f, ok := engine.AsFailure(err); ok {
		for _, d := range f.Diagnostics {
			text += "\n" + d.Severity + ": " + d.Summary + "\n" + d.Detail
		}
		if f.Err != nil {
			text += "\n" + f.Err.Error()
		}
		text += "\nhint: " + f.Hint
	}
	return text
}

// snapshot is every path under root with its kind, mode, time and content.
func snapshot(t *testing.T, root string) string {
	t.Helper()
	var b bytes.Buffer
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		b.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String() + "\n")
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			b.Write(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// instance finds an instance of a plan.
func instance(t *testing.T, p *drift.Plan, address string) drift.Instance {
	t.Helper()
	for _, i := range p.Instances {
		if i.Address == address {
			return i
		}
	}
	t.Fatalf("%s is not among the %d instances that differ: %+v", address, len(p.Instances), p.Instances)
	return drift.Instance{}
}
