package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Apply initialises the stack and applies it without asking. Unlike Plan it runs in the stack's own folder, takes the lock and writes the
// state. w.Temp holds the data directory for the time of the call and is left as it was.
//
// When an engine command does not succeed the error is a *Failure.
func (e *Engine) Apply(ctx context.Context, w Workdir) (err error) {
	dir := filepath.Join(w.Root, filepath.FromSlash(w.Path))
	data, err := os.MkdirTemp(w.Temp, "apply")
	if err != nil {
		return fmt.Errorf("apply %s: %w", w.Path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	env := append(e.environ(w), "TF_DATA_DIR="+data)
	s := &Saved{Engine: e, Workdir: w, env: env, config: readConfiguration(dir), dir: dir, module: dir}
	s.hide = redactor(env, s.private()...)

	args := []string{"init", "-input=false", "-no-color"}
	for _, value := range w.BackendConfig {
		args = append(args, "-backend-config="+value)
	}
	if err := s.applyStep(ctx, "init", env, args); err != nil {
		return err
	}
	if name := s.workspace(); name != "" {
		env = append(slices.Clone(env), "TF_WORKSPACE="+name)
	}
	args = append([]string{"apply", "-auto-approve", "-input=false", "-no-color"}, s.varFiles()...)
	return s.applyStep(ctx, "apply", env, args)
}

func (s *Saved) applyStep(ctx context.Context, stage string, env environ, args []string) error {
	run := s.Engine.run
	if stage == "init" {
		run = s.Engine.init
	}
	out, err := run(ctx, command{chdir: s.dir, cwd: s.dir, args: args, env: env})
	if err != nil {
		return err
	}
	if out.code != 0 {
		return s.failure(stage, textDiagnostics(out.stderr), out)
	}
	return nil
}
