package scan

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/didyoumean"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/git"
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
	out := &report.Comparisons{ComparedAt: began.UTC(), Tool: report.Tool{Name: "mooring", Version: s.results(began).Tool.Version}, Commit: s.commit, Warnings: s.warnings}
	history := newHistory(ctx, o.Repo)
	byID := map[string]compare.Stack{}
	for _, j := range s.jobs {
		byID[j.stack.ID] = s.compared(ctx, j)
	}
	options := compare.Options{Rules: o.Config.Rules, Now: o.Now(), DecodeYAML: decodeYAML}
	if history != nil {
		options.History = history
	}
	for _, g := range groups {
		var stacks []compare.Stack
		for _, id := range g.Stacks {
			stacks = append(stacks, byID[id])
		}
		out.Groups = append(out.Groups, compare.Run(g, stacks, options))
	}
	out.Elapsed = o.Now().Sub(began)
	return out, ctx.Err()
}

// Groups are the groups of the configuration and those that are found. A stack that the configuration puts in a group is found in no other.
func Groups(o Options, all []stack.Stack) (groups []compare.Group, warnings []string, err error) {
	outlines := map[string]compare.Outline{}
	var ids []string
	for _, st := range all {
		ids = append(ids, st.ID)
		outlines[st.ID] = outline(o, st)
	}
	declared := map[string]bool{}
	for _, g := range o.Config.Groups {
		var members []compare.Outline
		for _, id := range g.Stacks {
			found, ok := outlines[id]
			if !ok {
				return nil, nil, unknownStack(fmt.Sprintf("%s:%d: group %q", g.Range.Filename, g.Range.Start.Line, g.Name), id, ids)
			}
			members = append(members, found)
			declared[id] = true
		}
		groups = append(groups, compare.Declare(g.Name, members))
	}
	var rest []compare.Outline
	for _, st := range all {
		if !declared[st.ID] {
			rest = append(rest, outlines[st.ID])
		}
	}
	names := map[string]bool{}
	for _, g := range groups {
		names[g.Name] = true
	}
	for _, g := range compare.Groups(rest) {
		if names[g.Name] {
			warnings = append(warnings, fmt.Sprintf("stacks that look like a group are called %q, as a group of the configuration is; they are left out", g.Name))
			continue
		}
		groups = append(groups, g)
	}
	return groups, warnings, nil
}

func unknownStack(where, id string, ids []string) error {
	if near := didyoumean.Nearest(id, ids); near != "" {
		return fmt.Errorf("%s names the stack %q, which is not there; did you mean %q?", where, id, near)
	}
	return fmt.Errorf("%s names the stack %q, which is not there; there are %s", where, id, abridge(ids, 8))
}

// chosenGroups are those that a name stands for: the name of a group, or the id of a stack that is in it; all when it is empty.
func chosenGroups(groups []compare.Group, all []stack.Stack, name string) ([]compare.Group, error) {
	if len(groups) == 0 {
		return nil, &noGroups{stacks: len(all)}
	}
	if name == "" {
		return groups, nil
	}
	var chosen []compare.Group
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
		if g.Name == name || slices.Contains(g.Stacks, name) {
			chosen = append(chosen, g)
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	if near := didyoumean.Nearest(name, names); near != "" {
		return nil, fmt.Errorf("there is no group %q; did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("there is no group %q; there are %s", name, abridge(names, 8))
}

// A noGroups error says that no two stacks are environments of one design.
type noGroups struct{ stacks int }

func (e *noGroups) Error() string {
	return fmt.Sprintf("no two of the %d stacks look like environments of one design", e.stacks)
}

// Hint is the next step.
func (e *noGroups) Hint() string {
	return `name them in .mooring.hcl: group "web" { stacks = ["env/dev", "env/prod"] }`
}

// outline reads what the root module of a stack holds. What cannot be read holds nothing.
func outline(o Options, st stack.Stack) compare.Outline {
	out := compare.Outline{ID: st.ID, Path: st.Path, Workspace: st.Workspace, VarFiles: st.VarFiles}
	t, err := module.Load(o.FS, st.Path, module.Options{Workspace: st.Workspace})
	if err != nil || t.Root == nil {
		return out
	}
	for key, r := range t.Root.Resources {
		if !r.Data {
			out.Contents = append(out.Contents, key)
		}
	}
	for _, c := range t.Root.Calls {
		source, _, _ := strings.Cut(c.Source, "?")
		if strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") {
			source = path.Join(st.Path, source)
		}
		out.Contents = append(out.Contents, "module "+source)
	}
	slices.Sort(out.Contents)
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

// history asks git, each file and each older version once.
type history struct {
	ctx    context.Context
	repo   *git.Repo
	lines  map[string][]*git.Commit
	before map[string][]byte
}

func newHistory(ctx context.Context, repo *git.Repo) *history {
	if repo == nil {
		return nil
	}
	return &history{ctx: ctx, repo: repo, lines: map[string][]*git.Commit{}, before: map[string][]byte{}}
}

// LastChange implements compare.History.
func (h *history) LastChange(file string, first, last int) *compare.Commit {
	lines, ok := h.lines[file]
	if !ok {
		lines, _ = h.repo.Blame(h.ctx, file) // a file without history has none: nothing is known of it
		h.lines[file] = lines
	}
	var newest *git.Commit
	for n := first; n <= last && n <= len(lines); n++ {
		c := lines[n-1]
		if c == nil {
			return nil // not committed yet
		}
		if newest == nil || c.Time.After(newest.Time) {
			newest = c
		}
	}
	if newest == nil {
		return nil
	}
	return &compare.Commit{ID: newest.ID, Author: newest.Author.Name, Subject: newest.Subject, Time: newest.Time.In(time.UTC)}
}

// Before implements compare.History.
func (h *history) Before(c *compare.Commit, file string) ([]byte, bool) {
	key := c.ID + " " + file
	src, ok := h.before[key]
	if !ok {
		src, _ = h.repo.Show(h.ctx, c.ID+"^", file) // the first commit has nothing before it
		h.before[key] = src
	}
	return src, src != nil
}
