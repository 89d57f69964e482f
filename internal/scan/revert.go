package scan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// A Reversal is a plan that puts the code of some resources back in force.
type Reversal struct {
	Findings []report.Finding // what it would change, judged as in a scan
	Beyond   []string         // addresses that it would do something to and that are no finding
}

// Revert plans the named resources of one stack, and applies that plan, and nothing else, when check accepts it. It is the only thing in this
// package that changes infrastructure. An error of check is returned as it is, and nothing was changed then.
func Revert(ctx context.Context, o Options, id string, addresses []string, check func(Reversal) error) error {
	all, err := Stacks(ctx, o)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s stack.Stack) bool { return s.ID == id })
	if i < 0 {
		return fmt.Errorf("there is no stack %s", id)
	}
	temp, err := os.MkdirTemp(o.TempDir, "mooring-revert-")
	if err != nil {
		return fmt.Errorf("make a scratch directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	j := &job{stack: all[i]}
	j.result.Stack = j.stack
	s := &scan{Options: o, temp: temp, engines: newEngines(o), jobs: []*job{j}}
	if o.Repo != nil {
		if s.commit, err = o.Repo.Head(ctx); err != nil {
			return err
		}
	}
	if j.stack.Skip != "" {
		return fmt.Errorf("%s is not planned: %s", id, j.stack.Skip)
	}
	if j.stack.Terragrunt {
		return &engine.Failure{Stage: "plan", Hint: "run terragrunt apply in " + j.stack.Path, Err: errors.New("a Terragrunt unit is applied by Terragrunt, with its hooks and dependencies, and not by a command in a comment")}
	}
	e, err := s.engines.find(ctx, j)
	if err != nil {
		return err
	}
	dir, err := s.scratch(j)
	if err != nil {
		return err
	}
	w := s.workdir(j, dir)
	return e.ApplyOnly(ctx, w, addresses, func(saved *engine.Saved, p *drift.Plan) error {
		j.saved, j.plan = saved, p
		var err error
		if j.tree, err = module.Load(s.FS, j.stack.Path, moduleOptions(j, w.Env, saved.DataDir)); err != nil {
			return fmt.Errorf("the configuration could not be read: %w", err)
		}
		s.classify(ctx, j)
		s.attribute(ctx)
		s.decide()
		return check(reversal(p, j.result.Findings))
	})
}

// reversal sorts what a plan would do: to findings, and to anything else.
func reversal(p *drift.Plan, findings []report.Finding) Reversal {
	var r Reversal
	planned := map[string]bool{}
	for _, i := range p.Instances {
		switch i.Action {
		case drift.ActionNone, drift.ActionNoOp, drift.ActionRead:
			if i.Previous == "" && !i.Importing {
				continue
			}
		default:
		}
		planned[i.Address] = true
		if i.Deposed != "" || i.Previous != "" || i.Importing || !slices.ContainsFunc(findings, func(f report.Finding) bool { return f.Address == i.Address }) {
			r.Beyond = append(r.Beyond, i.Address)
		}
	}
	for _, f := range findings {
		if planned[f.Address] {
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}
