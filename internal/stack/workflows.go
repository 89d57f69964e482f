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
	workspace, _ := sc.variable("TF_WORKSPACE")
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
