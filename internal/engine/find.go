package engine

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/go-version"

	"github.com/mooringdev/mooring/internal/engine/cache"
	"github.com/mooringdev/mooring/internal/engine/source"
)

// A Request says which engine a stack wants, as far as anybody said so.
type Request struct {
	Name      string       // from configuration: tofu, terraform or ""
	Version   string       // from configuration: a version or a constraint, or ""
	Program   string       // a program that is to be used whatever the rest says, or a name; ""
	Dir       string       // absolute path of the root module
	Root      string       // absolute path of the repository: version files are looked for from Dir up to here
	CacheDir  string       // Mooring's cache folder
	Env       []string     // the environment; PATH in it is searched
	UserAgent string       // see Engine
	Log       func(string) // told what takes long, one line each; may be nil
	Releases  Releases     // where releases come from; zero: where their makers publish them
	Probed    *Probed      // shared by the requests of one scan, so that a program is asked for its version once; may be nil
}

// Probed remembers what programs said they are. The zero value is ready; it may be used concurrently.
type Probed struct {
	mu      sync.Mutex
	engines map[string]*Engine // by path
}

// oldest are the first versions that Mooring works with, by engine. Terraform 1.5 is the first whose plans carry check results, import blocks
// and the plan file layout that Mooring is tested with; OpenTofu's first release is that code.
var oldest = map[string]*version.Version{
	"tofu":      version.Must(version.NewVersion("1.6.0")),
	"terraform": version.Must(version.NewVersion("1.5.0")),
}

// Find finds the engine for a stack. What decides is, in this order: the configuration; a version file (.opentofu-version, .terraform-version,
// .tool-versions) in the root module's folder or above it; files only OpenTofu reads; the registry that the lock file names.
// required_version bounds the version unless one of the first two names it; OpenTofu 1.12 and later leave the one in .tf files to Terraform.
//
// An engine that fits is taken from PATH, else from the cache, else its release is downloaded and its signature checked, else it is built from
// source where that is possible. An engine that nobody asked for by name may be stood in for by the other one, when that one is at hand.
// The error says what was looked at and why each did not do.
func Find(ctx context.Context, r Request) (*Engine, error) {
	s := &search{request: r, cache: cache.In(r.CacheDir)}
	e, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	e.UserAgent, e.Cache = r.UserAgent, r.CacheDir
	return e, nil
}

// A search keeps what was tried, for the error.
type search struct {
	request Request
	cache   cache.Cache
	tried   []string
}

func (s *search) find(ctx context.Context) (*Engine, error) {
	r := s.request
	if r.Program != "" && oldest[r.Program] == nil {
		return s.program(ctx)
	}
	w, err := readWish(r)
	if err != nil {
		return nil, err
	}
	names := []string{w.name}
	if !w.firm {
		names = append(names, map[string]string{"tofu": "terraform", "terraform": "tofu"}[w.name])
	}
	for _, lenient := range []bool{false, true} {
		for _, name := range names {
			if e, err := s.atHand(ctx, name, w, lenient); e != nil || err != nil {
				return e, err
			}
		}
	}
	e, err := s.install(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("no %s at hand%s: %w", w.name, w.because(), errors.Join(append(s.notes(), err)...))
	}
	return e, nil
}

func (s *search) notes() []error {
	var out []error
	for _, t := range slices.Compact(slices.Sorted(slices.Values(s.tried))) {
		out = append(out, errors.New(t))
	}
	return out
}

// program is the engine that the caller names by path.
func (s *search) program(ctx context.Context) (*Engine, error) {
	path := s.request.Program
	if !strings.ContainsRune(path, filepath.Separator) {
		found, ok := lookPath(s.request.Env, path)
		if !ok {
			return nil, fmt.Errorf("engine %s: no such program on PATH", path)
		}
		path = found
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("engine %s: %w", s.request.Program, err)
	}
	e, err := s.probe(ctx, path)
	if err != nil {
		return nil, err
	}
	e.Source = "given as " + s.request.Program
	return e, tooOld(e.Name, e.Version, path)
}

// atHand looks for an engine on PATH and in the cache. Both results nil: there is none that fits.
func (s *search) atHand(ctx context.Context, name string, w *wish, lenient bool) (*Engine, error) {
	standIn := ""
	if name != w.name {
		standIn = fmt.Sprintf(", standing in for %s%s, which is not here", w.name, w.because())
	}
	if lenient {
		standIn += ", which leaves required_version in .tf files to Terraform"
	}
	if path, ok := lookPath(s.request.Env, name); ok {
		e, err := s.probe(ctx, path)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			s.tried = append(s.tried, err.Error())
		case !w.accepts(name, e.Version, lenient):
			s.tried = append(s.tried, fmt.Sprintf("%s is %s %s", path, e.Name, e.Version))
		default:
			if err := tooOld(e.Name, e.Version, path); err != nil {
				return nil, err
			}
			e.Source = "PATH" + w.note() + standIn
			return e, nil
		}
	} else {
		s.tried = append(s.tried, name+" is not on PATH")
	}
	if v := s.cached(name, w, lenient); v != "" {
		path := s.cache.Path(name, v, name)
		return &Engine{Name: name, Path: path, Version: v, Source: "cache" + w.note() + standIn}, nil
	}
	return nil, nil
}

