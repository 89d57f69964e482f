package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/go-version"
)

// Plan initialises the stack and saves a plan of it, without writing to the repository's tree or to the stack's state: it runs on a copy of
// the modules (see layout), takes no lock, and makes no workspace. The caller closes what it returns.
//
// When an engine command does not succeed the error is a *Failure. When ctx ends, the engine and its plugins are stopped and the error is ctx's.
func (e *Engine) Plan(ctx context.Context, w Workdir) (*Saved, error) {
	s, err := e.prepare(w)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{s.init, s.checkWorkspace, s.planAndLearn} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (e *Engine) prepare(w Workdir) (*Saved, error) {
	if !filepath.IsAbs(w.Root) || !filepath.IsAbs(w.Temp) || !filepath.IsLocal(filepath.FromSlash(w.Path)) {
		return nil, fmt.Errorf("plan %q: the repository (%q) and the temporary folder (%q) must be absolute paths and the stack must lie in the repository", w.Path, w.Root, w.Temp)
	}
	w.Root, w.Temp = filepath.Clean(w.Root), filepath.Clean(w.Temp)
	module := filepath.Join(w.Root, filepath.FromSlash(w.Path))
	if info, err := os.Stat(module); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("plan %s: there is no such folder in %s", w.Path, w.Root)
	}
	env := e.environ(w)
	if w.Workspace == "" || w.Workspace == "default" {
		// None is selected for the stack: then the caller's environment may, as it does when people run the engine there by hand.
		w.Workspace = environ(w.Env).get("TF_WORKSPACE")
	}
	s := &Saved{Engine: e, Workdir: w, env: env, config: readConfiguration(module), module: module}
	for _, name := range slices.Sorted(maps.Keys(w.Files)) {
		if path.Dir(name) == path.Clean(w.Path) && isConfiguration(path.Base(name)) {
			s.config.file(module, path.Base(name), w.Files[name], true)
		}
	}
	s.hide = redactor(env, s.private()...)
	if s.config.remote() {
		// A plan made on a remote service is not a file; its state can be read all the same.
		s.env = append(s.env, "TF_FORCE_LOCAL_BACKEND=1")
	}
	s.layout = newLayout(w.Root, s.config, slices.Concat(w.VarFiles, w.BackendConfig), w.Temp)
	s.tree = filepath.Join(w.Temp, "plan")
	s.File = filepath.Join(w.Temp, "plan.tfplan")
	s.dir = s.layout.place(s.tree, module)
	s.DataDir = filepath.Join(s.dir, ".terraform")
	if err := s.lay(s.tree); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// lay makes a copy of the tree with the files that were given for it.
func (s *Saved) lay(tree string) error {
	if err := s.layout.make(tree); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Workdir.Files)) {
		if err := s.edit(tree, name, s.Workdir.Files[name]); err != nil {
			return fmt.Errorf("put %s into a copy of the stack: %w", name, err)
		}
	}
	return nil
}

// workspace is the workspace to select, "" for the default one.
func (s *Saved) workspace() string {
	if s.Workdir.Workspace == "default" {
		return ""
	}
	return s.Workdir.Workspace
}

func (s *Saved) init(ctx context.Context) error {
	e, env := s.Engine, s.env
	if s.config.remote() && s.workspace() != "" {
		// These have no default workspace to fall back to before one is selected.
		env = append(slices.Clone(env), "TF_WORKSPACE="+s.workspace())
	}
	args := append([]string{"init"}, e.keptArgs(s.Workdir.Env, "init")...)
	args = append(args, "-input=false", "-lock=false", "-no-color")
	for _, value := range s.Workdir.BackendConfig {
		args = append(args, "-backend-config="+value)
	}
	if e.earlyVariables() {
		args = append(args, s.varFiles()...)
	}
	structured := e.initJSON()
	if structured {
		args = append(args, "-json")
	}
	before, _ := os.ReadFile(s.lockFile(s.dir))
	show, err := s.hideLocalState()
	if err != nil {
		return err
	}
	log := &messageLog{}
	out, err := e.init(ctx, command{chdir: s.dir, cwd: s.module, args: args, env: env, stdout: log})
	if err := errors.Join(err, show()); err != nil {
		return err
	}
	if out.code != 0 {
		raw := log.diagnostics
		if !structured {
			raw = s.locate(ctx, textDiagnostics(out.stderr))
		}
		return s.failure("init", raw, out)
	}
	// Warnings of init are about the lock file it wrote, which is the copy's; those about the code come again with the plan.
	s.noteUnpinned(before)
	return nil
}

// hideLocalState moves local state in the copy aside while init sees a backend for the first time: engines ask whether it should be moved there.
func (s *Saved) hideLocalState() (show func() error, err error) {
	var hidden []string
	show = func() error {
		var errs []error
		for _, path := range hidden {
			errs = append(errs, os.Rename(path+".mooring", path))
		}
		return errors.Join(errs...)
	}
	if s.config.Backend == "" {
		return show, nil
	}
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.d"} {
		path := filepath.Join(s.dir, name)
		if !exists(path) {
			continue
		}
		if err := os.Rename(path, path+".mooring"); err != nil {
			return nil, errors.Join(fmt.Errorf("keep local state out of init's way: %w", err), show())
		}
		hidden = append(hidden, path)
	}
	return show, nil
}

