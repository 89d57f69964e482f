package scan

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// Compare plans the stacks of a group, or of all groups when none is named, and holds them against each other. A stack that cannot be planned
// is compared by what its files say. The error is for what keeps a comparison from beginning, or a context that ended.
func Compare(ctx context.Context, o Options, group string) (*report.Comparisons, error) {
	began := o.Now()
	all, _, err := discover(ctx, o)
	if err != nil {
		return nil, err
	}
	groups, warnings, err := Groups(o, all)
	if err != nil {
		return nil, err
	}
	if groups, err = chosenGroups(groups, all, group); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(o.TempDir, "mooring-compare-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	s := &scan{Options: o, temp: temp, engines: newEngines(o), warnings: warnings}
	if o.Repo != nil {
		if s.commit, err = o.Repo.Head(ctx); err != nil {
			return nil, err
		}
	}
	wanted := map[string]bool{}
	for _, g := range groups {
		for _, id := range g.Stacks {
			wanted[id] = true
		}
	}
	for _, st := range all {
		if wanted[st.ID] {
			s.jobs = append(s.jobs, &job{stack: st})
		}
	}
	defer s.close()
	s.Stacks = slices.Sorted(maps.Keys(wanted)) // what other stacks know is not looked at: nothing is unmanaged for sure
	o.Progress.Start(len(s.jobs))
	if err := s.each(ctx, s.plan); err != nil {
		return nil, err
	}
	s.attribute(ctx)
	s.decide()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	compared := s.compareGroups(ctx, groups, began)
	return &report.Comparisons{
		ComparedAt: began.UTC(), Tool: s.results(began).Tool, Commit: s.commit, Warnings: s.warnings, Groups: compared, Elapsed: o.Now().Sub(began),
	}, ctx.Err()
}

// declaredGroups holds the groups of the configuration against each other, all of whose stacks are in this scan. A group that cannot be is a
// warning, unless only a part of the stacks was asked for.
func (s *scan) declaredGroups(ctx context.Context, all []stack.Stack, began time.Time) []*compare.Comparison {
	if s.Config.Publish.Groups == "none" {
		return nil
	}
	var chosen []compare.Group
	for _, g := range s.Config.Groups {
		declared, err := declare(s.Options, g, all)
		switch {
		case err != nil:
			s.warnings = append(s.warnings, err.Error())
		case slices.ContainsFunc(declared.Stacks, func(id string) bool { return s.job(id) == nil }):
			if s.Shard.N > 1 {
				s.warnings = append(s.warnings, fmt.Sprintf("group %q is not compared: its stacks are in several shards; mooring compare does it", g.Name))
			}
		default:
			chosen = append(chosen, declared)
		}
	}
	return s.compareGroups(ctx, chosen, began)
}

// job is the job of a stack; nil when it is not scanned.
func (s *scan) job(id string) *job {
	if i := slices.IndexFunc(s.jobs, func(j *job) bool { return j.stack.ID == id }); i >= 0 {
		return s.jobs[i]
	}
	return nil
}

// compareGroups compares groups whose stacks were planned and decided about.
func (s *scan) compareGroups(ctx context.Context, groups []compare.Group, began time.Time) []*compare.Comparison {
	if len(groups) == 0 {
		return nil
	}
	options := compare.Options{Rules: s.Config.Rules, Now: began, DecodeYAML: decodeYAML}
	if history := newHistory(ctx, s.Repo); history != nil {
		options.History = history
	}
	byID := map[string]compare.Stack{}
	var out []*compare.Comparison
	for _, g := range groups {
		var stacks []compare.Stack
		for _, id := range g.Stacks {
			if _, ok := byID[id]; !ok {
				byID[id] = s.compared(ctx, s.job(id))
			}
			stacks = append(stacks, byID[id])
		}
		out = append(out, compare.Run(g, stacks, options))
	}
	return out
}

// compared is a stack as comparing sees it: every instance, not only those that differ.
func (s *scan) compared(ctx context.Context, j *job) compare.Stack {
	out := compare.Stack{ID: j.stack.ID, Path: j.stack.Path, Workspace: j.stack.Workspace, VarFiles: j.stack.VarFiles, Owners: j.stack.Owners, Tree: j.tree}
	for _, f := range j.result.Findings {
		out.Findings = append(out.Findings, compare.Finding{Finding: f.Finding, Attribution: f.Attribution, Decision: f.Decision})
	}
	if j.tree == nil {
		if t, err := module.Load(s.FS, j.stack.Path, module.Options{VarFiles: j.stack.VarFiles, Workspace: j.stack.Workspace}); err == nil {
			out.Tree = t
		}
	}
	out.Versions = s.versions(j, out.Tree)
	switch {
	case j.result.Status == report.StatusFailed:
		out.Problem = "could not be planned"
		for _, d := range j.result.Diagnostics {
			if d.Severity == "error" {
				out.Problem = d.Summary
				break
			}
		}
	case j.stack.Skip != "":
		out.Problem = j.stack.Skip
	case j.saved == nil || j.plan == nil:
		out.Problem = "its plan was made elsewhere, and does not show what is unchanged"
	default:
		instances, err := s.instances(ctx, j)
		if err != nil {
			out.Problem = err.Error()
		}
		out.Instances = instances
	}
	return out
}

// instances are all managed instances of a planned stack. On those that the plan does not mention, code and live agree.
func (s *scan) instances(ctx context.Context, j *job) ([]compare.Instance, error) {
	schema, err := j.saved.Schema(ctx)
	if err != nil {
		return nil, err
	}
	var out []compare.Instance
	known := map[string]bool{}
	for i := range j.plan.Instances {
		inst := &j.plan.Instances[i]
		if inst.Deposed != "" {
			continue
		}
		known[inst.Address], known[inst.Previous] = true, true
		code := inst.Code
		if code == nil && inst.Action == drift.ActionNone {
			code = inst.Live
		}
		if code == nil && inst.Live == nil {
			continue
		}
		out = append(out, compare.Instance{Address: inst.Address, Type: inst.Type, Provider: inst.Provider, Code: code, Live: inst.Live, Sensitive: inst.Sensitive, Schema: inst.Schema})
	}
	for i, err := range j.saved.Instances(ctx) {
		if err != nil {
			return nil, err
		}
		if i.Mode != "managed" || known[i.Address] {
			continue
		}
		out = append(out, compare.Instance{Address: i.Address, Type: i.Type, Provider: i.Provider, Code: i.Attributes, Live: i.Attributes, Sensitive: i.Sensitive, Schema: schema(false, i.Type)})
	}
	return out, nil
}

// versions are the engine, the providers and the modules that a stack uses.
func (s *scan) versions(j *job, t *module.Tree) []compare.Version {
	var out []compare.Version
	if e := j.result.Engine; e.Version != "" {
		out = append(out, compare.Version{Kind: compare.KindEngine, Name: e.Name, Version: e.Version})
	}
	name := path.Join(j.stack.Path, ".terraform.lock.hcl")
	if locked := lockedVersions(s.Options, name); len(locked) > 0 {
		out = append(out, locked...)
	} else if j.saved != nil {
		chosen := j.saved.Providers()
		for _, source := range slices.Sorted(maps.Keys(chosen)) {
			out = append(out, compare.Version{Kind: compare.KindProvider, Name: source, Version: chosen[source]})
		}
	}
	if t != nil {
		out = append(out, compare.ModuleVersions(t)...)
	}
	return out
}

// lockedVersions reads a dependency lock file of the repository.
func lockedVersions(o Options, name string) []compare.Version {
	src, err := fs.ReadFile(o.FS, name)
	if err != nil {
		return nil
	}
	return parseLock(src, name)
}

// parseLock reads the versions that a dependency lock file names.
func parseLock(src []byte, name string) []compare.Version {
	var out []compare.Version
	for _, b := range topBlocks(src, name) {
		version := module.StringAt(b.Body, "version")
		if b.Type != "provider" || len(b.Labels) != 1 || version == "" {
			continue
		}
		out = append(out, compare.Version{Kind: compare.KindProvider, Name: b.Labels[0], Version: version, File: name, Line: b.Body.Attributes["version"].NameRange.Start.Line})
	}
	return out
}

// topBlocks are the outermost blocks of a file; what could be understood of a broken one still counts.
func topBlocks(src []byte, name string) []*hclsyntax.Block {
	f, _ := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	return body.Blocks
}
