package stack

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A run is what a CI job does with an engine in one directory.
type run struct {
	dir           string
	workspace     string
	varFiles      []string // relative to dir
	backendConfig []string
	plans         bool   // it plans or applies, not only checks
	file          string // workflow
}

// readWorkflows lists the runs of all GitHub workflows, in order. What depends on something only GitHub knows is left out.
func (t *tree) readWorkflows() []run {
	d := t.dirs[".github/workflows"]
	if d == nil {
		return nil
	}
	var runs []run
	for _, name := range d.files {
		if ext := path.Ext(name); ext != ".yml" && ext != ".yaml" {
			continue
		}
		src, err := fs.ReadFile(t.fsys, path.Join(d.path, name))
		if err != nil {
			continue
		}
		var w workflow
		if yaml.Unmarshal(src, &w) != nil {
			continue // not ours to judge: GitHub reports it
		}
		for _, job := range slices.Sorted(maps.Keys(w.Jobs)) {
			for _, r := range w.Jobs[job].runs(w) {
				r.file = path.Join(d.path, name)
				if t.dirs[r.dir] != nil && !slices.ContainsFunc(runs, r.same) {
					runs = append(runs, r)
				}
			}
		}
	}
	return runs
}

func (r run) same(o run) bool {
	return r.dir == o.dir && r.workspace == o.workspace && slices.Equal(r.varFiles, o.varFiles) && slices.Equal(r.backendConfig, o.backendConfig) && r.plans == o.plans
}

// The parts of a workflow file that matter. Values are any: a number or boolean is fine in an env.
type workflow struct {
	Env      map[string]any  `yaml:"env"`
	Defaults defaults        `yaml:"defaults"`
	Jobs     map[string]*job `yaml:"jobs"`
}

type defaults struct {
	Run struct {
		Dir string `yaml:"working-directory"`
	} `yaml:"run"`
}

type job struct {
	Env      map[string]any `yaml:"env"`
	Defaults defaults       `yaml:"defaults"`
	Strategy struct {
		Matrix any `yaml:"matrix"`
	} `yaml:"strategy"`
	Steps []step `yaml:"steps"`
}

type step struct {
	Env  map[string]any `yaml:"env"`
	Dir  string         `yaml:"working-directory"`
	Run  string         `yaml:"run"`
	Uses string         `yaml:"uses"`
	With map[string]any `yaml:"with"`
}

// runs follows the steps of a job, once for every entry of its matrix.
func (j *job) runs(w workflow) []run {
	if j == nil {
		return nil
	}
	var all []run
	for _, matrix := range combinations(j.Strategy.Matrix) {
		state := map[string]*run{} // by directory
		var order []string
		for _, s := range j.Steps {
			sc := scope{matrix: matrix, env: []map[string]any{s.Env, j.Env, w.Env}}
			for _, c := range s.commands(sc, firstOf(s.Dir, j.Defaults.Run.Dir, w.Defaults.Run.Dir, ".")) {
				if !fs.ValidPath(c.dir) {
					continue
				}
				r := state[c.dir]
				if r == nil {
					r = &run{dir: c.dir}
					state[c.dir] = r
					order = append(order, c.dir)
				}
				r.add(c)
			}
		}
		for _, dir := range order {
			all = append(all, *state[dir])
		}
	}
	return all
}

// add merges what one command says into the run of its directory.
func (r *run) add(c run) {
	if c.workspace != "" {
		r.workspace = c.workspace
	}
	for _, f := range c.varFiles {
		if !slices.Contains(r.varFiles, f) {
			r.varFiles = append(r.varFiles, f)
		}
	}
	for _, b := range c.backendConfig {
		if !slices.Contains(r.backendConfig, b) {
			r.backendConfig = append(r.backendConfig, b)
		}
	}
	r.plans = r.plans || c.plans
}

// A scope resolves the expressions of one step.
type scope struct {
	matrix map[string]string
	env    []map[string]any // innermost first
}

var expression = regexp.MustCompile(`\$\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}`)
var shellVariable = regexp.MustCompile(`\$(\w+)|\$\{(\w+)\}`)

// expand replaces matrix and env expressions and shell variables. ok is false when something is left that only a runner knows.
func (s scope) expand(text string) (string, bool) {
	for range 3 { // an env value may itself use the matrix
		text = expression.ReplaceAllStringFunc(text, func(m string) string {
			name := expression.FindStringSubmatch(m)[1]
			if key, found := strings.CutPrefix(name, "matrix."); found {
				if v, ok := s.matrix[key]; ok {
					return v
				}
			}
			if key, found := strings.CutPrefix(name, "env."); found {
				if v, ok := s.variable(key); ok {
					return v
				}
			}
			if name == "github.workspace" {
				return "."
			}
			return m
		})
		text = shellVariable.ReplaceAllStringFunc(text, func(m string) string {
			parts := shellVariable.FindStringSubmatch(m)
			name := parts[1] + parts[2]
			if v, ok := s.variable(name); ok {
				return v
			}
			if name == "GITHUB_WORKSPACE" {
				return "."
			}
			return m
		})
	}
	return text, !strings.Contains(text, "$")
}

func (s scope) variable(name string) (string, bool) {
	for _, env := range s.env {
		if v, ok := env[name]; ok && v != nil {
			return fmt.Sprint(v), true
		}
	}
	return "", false
}

