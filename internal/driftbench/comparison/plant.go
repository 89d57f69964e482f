package comparison

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/git/fresh"
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
	replaces string                          // directory that the environments call no more, so that no other plant may be in it
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

// draw picks the differences of a round, of every kind that the design allows, in turn.
func (b *bench) draw(round int) ([]*plant, error) {
	targets, err := b.targets()
	if err != nil {
		return nil, err
	}
	b.r.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	kinds := []func(*target, string) *plant{
		b.changedByHand, b.otherProvider, b.variable, b.olderModule, b.notApplied, b.counted, b.ownCommit, b.otherModule, b.condition, b.deletedByHand, b.oneAlone,
		b.sameModule, b.addedByCommit, b.promotedVariable,
	}
	var out []*plant
	used := map[string]bool{}
	for n := 0; len(out) < b.o.PerRound && n < 3*len(kinds); n++ {
		kind := kinds[(n+round*3)%len(kinds)]
		for _, t := range targets {
			resource, in := t.dirs[0]+" "+t.key(), "in "+t.dirs[0]
			if used[resource] || used["instead of "+t.dirs[0]] {
				continue
			}
			p := kind(t, fmt.Sprintf("cmp_%d_%d", round, n))
			if p == nil || p.resource != "" && used[p.resource] || p.replaces != "" && used["in "+p.replaces] {
				continue
			}
			p.Project, p.Design, p.Key = b.l.Project, b.l.Name, first(p.Key, t.key())
			if b.base[p.Key+" "+p.Path] {
				continue
			}
			used[p.resource], used["instead of "+p.replaces] = true, true
			if p.resource != lockFiles {
				used[resource], used[in] = true, true
			}
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
