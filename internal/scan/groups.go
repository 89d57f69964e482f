package scan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/didyoumean"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/stack"
)

// Groups are the groups of the configuration and those that are found. A stack that the configuration puts in a group is found in no other.
func Groups(o Options, all []stack.Stack) (groups []compare.Group, warnings []string, err error) {
	declared := map[string]bool{}
	for _, d := range o.Config.Groups {
		g, err := declare(o, d, all)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range g.Stacks {
			declared[id] = true
		}
		groups = append(groups, g)
	}
	var rest []compare.Outline
	for _, st := range all {
		if !declared[st.ID] {
			rest = append(rest, outline(o, st))
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

// declare is a group of the configuration, whose stacks must be there.
func declare(o Options, g config.Group, all []stack.Stack) (compare.Group, error) {
	var members []compare.Outline
	for _, id := range g.Stacks {
		at := slices.IndexFunc(all, func(s stack.Stack) bool { return s.ID == id })
		if at < 0 {
			ids := make([]string, 0, len(all))
			for _, s := range all {
				ids = append(ids, s.ID)
			}
			return compare.Group{}, unknownStack(fmt.Sprintf("%s:%d: group %q", g.Range.Filename, g.Range.Start.Line, g.Name), id, ids)
		}
		st := all[at]
		members = append(members, compare.Outline{ID: st.ID, Path: st.Path, Workspace: st.Workspace, VarFiles: st.VarFiles})
	}
	return compare.Declare(g.Name, members), nil
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
