package scan

import (
	"context"
	"errors"

	"github.com/mooringdev/mooring/internal/engine"
)

// unfolded is what the engine plans for a stack: the stack itself, or what Terragrunt makes of its unit.
func (s *scan) unfolded(ctx context.Context, j *job, e *engine.Engine, w engine.Workdir) (engine.Workdir, error) {
	if !j.stack.Terragrunt {
		return w, nil
	}
	program, ok := engine.FindTerragrunt(w.Env)
	if !ok {
		return w, &engine.Failure{Stage: "terragrunt", Err: errors.New("it is not on PATH"), Hint: "install terragrunt, or hand over its plan with --plan"}
	}
	s.Progress.Phase(j.stack.ID, "asking terragrunt")
	u, err := e.Unfold(ctx, program, w, j.stack.Module)
	if err != nil {
		return w, err
	}
	j.foreign = u.Foreign
	return u.Workdir, nil
}
