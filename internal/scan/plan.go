package scan

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/version"
)

// plan is the first leg: init, plan, read, classify.
func (s *scan) plan(ctx context.Context, j *job) error {
	j.began = s.Now()
	j.result.Stack = j.stack
	for _, p := range j.stack.Problems {
		j.result.Diagnostics = append(j.result.Diagnostics, engine.Diagnostic{Severity: "warning", Summary: p.Message, File: p.File, Line: p.Line})
	}
	if j.stack.Skip != "" && s.Plans[j.stack.ID] == "" {
		j.result.Status = report.StatusSkipped
		j.result.Hint = j.stack.Skip
		s.Progress.Done(j.stack.ID, "skipped: "+j.stack.Skip, 0)
		return nil
	}
	err := s.planned(ctx, j)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, engine.ErrUnitLeftOut) {
		j.result.Status, j.result.Hint = report.StatusSkipped, err.Error()
		s.Progress.Done(j.stack.ID, "skipped: "+err.Error(), s.Now().Sub(j.began))
		return nil
	}
	if err != nil {
		j.fail(err)
	}
	j.result.Duration = s.Now().Sub(j.began)
	j.result.Status = statusOf(j.result)
	s.Progress.Done(j.stack.ID, string(j.result.Status), j.result.Duration)
	return nil
}

func (s *scan) planned(ctx context.Context, j *job) error {
	if file := s.Plans[j.stack.ID]; file != "" {
		return s.plannedElsewhere(ctx, j, file)
	}
	dir, err := s.scratch(j)
	if err != nil {
		return err
	}
	s.Progress.Phase(j.stack.ID, "finding the engine")
	e, err := s.engines.find(ctx, j)
	if err != nil {
		return err
	}
	j.result.Engine = report.Tool{Name: e.Name, Version: e.Version}

	// Edits are made for the files that were planned. When one is written meanwhile, the stack is planned again.
	var treeErr error
	for again := false; ; again = true {
		seen := s.sources(j)
		if treeErr, err = s.plannedOnce(ctx, j, e, dir); err != nil {
			return err
		}
		name := seen.changed(j.tree)
		if name == "" {
			return s.judge(ctx, j, treeErr)
		}
		if again {
			return &engine.Failure{Stage: "read", Hint: "scan when nothing writes the files", Err: fmt.Errorf("%s was written while the stack was planned, twice", name)}
		}
		if err := j.saved.Close(); err != nil {
			return err
		}
		j.saved, j.plan, j.tree = nil, nil, nil
	}
}

// plannedOnce plans a stack, and reads the plan and the configuration.
func (s *scan) plannedOnce(ctx context.Context, j *job, e *engine.Engine, dir string) (treeErr, err error) {
	s.Progress.Phase(j.stack.ID, "init and plan")
	before := s.Now()
	w, err := s.unfolded(ctx, j, e, s.workdir(j, dir))
	if err != nil {
		return nil, err
	}
	j.saved, err = e.Plan(ctx, w)
	j.result.EngineTime += s.Now().Sub(before)
	if err != nil {
		return nil, err
	}

	s.Progress.Phase(j.stack.ID, "reading the plan")
	// The configuration is read while the plan is: neither needs the other.
	var wg sync.WaitGroup
	wg.Go(func() {
		o := moduleOptions(j, w.Env, j.saved.DataDir)
		o.VarFiles = w.VarFiles
		tree := s.FS
		if j.foreign {
			tree = os.DirFS(w.Root)
		}
		j.tree, treeErr = module.Load(tree, w.Path, o)
	})
	j.plan, err = j.saved.Read(ctx)
	wg.Wait()
	return treeErr, err
}

// hashes are what the files of a configuration held, by path.
type hashes map[string][sha256.Size]byte

// sources notes what the configuration of a stack says before it is planned; nil when nothing will be edited by it.
func (s *scan) sources(j *job) hashes {
	if !s.Adopt || j.stack.Terragrunt { // which variable files a unit has is known when Terragrunt ran
		return nil
	}
	t, err := module.Load(s.FS, j.stack.Code(), module.Options{VarFiles: j.stack.VarFiles, Workspace: j.stack.Workspace})
	if err != nil {
		return nil // the engine says why
	}
	out := hashes{}
	for name, f := range t.Files {
		out[name] = sha256.Sum256(f.Source)
	}
	return out
}

// changed is a file of the repository that says something else than it did; "" when there is none. Installed modules are not the repository's.
func (h hashes) changed(t *module.Tree) string {
	if h == nil || t == nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(t.Files)) {
		if f := t.Files[name]; f.Frozen != module.FrozenInstalled && h[name] != sha256.Sum256(f.Source) {
			return name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if t.Files[name] == nil {
			return name
		}
	}
	return ""
}

