package stack

import (
	"path"
	"slices"
	"strings"
)

// A varFile is a variable file that has to be named to be read.
type varFile struct {
	dir, name string
	sets      []string // names of variables
}

func (f varFile) path() string { return path.Join(f.dir, f.name) }

// stem is the file's name without its extensions: what people call the environment.
func (f varFile) stem() string {
	return strings.TrimSuffix(strings.TrimSuffix(f.name, ".json"), ".tfvars")
}

// commonNames are what people call the file that every environment shares.
var commonNames = map[string]bool{"common": true, "shared": true, "global": true, "globals": true, "base": true, "default": true, "defaults": true, "all": true}

// templateNames are files to copy, not environments.
var templateNames = map[string]bool{"template": true, "example": true, "sample": true}

// variants gives the stacks of one root: one, or one for each of its environments.
func (t *tree) variants(r root, runs []run) []candidate {
	base := candidate{Stack: Stack{Path: r.path, Why: r.why, Terragrunt: r.unit != nil}}
	if r.unit != nil {
		base.Problems = r.unit.problems
		return []candidate{base}
	}
	if c := r.facts.cloud; c != nil && c.workspace != "" {
		base.Why += ", workspace " + c.workspace // the cloud block selects it, not the caller
	}
	groups := t.varGroups(r.dir)
	found := []candidate{}
	for _, g := range groups {
		c := base
		c.variant = g.name
		c.Why += "; variant " + g.name
		for _, f := range g.files {
			c.VarFiles = append(c.VarFiles, relative(r.path, f.path()))
		}
		c.BackendConfig = t.backendFiles(r.dir, g)
		found = append(found, c)
	}
	if len(found) == 0 {
		base.VarFiles = t.onlyVarFile(r.dir)
		base.BackendConfig = t.backendFiles(r.dir, varGroup{})
		found = append(found, base)
	}
	return t.localWorkspaces(fillFromRuns(found, r, runs), r.dir)
}

// localWorkspaces adds the workspaces whose local state lies beside the configuration.
func (t *tree) localWorkspaces(found []candidate, d *dir) []candidate {
	states := t.dirs[path.Join(d.path, "terraform.tfstate.d")]
	if states == nil || len(states.sub) == 0 || slices.ContainsFunc(found, func(c candidate) bool { return c.Workspace != "" }) {
		return found
	}
	if len(found) > 1 {
		for i, c := range found {
			if slices.Contains(states.sub, c.variant) {
				found[i].Workspace = c.variant
			}
		}
		return found
	}
	var all []candidate
	if d.has("terraform.tfstate") {
		all = append(all, found[0])
	}
	for _, name := range states.sub {
		c := found[0]
		c.Workspace = name
		c.Why += "; workspace in terraform.tfstate.d"
		all = append(all, c)
	}
	return all
}

// A varGroup is the variable files of one environment.
type varGroup struct {
	name  string
	files []varFile
}

// varGroups sorts the variable files of a root into environments. Files are alternatives when they lie side by side and set the same
// names, or when they lie in directories side by side. Fewer than two are no alternatives.
func (t *tree) varGroups(d *dir) []varGroup {
	files := t.varFilesOf(d)
	byDir := map[string][]varFile{}
	var dirs []string
	for _, f := range files {
		if byDir[f.dir] == nil {
			dirs = append(dirs, f.dir)
		}
		byDir[f.dir] = append(byDir[f.dir], f)
	}
	slices.Sort(dirs)
	var best []varGroup
	for _, dir := range dirs {
		if groups := alternatives(byDir[dir]); len(groups) > len(best) {
			best = groups
		}
	}
	if groups := siblings(dirs, byDir); len(groups) > len(best) {
		best = groups
	}
	return best
}

// varFilesOf lists the variable files that belong to a root: in it, below it where no other configuration lies, and, when they are
// called after it, in directories of variables elsewhere. Files that set nothing the root declares are somebody else's.
func (t *tree) varFilesOf(d *dir) []varFile {
	var files []varFile
	add := func(in *dir, take func(varFile) bool) {
		for _, name := range in.files {
			is, always := isVarFile(name)
			f := varFile{dir: in.path, name: name}
			if !is || (always && in == d) || templateNames[strings.ToLower(f.stem())] || strings.Contains(strings.ToLower(name), "backend") || !take(f) {
				continue
			}
			if f.sets = t.varNames(f.path()); common(f.sets, d.facts.variables) > 0 {
				files = append(files, f)
			}
		}
	}
	all := func(varFile) bool { return true }
	add(d, all)
	for _, below := range t.below(d.path, 2) {
		if below.facts == nil {
			add(below, all)
		}
	}
	if len(files) > 0 || d.path == "." {
		return files
	}
	for _, elsewhere := range t.varDirs() {
		add(elsewhere, func(f varFile) bool { return f.stem() == path.Base(d.path) || commonNames[f.stem()] })
	}
	if !slices.ContainsFunc(files, func(f varFile) bool { return !commonNames[f.stem()] }) {
		return nil
	}
	return files
}

