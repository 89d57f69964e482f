package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
)

// builtin is the provider that is part of every engine: terraform_data, terraform_remote_state.
const builtin = "terraform.io/builtin/terraform"

// A memo keeps answers of an engine that do not change while the program runs.
type memo struct {
	mu       sync.Mutex
	schemas  map[string]*planfile.Schemas // by the providers and their versions
	packages map[string]string            // checksums of provider packages
	backend  []byte                       // backend settings of a root module whose backend is "local" and nothing more
}

// Read returns what the plan says of the stack.
func (s *Saved) Read(ctx context.Context) (*drift.Plan, error) {
	return s.read(ctx, s.dir, s.File)
}

func (s *Saved) read(ctx context.Context, dir, file string) (*drift.Plan, error) {
	schemas, err := s.schemas(ctx)
	if err != nil {
		return nil, err
	}
	p, err := planfile.Read(ctx, planfile.Input{
		File: file, Engine: s.Engine.Name, Version: s.Engine.Version, Schemas: schemas,
		Show: func(ctx context.Context) (io.ReadCloser, error) { return s.show(ctx, dir, file), nil },
	})
	if err != nil && ctx.Err() == nil {
		if f, ok := AsFailure(err); ok {
			return nil, f
		}
		return nil, &Failure{Stage: "read", Err: err, Hint: "plan again; if it happens again, the plan file is written in a way this version of Mooring does not know"}
	}
	return p, err
}

// show runs show -json on a plan file. Closing what it returns ends the engine and tells whether it succeeded.
func (s *Saved) show(ctx context.Context, dir, file string) io.ReadCloser {
	ctx, cancel := context.WithCancel(ctx)
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		out, err := s.Engine.run(ctx, command{chdir: dir, cwd: s.module, args: []string{"show", "-json", "-no-color", file}, env: s.planEnv(), stdout: w})
		if err == nil && out.code != 0 {
			err = s.failure("show", textDiagnostics(out.stderr), out)
		}
		_ = w.CloseWithError(err)
		done <- err
	}()
	return &shown{PipeReader: r, cancel: cancel, done: done}
}

type shown struct {
	*io.PipeReader
	cancel context.CancelFunc
	done   chan error
	ended  bool
}

func (s *shown) Read(p []byte) (int, error) {
	n, err := s.PipeReader.Read(p)
	s.ended = s.ended || errors.Is(err, io.EOF)
	return n, err
}

func (s *shown) Close() error {
	defer s.cancel()
	if !s.ended {
		// The reader has had enough; what the engine still has to say, or says of being stopped, does not matter.
		_ = s.PipeReader.Close()
		s.cancel()
		if f, ok := AsFailure(<-s.done); ok {
			return f
		}
		return nil
	}
	return <-s.done
}

// schemas returns the schemas of the stack's providers: from memory, from the cache folder, else from the engine.
func (s *Saved) schemas(ctx context.Context) (*planfile.Schemas, error) {
	e, locked, running := s.Engine, s.providers(), s.reattached()
	for source := range running {
		delete(locked, source) // what answers is the provider that runs, whatever the lock file says
	}
	// Schemas are remembered for a whole set of providers, so that no two versions of one can mix.
	key := fmt.Sprint(locked, running) // maps print in the order of their keys
	e.known.mu.Lock()
	defer e.known.mu.Unlock()
	if known := e.known.schemas[key]; known != nil {
		return known, nil
	}
	all := planfile.NewSchemas()
	if err := s.builtinSchemas(ctx, all); err != nil {
		return nil, err
	}
	missing := e.stored(all, locked)
	if len(missing) > 0 || len(running) > 0 {
		fresh, err := s.askSchemas(ctx, s.dir, s.planEnv())
		if err != nil {
			return nil, err
		}
		all.Merge(fresh)
		e.store(fresh, missing)
	}
	if e.known.schemas == nil {
		e.known.schemas = map[string]*planfile.Schemas{}
	}
	e.known.schemas[key] = all
	return all, nil
}

// stored adds the schemas that the cache folder holds to all, and returns the providers whose are missing there.
func (e *Engine) stored(all *planfile.Schemas, providers map[string]string) map[string]string {
	if e.Cache == "" {
		return providers
	}
	loaded, names := e.schemaStore().Load(providers)
	all.Merge(loaded)
	missing := map[string]string{}
	for _, name := range names {
		missing[name] = providers[name]
	}
	return missing
}

// store keeps schemas in the cache folder. Not being able to costs time on the next run and nothing else.
func (e *Engine) store(schemas *planfile.Schemas, providers map[string]string) {
	if e.Cache != "" {
		_ = e.schemaStore().Save(schemas, providers)
	}
}

func (e *Engine) schemaStore() planfile.SchemaStore {
	return planfile.SchemaStore{Dir: filepath.Join(e.Cache, "schemas")}
}