// locate finds the places in the code of errors that were told as text only, by asking the engine to validate the code.
func (s *Saved) locate(ctx context.Context, raw []rawDiagnostic) []rawDiagnostic {
	var stdout strings.Builder
	if _, err := s.Engine.run(ctx, command{chdir: s.dir, cwd: s.module, args: []string{"validate", "-json", "-no-color"}, env: s.env, stdout: &limitedWriter{w: &stdout, n: maxLine}}); err != nil {
		return raw
	}
	placed := validated(stdout.String())
	for i, r := range raw {
		for _, p := range placed {
			if p.Range != nil && p.Summary == r.Summary {
				raw[i] = p
			}
		}
	}
	if len(raw) == 0 {
		return placed
	}
	return raw
}

// checkWorkspace refuses a workspace that does not exist: engines would make it, and that is a write.
func (s *Saved) checkWorkspace(ctx context.Context) error {
	if s.workspace() == "" || s.config.remote() {
		return nil
	}
	args := []string{"workspace", "list", "-no-color"}
	if s.Engine.earlyVariables() {
		args = slices.Concat([]string{"workspace", "list"}, s.varFiles())
	}
	var stdout strings.Builder
	out, err := s.Engine.run(ctx, command{chdir: s.dir, cwd: s.module, args: args, env: s.env, stdout: &limitedWriter{w: &stdout, n: maxLine}})
	if err != nil {
		return err
	}
	if out.code != 0 {
		return s.failure("workspace", textDiagnostics(out.stderr), out)
	}
	var names []string
	for line := range strings.Lines(stdout.String()) {
		if name := strings.TrimSpace(strings.TrimPrefix(line, "*")); name != "" {
			names = append(names, name)
		}
	}
	if slices.Contains(names, s.workspace()) {
		return nil
	}
	return &Failure{
		Stage: "workspace",
		Diagnostics: []Diagnostic{{
			Severity: "error", Summary: fmt.Sprintf("workspace %q does not exist", s.workspace()),
			Detail: "The backend has " + strings.Join(names, ", ") + ".",
		}},
		Hint: "name an existing workspace for this stack, or make it with `" + s.Engine.Name + " workspace new`: a scan does not",
	}
}

// planAndLearn plans and meanwhile has the schemas ready that reading the plan will need: where the engine must be asked for them, that takes
// as long as a small plan. What goes wrong with them is told when they are asked for again.
func (s *Saved) planAndLearn(ctx context.Context) error {
	var learning sync.WaitGroup
	learning.Go(func() { _, _ = s.schemas(ctx) })
	defer learning.Wait()
	return s.plan(ctx)
}

func (s *Saved) plan(ctx context.Context) error {
	raw, out, err := s.runPlan(ctx, s.dir, s.planEnv(), s.File)
	if err != nil {
		return err
	}
	if out.code != 0 {
		return s.failure("plan", raw, out)
	}
	s.Diagnostics = append(s.Diagnostics, diagnosticsOf(raw, s.Workdir, s.hide)...)
	return os.Chmod(s.File, 0o600)
}

func (s *Saved) planEnv() environ {
	env := s.env
	if s.workspace() != "" {
		env = append(slices.Clone(env), "TF_WORKSPACE="+s.workspace())
	}
	return env
}

// runPlan plans the root module at dir and saves the plan to file.
func (s *Saved) runPlan(ctx context.Context, dir string, env environ, file string, extra ...string) ([]rawDiagnostic, exit, error) {
	args := append([]string{"plan"}, s.Engine.keptArgs(s.Workdir.Env, "plan")...)
	args = append(args, "-input=false", "-lock=false", "-json", "-no-color", "-out="+file)
	args = append(append(args, s.varFiles()...), extra...)
	log := &messageLog{}
	out, err := s.Engine.run(ctx, command{chdir: dir, cwd: s.module, args: args, env: env, stdout: log})
	if err != nil || out.code != 0 {
		// A plan that broke off may have left a file, and that holds secrets.
		_ = os.Remove(file)
	}
	return log.diagnostics, out, err
}

func (s *Saved) varFiles() []string {
	var args []string
	for _, name := range s.Workdir.VarFiles {
		args = append(args, "-var-file="+name)
	}
	return args
}

func (s *Saved) lockFile(dir string) string { return filepath.Join(dir, ".terraform.lock.hcl") }

// Close deletes the plan file and everything else the plan left in the temporary folder. It may be called again.
func (s *Saved) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	paths := append([]string{s.File, s.tree, s.stateFile()}, s.trees...)
	s.free, s.trees = nil, nil
	var errs []error
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			errs = append(errs, fmt.Errorf("remove the plan of %s: %w", s.Workdir.Path, err))
		}
	}
	return errors.Join(errs...)
}

// atLeast tells whether the engine is of a version or a later one.
func (e *Engine) atLeast(v string) bool {
	have, err := version.NewVersion(e.Version)
	return err == nil && have.Core().GreaterThanOrEqual(version.Must(version.NewVersion(v)))
}

// initJSON tells whether init can write messages.
func (e *Engine) initJSON() bool {
	return e.Name == "tofu" && e.atLeast("1.8.0") || e.Name == "terraform" && e.atLeast("1.10.0")
}

// earlyVariables tells whether the engine uses variables in backend settings and module sources, and so wants them for init as well.
func (e *Engine) earlyVariables() bool { return e.Name == "tofu" && e.atLeast("1.8.0") }

// A limitedWriter passes on the first n bytes and drops the rest.
type limitedWriter struct {
	w io.Writer
	n int
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if keep := p[:min(len(p), l.n)]; len(keep) > 0 {
		l.n -= len(keep)
		if _, err := l.w.Write(keep); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
