package stack

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A root is a directory that was found to be a root module.
type root struct {
	*dir
	why  string
	unit *unit // not nil for terragrunt
}

// notRoots are path segments that speak of code which somebody else instantiates.
var notRoots = regexp.MustCompile(`(?i)^(modules?|_modules?|examples?|tests?|fixtures?|templates?|\.github)$`)

// classify decides for every directory with configuration whether it is a root.
func (t *tree) classify(runs []run) []root {
	units := t.readTerragrunt()
	modules := map[string]bool{}
	for _, d := range t.list {
		if d.facts != nil {
			for _, target := range d.facts.calls {
				modules[target] = true
			}
		}
	}
	sources := map[string]bool{}
	for _, u := range units {
		if u.source != "" {
			sources[u.source] = true
		}
	}
	var roots []root
	var orphans []*dir
	for _, d := range t.list {
		if u := units[d.path]; u != nil {
			if why := u.leaf(d); why != "" {
				roots = append(roots, root{d, why, u})
				continue
			}
		}
		if d.facts == nil {
			continue
		}
		if why := d.hardSignal(); why != "" {
			roots = append(roots, root{dir: d, why: why})
			continue
		}
		if modules[d.path] || sources[d.path] {
			continue
		}
		signal, notSo := d.softSignal(runs), ""
		switch {
		case !d.facts.contents && len(d.facts.problems) > 0:
			notSo = "its configuration cannot be read"
		case t.speaksOfModules(d.path):
			notSo = "its path speaks of modules, examples, tests or templates"
		case !d.facts.contents:
			notSo = "it holds no resource and no module call"
		case signal == "":
			orphans = append(orphans, d)
			continue
		}
		if notSo == "" {
			roots = append(roots, root{dir: d, why: signal})
			continue
		}
		if signal != "" {
			notSo = signal + ", but " + notSo
		}
		t.left = append(t.left, Unclassified{Path: d.path, Why: notSo, Problems: d.facts.problems})
	}
	if len(roots) == 0 && len(orphans) == 1 && len(t.requiredVariables(orphans[0])) == 0 {
		return []root{{dir: orphans[0], why: "the only directory with resources, and it can be planned as it is"}}
	}
	for _, d := range orphans {
		t.left = append(t.left, Unclassified{Path: d.path, Why: "no backend, provider block or lock file says that it is planned", Problems: d.facts.problems})
	}
	return roots
}

// hardSignal is a block that only root modules can have.
func (d *dir) hardSignal() string {
	switch {
	case d.facts.backend != nil:
		return fmt.Sprintf("backend %q in %s", d.facts.backend.kind, d.facts.backend.at)
	case d.facts.cloud != nil:
		return "cloud block in " + d.facts.cloud.at
	}
	return ""
}

// softSignal is what root modules usually have and others seldom.
func (d *dir) softSignal(runs []run) string {
	if len(d.facts.providers) > 0 {
		return d.facts.providers[0]
	}
	for _, name := range []string{".terraform.lock.hcl", "terraform.tfstate", "terraform.tfvars", "terraform.tfvars.json"} {
		if d.has(name) {
			return name
		}
	}
	for _, name := range d.files {
		if strings.HasSuffix(name, ".auto.tfvars") || strings.HasSuffix(name, ".auto.tfvars.json") {
			return name
		}
	}
	if slices.Contains(d.sub, "terraform.tfstate.d") {
		return "terraform.tfstate.d"
	}
	for _, r := range runs {
		if r.dir == d.path && r.plans {
			return "planned by " + r.file
		}
	}
	return ""
}

// speaksOfModules tells whether a path names code that somebody else instantiates. "test" beside "prod" is an environment.
func (t *tree) speaksOfModules(p string) bool {
	for ; p != "."; p = path.Dir(p) {
		if name := path.Base(p); notRoots.MatchString(name) && !(strings.EqualFold(name, "test") && t.amongEnvironments(p)) {
			return true
		}
	}
	return false
}

// environments are what people call the copies of one design.
var environments = regexp.MustCompile(`(?i)^(dev|develop|development|stag|stage|staging|prod|prd|production|live|qa|uat|int|integration|preprod|pre-prod|sandbox)$`)

func (t *tree) amongEnvironments(p string) bool {
	parent := t.dirs[path.Dir(p)]
	return parent != nil && slices.ContainsFunc(parent.sub, environments.MatchString)
}
