package driftbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/stack"
)

// A Stack is one root module of a project, as it was made plannable.
type Stack struct {
	Path     string
	VarFiles []string          // relative to Path
	Env      map[string]string // TF_VAR_ entries of sensitive variables
	Skipped  string            // why it is not measured; "" when it is
	Cut      int               // blocks and locals that were taken out to make it plannable

	Restless map[string]bool // addresses that are never without a planned action

	instances []instance
}

func (s *Stack) slug() string { return strings.ReplaceAll(s.Path, "/", "-") }

// An instance is one object of a stack.
type instance struct {
	address string
	modules []call // from the root
	typ     string
	name    string
	key     any      // string, float64 or nil
	id      string   // of the attribute id; "" for none
	ids     []string // by which the cloud knows it
}

// A call is one step of a module address.
type call struct {
	name string
	key  any
}

// A lab is one project, applied.
type lab struct {
	project  Project
	dir      string // holds everything of the lab
	tree     string
	folders  map[string]*folder
	catalog  *catalog
	stacks   []*Stack
	snapshot string // the cloud after the applies
}

// minResources is how many resource blocks a root must reach to be worth planning.
const minResources = 3

// maxPrunes is how often a stack is cut before it is given up.
const maxPrunes = 25

// apply makes a lab in a directory. Stacks that cannot be applied are in it with the reason.
func apply(ctx context.Context, o Options, p Project, dir string) (*lab, error) {
	l := &lab{project: p, dir: dir, tree: filepath.Join(dir, "tree"), snapshot: filepath.Join(dir, "cloud.json.gz")}
	if err := p.unpack(l.tree); err != nil {
		return nil, err
	}
	if err := l.choose(ctx, o); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	cloud, err := simcloud.New(simcloud.Options{Seed: o.Seed}, l.catalog.providers...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	attach, stop, err := cloud.Serve(ctx)
	if err != nil {
		return nil, err
	}
	err = l.applyAll(ctx, o, attach)
	if err := errors.Join(err, stop(), cloud.Save(l.snapshot)); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	if l.folders, err = readFolders(os.DirFS(l.tree)); err != nil { // cut
		return nil, err
	}
	return l, l.save()
}

// choose picks the roots that reach most resources, and makes them plannable.
func (l *lab) choose(ctx context.Context, o Options) error {
	all, err := readFolders(os.DirFS(l.tree))
	if err != nil {
		return err
	}
	found, _, err := stack.Discover(ctx, os.DirFS(l.tree), stack.Options{})
	if err != nil {
		return err
	}
	sizes := roots(all)
	paths := slices.DeleteFunc(sorted(sizes), func(p string) bool { return sizes[p] < minResources })
	slices.SortStableFunc(paths, func(a, b string) int { return cmp.Compare(sizes[b], sizes[a]) })
	if len(paths) > o.Stacks {
		paths = paths[:o.Stacks]
	}
	slices.Sort(paths)
	used := map[string]bool{}
	for _, p := range paths {
		s := &Stack{Path: p}
		for _, f := range found {
			if f.Path == p {
				s.VarFiles = f.VarFiles
				break
			}
		}
		l.stacks = append(l.stacks, s)
		if err := prepare(l.tree, all, p); err != nil {
			return err
		}
		text, env := all[p].values(all, l.given(s))
		s.Env = env
		if text != "" {
			if err := write(filepath.Join(l.tree, filepath.FromSlash(p), valuesFile), []byte(text)); err != nil {
				return err
			}
		}
		for _, dir := range reachable(all, p) {
			used[dir] = true
		}
	}
	if l.folders, err = readFolders(os.DirFS(l.tree)); err != nil {
		return err
	}
	var list []*folder
	for _, dir := range sorted(used) {
		list = append(list, l.folders[dir])
	}
	known, err := readSchemas(o.Schemas)
	if err != nil {
		return err
	}
	l.catalog, err = newCatalog(list, known)
	return err
}

// given are the variables that the files of a stack set.
func (l *lab) given(s *Stack) map[string]bool {
	set := map[string]bool{}
	dir := filepath.Join(l.tree, filepath.FromSlash(s.Path))
	names := []string{"terraform.tfvars"}
	if auto, err := filepath.Glob(filepath.Join(dir, "*.auto.tfvars")); err == nil {
		for _, name := range auto {
			names = append(names, filepath.Base(name))
		}
	}
	for _, name := range append(names, s.VarFiles...) {
		src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		file, _ := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		if body, ok := file.Body.(*hclsyntax.Body); ok {
			for v := range body.Attributes {
				set[v] = true
			}
		}
	}
	return set
}

// applyAll applies every stack that can be, one after the other, and reads what came to be.
func (l *lab) applyAll(ctx context.Context, o Options, attach string) error {
	a, err := newArbiter(o.Engine, attach, filepath.Join(l.dir, "apply"))
	if err != nil {
		return err
	}
	for _, s := range l.stacks {
		s.Skipped = l.applied(ctx, a, s)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return l.reapply(ctx, a)
}

// maxPasses is how often stacks are gone over until none disturbs another any more.
const maxPasses = 5

// reapply applies stacks again that plan something new, or cannot be planned, because what they share with a later one was cut for that.
func (l *lab) reapply(ctx context.Context, a *arbiter) error {
	for pass := range maxPasses {
		steady := true
		for _, s := range l.stacks {
			if s.Skipped != "" {
				continue
			}
			p, err := a.plan(ctx, l.tree, s)
			if err == nil && !slices.ContainsFunc(sorted(p), func(address string) bool { return !s.Restless[address] }) {
				continue
			}
			steady = false
			if s.Skipped = l.applied(ctx, a, s); s.Skipped == "" && pass == maxPasses-1 {
				s.Skipped = "what it shares with other stacks was cut again and again"
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if steady {
			return nil
		}
	}
	return nil
}

// applied applies one stack; the answer is why it cannot be measured.
func (l *lab) applied(ctx context.Context, a *arbiter, s *Stack) string {
	if err := a.init(ctx, l.tree, s); err != nil {
		return "init: " + firstError(err)
	}
	cut, err := a.applyCut(ctx, l.tree, s)
	if err != nil {
		return err.Error()
	}
	s.Cut += cut
	p, err := a.plan(ctx, l.tree, s)
	if err != nil {
		return "plan: " + firstError(err)
	}
	s.Restless = map[string]bool{}
	for address := range p {
		s.Restless[address] = true
	}
	if s.instances, err = readState(filepath.Join(l.tree, filepath.FromSlash(s.Path), "terraform.tfstate")); err != nil {
		return "state: " + err.Error()
	}
	return ""
}

// applyCut plans and applies a stack, taking out of its code what cannot work on one machine. It is planned first: an apply that breaks off
// leaves objects behind. The answer is how much was cut.
func (a *arbiter) applyCut(ctx context.Context, tree string, s *Stack) (int, error) {
	cut := &pruner{tree: tree, root: s.Path}
	plan := func(ctx context.Context, tree string, s *Stack) error {
		_, err := a.plan(ctx, tree, s)
		return err
	}
	for _, step := range []func(context.Context, string, *Stack) error{plan, a.apply} {
		for tries := 0; ; tries++ {
			err := step(ctx, tree, s)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return cut.cut, ctx.Err()
			}
			more, broken := cut.prune(err.Error())
			if broken != nil {
				return cut.cut, fmt.Errorf("prune: %w", broken)
			}
			if !more || tries == maxPrunes {
				return cut.cut, fmt.Errorf("it cannot be applied: %s", firstError(err))
			}
		}
	}
	return cut.cut, nil
}

// firstError is the first line of what an engine said that tells something.
func firstError(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, "Error: "); ok {
		text = after
	}
	var parts []string
	for line := range strings.Lines(text) {
		if line = strings.Trim(line, " \t\n│╷╵"); line != "" {
			parts = append(parts, line)
		}
		if len(parts) == 6 {
			break
		}
	}
	return strings.Join(parts, " / ")
}

// home is the directory whose code an instance is in.
func (l *lab) home(s *Stack, i instance) string {
	dir := s.Path
	for _, c := range i.modules {
		f := l.folders[dir]
		if f == nil || f.calls[c.name] == nil {
			return ""
		}
		called, local := f.called(f.calls[c.name])
		if !local {
			return ""
		}
		dir = called
	}
	return path.Clean(dir)
}

// groups are the stacks that share code, each with the others.
func (l *lab) groups() [][]*Stack {
	var out [][]*Stack
	group := map[string]int{}
	for _, s := range l.stacks {
		if s.Skipped != "" {
			continue
		}
		at := -1
		for _, dir := range reachable(l.folders, s.Path) {
			if g, ok := group[dir]; ok {
				at = g
			}
		}
		if at < 0 {
			at = len(out)
			out = append(out, nil)
		}
		out[at] = append(out[at], s)
		for _, dir := range reachable(l.folders, s.Path) {
			if g, ok := group[dir]; ok && g != at { // two groups turn out to be one
				out[at] = append(out[at], out[g]...)
				out[g] = nil
				for d, was := range group {
					if was == g {
						group[d] = at
					}
				}
			}
			group[dir] = at
		}
	}
	return slices.DeleteFunc(out, func(g []*Stack) bool { return len(g) == 0 })
}
