package stack

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// path is the root module that a declaration speaks of.
func (d Declared) path() string {
	p, _, _ := strings.Cut(d.ID, "@")
	if p, _, found := strings.Cut(p, ":"); found {
		return path.Clean(p)
	}
	return path.Clean(p)
}

func (d Declared) workspace() string {
	_, fromID, _ := strings.Cut(d.ID, "@")
	fromID, _, _ = strings.Cut(fromID, ":")
	if d.Workspace != "" {
		return d.Workspace
	}
	return fromID
}

// declare lays what people wrote down over what was found. A declaration that has the id of a stack refines it; otherwise the
// declarations of a path take the place of all that was found there, one stack each.
func (t *tree) declare(found []candidate, declared []Declared) []candidate {
	replaced := map[string]*candidate{}
	for _, d := range declared {
		if i := slices.IndexFunc(found, func(c candidate) bool { return c.ID == d.ID }); i >= 0 && replaced[d.path()] == nil && !severalFor(declared, d.path()) {
			d.refine(&found[i].Stack)
			continue
		}
		base := replaced[d.path()]
		if base == nil {
			base = t.baseOf(found, d)
			if base == nil {
				continue
			}
			replaced[d.path()] = base
			found = slices.DeleteFunc(found, func(c candidate) bool { return c.Path == d.path() })
		}
		s := base.Stack
		if s.Why != "" {
			s.Why += "; "
		}
		s.Why += "declared in " + d.Where
		d.refine(&s)
		found = append(found, candidate{Stack: s})
	}
	return found
}

func severalFor(declared []Declared, p string) bool {
	n := 0
	for _, d := range declared {
		if d.path() == p {
			n++
		}
	}
	return n > 1
}

// baseOf is what a declaration starts from: the root without its variants. It is nil when there is no such root, which is reported.
func (t *tree) baseOf(found []candidate, d Declared) *candidate {
	p := d.path()
	for _, c := range found {
		if c.Path == p {
			return &candidate{Stack: Stack{Path: p, Why: c.Why, Skip: c.Skip, Terragrunt: c.Terragrunt}}
		}
	}
	refuse := func(why string) *candidate {
		t.left = append(t.left, Unclassified{Path: p, Why: fmt.Sprintf("declared in %s, but %s", d.Where, why)})
		return nil
	}
	switch dir := t.dirs[p]; {
	case !fs.ValidPath(p):
		return refuse("it is not a path inside the repository")
	case dir == nil:
		return refuse("there is no such directory")
	case dir.facts == nil:
		return refuse("it holds no configuration")
	}
	t.left = slices.DeleteFunc(t.left, func(u Unclassified) bool { return u.Path == p })
	return &candidate{Stack: Stack{Path: p}}
}

// refine sets what the declaration sets.
func (d Declared) refine(s *Stack) {
	if w := d.workspace(); w != "" {
		s.Workspace = w
	}
	if d.VarFiles != nil {
		s.VarFiles = d.VarFiles
	}
	if d.BackendConfig != nil {
		s.BackendConfig = d.BackendConfig
	}
	if d.Owners != nil {
		s.Owners = d.Owners
	}
	if d.Env != nil {
		s.Env = d.Env
	}
}
