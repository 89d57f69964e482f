package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// Impact tells what the versions that the work tree raises since a commit touch: every stack that uses them, and, with plan, what the engine would
// do there now. base "" is where the tree left the default branch.
func Impact(ctx context.Context, o Options, base string, plan bool) (*report.Impact, error) {
	if o.Repo == nil {
		return nil, errors.New("what changed is read from git, and this is no repository")
	}
	all, _, err := discover(ctx, o)
	if err != nil {
		return nil, err
	}
	if base == "" {
		if base, err = o.Repo.DefaultBranch(ctx); err != nil {
			return nil, err
		}
	}
	from, err := o.Repo.Resolve(ctx, base)
	if err != nil {
		return nil, err
	}
	if from == "" {
		return nil, fmt.Errorf("there is no commit %q to compare with; name one with --base", base)
	}
	head, err := o.Repo.Head(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := o.Repo.ChangedSince(ctx, from, head)
	if err != nil {
		return nil, err
	}
	out := &report.Impact{Base: from, Head: head}
	graph := stack.NewGraph(o.FS, all)
	touched := map[string]bool{}
	for _, name := range changed {
		bumps, err := bumped(ctx, o, from, name)
		if err != nil {
			return nil, err
		}
		if len(bumps) == 0 {
			continue
		}
		users := graph.Readers(name)
		if path.Base(name) == ".terraform.lock.hcl" {
			users = stacksAt(all, path.Dir(name))
		}
		for _, b := range bumps {
			out.Bumps = append(out.Bumps, report.Bump{Upgrade: b, File: name, Stacks: users})
		}
		for _, id := range users {
			touched[id] = true
		}
	}
	if !plan || len(touched) == 0 {
		return out, nil
	}
	o.Adopt, o.Stacks = false, nil
	for _, st := range all {
		if touched[st.ID] {
			o.Stacks = append(o.Stacks, Literal(st.ID))
		}
	}
	var mu sync.Mutex
	o.explain = func(ctx context.Context, s *scan, j *job) error {
		whole, err := s.keepBump(ctx, j, from)
		if whole {
			mu.Lock()
			out.Whole = append(out.Whole, j.stack.ID)
			mu.Unlock()
		}
		return err
	}
	if out.Planned, err = Run(ctx, o); err != nil {
		return nil, err
	}
	slices.Sort(out.Whole)
	return out, nil
}

// keepBump leaves of what was found in a stack what the versions raised since a commit bring: what is planned with them, and not with the code
// as it is and the versions as they were. whole says that it could not be planned so: then everything that is planned stays.
func (s *scan) keepBump(ctx context.Context, j *job, from string) (whole bool, err error) {
	if j.saved == nil || j.tree == nil {
		return j.plan != nil, nil
	}
	files := map[string][]byte{}
	for _, name := range append(filesOf(j.tree), path.Join(j.stack.Path, lockName)) {
		was, err := s.Repo.Show(ctx, from, name)
		if err != nil {
			continue // new with this tree, or an installed module's
		}
		now, err := fs.ReadFile(s.FS, name)
		if err != nil {
			continue
		}
		if text := withVersions(now, was, name, used{}); string(text) != string(now) {
			files[name] = text
		}
	}
	if len(files) > 0 {
		p, err := j.saved.PlanWith(ctx, files, false)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			s.debug("planned with the raised versions alone", "stack", j.stack.ID, "why", err)
			return true, nil
		}
		found := drift.Classify(p, j.tree, drift.Options{Stack: j.stack.ID, DecodeYAML: decodeYAML})
		drift.MarkUpgrade(findingsOf(j), found, "bump", func(*drift.Finding) bool { return true })
	}
	j.result.Findings = slices.DeleteFunc(j.result.Findings, func(f report.Finding) bool {
		return len(files) == 0 || len(f.Changes) == 0 && f.Reason != drift.ReasonVersionChange ||
			len(f.Changes) > 0 && !slices.ContainsFunc(f.Changes, broughtByBump)
	})
	for i := range j.result.Findings {
		f := &j.result.Findings[i]
		f.Changes = slices.DeleteFunc(f.Changes, func(c drift.Change) bool { return !broughtByBump(c) })
	}
	return false, nil
}

func broughtByBump(c drift.Change) bool { return c.Rule == drift.UpgradeRule+"bump" }

func findingsOf(j *job) []*drift.Finding {
	var out []*drift.Finding
	for i := range j.result.Findings {
		out = append(out, &j.result.Findings[i].Finding)
	}
	return out
}

// bumped are the versions that a file names otherwise than at a commit: those of providers in a lock file, of modules in code.
func bumped(ctx context.Context, o Options, from, name string) ([]report.Upgrade, error) {
	read := moduleVersions
	switch {
	case path.Base(name) == ".terraform.lock.hcl":
		read = parseLock
	case !strings.HasSuffix(name, ".tf"):
		return nil, nil
	}
	now, err := fs.ReadFile(o.FS, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	was, err := o.Repo.Show(ctx, from, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return changedVersions(read(was, name), read(now, name), func(compare.Version) *git.Commit { return nil }), nil
}

// moduleVersions are the versions that module calls of one file name: the ref of a git address, or the version argument.
func moduleVersions(src []byte, name string) []compare.Version {
	var out []compare.Version
	for _, b := range topBlocks(src, name) {
		if b.Type != "module" || len(b.Labels) != 1 {
			continue
		}
		source, version := compare.SplitSource(module.StringAt(b.Body, "source"))
		if version = cmp.Or(version, module.StringAt(b.Body, "version")); version == "" {
			continue
		}
		out = append(out, compare.Version{Kind: compare.KindModule, Name: b.Labels[0], Version: version, Source: source, File: name, Line: b.TypeRange.Start.Line})
	}
	return out
}

func stacksAt(all []stack.Stack, dir string) []string {
	var out []string
	for _, s := range all {
		if s.Path == dir {
			out = append(out, s.ID)
		}
	}
	slices.Sort(out)
	return out
}