// judge classifies a plan that was read, with the configuration as far as that was.
func (s *scan) judge(ctx context.Context, j *job, treeErr error) error {
	if treeErr != nil {
		// The engine understood the code, so this is ours to report: classification goes on and says less.
		j.tree = nil
		j.result.Diagnostics = append(j.result.Diagnostics, engine.Diagnostic{Severity: "warning", Summary: "the configuration could not be read for attribution to lines: " + treeErr.Error(), File: j.stack.Path})
	}
	if j.plan.Incomplete != "" {
		return &engine.Failure{Stage: "read", Diagnostics: []engine.Diagnostic{{
			Severity: "error", Summary: "the plan is incomplete and says nothing that could be trusted: " + j.plan.Incomplete, File: j.stack.Path,
		}}}
	}
	if j.saved != nil {
		j.result.Diagnostics = append(j.result.Diagnostics, j.saved.Diagnostics...)
	}
	s.classify(ctx, j)
	return nil
}

// workdir is what the engine runs in for a stack.
func (s *scan) workdir(j *job, temp string) engine.Workdir {
	env := s.Env
	for k, v := range j.stack.Env {
		env = append(env[:len(env):len(env)], k+"="+v)
	}
	return engine.Workdir{
		Root: s.Root, Path: j.stack.Path, Workspace: j.stack.Workspace, VarFiles: j.stack.VarFiles, BackendConfig: j.stack.BackendConfig,
		Env: env, Temp: temp, PluginCache: filepath.Join(s.CacheDir, "plugins"),
	}
}

func (s *scan) classify(ctx context.Context, j *job) {
	var code drift.Code
	if j.tree != nil {
		code = j.tree
	}
	noteHoldings(&j.result, j.plan)
	j.upgrades = s.upgrades(ctx, j)
	found := drift.Classify(j.plan, code, drift.Options{
		Stack:       j.stack.ID,
		Window:      drift.Window{From: s.lastClean(j.stack.ID), To: s.Now()},
		CodeChanged: s.codeChanged(ctx, j),
		DecodeYAML:  decodeYAML,
		Upgraded:    upgradedProviders(j.upgrades),
	})
	for _, f := range found {
		keepIdentity(j.tree, j.stack.ID, &f)
		j.result.Findings = append(j.result.Findings, report.Finding{Finding: f, Where: j.places(f)})
	}
	j.result.Upgrades = report.Moved(j.upgrades, j.result.Findings)
}

// places are the lines of code that a finding is about.
func (j *job) places(f drift.Finding) map[string]report.Place {
	t := j.tree
	if t == nil || j.foreign {
		return nil
	}
	out := map[string]report.Place{}
	if file, line, ok := t.Place(f.Address, ""); ok {
		out[""] = report.Place{File: file, Line: line}
	}
	for _, c := range f.Changes {
		if file, line, ok := t.Place(f.Address, c.Path); ok {
			out[c.Path] = report.Place{File: file, Line: line}
		}
	}
	return out
}

func moduleOptions(j *job, env []string, dataDir string) module.Options {
	o := module.Options{VarFiles: j.stack.VarFiles, Env: env, Workspace: j.stack.Workspace}
	if dataDir != "" {
		o.DataDir = os.DirFS(dataDir)
	}
	return o
}

func decodeYAML(text string) (drift.Value, error) {
	var v drift.Value
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return nil, err
	}
	return v, nil
}

// engines finds each stack's engine. Stacks that come to the same program share one Engine, and with it the schemas it has read.
type engines struct {
	o      Options
	probed engine.Probed
	gate   sync.Mutex // one search at a time: the first may download what the others need
	got    map[string]*engine.Engine
}

func newEngines(o Options) *engines { return &engines{o: o, got: map[string]*engine.Engine{}} }

func (e *engines) find(ctx context.Context, j *job) (*engine.Engine, error) {
	e.gate.Lock()
	defer e.gate.Unlock()
	found, err := engine.Find(ctx, engine.Request{
		Name: e.o.Config.Engine.Name, Version: e.o.Config.Engine.Version, Program: e.o.Engine,
		Dir: filepath.Join(e.o.Root, filepath.FromSlash(j.stack.Code())), Root: e.o.Root, CacheDir: e.o.CacheDir, Env: e.o.Env,
		UserAgent: "mooring/" + version.Version, Log: e.o.Progress.Note, Probed: &e.probed,
	})
	if err != nil {
		return nil, err
	}
	if same := e.got[found.Path]; same != nil {
		return same, nil
	}
	e.got[found.Path] = found
	return found, nil
}
