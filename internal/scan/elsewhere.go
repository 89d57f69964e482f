package scan

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/didyoumean"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// checkPlans refuses plans of stacks that are not there: a misspelt name would be planned here, without anybody noticing.
func checkPlans(plans map[string]string, all []stack.Stack) error {
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(plans)) {
		if slices.Contains(ids, id) {
			continue
		}
		if near := didyoumean.Nearest(id, ids); near != "" {
			return fmt.Errorf("a plan is given for the stack %q, which is not there; did you mean %q?", id, near)
		}
		return fmt.Errorf("a plan is given for the stack %q, which is not there; there are %s", id, abridge(ids, 8))
	}
	return nil
}

// plannedElsewhere takes a plan that another program made: nothing is started, and nothing can be proved.
func (s *scan) plannedElsewhere(ctx context.Context, j *job, file string) error {
	s.Progress.Phase(j.stack.ID, "reading the plan")
	root := filepath.Join(s.Root, filepath.FromSlash(j.stack.Code()))
	p, name, version, err := engine.ReadElsewhere(ctx, engine.Elsewhere{File: file, Module: root, CacheDir: s.CacheDir})
	if err != nil {
		return err
	}
	j.plan = p
	j.result.Engine = report.Tool{Name: name, Version: version}
	if name == "" {
		j.result.Engine.Name = "a plan made elsewhere, by engine"
	}
	dataDir := filepath.Join(root, ".terraform")
	if info, err := os.Stat(dataDir); err != nil || !info.IsDir() {
		dataDir = ""
	}
	var treeErr error
	j.tree, treeErr = module.Load(s.FS, j.stack.Code(), moduleOptions(j, s.Env, dataDir))
	return s.judge(ctx, j, treeErr)
}

// repair works out edits. What was planned elsewhere is refused: a proof takes an engine that plans the edited code.
func (s *scan) repair(ctx context.Context, j *job) error {
	var code, why string
	switch {
	case j.foreign:
		code, why = adopt.CodeFrozenFile, "the module of this Terragrunt unit is not in this repository: change it where it lies, or the unit's inputs"
	case j.saved == nil && j.plan != nil:
		code, why = adopt.CodeUnproved, "the plan was made elsewhere, and an edit is only offered when a plan proves it"
	default:
		return s.adopt(ctx, j)
	}
	for i := range j.result.Findings {
		if f := &j.result.Findings[i]; report.IsDrift(*f) {
			f.Adoption = adopt.Refuse(f.Finding, code, why)
		}
	}
	return nil
}
