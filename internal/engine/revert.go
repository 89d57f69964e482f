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

// ApplyOnly plans the named instances of a stack, and what they depend on, and applies that very plan when check accepts it. Unlike Plan it runs
// in the stack's own folder, takes the lock and writes the state; the lock is given back while check looks, and an engine refuses a plan whose
// state somebody wrote in between. w.Temp holds what is needed for the time of the call and is left as it was.
//
// check is given the plan as a whole one is read: that it is limited to some resources is not an objection. An error of check is returned as it
// is, and nothing was applied. When an engine command does not succeed the error is a *Failure.
func (e *Engine) ApplyOnly(ctx context.Context, w Workdir, addresses []string, check func(*Saved, *drift.Plan) error) (err error) {
	if len(addresses) == 0 {
		return errors.New("apply nothing: no address was named") // without one, an engine would apply everything
	}
	dir := filepath.Join(w.Root, filepath.FromSlash(w.Path))
	data, err := os.MkdirTemp(w.Temp, "apply")
	if err != nil {
		return fmt.Errorf("apply %s: %w", w.Path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	env := append(e.environ(w), "TF_DATA_DIR="+filepath.Join(data, "terraform"))
	s := &Saved{
		Engine: e, Workdir: w, File: filepath.Join(data, "plan.tfplan"), DataDir: filepath.Join(data, "terraform"), env: env,
		config: readConfiguration(dir), dir: dir, module: dir,
	}
	s.hide = redactor(env, s.private()...)
	if s.config.remote() {
		return &Failure{Stage: "plan", Hint: "apply it where it is planned", Err: errors.New("the stack is planned on a remote service, so the plan cannot be checked before it is applied")}
	}
	init := []string{"init", "-input=false", "-no-color"}
	for _, value := range w.BackendConfig {
		init = append(init, "-backend-config="+value)
	}
	if e.earlyVariables() {
		init = append(init, s.varFiles()...)
	}
	if err := s.applyStep(ctx, "init", env, init); err != nil {
		return err
	}
	if err := s.checkWorkspace(ctx); err != nil {
		return err
	}
	plan := append([]string{"plan"}, e.keptArgs(w.Env, "plan")...)
	plan = slices.Concat(append(plan, "-input=false", "-no-color", "-out="+s.File), s.varFiles())
	for _, a := range addresses {
		plan = append(plan, "-target="+a)
	}
	if err := s.applyStep(ctx, "plan", s.planEnv(), plan); err != nil {
		return err
	}
	p, err := s.Read(ctx)
	if err != nil {
		return err
	}
	switch p.Incomplete {
	case planfile.Limited:
		p.Incomplete = ""
	case "":
		return errors.New("the plan is not limited to what was named, so it is not applied")
	default:
		return fmt.Errorf("the plan is incomplete, so it is not applied: %s", p.Incomplete)
	}
	if err := check(s, p); err != nil {
		return err
	}
	return s.applyStep(ctx, "apply", s.planEnv(), []string{"apply", "-input=false", "-no-color", s.File})
}
