package comparison

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/driftbench"
	"github.com/mooringdev/mooring/internal/git/fresh"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// A Case is one planted difference, and what came of it.
type Case struct {
	Project, Design string
	How             string // what was done
	Class           string // the truth
	Key             string // the resource, without modules and keys; a module call as "module.NAME."
	Path            string
	Verdict         Verdict
	Shown           []string // the classes under which it was shown
	Detail          string
}

// A Verdict is what became of a case.
type Verdict string

// The verdicts.
const (
	Right      Verdict = "right"
	Wrong      Verdict = "wrong"       // shown, in another class
	Missed     Verdict = "missed"      // not shown
	NotPlanted Verdict = "not planted" // the code could not be applied with it: no case
)

// A plant is a difference in the making. Each step is nil when there is nothing to do.
type plant struct {
	Case
	resource string                          // block that no other plant of the round may touch
	begin    func(*world) error              // what the code is from the beginning
	commit   func(*world) error              // what a commit changes, applied everywhere
	late     func(*world) error              // what a commit changes, not applied in the last environment
	live     func(*world) error              // what somebody does by hand
	also     func(d compare.Difference) bool // differences that belong to it as well
}

// plant makes the differences: the first commit, the commits after it, the applies, and what people did by hand.
func (w *world) plant(ctx context.Context, plants []*plant) error {
	steps := func(step func(*plant) func(*world) error, commit bool, from int) (int, error) {
		done := 0
		for n, p := range plants {
			f := step(p)
			if f == nil {
				continue
			}
			if err := f(w); err != nil {
				return done, fmt.Errorf("%s: %w", p.How, err)
			}
			done++
			if commit {
				c := fresh.Commit{Author: "Cleo Case", Email: "cleo@example.com", Date: start.AddDate(0, 0, from+n), Message: fmt.Sprintf("change %d", n)}
				if err := w.repo.Commit(ctx, c); err != nil {
					return done, err
				}
			}
		}
		return done, nil
	}
	begun, err := steps(func(p *plant) func(*world) error { return p.begin }, false, 0)
	if err != nil {
		return err
	}
	if err := w.repo.Commit(ctx, fresh.Commit{Author: "Ann Start", Email: "ann@example.com", Date: start, Message: "the environments"}); err != nil {
		return err
	}
	committed, err := steps(func(p *plant) func(*world) error { return p.commit }, true, 30)
	if err != nil {
		return err
	}
	if begun+committed > 0 {
		if err := w.apply(ctx, len(w.clouds)); err != nil {
			return err
		}
	}
	late, err := steps(func(p *plant) func(*world) error { return p.late }, true, 60)
	if err != nil {
		return err
	}
	if late > 0 {
		if err := w.apply(ctx, len(w.clouds)-1); err != nil {
			return err
		}
	}
	_, err = steps(func(p *plant) func(*world) error { return p.live }, false, 0)
	return err
}

// apply applies the first n environments.
func (w *world) apply(ctx context.Context, n int) error {
	for i := range n {
		if err := w.b.d.Apply(ctx, w.tree, filepath.Join(w.dir, fmt.Sprintf("apply-%d", i)), i, w.attach[i]); err != nil {
			return err
		}
	}
	return nil
}

var byHand = simcloud.By{Actor: trail.User("mallory", "203.0.113.9"), Via: audit.ViaConsole, At: time.Date(2026, 10, 20, 14, 0, 0, 0, time.UTC)}

