package stack

import (
	"path"
	"slices"
)

// fillFromRuns adds what CI says about a root to its variants. Runs that name a variant's variable file complete it; when the tree
// alone shows no variants, the runs are the variants.
func fillFromRuns(found []candidate, r root, runs []run) []candidate {
	var here []run
	for _, run := range runs {
		if run.dir == r.path && (run.workspace != "" || len(run.varFiles) > 0 || len(run.backendConfig) > 0) {
			here = append(here, run)
		}
	}
	if len(here) == 0 {
		return found
	}
	if len(found) > 1 {
		for i := range found {
			for _, run := range here {
				last := found[i].VarFiles[len(found[i].VarFiles)-1]
				if slices.Contains(run.varFiles, last) || (len(run.varFiles) == 0 && run.workspace == found[i].variant) {
					found[i] = found[i].with(run)
				}
			}
		}
		return found
	}
	var variants []candidate
	for _, run := range here {
		if c := found[0].with(run); !slices.ContainsFunc(variants, c.samePlan) {
			variants = append(variants, c)
		}
	}
	return variants
}

// with is the candidate as a run plans it.
func (c candidate) with(r run) candidate {
	if r.workspace != "" {
		c.Workspace = r.workspace
	}
	if len(r.varFiles) > 0 {
		c.VarFiles = r.varFiles
		if c.variant == "" {
			c.variant = varFile{name: path.Base(r.varFiles[len(r.varFiles)-1])}.stem()
		}
	}
	if len(r.backendConfig) > 0 {
		c.BackendConfig = r.backendConfig
	}
	c.Why += "; as in " + r.file
	return c
}

func (c candidate) samePlan(o candidate) bool {
	return c.Workspace == o.Workspace && slices.Equal(c.VarFiles, o.VarFiles) && slices.Equal(c.BackendConfig, o.BackendConfig)
}
