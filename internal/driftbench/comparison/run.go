package comparison

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/driftbench"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/git/fresh"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/simcloud"
)

// Options say what to measure.
type Options struct {
	driftbench.Options
	Layouts  []Layout
	Rounds   int    // per layout
	PerRound int    // differences planted at once
	Path     string // where git is found: PATH
}

// A Result is what a run showed.
type Result struct {
	Seed    int64     `json:"seed"`
	Designs []Measure `json:"designs"`
	Cases   []*Case   `json:"cases"`
	// Stray are differences that appeared and that nobody planted.
	Stray     []Stray `json:"stray"`
	Shown     int     `json:"shown"`     // differences, planted or not, over all rounds
	Explained int     `json:"explained"` // of those, the ones with a class and a reason
	Seconds   float64 `json:"seconds"`
}

// A Measure says what was made of one design.
type Measure struct {
	Project, Design, Skipped string
	Environments, Resources  int
	Cut                      int
}

// Stray is a difference without a case.
type Stray struct{ Design, Class, Reason, Address, Path, Because string }

var start = time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC)

// Run measures. The error is for what keeps a run from being one.
func Run(ctx context.Context, o Options) (*Result, error) {
	began := time.Now()
	r := &Result{Seed: o.Seed}
	projects := map[string]driftbench.Project{}
	for _, p := range o.Projects {
		projects[p.Name] = p
	}
	for _, l := range o.Layouts {
		p, ok := projects[l.Project]
		if !ok {
			continue
		}
		if err := measure(ctx, o, p, l, r); err != nil {
			return nil, err
		}
		if o.Log != nil {
			o.Log(fmt.Sprintf("%s %s: %d cases so far", l.Project, l.Name, len(r.Cases)))
		}
	}
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

func measure(ctx context.Context, o Options, p driftbench.Project, l Layout, r *Result) error {
	dir := filepath.Join(o.Temp, strings.ReplaceAll(p.Name, "/", "+")+"-"+l.Name)
	m := Measure{Project: p.Name, Design: l.Name, Environments: len(l.Environments)}
	d, err := driftbench.ApplyDesign(ctx, o.Options, p, l.Environments, dir)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		m.Skipped = err.Error()
		r.Designs = append(r.Designs, m)
		return nil
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(p.Name + l.Name))
	b := &bench{o: o, l: l, d: d, dir: dir, r: rand.New(rand.NewPCG(uint64(o.Seed), h.Sum64()))}
	base, err := b.round(ctx, nil)
	if err != nil {
		m.Skipped = "it cannot be compared as it is: " + err.Error()
		r.Designs = append(r.Designs, m)
		return ctx.Err()
	}
	b.base = keys(base)
	for _, e := range base.Environments {
		m.Resources += e.Resources
	}
	for _, e := range d.Environments {
		m.Cut += e.Cut
	}
	r.Designs = append(r.Designs, m)
	b.count(base, r)
	for n := range o.Rounds {
		plants, err := b.draw(n)
		if err != nil {
			return err
		}
		if err := b.settle(ctx, plants, r); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}

// settle runs a round, and halves of it when it cannot be applied.
func (b *bench) settle(ctx context.Context, plants []*plant, r *Result) error {
	if len(plants) == 0 {
		return nil
	}
	found, err := b.round(ctx, plants)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if len(plants) == 1 {
			c := plants[0].Case
			c.Verdict, c.Detail = NotPlanted, err.Error()
			r.Cases = append(r.Cases, &c)
			return nil
		}
		return errors.Join(b.settle(ctx, plants[:len(plants)/2], r), b.settle(ctx, plants[len(plants)/2:], r))
	}
	b.count(found, r)
	b.judge(found, plants, r)
	return nil
}

func (b *bench) count(c *compare.Comparison, r *Result) {
	for _, d := range c.Differences {
		r.Shown++
		if d.Class != compare.Unexplained {
			r.Explained++
		}
	}
}

// bench is one design under measurement.
type bench struct {
	o    Options
	l    Layout
	d    *driftbench.Design
	dir  string
	r    *rand.Rand
	base map[string]bool
	n    int
}

// round plants differences in a copy of the tree and of the clouds, and compares.
func (b *bench) round(ctx context.Context, plants []*plant) (out *compare.Comparison, err error) {
	b.n++
	dir := filepath.Join(b.dir, fmt.Sprintf("round-%d", b.n))
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w := &world{b: b, tree: filepath.Join(dir, "tree"), dir: dir}
	if err := driftbench.CopyTree(b.d.Tree, w.tree); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(w.tree, ".gitignore"), []byte("*.tfstate*\n.terraform/\nterraform.tfstate.d/\n"), 0o600); err != nil {
		return nil, err
	}
	if w.repo, err = fresh.Init(ctx, w.tree, b.environ()); err != nil {
		return nil, err
	}
	for n := range b.d.Environments {
		file := filepath.Join(dir, fmt.Sprintf("cloud-%d.json.gz", n))
		cloud, err := b.d.Load(n, file)
		if err != nil {
			return nil, err
		}
		attach, stop, err := cloud.Serve(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, stop()) }()
		w.clouds, w.attach = append(w.clouds, cloud), append(w.attach, attach)
	}
	if err := w.plant(ctx, plants); err != nil {
		return nil, err
	}
	return w.compare(ctx)
}

func (b *bench) environ() []string { return []string{"PATH=" + b.o.Path, "HOME=" + b.dir} }

// world is one round's tree and clouds.
type world struct {
	b      *bench
	dir    string
	tree   string
	repo   *fresh.Repo
	clouds []*simcloud.Cloud
	attach []string
}

// compare is Mooring, as it would be run.
func (w *world) compare(ctx context.Context) (*compare.Comparison, error) {
	c, err := config.Parse([]byte(""), config.Name)
	if err != nil {
		return nil, err
	}
	group := config.Group{Name: "design"}
	for n, e := range w.b.d.Environments {
		s := config.Stack{ID: e.Path, Workspace: e.Workspace, VarFiles: e.VarFiles, Env: map[string]string{"TF_REATTACH_PROVIDERS": w.attach[n]}}
		if e.Workspace != "" {
			s.ID += "@" + e.Workspace
		}
		for k, v := range e.Env {
			s.Env[k] = v
		}
		c.Stacks.Include = append(c.Stacks.Include, e.Path)
		c.Declared = append(c.Declared, s)
		group.Stacks = append(group.Stacks, s.ID)
	}
	c.Groups = []config.Group{group}
	repo, err := git.Open(ctx, w.tree, w.b.environ())
	if err != nil {
		return nil, err
	}
	r, err := scan.Compare(ctx, scan.Options{
		Root: w.tree, FS: os.DirFS(w.tree), Repo: repo, Config: c, Engine: w.b.o.Engine, Concurrency: 2,
		Env:      []string{"PATH=" + os.DevNull, "HOME=" + w.dir, "TF_CLI_CONFIG_FILE=" + os.DevNull},
		CacheDir: filepath.Join(w.b.dir, "cache"), TempDir: w.dir, Now: func() time.Time { return start.AddDate(0, 3, 0) }, Progress: scan.NoProgress{},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}, "design")
	if err != nil {
		return nil, err
	}
	for _, e := range r.Groups[0].Environments {
		if e.Problem != "" {
			return nil, fmt.Errorf("%s: %s", e.Name, e.Problem)
		}
	}
	return r.Groups[0], nil
}