// varDirs are the directories that hold variable files and no configuration, and lie in no module.
func (t *tree) varDirs() []*dir {
	var dirs []*dir
next:
	for _, d := range t.list {
		if d.facts != nil || !slices.ContainsFunc(d.files, func(name string) bool { is, _ := isVarFile(name); return is }) {
			continue
		}
		for p := d.path; p != "."; p = path.Dir(p) {
			if above := t.dirs[path.Dir(p)].facts; above != nil && above.contents {
				continue next
			}
		}
		dirs = append(dirs, d)
	}
	return dirs
}

// alternatives are the files of one directory that set the same names, each with the common ones before it.
func alternatives(files []varFile) []varGroup {
	var shared, rest []varFile
	for _, f := range files {
		if commonNames[strings.ToLower(f.stem())] {
			shared = append(shared, f)
		} else {
			rest = append(rest, f)
		}
	}
	var groups []varGroup
	for _, f := range rest {
		alike := slices.ContainsFunc(rest, func(o varFile) bool {
			return o.name != f.name && 2*common(f.sets, o.sets) >= min(len(f.sets), len(o.sets))
		})
		if alike {
			groups = append(groups, varGroup{name: f.stem(), files: append(slices.Clone(shared), f)})
		}
	}
	if len(groups) < 2 {
		return nil
	}
	return groups
}

// siblings are directories side by side, each with the files of one environment. Files that lie above them come first.
func siblings(dirs []string, byDir map[string][]varFile) []varGroup {
	var groups []varGroup
	for _, parent := range dirsAbove(dirs) {
		var here []varGroup
		anySpecific := slices.ContainsFunc(dirs, func(dir string) bool {
			return path.Dir(dir) == parent && slices.ContainsFunc(byDir[dir], func(f varFile) bool { return rankCommon(f) > 0 })
		})
		for _, dir := range dirs {
			if path.Dir(dir) != parent || dir == parent {
				continue
			}
			files := slices.Clone(byDir[dir])
			if !slices.ContainsFunc(files, func(f varFile) bool { return rankCommon(f) > 0 }) && anySpecific {
				continue // only what every environment shares: this root is not part of that one
			}
			slices.SortStableFunc(files, func(a, b varFile) int { return rankCommon(a) - rankCommon(b) })
			here = append(here, varGroup{name: path.Base(dir), files: append(slices.Clone(byDir[parent]), files...)})
		}
		if len(here) > 1 && len(here) > len(groups) {
			groups = here
		}
	}
	return groups
}

func rankCommon(f varFile) int {
	if commonNames[strings.ToLower(f.stem())] {
		return 0
	}
	return 1
}

func dirsAbove(dirs []string) []string {
	var parents []string
	for _, d := range dirs {
		if d != "." && !slices.Contains(parents, path.Dir(d)) {
			parents = append(parents, path.Dir(d))
		}
	}
	return parents
}

// onlyVarFile is the one variable file that a root cannot be planned without, when it is the only one there is.
func (t *tree) onlyVarFile(d *dir) []string {
	files := t.varFilesOf(d)
	if len(files) != 1 || common(files[0].sets, t.requiredVariables(d)) == 0 {
		return nil
	}
	return []string{relative(d.path, files[0].path())}
}

// backendFiles finds the file that completes a partial backend block: for a variant the one called after it or lying with its
// variables, else the only one.
func (t *tree) backendFiles(d *dir, g varGroup) []string {
	if d.facts.backend == nil || len(d.facts.missingBackendSettings()) == 0 && len(d.facts.backend.settings) > 0 {
		return nil
	}
	var all, of []string
	for _, in := range append([]*dir{d}, t.below(d.path, 2)...) {
		for _, name := range in.files {
			file := path.Join(in.path, name)
			if !isBackendFile(in, d, name) {
				continue
			}
			all = append(all, relative(d.path, file))
			if g.name != "" && (slices.Contains(words(name), g.name) || path.Base(in.path) == g.name) {
				of = append(of, relative(d.path, file))
			}
		}
	}
	switch {
	case len(of) == 1:
		return of
	case len(all) == 1 && g.name == "":
		return all
	}
	return nil
}

// isBackendFile tells by name whether a file holds backend settings: x.tfbackend, backend.hcl, prod.backend.tfvars, backends/prod.hcl.
func isBackendFile(in, root *dir, name string) bool {
	if strings.HasSuffix(name, ".tfbackend") {
		return true
	}
	ext := path.Ext(name)
	if ext != ".hcl" && ext != ".conf" && ext != ".tfvars" || strings.HasPrefix(name, ".terraform.lock") {
		return false
	}
	return strings.Contains(name, "backend") || (in != root && strings.Contains(path.Base(in.path), "backend"))
}

// words are the parts of a file name.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' || r == '/' })
}

// common counts the names that two sorted or unsorted lists share.
func common(a, b []string) int {
	n := 0
	for _, x := range a {
		if slices.Contains(b, x) {
			n++
		}
	}
	return n
}