// draw picks the differences of a round, of every kind that the design allows, in turn.
func (b *bench) draw(round int) ([]*plant, error) {
	targets, err := b.targets()
	if err != nil {
		return nil, err
	}
	b.r.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	kinds := []func(*target, string) *plant{
		b.changedByHand, b.variable, b.notApplied, b.counted, b.ownCommit, b.condition, b.deletedByHand, b.oneAlone, b.addedByCommit, b.otherModule, b.promotedVariable,
	}
	var out []*plant
	used := map[string]bool{}
	for n := 0; len(out) < b.o.PerRound && n < 3*len(kinds); n++ {
		kind := kinds[(n+round*3)%len(kinds)]
		for _, t := range targets {
			resource := t.dirs[0] + " " + t.key()
			if used[resource] {
				continue
			}
			p := kind(t, fmt.Sprintf("cmp_%d_%d", round, n))
			if p == nil || p.resource != "" && used[p.resource] || b.base[t.key()+" "+p.Path] {
				continue
			}
			used[resource] = true
			if p.resource != "" {
				used[p.resource] = true
			}
			p.Project, p.Design, p.Key = b.l.Project, b.l.Name, first(p.Key, t.key())
			out = append(out, p)
			break
		}
	}
	return out, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (b *bench) last() int { return len(b.d.Environments) - 1 }

// one is an environment drawn at random.
func (b *bench) one() int { return b.r.IntN(len(b.d.Environments)) }

func (b *bench) changedByHand(t *target, _ string) *plant {
	e := b.one()
	return &plant{
		Case: Case{How: "changed by hand", Class: string(compare.Drift), Path: t.attribute},
		live: func(w *world) error {
			_, err := w.clouds[e].Change(w.by(e, t), t.typ, t.ids[e], func(a map[string]any) { a[t.attribute] = t.value })
			return err
		},
	}
}

// by is who changes an object by hand, in the object's own region.
func (w *world) by(e int, t *target) simcloud.By {
	by := byHand
	if o, err := w.clouds[e].Object(t.typ, t.ids[e]); err == nil {
		by.Region = o.Region
	}
	return by
}

func (b *bench) deletedByHand(t *target, _ string) *plant {
	if !t.unread {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "deleted by hand", Class: string(compare.Drift)},
		live: func(w *world) error {
			_, err := w.clouds[e].Delete(w.by(e, t), t.typ, t.ids[e])
			return err
		},
	}
}

// give makes a new variable of the code that a target is in, and lets one environment set it. Nil when the way there is longer than a call.
func (b *bench) give(t *target, name string) (declare func(w *world, text string) error, set func(w *world, e int, text string) error) {
	declare = func(w *world, text string) error { return w.declare(t.files[0], name, text) }
	switch {
	case !t.shared:
		return nil, nil
	case b.l.Kind == "directory" && len(t.module) == 0:
		return declare, func(w *world, e int, text string) error {
			files := b.d.Environments[e].VarFiles
			return w.assign(path.Join(b.d.Environments[e].Path, files[len(files)-1]), name, text)
		}
	case b.l.Kind == "roots" && len(t.module) == 1:
		return declare, func(w *world, e int, text string) error {
			file := b.callFile(e, t.module[0])
			return w.set(file, "module", []string{t.module[0]}, name, text)
		}
	}
	return nil, nil
}

// callFile is the file of an environment's root that holds a module call.
func (b *bench) callFile(e int, call string) string {
	files, err := filepath.Glob(filepath.Join(b.d.Tree, filepath.FromSlash(b.d.Environments[e].Path), "*.tf"))
	if err != nil {
		return ""
	}
	for _, f := range files {
		if src, err := os.ReadFile(f); err == nil && strings.Contains(string(src), fmt.Sprintf("module %q", call)) {
			return b.root(e, filepath.Base(f))
		}
	}
	return ""
}

func (b *bench) variable(t *target, name string) *plant {
	declare, set := b.give(t, name)
	if declare == nil {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "a variable decides", Class: string(compare.Intended), Path: t.attribute},
		begin: func(w *world) error {
			reference := w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, "var."+name)
			return firstOf(reference, declare(w, t.text), set(w, e, t.other))
		},
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) condition(t *target, _ string) *plant {
	if b.l.Kind != "directory" || !t.shared {
		return nil
	}
	e := b.d.Environments[b.one()]
	return &plant{
		Case: Case{How: "a condition on the workspace", Class: string(compare.Intended), Path: t.attribute},
		begin: func(w *world) error {
			return w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, fmt.Sprintf("terraform.workspace == %q ? %s : %s", e.Workspace, t.other, t.text))
		},
	}
}

func (b *bench) notApplied(t *target, _ string) *plant {
	if !t.shared {
		return nil
	}
	return &plant{
		Case: Case{How: "shared code, not applied in the last", Class: string(compare.Promotion), Path: t.attribute},
		late: func(w *world) error {
			return w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, t.other)
		},
	}
}

// ownCommit changes the first environment's own code.
func (b *bench) ownCommit(t *target, name string) *plant {
	if t.shared {
		return b.argument(t, name)
	}
	return &plant{
		Case: Case{How: "a commit to the first environment's own code", Class: string(compare.Promotion), Path: t.attribute},
		commit: func(w *world) error {
			return w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, t.other)
		},
	}
}

