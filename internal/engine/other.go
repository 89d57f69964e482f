package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
)

// ErrNotAtHand says that a stack cannot be planned with other versions, because something they need is not on this machine, or not readable
// without the engine that wrote it.
var ErrNotAtHand = errors.New("not at hand")

// PlanWith plans the stack with the given files in place of those in the tree: an earlier lock file, module calls as they were. Unlike
// [Saved.Replan] it initialises the copy anew, so other providers and modules can come of it, and it takes the last applied state, which a
// provider that is older than the one that was planned with can read.
//
// Nothing is refreshed and no backend is asked. With offline nothing is downloaded either: providers come from the provider cache, where the lock
// file must vouch for them, and the error wraps [ErrNotAtHand] when one is missing there.
func (s *Saved) PlanWith(ctx context.Context, files map[string][]byte, offline bool) (*drift.Plan, error) {
	if s.way() == WayFull {
		return nil, fmt.Errorf("plan %s with other versions: its plan or state is %w", s.Workdir.Path, ErrNotAtHand)
	}
	other := &Saved{Engine: s.Engine, Workdir: s.Workdir, env: s.env, hide: s.hide, config: s.config, module: s.module, layout: s.layout}
	s.mu.Lock()
	other.tree = filepath.Join(s.Workdir.Temp, fmt.Sprintf("other-%d", len(s.trees)))
	s.trees = append(s.trees, other.tree)
	s.mu.Unlock()
	other.dir = s.layout.place(other.tree, s.module)
	other.DataDir = filepath.Join(other.dir, ".terraform")
	other.File = other.tree + ".tfplan"
	defer func() {
		_ = os.RemoveAll(other.tree)
		_ = os.Remove(other.File)
	}()
	if err := s.otherTree(other, files); err != nil {
		return nil, fmt.Errorf("lay out %s with other versions: %w", s.Workdir.Path, err)
	}
	if err := other.otherInit(ctx, offline); err != nil {
		return nil, err
	}
	raw, out, err := other.runPlan(ctx, other.dir, other.planEnv(), other.File, "-refresh=false")
	if err != nil {
		return nil, err
	}
	if out.code != 0 {
		return nil, s.failure("plan", raw, out)
	}
	return other.read(ctx, other.dir, other.File)
}

// otherTree lays out the copy: the files, the lock file, the modules that are installed, and the last applied state.
func (s *Saved) otherTree(other *Saved, files map[string][]byte) error {
	if err := s.layout.make(other.tree); err != nil {
		return err
	}
	if err := os.Mkdir(other.DataDir, 0o700); err != nil {
		return err
	}
	if err := linkModules(filepath.Join(s.DataDir, "modules"), filepath.Join(other.DataDir, "modules")); err != nil {
		return err
	}
	if lock := s.lockFile(s.dir); exists(lock) {
		if err := os.RemoveAll(s.lockFile(other.dir)); err != nil {
			return err
		}
		if err := duplicate(lock, s.lockFile(other.dir)); err != nil {
			return err
		}
	}
	for name, content := range files {
		if err := s.edit(other.tree, name, content); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if s.config.Backend != "" {
		if err := os.WriteFile(filepath.Join(other.dir, overrideFile), []byte(overrideText), 0o600); err != nil {
			return err
		}
	}
	base, err := planfile.Entry(s.File, planfile.EntryBase)
	if err != nil {
		return err
	}
	state := "terraform.tfstate"
	if ws := s.workspace(); ws != "" {
		state = path.Join("terraform.tfstate.d", ws, state)
	}
	target := filepath.Join(other.dir, filepath.FromSlash(state))
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	return os.WriteFile(target, base, 0o600)
}

// linkModules lets a copy find the modules that are installed. The engine may write the list of them, and put others in their place.
func linkModules(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		if e.IsDir() {
			err = os.Symlink(source, target)
		} else {
			err = duplicate(source, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// otherInit initialises the copy.
func (s *Saved) otherInit(ctx context.Context, offline bool) error {
	args := []string{"init", "-input=false", "-lock=false", "-no-color"}
	if s.Engine.earlyVariables() {
		args = append(args, s.varFiles()...)
	}
	c := command{chdir: s.dir, cwd: s.module, args: args, env: s.planEnv()}
	run := s.Engine.init
	if offline {
		cache := s.env.get("TF_PLUGIN_CACHE_DIR")
		data, _ := os.ReadFile(s.lockFile(s.dir))
		locked := lockedProviders(data)
		if complete, fits := s.Engine.cached(cache, locked); cache == "" || len(locked) > 0 && !(complete && fits) || len(s.reattached()) > 0 {
			return fmt.Errorf("plan %s with other versions: a provider is %w", s.Workdir.Path, ErrNotAtHand)
		}
		c.args = append(slices.Clone(args), "-plugin-dir="+cache)
		c.env = environ(c.env).without(func(key string) bool { return key == "TF_PLUGIN_CACHE_DIR" })
		run = s.Engine.run
	}
	out, err := run(ctx, c)
	if err != nil {
		return err
	}
	if out.code != 0 {
		return s.failure("init", textDiagnostics(out.stderr), out)
	}
	return nil
}
