package comparison

import (
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/driftbench"
)

// versions are those that planted skew names.
var versions = []string{"5.31.0", "5.72.1", "6.0.0", "6.14.2"}

// lockFiles is what another version of a provider touches: no resource.
const lockFiles = "lock files"

// otherProvider gives every environment a lock file of its own, one of which names another version of a provider.
func (b *bench) otherProvider(_ *target, _ string) *plant {
	if b.l.Kind != "roots" {
		return nil
	}
	provider := b.d.Providers[b.r.IntN(len(b.d.Providers))]
	source, odd := "registry.opentofu.org/"+provider.Source, b.one()
	first := b.r.IntN(len(versions))
	second := (first + 1 + b.r.IntN(len(versions)-1)) % len(versions)
	return &plant{
		Case: Case{How: "a provider in another version", Class: string(compare.Skew), Key: resourceOf("provider " + source), Path: "version"}, resource: lockFiles,
		// What no code sets may be another default there: it follows from the version.
		also: func(d compare.Difference) bool { return d.Reason == compare.ReasonVersion },
		begin: func(w *world) error {
			for e := range b.d.Environments {
				v := versions[first]
				if e == odd {
					v = versions[second]
				}
				lock := fmt.Sprintf("provider %q {\n  version = %q\n}\n", source, v)
				if err := os.WriteFile(filepath.Join(w.tree, filepath.FromSlash(b.root(e, ".terraform.lock.hcl"))), []byte(lock), 0o600); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// otherModule calls a copy of a module in another version from one environment, in which a value is another.
func (b *bench) otherModule(t *target, _ string) *plant {
	p := b.versioned(t)
	if p == nil {
		return nil
	}
	p.How, p.Path = "a module in another version, with another value", t.attribute
	p.newer = func(w *world, dir string) error {
		return w.set(path.Join(dir, path.Base(t.files[0])), "resource", []string{t.typ, t.name}, t.attribute, t.other)
	}
	return p.plant
}

// olderModule calls a version of a module that does not have a resource yet from one environment.
func (b *bench) olderModule(t *target, _ string) *plant {
	p := b.versioned(t)
	if p == nil || !t.unread {
		return nil
	}
	p.How = "a module in another version, without the resource"
	p.newer = func(w *world, dir string) error {
		_, err := w.remove(path.Join(dir, path.Base(t.files[0])), "resource", []string{t.typ, t.name})
		return err
	}
	return p.plant
}

// sameModule calls a version of a module that changes nothing from one environment.
func (b *bench) sameModule(t *target, _ string) *plant {
	p := b.versioned(t)
	if p == nil {
		return nil
	}
	p.How, p.Key, p.Path, p.also = "a module in another version that changes nothing", "module "+t.module[0], "version", nil
	p.newer = func(*world, string) error { return nil }
	return p.plant
}

// A versionedPlant is one in which one environment calls another version of a module than the others.
type versionedPlant struct {
	*plant
	newer func(w *world, dir string) error // makes the other version what it is
}

// versioned lays two versions of a target's module side by side. Nil when no environment's own root calls it.
func (b *bench) versioned(t *target) *versionedPlant {
	if b.l.Kind != "roots" || len(t.module) != 1 || !t.shared {
		return nil
	}
	call, odd := t.module[0], b.one()
	out := &versionedPlant{plant: &plant{
		Case: Case{Class: string(compare.Skew)}, resource: "module." + call + ".", replaces: t.dirs[0],
		also: func(d compare.Difference) bool { return d.Address == "module "+call },
	}}
	out.begin = func(w *world) error {
		dirs := []string{t.dirs[0] + "-v1", t.dirs[0] + "-v2"}
		for _, dir := range dirs {
			if err := driftbench.CopyTree(filepath.Join(w.tree, filepath.FromSlash(t.dirs[0])), filepath.Join(w.tree, filepath.FromSlash(dir))); err != nil {
				return err
			}
		}
		for e := range b.d.Environments {
			dir := dirs[0]
			if e == odd {
				dir = dirs[1]
			}
			rel, err := filepath.Rel(filepath.FromSlash("/"+b.d.Environments[e].Path), filepath.FromSlash("/"+dir))
			if err != nil {
				return err
			}
			if err := w.set(b.callFile(e, call), "module", []string{call}, "source", fmt.Sprintf("%q", filepath.ToSlash(rel))); err != nil {
				return err
			}
		}
		return out.newer(w, dirs[1])
	}
	return out
}