// argument changes an argument of a module call, or a value in a variable file, that all environments gave alike.
func (b *bench) argument(t *target, name string) *plant {
	declare, set := b.give(t, name)
	if declare == nil {
		return nil
	}
	return &plant{
		Case: Case{How: "a commit to a value that all environments set alike", Class: string(compare.Promotion), Path: t.attribute},
		begin: func(w *world) error {
			if err := firstOf(w.set(t.files[0], "resource", []string{t.typ, t.name}, t.attribute, "var."+name), declare(w, t.text)); err != nil {
				return err
			}
			for e := range b.d.Environments {
				if err := set(w, e, t.text); err != nil {
					return err
				}
			}
			return nil
		},
		commit: func(w *world) error { return set(w, 0, t.other) },
	}
}

// promotedVariable is argument with the second environment already there, so that the last alone waits.
func (b *bench) promotedVariable(t *target, name string) *plant {
	p := b.argument(t, name)
	if p == nil || b.last() < 2 {
		return nil
	}
	_, set := b.give(t, name)
	p.How = "a commit that two of three environments have"
	p.commit = func(w *world) error { return firstOf(set(w, 0, t.other), set(w, 1, t.other)) }
	return p
}

func (b *bench) counted(t *target, name string) *plant {
	declare, set := b.give(t, name)
	if declare == nil || !t.unread {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "a variable counts it", Class: string(compare.Missing)},
		begin: func(w *world) error {
			return firstOf(w.set(t.files[0], "resource", []string{t.typ, t.name}, "count", "var."+name+" ? 1 : 0"), declare(w, "true"), set(w, e, "false"))
		},
	}
}

// block is what oneAlone and addedByCommit take away: a resource of an environment's own, or a module call that nothing reads.
func (b *bench) block(t *target) (file func(e int) string, typ string, labels []string, key string) {
	switch {
	case !t.shared && t.unread && len(t.module) == 0:
		return func(e int) string { return t.files[e] }, "resource", []string{t.typ, t.name}, t.key()
	case b.l.Kind == "roots" && len(t.module) == 1 && !b.referred(b.paths(), "module."+t.module[0]):
		return func(e int) string { return b.callFile(e, t.module[0]) }, "module", []string{t.module[0]}, "module." + t.module[0] + "."
	}
	return nil, "", nil, ""
}

func (b *bench) paths() []string {
	var out []string
	for _, e := range b.d.Environments {
		out = append(out, e.Path)
	}
	return out
}

func (b *bench) oneAlone(t *target, _ string) *plant {
	file, typ, labels, key := b.block(t)
	if file == nil {
		return nil
	}
	e := b.one()
	return &plant{
		Case: Case{How: "written in the others alone", Class: string(compare.Missing), Key: key}, resource: key,
		begin: func(w *world) error {
			_, err := w.remove(file(e), typ, labels)
			return err
		},
	}
}

func (b *bench) addedByCommit(t *target, _ string) *plant {
	file, typ, labels, key := b.block(t)
	if file == nil {
		return nil
	}
	var restore func() error
	return &plant{
		Case: Case{How: "a commit added it to the first environment", Class: string(compare.Promotion), Key: key}, resource: key,
		begin: func(w *world) error {
			for e := range b.d.Environments {
				back, err := w.remove(file(e), typ, labels)
				if err != nil {
					return err
				}
				if e == 0 {
					restore = back
				}
			}
			return nil
		},
		commit: func(*world) error { return restore() },
	}
}

// otherModule calls a copy of a module in another version from the first environment.
func (b *bench) otherModule(t *target, _ string) *plant {
	if b.l.Kind != "roots" || len(t.module) != 1 || !t.shared {
		return nil
	}
	call := t.module[0]
	return &plant{
		Case: Case{How: "a module in another version", Class: string(compare.Skew), Path: t.attribute}, resource: "module." + call + ".",
		also: func(d compare.Difference) bool { return d.Address == "module "+call },
		begin: func(w *world) error {
			for _, v := range []string{"v1", "v2"} {
				if err := driftbench.CopyTree(filepath.Join(w.tree, filepath.FromSlash(t.dirs[0])), filepath.Join(w.tree, filepath.FromSlash(t.dirs[0]+"-"+v))); err != nil {
					return err
				}
			}
			for e := range b.d.Environments {
				v := "v1"
				if e == 0 {
					v = "v2"
				}
				rel, err := filepath.Rel(filepath.FromSlash("/"+b.d.Environments[e].Path), filepath.FromSlash("/"+t.dirs[0]+"-"+v))
				if err != nil {
					return err
				}
				if err := w.set(b.callFile(e, call), "module", []string{call}, "source", fmt.Sprintf("%q", filepath.ToSlash(rel))); err != nil {
					return err
				}
			}
			return w.set(path.Join(t.dirs[0]+"-v2", path.Base(t.files[0])), "resource", []string{t.typ, t.name}, t.attribute, t.other)
		},
	}
}
