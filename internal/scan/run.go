package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sync/errgroup"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
	"github.com/mooringdev/mooring/internal/version"
)

// Run scans. The error is for what keeps a scan from beginning, or a context that ended; everything else is a result.
func Run(ctx context.Context, o Options) (*report.Results, error) {
	began := o.Now()
	all, stacks, err := discover(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := checkPlans(o.Plans, all); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(o.TempDir, "mooring-scan-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()

	s := &scan{Options: o, temp: temp, engines: newEngines(o)}
	if o.Adopt {
		s.graph = stack.NewGraph(o.FS, all)
	}
	if o.Repo != nil {
		if s.commit, err = o.Repo.Head(ctx); err != nil {
			return nil, err
		}
	}
	for _, st := range stacks {
		s.jobs = append(s.jobs, &job{stack: st})
	}
	defer s.close()
	o.Progress.Start(len(s.jobs))
	if err := s.each(ctx, s.plan); err != nil {
		return nil, err
	}
	s.follow(all)
	s.transits()
	explain := s.explainUpgrades
	if o.explain != nil {
		explain = func(ctx context.Context, j *job) error { return o.explain(ctx, s, j) }
	}
	if err := s.each(ctx, explain); err != nil {
		return nil, err
	}
	s.attribute(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.decide()
	if o.Adopt {
		if err := s.each(ctx, s.repair); err != nil {
			return nil, err
		}
	}
	groups := s.declaredGroups(ctx, all, began)
	r := s.results(began)
	r.Groups = groups
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

// Stacks are the stacks that the options select, sorted by id.
func Stacks(ctx context.Context, o Options) ([]stack.Stack, error) {
	_, chosen, err := discover(ctx, o)
	return chosen, err
}

func discover(ctx context.Context, o Options) (all, chosen []stack.Stack, err error) {
	all, unclassified, err := stack.Discover(ctx, o.FS, Discovery(o.Config, o.Env))
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 {
		return nil, nil, &noStacks{root: o.Root, unclassified: unclassified}
	}
	for _, s := range all {
		if selects(o.Stacks, s) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		ids := make([]string, 0, len(all))
		for _, s := range all {
			ids = append(ids, s.ID)
		}
		return nil, nil, fmt.Errorf("no stack matches %s; there are %s", strings.Join(o.Stacks, ", "), abridge(ids, 8))
	}
	return all, o.Shard.of(chosen, together(o.Config)), nil
}

// Discovery is what the configuration, and the environment of the engine, say about finding stacks.
func Discovery(c *config.Config, env []string) stack.Options {
	o := stack.Options{Include: c.Stacks.Include, Exclude: c.Stacks.Exclude, Env: env}
	_, o.Terragrunt = engine.FindTerragrunt(env)
	for _, d := range c.Declared {
		o.Declared = append(o.Declared, stack.Declared{
			ID: d.ID, Workspace: d.Workspace, VarFiles: d.VarFiles, BackendConfig: d.BackendConfig, Env: d.Env, Owners: d.Owners,
			Where: fmt.Sprintf("%s:%d", d.Range.Filename, d.Range.Start.Line),
		})
	}
	return o
}

func selects(globs []string, s stack.Stack) bool {
	if len(globs) == 0 {
		return true
	}
	return slices.ContainsFunc(globs, func(g string) bool {
		g = strings.TrimSuffix(strings.TrimPrefix(g, "./"), "/")
		byID, _ := doublestar.Match(g, s.ID)
		byPath, _ := doublestar.Match(g, s.Path)
		return byID || byPath
	})
}

// Literal is a glob that matches a stack id and nothing else.
func Literal(id string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`).Replace(id)
}

// of takes the shard's part. Stacks are dealt out in turn, so that neighbours, which tend to be alike in size, spread over the shards; those that
// are held against each other go to one.
func (sh Shard) of(stacks []stack.Stack, together map[string]string) []stack.Stack {
	if sh.N <= 1 {
		return stacks
	}
	turn := map[string]int{} // by the name under which stacks go together
	var mine []stack.Stack
	for _, s := range stacks {
		unit := together[s.ID]
		if unit == "" {
			unit = s.ID
		}
		if _, dealt := turn[unit]; !dealt {
			turn[unit] = len(turn)
		}
		if turn[unit]%sh.N == sh.I-1 {
			mine = append(mine, s)
		}
	}
	return mine
}

// together names, for each stack of a declared group, the stack under whose id it is dealt out: groups that share a stack are one.
func together(c *config.Config) map[string]string {
	out := map[string]string{}
	if c.Publish.Groups == "none" {
		return out
	}
	for _, g := range c.Groups {
		first := g.Stacks[0]
		for _, id := range g.Stacks {
			if out[id] != "" {
				first = out[id]
				break
			}
		}
		for _, id := range g.Stacks {
			if old := out[id]; old != "" && old != first {
				for k, v := range out {
					if v == old {
						out[k] = first
					}
				}
			}
			out[id] = first
		}
	}
	return out
}

// A noStacks error says that the tree holds nothing to scan, and what looked like it.
type noStacks struct {
	root         string
	unclassified []stack.Unclassified
}

func (e *noStacks) Error() string {
	if len(e.unclassified) == 0 {
		return "no stacks in " + e.root + ": there is no Terraform or OpenTofu configuration"
	}
	paths := make([]string, 0, len(e.unclassified))
	for _, u := range e.unclassified {
		paths = append(paths, u.Path)
	}
	return fmt.Sprintf("no stacks in %s: no directory has a backend, provider or lock file; configuration without one is in %s", e.root, abridge(paths, 5))
}

// Hint is the next step.
func (e *noStacks) Hint() string {
	return `name them in .mooring.hcl, for example: stack "infra/prod" {}   (mooring init writes a starter file)`
}

// abridge lists the first n and counts the rest.
func abridge(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

// A scan is one run.
type scan struct {
	Options
	temp    string
	graph   *stack.Graph // of all stacks, also those that are not scanned; nil without adoption
	commit  string
	engines *engines
	jobs    []*job

	warnings []string
	events   report.EventStats
}

// A job is one stack on its way down the line.
type job struct {
	stack  stack.Stack
	result report.StackResult
	began  time.Time

	saved    *engine.Saved // nil when the plan did not succeed
	foreign  bool          // what was planned is not code of the repository
	plan     *drift.Plan
	upgrades []report.Upgrade // since the stack was last seen clean
	tree     *module.Tree     // nil when the configuration could not be read
}

// each runs one leg of the way for every stack, some at once. A stack's own failure is in its result; the error is ctx's.
func (s *scan) each(ctx context.Context, leg func(context.Context, *job) error) error {
	g, ctx := errgroup.WithContext(ctx)
	n := s.Concurrency
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	g.SetLimit(n)
	for _, j := range s.jobs {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return leg(ctx, j)
		})
	}
	return g.Wait()
}

func (s *scan) close() {
	for _, j := range s.jobs {
		if j.saved != nil {
			_ = j.saved.Close()
		}
	}
}

func (s *scan) results(began time.Time) *report.Results {
	r := &report.Results{
		ScannedAt: began.UTC(), Tool: report.Tool{Name: "mooring", Version: version.Version}, Commit: s.commit, Partial: len(s.Stacks) > 0 || s.Shard.N > 1, Shard: s.part(),
		Warnings: s.warnings, Events: s.events, Elapsed: s.Now().Sub(began),
	}
	for _, j := range s.jobs {
		j.result.Status = statusOf(j.result)
		r.Stacks = append(r.Stacks, j.result)
	}
	slices.SortFunc(r.Stacks, func(a, b report.StackResult) int { return cmp.Compare(a.Stack.ID, b.Stack.ID) })
	return r
}

// statusOf is the state of a stack: drift outranks code that is not applied. What a person or rule chose to live with does not count.
func statusOf(r report.StackResult) report.Status {
	if r.Status == report.StatusFailed || r.Status == report.StatusSkipped {
		return r.Status
	}
	status := report.StatusClean
	for _, f := range r.Findings {
		if report.IsDrift(f) {
			return report.StatusDrifted
		}
		if report.IsWaiting(f) {
			status = report.StatusPending
		}
	}
	return status
}

// fail makes a stack's result say that it could not be judged.
func (j *job) fail(err error) {
	j.result.Status = report.StatusFailed
	j.result.Findings = nil
	var f *engine.Failure
	if errors.As(err, &f) {
		j.result.Diagnostics = append(j.result.Diagnostics, f.Diagnostics...)
		j.result.Hint = f.Hint
		if len(f.Diagnostics) > 0 {
			return
		}
	}
	var h interface{ Hint() string }
	if j.result.Hint == "" && errors.As(err, &h) {
		j.result.Hint = h.Hint()
	}
	j.result.Diagnostics = append(j.result.Diagnostics, engine.Diagnostic{Severity: "error", Summary: err.Error(), File: j.stack.Path})
}

// scratch makes a directory that only this user can enter: plan files hold secrets.
func (s *scan) scratch(j *job) (string, error) {
	dir := filepath.Join(s.temp, fmt.Sprintf("%03d", slices.Index(s.jobs, j)))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a scratch directory: %w", err)
	}
	return dir, nil
}
