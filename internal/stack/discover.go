package stack

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Options are what the configuration says about discovery. The zero value takes everything.
type Options struct {
	Include  []string // globs of stack paths, doublestar syntax; empty: all
	Exclude  []string // wins over Include
	Declared []Declared
	// Env is the environment that engines will have, KEY=VALUE. What it gives (TF_CLI_ARGS_init, TF_WORKSPACE) need not be configured.
	Env        []string
	Terragrunt bool // Terragrunt is at hand, so its units can be planned
}

// Declared is what a person wrote down about one stack. It refines the stack that discovery finds, or adds one it does not find.
type Declared struct {
	ID            string // path, or path@workspace
	Workspace     string
	VarFiles      []string
	BackendConfig []string
	Env           map[string]string
	Owners        []string
	Where         string // file:line, for messages
}

// A candidate is a stack on the way to its id.
type candidate struct {
	Stack
	variant string // what tells it from other stacks of the same root; "" when nothing does
}

// Discover lists the stacks of the repository in fsys, sorted by id, and the directories that hold configuration and are not planned.
// An error means that nothing could be found out; what concerns one directory is a Problem of it.
func Discover(ctx context.Context, fsys fs.FS, o Options) ([]Stack, []Unclassified, error) {
	t, err := readTree(ctx, fsys)
	if err != nil {
		return nil, nil, err
	}
	if err := t.readFacts(ctx); err != nil {
		return nil, nil, err
	}
	runs := t.readWorkflows()
	found, listed := t.foreign()
	if !listed {
		for _, r := range t.classify(runs) {
			found = append(found, t.variants(r, runs)...)
		}
	}
	assignIDs(found)
	found = t.declare(found, o.Declared)
	found = slices.DeleteFunc(found, func(c candidate) bool { return !o.takes(c.Stack) })
	for i := range found {
		t.finish(&found[i].Stack, o)
	}
	t.assignOwners(found)
	assignIDs(found)
	separate(found)
	stacks := make([]Stack, len(found))
	for i, c := range found {
		stacks[i] = c.Stack
	}
	slices.SortFunc(stacks, func(a, b Stack) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(t.left, func(a, b Unclassified) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Why, b.Why))
	})
	return stacks, t.left, nil
}

// takes applies the globs. A stack that is declared by name is meant, so only Exclude can drop it.
func (o Options) takes(s Stack) bool {
	matches := func(globs []string) bool {
		return slices.ContainsFunc(globs, func(g string) bool {
			return doublestar.MatchUnvalidated(g, s.Path) || doublestar.MatchUnvalidated(g, s.ID)
		})
	}
	declared := slices.ContainsFunc(o.Declared, func(d Declared) bool { return d.ID == s.ID || d.path() == s.Path })
	return !matches(o.Exclude) && (declared || len(o.Include) == 0 || matches(o.Include))
}

// finish adds what holds for every stack, however it was found.
func (t *tree) finish(s *Stack, o Options) {
	if s.Workspace == "" {
		s.Workspace = DefaultWorkspace
	}
	d := t.dirs[s.Path]
	if d != nil && d.facts != nil {
		s.Problems = append(s.Problems, d.facts.problems...)
	}
	if d != nil && d.has(terragruntFile) && (s.Terragrunt || d.facts == nil) {
		u := t.readUnit(s.Path)
		if s.Terragrunt, s.Module = true, u.source; !u.hasSource {
			s.Module = s.Path
		}
	}
	switch {
	case s.Skip != "":
	case s.Terragrunt:
		if !o.Terragrunt {
			s.Skip = "needs terragrunt, which is not on PATH"
		}
	case d == nil || d.facts == nil:
		s.Skip = "no configuration"
	case !d.facts.contents && len(d.facts.problems) == 0:
		s.Skip = "no resources"
	case d.facts.cloud != nil && d.facts.cloud.selects != "" && s.Workspace == DefaultWorkspace && !o.sets(s, "TF_WORKSPACE"):
		s.Skip = fmt.Sprintf("needs configuration: the cloud block in %s selects workspaces by %s, so a workspace must be named", d.facts.cloud.at, d.facts.cloud.selects)
	case len(s.BackendConfig) == 0 && !o.sets(s, "TF_CLI_ARGS_init") && !o.sets(s, "TF_CLI_ARGS"):
		if missing := d.facts.missingBackendSettings(); len(missing) > 0 {
			s.Skip = fmt.Sprintf("needs configuration: backend %q in %s lacks %s, so backend_config must be given", d.facts.backend.kind, d.facts.backend.at, strings.Join(missing, " and "))
		}
	}
}

// separate skips variants that would be planned against one and the same state: at most one of them is what that state describes.
func separate(found []candidate) {
	state := func(s Stack) string {
		return strings.Join(append([]string{s.Path, s.Workspace, s.Env["TF_WORKSPACE"], s.Env["TF_DATA_DIR"], s.Env["TF_CLI_ARGS_init"]}, s.BackendConfig...), "\x00")
	}
	first := map[string]int{}
	for i := range found {
		s := &found[i].Stack
		j, shared := first[state(*s)]
		if !shared {
			first[state(*s)] = i
			continue
		}
		for _, k := range []int{i, j} {
			if found[k].Skip == "" {
				found[k].Skip = fmt.Sprintf("needs configuration: %s and %s would share one state, so a workspace or backend_config must be named", found[j].ID, s.ID)
			}
		}
	}
}

// sets tells whether the engine of a stack will find a variable in its environment.
func (o Options) sets(s *Stack, variable string) bool {
	return s.Env[variable] != "" || slices.ContainsFunc(o.Env, func(kv string) bool { return strings.HasPrefix(kv, variable+"=") && kv != variable+"=" })
}

// requiredSettings are the settings that a backend must be given in configuration, because no environment variable can.
var requiredSettings = map[string][]string{
	"azurerm":    {"container_name", "key"},
	"consul":     {"path"},
	"cos":        {"bucket"},
	"gcs":        {"bucket"},
	"kubernetes": {"secret_suffix"},
	"oss":        {"bucket"},
	"s3":         {"bucket", "key"},
}

// missingBackendSettings are those that the code leaves to -backend-config.
func (f *facts) missingBackendSettings() []string {
	if f.backend == nil {
		return nil
	}
	var missing []string
	for _, name := range requiredSettings[f.backend.kind] {
		if !f.backend.settings[name] {
			missing = append(missing, name)
		}
	}
	return missing
}

// assignIDs gives every candidate its id: the path, the workspace when it is not the default one, and the variant where both are shared.
func assignIDs(found []candidate) {
	base := func(c candidate) string {
		if c.Workspace == "" || c.Workspace == DefaultWorkspace {
			return c.Path
		}
		return c.Path + "@" + c.Workspace
	}
	shared, taken := map[string]int{}, map[string]int{}
	for _, c := range found {
		shared[base(c)]++
	}
	for i, c := range found {
		id := base(c)
		if shared[id] > 1 && c.variant != "" {
			id += ":" + c.variant
		}
		if taken[id]++; taken[id] > 1 { // two entries of somebody's list that differ in nothing we know
			id = fmt.Sprintf("%s:%d", id, taken[id])
		}
		found[i].ID = id
	}
}