// cached is the newest version in the cache that fits, or "".
func (s *search) cached(name string, w *wish, lenient bool) string {
	entries, err := os.ReadDir(s.cache.Dir)
	if err != nil {
		return ""
	}
	var best *version.Version
	for _, entry := range entries {
		text, ok := strings.CutPrefix(entry.Name(), name+"-")
		if !ok {
			continue
		}
		v, err := version.NewVersion(text)
		if err != nil || !w.accepts(name, text, lenient) || v.LessThan(oldest[name]) || best != nil && v.LessThan(best) {
			continue
		}
		if _, ok := s.cache.Lookup(name, text, name); ok {
			best = v
		}
	}
	if best == nil {
		return ""
	}
	return best.Original()
}

// install downloads the engine, or builds it where it cannot be downloaded.
func (s *search) install(ctx context.Context, w *wish) (*Engine, error) {
	e, err := s.download(ctx, w)
	if err == nil || ctx.Err() != nil || errors.Is(err, errTooOld) || errors.Is(err, errNotGenuine) {
		return e, err
	}
	recipe, ok := source.Lookup(w.name)
	if !ok || !w.accepts(recipe.Name, recipe.Version, true) {
		return nil, fmt.Errorf("%w; only %s %s could be built from source here", err, w.name, recipe.Version)
	}
	goProgram, ok := lookPath(s.request.Env, "go")
	if !ok {
		return nil, fmt.Errorf("%w; without a Go toolchain on PATH it cannot be built from source either: install %s, or name one with --engine", err, w.name)
	}
	s.log("building %s %s from source, which takes some minutes once", w.name, recipe.Version)
	path, buildErr := recipe.Build(ctx, s.cache, goProgram, s.request.Env)
	if buildErr != nil {
		return nil, errors.Join(err, buildErr)
	}
	return &Engine{Name: w.name, Path: path, Version: recipe.Version, Source: "built from source" + w.note()}, nil
}

func (s *search) log(format string, args ...any) {
	if s.request.Log != nil {
		s.request.Log(fmt.Sprintf(format, args...))
	}
}

// banner is the first thing that an engine's version command prints.
var banner = regexp.MustCompile(`(?m)^(OpenTofu|Terraform) v(\d+\.\d+\.\d+\S*)`)

// probe finds out what a program is: it was asked before, or says so in its file, or is asked now.
func (s *search) probe(ctx context.Context, path string) (*Engine, error) {
	known := s.request.Probed
	if known == nil {
		known = &Probed{}
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	if e := known.engines[path]; e != nil {
		return &Engine{Name: e.Name, Path: e.Path, Version: e.Version}, nil
	}
	name, v := builtFrom(path)
	if name == "" {
		return s.ask(ctx, path) // a version manager's script or program chooses anew in every folder
	}
	e := &Engine{Name: name, Path: path, Version: v}
	if v == "" {
		var err error
		if e, err = s.ask(ctx, path); err != nil {
			return nil, err
		}
	}
	if known.engines == nil {
		known.engines = map[string]*Engine{}
	}
	known.engines[path] = &Engine{Name: e.Name, Path: e.Path, Version: e.Version}
	return e, nil
}

// engineOf are the Go modules that engines are built from.
var engineOf = map[string]string{"github.com/opentofu/opentofu": "tofu", "github.com/hashicorp/terraform": "terraform"}

// release is the version of a Go module as a release has it, without what pre-releases and changed checkouts add.
var release = regexp.MustCompile(`^v(\d+\.\d+\.\d+)$`)

// builtFrom reads the name and version of an engine from what Go noted in the program when it was built. The name is "" for a program that is
// not an engine itself; the version is "" when the file does not tell, as when it was built from a checkout by an older Go.
func builtFrom(path string) (name, v string) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "", ""
	}
	name = engineOf[info.Main.Path]
	if found := release.FindStringSubmatch(info.Main.Version); name != "" && found != nil && info.Main.Replace == nil {
		v = found[1]
	}
	return name, v
}

// ask runs the version command in the root module's folder.
func (s *search) ask(ctx context.Context, path string) (*Engine, error) {
	e := &Engine{Path: path}
	env := append(environ(s.request.Env).without(ours).without(logging), "CHECKPOINT_DISABLE=1")
	var stdout bytes.Buffer
	out, err := e.run(ctx, command{cwd: s.request.Dir, args: []string{"version"}, env: env, stdout: &limitedWriter{w: &stdout, n: maxLine}})
	if err != nil {
		return nil, fmt.Errorf("engine %s: %w", path, err)
	}
	found := banner.FindStringSubmatch(stdout.String())
	if found == nil {
		said := strings.TrimSpace(stdout.String() + " " + out.stderr)
		return nil, fmt.Errorf("engine %s: its version command exited with %d and names neither OpenTofu nor Terraform: %s", path, out.code, clip(said, maxSummary))
	}
	e.Name, e.Version = map[string]string{"OpenTofu": "tofu", "Terraform": "terraform"}[found[1]], found[2]
	return e, nil
}

var errTooOld = errors.New("too old")

// tooOld explains why a version cannot be used, or is nil.
func tooOld(name, v, where string) error {
	have, err := version.NewVersion(v)
	if err != nil {
		return fmt.Errorf("%s %s: %w", name, v, err)
	}
	if have.Core().LessThan(oldest[name]) {
		return fmt.Errorf("%s %s (%s) is %w: Mooring reads plans of %s %s and later; update it, or name another with engine.version in .mooring.hcl",
			name, v, where, errTooOld, name, oldest[name])
	}
	return nil
}

// lookPath finds a program on the PATH of an environment.
func lookPath(env []string, name string) (string, bool) {
	for _, dir := range filepath.SplitList(environ(env).get("PATH")) {
		path := filepath.Join(dir, cache.File(name))
		info, err := os.Stat(path)
		if !filepath.IsAbs(path) || err != nil || info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
			continue // a relative entry would run what the scanned code brings
		}
		return path, true
	}
	return "", false
}
