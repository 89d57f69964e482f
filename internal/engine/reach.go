package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
)

// A Reached is what a look at the state of a stack found.
type Reached struct {
	Backend   string   // type of the backend, "" for local state beside the code; known also when the state could not be read
	Providers []string // of what the state holds, by source with host, sorted
	Objects   int      // managed objects in the state; 0 for one that was never written
}

// Reach initialises a copy of the stack and reads its state, as a scan does before it plans: whether backend, credentials, modules and providers
// are there shows in it, and nothing is locked or written. When an engine command does not succeed the error is a *Failure.
func (e *Engine) Reach(ctx context.Context, w Workdir) (r Reached, err error) {
	s, err := e.prepare(w)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r.Backend = s.config.Backend
	for _, step := range []func(context.Context) error{s.init, s.checkWorkspace} {
		if err := step(ctx); err != nil {
			return r, err
		}
	}
	return r, s.pull(ctx, &r)
}

// pull has the engine print the state, which holds secrets: only what a Reached says is kept of it.
func (s *Saved) pull(ctx context.Context, r *Reached) error {
	from, to := io.Pipe()
	var state struct {
		Resources []struct {
			Mode      string
			Provider  string
			Instances []struct{}
		}
	}
	read := make(chan error, 1)
	go func() {
		err := json.NewDecoder(from).Decode(&state)
		_, _ = io.Copy(io.Discard, from) // so that the engine is never held up
		read <- err
	}()
	out, err := s.Engine.run(ctx, command{chdir: s.dir, cwd: s.module, args: []string{"state", "pull"}, env: s.planEnv(), stdout: to})
	_ = to.Close()
	readErr := <-read
	switch {
	case err != nil:
		return err
	case out.code != 0:
		return s.failure("state", textDiagnostics(out.stderr), out)
	case readErr != nil && !errors.Is(readErr, io.EOF): // nothing at all: there is no state yet
		return &Failure{Stage: "state", Err: errors.New("what the backend holds is no state"), Hint: "look at the backend's settings: another program may write to that place"}
	}
	for _, resource := range state.Resources {
		if resource.Mode != "managed" {
			continue
		}
		r.Objects += len(resource.Instances)
		if m := providerSource.FindStringSubmatch(resource.Provider); m != nil && !slices.Contains(r.Providers, m[1]) {
			r.Providers = append(r.Providers, m[1])
		}
	}
	slices.Sort(r.Providers)
	return nil
}

// providerSource finds the source in the address of a provider's configuration: module.a.provider["registry.opentofu.org/hashicorp/aws"].west
var providerSource = regexp.MustCompile(`provider\["([^"]+)"\]`)