// commands are the engine commands of one step, each as a run of its own.
func (s step) commands(sc scope, dir string) []run {
	dir, ok := sc.expand(dir)
	if !ok {
		return nil
	}
	workspace, ok := sc.variable("TF_WORKSPACE")
	if workspace, ok = sc.expand(workspace); !ok {
		workspace = ""
	}
	if s.Uses != "" {
		if c, ok := s.action(sc, dir, workspace); ok {
			return []run{c}
		}
		return nil
	}
	var list []run
	here := path.Clean(dir)
	for _, line := range shellLines(s.Run) {
		args := fields(line)
		for i := range args {
			if v, ok := sc.expand(args[i]); ok {
				args[i] = v
			}
		}
		switch {
		case len(args) == 2 && (args[0] == "cd" || args[0] == "pushd"):
			here = path.Join(here, args[1])
		default:
			if c, ok := engineCommand(args, here); ok {
				c.workspace = firstOf(c.workspace, workspace)
				list = append(list, c)
			}
		}
	}
	return list
}

// action reads the inputs of an action that runs an engine (dflook/terraform-plan and others of its kind).
func (s step) action(sc scope, dir, workspace string) (run, bool) {
	name, _, _ := strings.Cut(s.Uses, "@")
	if !regexp.MustCompile(`(?i)(terraform|tofu)-(plan|apply|check|drift)`).MatchString(name) {
		return run{}, false
	}
	input := func(names ...string) string {
		for _, n := range names {
			if v, ok := s.With[n]; ok {
				if text, ok := sc.expand(fmt.Sprint(v)); ok {
					return text
				}
			}
		}
		return ""
	}
	// Paths given to actions are seen from the repository's root.
	c := run{dir: path.Clean(firstOf(input("path", "working_directory", "working-directory"), dir)), workspace: firstOf(input("workspace"), workspace), plans: true}
	for _, f := range strings.Fields(strings.ReplaceAll(input("var_file", "var-file", "var_files"), ",", " ")) {
		c.varFiles = append(c.varFiles, relative(c.dir, path.Clean(f)))
	}
	for _, f := range strings.Fields(strings.ReplaceAll(input("backend_config_file", "backend-config-file"), ",", " ")) {
		c.backendConfig = append(c.backendConfig, relative(c.dir, path.Clean(f)))
	}
	return c, true
}

// engineCommand reads one command line. ok is false when it is none of an engine's.
func engineCommand(args []string, dir string) (c run, ok bool) {
	i := slices.IndexFunc(args, func(a string) bool { base := path.Base(a); return base == "terraform" || base == "tofu" })
	if i < 0 {
		return run{}, false
	}
	c.dir = dir
	var words []string
	for rest := args[i+1:]; len(rest) > 0; rest = rest[1:] {
		name, value, given := strings.Cut(strings.TrimPrefix(rest[0], "-"), "=")
		name = strings.TrimPrefix(name, "-")
		switch {
		case !strings.HasPrefix(rest[0], "-"):
			words = append(words, rest[0])
			continue
		case name != "chdir" && name != "var-file" && name != "backend-config":
			continue
		case !given && len(rest) > 1 && name != "chdir":
			value, rest = rest[1], rest[1:]
		}
		if strings.Contains(value, "$") || value == "" {
			continue
		}
		switch name {
		case "chdir":
			c.dir = path.Join(dir, value)
		case "var-file":
			c.varFiles = append(c.varFiles, path.Clean(value))
		case "backend-config":
			c.backendConfig = append(c.backendConfig, value)
		}
	}
	if len(words) == 0 || strings.Contains(c.dir, "$") {
		return run{}, false
	}
	switch words[0] {
	case "plan", "apply", "refresh":
		c.plans = true
	case "workspace":
		if len(words) > 2 && (words[1] == "select" || words[1] == "new") && !strings.Contains(words[2], "$") {
			c.workspace = words[2]
		}
	case "init":
	default:
		return run{}, false
	}
	return c, true
}

// shellLines are the commands of a script: lines, joined where one ends with a backslash, split where commands follow each other.
func shellLines(script string) []string {
	script = strings.ReplaceAll(script, "\\\n", " ")
	return strings.FieldsFunc(strings.NewReplacer("&&", "\n", "||", "\n", ";", "\n", "|", "\n").Replace(script), func(r rune) bool { return r == '\n' })
}

// fields splits a command at blanks, quotes removed.
func fields(line string) []string {
	var list []string
	var word strings.Builder
	quote, begun := rune(0), false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if begun {
				list = append(list, word.String())
			}
			word.Reset()
			begun = false
		case quote == 0 && r == '#' && !begun:
			return list
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		list = append(list, word.String())
	}
	return list
}

// combinations are the entries of a job's matrix; one without values when there is none or only GitHub can compute it.
func combinations(matrix any) []map[string]string {
	axes, ok := matrix.(map[string]any)
	if !ok {
		return []map[string]string{{}}
	}
	entries := []map[string]string{{}}
	for _, name := range slices.Sorted(maps.Keys(axes)) {
		values, isList := axes[name].([]any)
		if !isList || name == "include" || name == "exclude" {
			continue
		}
		var next []map[string]string
		for _, e := range entries {
			for _, v := range values {
				n := maps.Clone(e)
				addValue(n, name, v)
				next = append(next, n)
			}
		}
		if entries = next; len(entries) > 256 { // GitHub's own limit
			entries = entries[:256]
		}
	}
	if include, ok := axes["include"].([]any); ok {
		for _, v := range include {
			n := map[string]string{}
			addValue(n, "", v)
			entries = append(entries, n)
		}
	}
	if len(entries) > 1 && len(entries[0]) == 0 {
		entries = entries[1:]
	}
	return entries
}

// addValue sets a matrix value; the fields of an object become name.field.
func addValue(entry map[string]string, name string, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		entry[name] = fmt.Sprint(v)
		return
	}
	for key, inner := range object {
		if name != "" {
			key = name + "." + key
		}
		addValue(entry, key, inner)
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

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
