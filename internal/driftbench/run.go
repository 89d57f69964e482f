package driftbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// A Result is what a run showed.
type Result struct {
	Seed    int64     `json:"seed"`
	Stacks  []Measure `json:"stacks"`
	Cases   []*Case   `json:"cases"`
	Elapsed float64   `json:"seconds"`
}

// A Measure says what was made of one stack.
type Measure struct {
	Project   string `json:"project"`
	Commit    string `json:"commit"`
	Licence   string `json:"licence"`
	Stack     string `json:"stack"`
	Instances int    `json:"instances"`
	Cut       int    `json:"cut"`               // blocks and locals taken out to make it plannable
	Skipped   string `json:"skipped,omitempty"` // why it was not measured
}

// Run measures. The error is for what keeps a run from being one; a case that fails is in the result.
func Run(ctx context.Context, o Options) (*Result, error) {
	began := time.Now()
	labs := make([]*lab, len(o.Projects))
	g, building := errgroup.WithContext(ctx)
	g.SetLimit(max(o.Workers, 1))
	for n, p := range o.Projects {
		g.Go(func() (err error) {
			labs[n], err = build(building, o, p)
			if err == nil {
				o.log("%s: %d of %d stacks applied", p.Name, labs[n].measured(), len(labs[n].stacks))
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	r := &Result{Seed: o.Seed}
	var rounds []*round
	for _, l := range labs {
		for _, s := range l.stacks {
			r.Stacks = append(r.Stacks, Measure{l.project.Name, l.project.Commit, l.project.Licence, s.Path, len(s.instances), s.Cut, s.Skipped})
		}
		more, err := l.rounds(o)
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, only(more, o.Address)...)
	}
	for _, x := range rounds {
		r.Cases = append(r.Cases, x.cases...)
	}
	o.log("%d cases in %d rounds", len(r.Cases), len(rounds))
	if err := work(ctx, o, rounds); err != nil {
		return nil, err
	}
	r.Elapsed = time.Since(began).Seconds()
	return r, nil
}

// only are the cases of addresses that hold a text, each in a round of its own; all rounds for "".
func only(rounds []*round, address string) []*round {
	if address == "" {
		return rounds
	}
	var out []*round
	for _, x := range rounds {
		for _, c := range x.cases {
			if strings.Contains(c.Address, address) {
				out = append(out, &round{x.l, x.group, []*Case{c}})
			}
		}
	}
	return out
}

func (l *lab) measured() int {
	n := 0
	for _, s := range l.stacks {
		if s.Skipped == "" {
			n++
		}
	}
	return n
}

// A round is cases that are changed at once, in stacks that share code.
type round struct {
	l     *lab
	group []*Stack
	cases []*Case
}

// rounds picks a project's cases and deals them out: in one round no two cases are in the same block of code.
func (l *lab) rounds(o Options) ([]*round, error) {
	cloud, err := simcloud.Load(l.snapshot, l.catalog.providers...)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(l.project.Name))
	k := &picker{l: l, only: o.Kind, r: rand.New(rand.NewPCG(uint64(o.Seed), h.Sum64())), cloud: cloud, types: map[string]*schema.Object{}, taken: map[string]int{}, seen: map[string]int{}}
	for _, p := range l.catalog.providers {
		for name, t := range p.Resources {
			k.types[name] = t
		}
	}
	var out []*round
	groups := l.groups()
	total := 0
	for dry := 0; total < o.Cases && dry < len(groups); {
		dry = 0
		for _, group := range groups {
			x := &round{l: l, group: group}
			inUse := map[string]bool{}
			for _, s := range group {
				for range min(o.PerRound, o.Cases-total) {
					c := k.pick(s, inUse)
					if c == nil {
						break
					}
					inUse[c.block] = true
					x.cases = append(x.cases, c)
					total++
				}
			}
			if len(x.cases) == 0 {
				dry++
				continue
			}
			out = append(out, x)
		}
	}
	return out, nil
}

// work runs the rounds, some at once, each worker on trees of its own.
func work(ctx context.Context, o Options, rounds []*round) error {
	queue := make(chan *round)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(queue)
		for _, x := range rounds {
			select {
			case queue <- x:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	var mu sync.Mutex
	done := 0
	for n := range max(o.Workers, 1) {
		g.Go(func() error {
			benches := map[*lab]*bench{}
			for x := range queue {
				b := benches[x.l]
				if b == nil {
					var err error
					if b, err = newBench(o, x.l, filepath.Join(x.l.dir, fmt.Sprintf("worker-%d", n))); err != nil {
						return err
					}
					benches[x.l] = b
				}
				if err := b.settle(ctx, x); err != nil {
					return err
				}
				mu.Lock()
				done++
				o.log("round %d of %d: %s, %d cases", done, len(rounds), x.l.project.Name, len(x.cases))
				mu.Unlock()
			}
			return nil
		})
	}
	return g.Wait()
}

// settle runs a round and, where cases were refused because others were in the way, each of these by itself: then only that counts. An edit that
// is wrong, or moves something else, counts as it is. A round that cannot be run is halved.
func (b *bench) settle(ctx context.Context, x *round) error {
	err := b.round(ctx, x.group, x.cases)
	switch {
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case err == nil && len(x.cases) == 1:
		return nil
	case err == nil:
		for _, c := range x.cases {
			if c.miss() && c.Verdict != Wrong && c.Verdict != Collateral {
				b.o.log("%s: %s of %s is %s, and run again by itself: %s", x.l.project.Name, c.Path, c.Address, c.Verdict, c.Detail)
				if err := b.settle(ctx, &round{x.l, x.group, []*Case{c}}); err != nil {
					return err
				}
			}
		}
		return nil
	case len(x.cases) == 1:
		c := x.cases[0]
		c.Verdict, c.Detail = Broken, firstError(err)
		var none *noPlan
		if errors.As(err, &none) {
			c.Verdict = Unplanned
		}
		return nil
	}
	b.o.log("%s: a round of %d cases could not be run: %v", x.l.project.Name, len(x.cases), firstError(err))
	half := len(x.cases) / 2
	return cmp.Or(b.settle(ctx, &round{x.l, x.group, x.cases[:half]}), b.settle(ctx, &round{x.l, x.group, x.cases[half:]}))
}
