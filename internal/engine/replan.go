package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
)

// The ways of planning edited code.
const (
	WayOffline = "offline" // against the live values of the saved plan; only data sources are read again
	WayFull    = "full"    // against the world, like the saved plan itself
)

// overrideFile makes a copy of the stack keep its state in the copy. Engines merge override files in the order of their names: the last wins.
const (
	overrideFile = "zzzz_mooring_override.tf"
	overrideText = "terraform {\n  backend \"local\" {}\n}\n"
)

// Replan plans the stack with the given files in place of those in the tree. It is safe for concurrent use.
//
// The offline way takes the state after refresh from the saved plan as the state of a copy of the modules, so nothing is refreshed and no
// backend is asked. An encrypted plan or state, and a remote service's default workspace, cannot be had that way: they are planned in full.
func (s *Saved) Replan(ctx context.Context, files map[string][]byte) (*drift.Plan, string, error) {
	way := s.way()
	tree, err := s.takeTree(ctx, way)
	if err != nil {
		return nil, way, err
	}
	p, err := s.replan(ctx, tree, way, files)
	if restored := s.restore(tree, files); restored != nil {
		return nil, way, errors.Join(err, restored)
	}
	s.mu.Lock()
	s.free = append(s.free, tree)
	s.mu.Unlock()
	return p, way, err
}

func (s *Saved) way() string {
	if s.config.Encryption || s.env.has("TF_ENCRYPTION") || s.config.remote() && s.workspace() == "" {
		return WayFull
	}
	if _, err := planfile.Entry(s.File, planfile.EntryLive); err != nil {
		return WayFull
	}
	return WayOffline
}

func (s *Saved) replan(ctx context.Context, tree, way string, files map[string][]byte) (*drift.Plan, error) {
	for name, content := range files {
		if err := s.edit(tree, name, content); err != nil {
			return nil, fmt.Errorf("edit %s in a copy of the stack: %w", name, err)
		}
	}
	dir, file := s.layout.place(tree, s.module), tree+".tfplan"
	defer func() { _ = os.Remove(file) }()
	env, extra := s.planEnv(), []string(nil)
	if way == WayOffline {
		extra = []string{"-refresh=false"}
	}
	raw, out, err := s.runPlan(ctx, dir, env, file, extra...)
	if err != nil {
		return nil, err
	}
	if out.code != 0 {
		return nil, s.failure("plan", raw, out)
	}
	return s.read(ctx, dir, file)
}

// edit puts content in the place of a file of the tree; nil deletes it.
func (s *Saved) edit(tree, name string, content []byte) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return errors.New("the path leads out of the repository")
	}
	path := filepath.Join(s.Workdir.Root, filepath.FromSlash(name))
	if err := s.layout.open(tree, path); err != nil {
		return err
	}
	target := s.layout.place(tree, path)
	// The file is replaced, never written to: it may be a link to the original.
	if err := os.RemoveAll(target); err != nil || content == nil {
		return err
	}
	return os.WriteFile(target, content, 0o600)
}

func (s *Saved) restore(tree string, files map[string][]byte) error {
	for name := range files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			continue
		}
		err := s.layout.restore(tree, filepath.Join(s.Workdir.Root, filepath.FromSlash(name)))
		if given, ok := s.Workdir.Files[name]; ok && err == nil {
			err = s.edit(tree, name, given)
		}
		if err != nil {
			return fmt.Errorf("take the edit of %s back in a copy of the stack: %w", name, err)
		}
	}
	return nil
}

// takeTree returns a copy of the stack that is ready to plan and that nobody else uses.
func (s *Saved) takeTree(ctx context.Context, way string) (string, error) {
	s.mu.Lock()
	if n := len(s.free); n > 0 {
		tree := s.free[n-1]
		s.free = s.free[:n-1]
		s.mu.Unlock()
		return tree, nil
	}
	tree := filepath.Join(s.Workdir.Temp, fmt.Sprintf("replan-%d", len(s.trees)))
	s.trees = append(s.trees, tree)
	s.mu.Unlock()
	if err := s.makeTree(ctx, tree, way); err != nil {
		return "", err
	}
	return tree, nil
}

