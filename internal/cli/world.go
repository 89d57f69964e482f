package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

// A world is the repository that a command works on.
type world struct {
	root   string    // absolute path of the tree
	within string    // slash path from root of the directory that was asked for; "." for all
	repo   *git.Repo // nil when it is no git repository
	config *config.Config
}

// open finds the repository that dir lies in and reads its configuration. Outside a repository the directory itself is the tree: planning
// works there, what needs history or branches says so when it is asked for.
func (a *App) open(ctx context.Context, dir string) (*world, error) {
	base, err := a.dir()
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(base, dir)
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("there is no directory %s", dir)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, withHint(fmt.Errorf("%s is not a directory", dir), "name the directory of a repository or of a stack")
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	w := &world{root: dir, within: "."}
	repo, err := git.Open(ctx, dir, a.Env)
	switch {
	case err == nil:
		w.repo, w.root = repo, repo.Root()
		rel, err := filepath.Rel(w.root, dir)
		if err != nil {
			return nil, err
		}
		w.within = filepath.ToSlash(rel)
	case errors.Is(err, git.ErrNotRepository):
		a.warn("%s is not a git repository: planning works, history, branches and pull requests do not", dir)
	default:
		return nil, err
	}
	if w.config, err = config.Load(os.DirFS(w.root), config.Name); err != nil {
		return nil, &brokenConfig{error: err, world: w}
	}
	return w, nil
}

// A brokenConfig is the error of a repository whose configuration cannot be read; see tellBroken.
type brokenConfig struct {
	error
	world *world // without a configuration
}

func (b *brokenConfig) Unwrap() error { return b.error }

// needRepo is the repository, or an error that says why one is needed.
func (w *world) needRepo(what string) (*git.Repo, error) {
	if w.repo == nil {
		return nil, withHint(fmt.Errorf("%s is not a git repository, and %s needs one", w.root, what), "run git init there and commit the code")
	}
	return w.repo, nil
}

// options are a scan's options that every command shares.
func (a *App) options(w *world) (scan.Options, error) {
	cache, err := a.cacheDir()
	if err != nil {
		return scan.Options{}, err
	}
	o := scan.Options{
		Root: w.root, FS: os.DirFS(w.root), Repo: w.repo, Config: w.config, Env: slices.Clone(a.Env), CacheDir: cache,
		Now: a.Now, Progress: scan.NoProgress{}, Log: a.log,
	}
	return o, nil
}

// under restricts globs to the directory that was asked for.
func (w *world) under(globs []string) []string {
	if w.within == "." || len(globs) > 0 {
		return globs
	}
	return []string{w.within, w.within + "/**", w.within + "@*"}
}

// cacheDir is where engines, plugins and schemas are kept between runs.
func (a *App) cacheDir() (string, error) {
	if dir := a.getenv("MOORING_CACHE_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		// A job container or a runner's service may have no home.
		if temp := a.getenv("RUNNER_TEMP"); temp != "" {
			return filepath.Join(temp, "mooring"), nil
		}
		return "", withHint(fmt.Errorf("find a cache directory: %w", err), "set HOME, XDG_CACHE_HOME or MOORING_CACHE_DIR")
	}
	return filepath.Join(dir, "mooring"), nil
}

// absolute makes globs absolute: relative to the working directory, as a shell would.
func (a *App) absolute(globs []string) ([]string, error) {
	base, err := a.dir()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(globs))
	for i, g := range globs {
		if g != "-" && !filepath.IsAbs(g) {
			g = filepath.Join(base, g)
		}
		out[i] = g
	}
	return out, nil
}

// warn prints something that does not stop the command.
func (a *App) warn(format string, args ...any) {
	if a.logFmt == "json" {
		a.log.Warn(fmt.Sprintf(format, args...))
		return
	}
	fmt.Fprintf(a.Stderr, "warning: "+format+"\n", args...)
}

// without is env less the named variables; a name that ends in * is a prefix.
func without(env []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		key, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(names, func(n string) bool {
			if p, ok := strings.CutSuffix(n, "*"); ok {
				return strings.HasPrefix(key, p)
			}
			return key == n
		})
	})
}

// run scans with options that are filled in but for what every scan gets: no secrets of ours in the engine's environment, memory, progress,
// and the simulated cloud where the repository is a demo.
func (a *App) run(ctx context.Context, w *world, o scan.Options) (*report.Results, error) {
	o.Env = without(o.Env, "INPUT_*", "MOORING_*")
	if o.Memory == nil {
		o.Memory = a.memory(ctx, w)
	}
	stop, err := a.attachDemo(ctx, w, &o)
	if err != nil {
		return nil, err
	}
	o.Progress = a.progress()
	r, err := scan.Run(ctx, o)
	o.Progress.Close()
	return r, errors.Join(err, stop())
}
