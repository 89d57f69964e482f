package driftbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// An Environment is one stack of a design: a root module with variable files in a workspace.
type Environment struct {
	Name      string
	Path      string
	VarFiles  []string // relative to Path
	Workspace string   // "" for the default one
	CopyOf    string   // the root that Path is made a copy of; "" when it is there
}

// A Design is a project's environments, each applied to a cloud of its own.
type Design struct {
	Tree         string
	Environments []*Applied
	Providers    []*schema.Provider

	o        Options
	dir      string
	invented map[string]bool
}

// Applied is an environment that was applied.
type Applied struct {
	Environment
	Snapshot string            // the cloud after the apply
	Env      map[string]string // TF_VAR_ entries of sensitive variables
	Cut      int               // blocks and locals that were taken out to make it plannable

	seed int64
}

// ApplyDesign lays a project out in a directory, makes the environments plannable and applies each to a cloud with an account of its own.
func ApplyDesign(ctx context.Context, o Options, p Project, environments []Environment, dir string) (*Design, error) {
	d := &Design{Tree: filepath.Join(dir, "tree"), o: o, dir: dir}
	if err := p.unpack(d.Tree); err != nil {
		return nil, err
	}
	for _, e := range environments {
		if e.CopyOf == "" {
			continue
		}
		if err := CopyTree(filepath.Join(d.Tree, filepath.FromSlash(e.CopyOf)), filepath.Join(d.Tree, filepath.FromSlash(e.Path))); err != nil {
			return nil, err
		}
	}
	if err := d.prepare(environments); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	for n := range d.Environments {
		d.Environments[n].seed = o.Seed*100 + int64(n)
		cloud, err := d.newCloud(n)
		if err != nil {
			return nil, err
		}
		if err := d.applyFirst(ctx, n, cloud); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", p.Name, d.Environments[n].Name, err)
		}
		if err := cloud.Save(d.Environments[n].Snapshot); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// prepare makes every root plannable once, and gives values to the variables that no file of the project sets.
func (d *Design) prepare(environments []Environment) error {
	all, err := readFolders(os.DirFS(d.Tree))
	if err != nil {
		return err
	}
	used := map[string]bool{}
	done := map[string]map[string]string{}
	for n, e := range environments {
		a := &Applied{Environment: e, Snapshot: filepath.Join(d.dir, fmt.Sprintf("cloud-%d.json.gz", n))}
		d.Environments = append(d.Environments, a)
		if env, ok := done[e.Path]; ok {
			a.Env = env
			continue
		}
		if all[e.Path] == nil {
			return fmt.Errorf("there is no configuration in %s", e.Path)
		}
		if err := prepare(d.Tree, all, e.Path); err != nil {
			return err
		}
		text, env := all[e.Path].values(all, d.setBy(environments, e.Path))
		if a.Env = env; text != "" {
			if err := write(filepath.Join(d.Tree, filepath.FromSlash(e.Path), valuesFile), []byte(text)); err != nil {
				return err
			}
		}
		done[e.Path] = env
		for _, dir := range reachable(all, e.Path) {
			used[dir] = true
		}
	}
	if all, err = readFolders(os.DirFS(d.Tree)); err != nil {
		return err
	}
	var list []*folder
	for _, dir := range sorted(used) {
		list = append(list, all[dir])
	}
	known, err := readSchemas(d.o.Schemas)
	if err != nil {
		return err
	}
	c, err := newCatalog(list, known)
	if err != nil {
		return err
	}
	d.Providers, d.invented = c.providers, c.invented
	return nil
}

// setBy are the variables that the files of every environment of a root set.
func (d *Design) setBy(environments []Environment, root string) map[string]bool {
	count, stacks := map[string]int{}, 0
	for _, e := range environments {
		if e.Path != root {
			continue
		}
		stacks++
		set := map[string]bool{}
		for _, name := range append([]string{"terraform.tfvars"}, e.VarFiles...) {
			src, err := os.ReadFile(filepath.Join(d.Tree, filepath.FromSlash(root), filepath.FromSlash(name)))
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
		for v := range set {
			count[v]++
		}
	}
	all := map[string]bool{}
	for v, n := range count {
		all[v] = n == stacks
	}
	return all
}

func (d *Design) newCloud(n int) (*simcloud.Cloud, error) {
	digits := strings.Repeat(fmt.Sprint(n+1), 12)[:12]
	return simcloud.New(simcloud.Options{
		Seed: d.Environments[n].seed, Account: digits, Project: "acme-" + d.Environments[n].Name,
		Subscription: fmt.Sprintf("%s-0000-4000-8000-%s", digits[:8], digits),
	}, d.Providers...)
}

// Load opens the cloud of an environment as it was after the first apply.
func (d *Design) Load(n int, file string) (*simcloud.Cloud, error) {
	b, err := os.ReadFile(d.Environments[n].Snapshot)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return nil, err
	}
	return simcloud.Load(file, d.Providers...)
}

// Real tells whether a resource type, or an attribute of one, is of a provider's schema and not made up from the code.
func (d *Design) Real(typ, attribute string) bool {
	return (&catalog{invented: d.invented}).real(typ, attribute)
}

func (d *Design) stack(n int) *Stack {
	e := d.Environments[n]
	return &Stack{Path: e.Path, VarFiles: e.VarFiles, Env: e.Env}
}

// State is where the state of an environment lies in a tree.
func (d *Design) State(tree string, n int) string {
	e := d.Environments[n]
	root := filepath.Join(tree, filepath.FromSlash(e.Path))
	if e.Workspace != "" {
		return filepath.Join(root, "terraform.tfstate.d", e.Workspace, "terraform.tfstate")
	}
	return filepath.Join(root, "terraform.tfstate")
}

// arbiterOf is an engine that is initialised for an environment of a tree, in its workspace.
func (d *Design) arbiterOf(ctx context.Context, tree, scratch string, n int, attach string) (*arbiter, error) {
	a, err := newArbiter(d.o.Engine, attach, scratch)
	if err != nil {
		return nil, err
	}
	if err := a.init(ctx, tree, d.stack(n)); err != nil {
		return nil, err
	}
	if w := d.Environments[n].Workspace; w != "" {
		if err := write(filepath.Join(scratch, "data", d.stack(n).slug(), "environment"), []byte(w)); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(d.State(tree, n)), 0o755); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// applyFirst applies an environment, and takes out of the code what cannot work on one machine.
func (d *Design) applyFirst(ctx context.Context, n int, cloud *simcloud.Cloud) (err error) {
	attach, stop, err := cloud.Serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	s := d.stack(n)
	a, err := d.arbiterOf(ctx, d.Tree, filepath.Join(d.dir, fmt.Sprintf("apply-%d", n)), n, attach)
	if err != nil {
		return fmt.Errorf("init: %s", firstError(err))
	}
	d.Environments[n].Cut, err = a.applyCut(ctx, d.Tree, s)
	return err
}

// Apply applies an environment of a copy of the tree again, as its pipeline would.
func (d *Design) Apply(ctx context.Context, tree, scratch string, n int, attach string) error {
	a, err := d.arbiterOf(ctx, tree, scratch, n, attach)
	if err != nil {
		return fmt.Errorf("init: %s", firstError(err))
	}
	if err := a.apply(ctx, tree, d.stack(n)); err != nil {
		return fmt.Errorf("apply: %s", firstError(err))
	}
	return nil
}

// CopyTree copies what is in a tree.
func CopyTree(from, to string) error {
	return copyTree(from, to, func(name string) bool { return slices.Contains([]string{".terraform"}, filepath.Base(name)) })
}