// makeTree lays out a copy of the stack that uses what init put into the planned copy: providers, remote modules, lock file.
func (s *Saved) makeTree(ctx context.Context, tree, way string) error {
	if err := s.lay(tree); err != nil {
		return err
	}
	dir := s.layout.place(tree, s.module)
	data := filepath.Join(dir, ".terraform")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("copy the stack: %w", err)
	}
	for _, name := range []string{"providers", "modules"} {
		if original := filepath.Join(s.DataDir, name); exists(original) {
			if err := os.Symlink(original, filepath.Join(data, name)); err != nil {
				return fmt.Errorf("copy the stack: %w", err)
			}
		}
	}
	if lock := s.lockFile(s.dir); exists(lock) {
		if err := os.RemoveAll(s.lockFile(dir)); err != nil {
			return fmt.Errorf("copy the stack: %w", err)
		}
		if err := duplicate(lock, s.lockFile(dir)); err != nil {
			return fmt.Errorf("copy the stack: %w", err)
		}
	}
	if way == WayFull {
		return s.copyBackend(data)
	}
	return s.localState(ctx, dir, data)
}

// copyBackend makes a copy use the same backend as the plan.
func (s *Saved) copyBackend(data string) error {
	original := filepath.Join(s.DataDir, "terraform.tfstate")
	if !exists(original) {
		return nil
	}
	if err := duplicate(original, filepath.Join(data, "terraform.tfstate")); err != nil {
		return fmt.Errorf("copy the backend's settings: %w", err)
	}
	return nil
}

// localState makes a copy keep its state in itself, and puts the live state there.
func (s *Saved) localState(ctx context.Context, dir, data string) error {
	if s.config.Backend != "" {
		backend, err := s.localBackend(ctx)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(data, "terraform.tfstate"), backend, 0o600); err != nil {
			return fmt.Errorf("use local state in a copy of the stack: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, overrideFile), []byte(overrideText), 0o600); err != nil {
			return fmt.Errorf("use local state in a copy of the stack: %w", err)
		}
	}
	live, err := s.liveFile()
	if err != nil {
		return err
	}
	state := filepath.Join(dir, "terraform.tfstate")
	if ws := s.workspace(); ws != "" {
		state = filepath.Join(dir, "terraform.tfstate.d", ws, "terraform.tfstate")
		// Where the stack's own local state is, its copy makes way.
		if err := os.RemoveAll(filepath.Join(dir, "terraform.tfstate.d")); err != nil {
			return fmt.Errorf("use local state in a copy of the stack: %w", err)
		}
		if err := os.MkdirAll(filepath.Dir(state), 0o700); err != nil {
			return fmt.Errorf("use local state in a copy of the stack: %w", err)
		}
	}
	if err := os.RemoveAll(state); err != nil {
		return fmt.Errorf("use local state in a copy of the stack: %w", err)
	}
	if err := os.Symlink(live, state); err != nil {
		return fmt.Errorf("use local state in a copy of the stack: %w", err)
	}
	return nil
}

func (s *Saved) stateFile() string { return filepath.Join(s.Workdir.Temp, "live.tfstate") }

// liveFile is the live state in a file of its own, which all copies share: engines only read it.
func (s *Saved) liveFile() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := s.stateFile()
	if exists(file) {
		return file, nil
	}
	live, err := planfile.Entry(s.File, planfile.EntryLive)
	if err == nil {
		err = os.WriteFile(file, live, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("take the live state from the plan: %w", err)
	}
	return file, nil
}

// localBackend returns what init writes into the data directory of a root module with [overrideText]. It is asked of the engine once: the same
// for every such module, and far cheaper than to initialise each copy, because init checks every provider's files.
func (s *Saved) localBackend(ctx context.Context) ([]byte, error) {
	known := &s.Engine.known
	known.mu.Lock()
	defer known.mu.Unlock()
	if known.backend != nil {
		return known.backend, nil
	}
	err := s.inModule(ctx, overrideText, func(dir string, _ environ) error {
		data, err := os.ReadFile(filepath.Join(dir, ".terraform", "terraform.tfstate"))
		known.backend = slices.Clone(data)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find out how %s notes a local backend: %w", s.Engine.Name, err)
	}
	return known.backend, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