// builtinSchemas adds the schemas of the provider inside the engine. No lock file names it, so it is asked in a module of its own.
func (s *Saved) builtinSchemas(ctx context.Context, all *planfile.Schemas) error {
	providers := map[string]string{builtin: s.Engine.Name + " " + s.Engine.Version}
	if len(s.Engine.stored(all, providers)) == 0 {
		return nil
	}
	return s.inModule(ctx, `resource "terraform_data" "x" {}`+"\n", func(dir string, env environ) error {
		fresh, err := s.askSchemas(ctx, dir, env)
		if err != nil {
			return err
		}
		all.Merge(fresh)
		s.Engine.store(fresh, providers)
		return nil
	})
}

func (s *Saved) askSchemas(ctx context.Context, dir string, env environ) (*planfile.Schemas, error) {
	r, w := io.Pipe()
	parsed := make(chan error, 1)
	var schemas *planfile.Schemas
	go func() {
		var err error
		schemas, err = planfile.ParseSchemas(r)
		_, _ = io.Copy(io.Discard, r) // so that the engine is never held up
		parsed <- err
	}()
	args := []string{"providers", "schema", "-json"}
	if s.Engine.earlyVariables() && dir == s.dir {
		args = append(args, s.varFiles()...)
	}
	out, err := s.Engine.run(ctx, command{chdir: dir, cwd: s.module, args: args, env: env, stdout: w})
	_ = w.Close()
	parseErr := <-parsed
	switch {
	case err != nil:
		return nil, err
	case out.code != 0:
		return nil, s.failure("read", textDiagnostics(out.stderr), out)
	case parseErr != nil:
		return nil, &Failure{Stage: "read", Err: parseErr}
	}
	return schemas, nil
}

// inModule runs do in an initialised root module that holds only the given code.
func (s *Saved) inModule(ctx context.Context, code string, do func(dir string, env environ) error) error {
	dir, err := os.MkdirTemp(s.Workdir.Temp, "module-")
	if err != nil {
		return fmt.Errorf("ask %s: %w", s.Engine.Name, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(code), 0o600); err != nil {
		return fmt.Errorf("ask %s: %w", s.Engine.Name, err)
	}
	// Variables are the stack's, and providers that run already are not needed here.
	env := s.env.without(func(key string) bool { return key == "TF_REATTACH_PROVIDERS" || key == "TF_ENCRYPTION" })
	out, err := s.Engine.init(ctx, command{chdir: dir, cwd: s.module, args: []string{"init", "-input=false", "-no-color"}, env: env})
	if err != nil {
		return err
	}
	if out.code != 0 {
		return s.failure("init", textDiagnostics(out.stderr), out)
	}
	return do(dir, env)
}

// providers lists the providers that init chose, by source with host, with their versions.
func (s *Saved) providers() map[string]string {
	out := map[string]string{}
	data, _ := os.ReadFile(s.lockFile(s.dir))
	for source, p := range lockedProviders(data) {
		out[source] = p.version
	}
	return out
}

// A lockedProvider is an entry of a dependency lock file.
type lockedProvider struct {
	version string
	hashes  []string // with their schemes: h1: of the unpacked package, zh: of its archive
}

// lockedProviders reads a dependency lock file: what it says of each provider source.
func lockedProviders(data []byte) map[string]lockedProvider {
	out := map[string]lockedProvider{}
	file, _ := hclsyntax.ParseConfig(data, ".terraform.lock.hcl", hcl.InitialPos)
	if file == nil {
		return out
	}
	content, _, _ := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "provider", LabelNames: []string{"source"}}}})
	for _, block := range content.Blocks {
		inner, _, _ := block.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "version"}, {Name: "hashes"}}})
		attr := inner.Attributes["version"]
		if attr == nil {
			continue
		}
		version, ok := literalString(attr.Expr)
		if !ok {
			continue
		}
		p := lockedProvider{version: version}
		if attr := inner.Attributes["hashes"]; attr != nil {
			hashes, _ := hcl.ExprList(attr.Expr)
			for _, expr := range hashes {
				if hash, ok := literalString(expr); ok {
					p.hashes = append(p.hashes, hash)
				}
			}
		}
		out[block.Labels[0]] = p
	}
	return out
}

// reattached lists the providers that run already (TF_REATTACH_PROVIDERS), by source with host, each with a name for that very run.
func (s *Saved) reattached() map[string]string {
	var runs map[string]json.RawMessage
	if json.Unmarshal([]byte(s.env.get("TF_REATTACH_PROVIDERS")), &runs) != nil {
		return nil
	}
	out := map[string]string{}
	for source, run := range runs {
		if strings.Count(source, "/") == 1 {
			source = s.Engine.Registry() + "/" + source
		}
		sum := sha256.Sum256(run)
		out[source] = "running " + hex.EncodeToString(sum[:8])
	}
	return out
}

// Registry is the host of provider sources that name none.
func (e *Engine) Registry() string {
	if e.Name == "tofu" {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// Live returns the state as the plan's refresh left it, in the form of a state file (version 4). It holds secrets.
func (s *Saved) Live(ctx context.Context) ([]byte, error) {
	data, err := planfile.Entry(s.File, planfile.EntryLive)
	if err == nil {
		return data, nil
	}
	if !errors.Is(err, planfile.ErrEncrypted) && !errors.Is(err, planfile.ErrUnsupported) {
		return nil, &Failure{Stage: "read", Err: err}
	}
	return s.rebuildLive(ctx)
}
