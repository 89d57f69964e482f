package main

import (
	"context"
	"errors"
	"path/filepath"
)

// one measures a stack beside the commands that Mooring runs for it.
func (b *bench) one(ctx context.Context) error {
	t := b.table("one stack: mooring scan beside init, plan and show -json, each from a fresh checkout",
		"stack", "engine", "init", "plan", "show", "bare", "scan", "over", "aim", "cpu over", "memory", "engine's")
	for _, k := range kinds {
		for _, e := range b.engines {
			row, err := b.beside(ctx, e, k)
			if err != nil {
				return err
			}
			t.row(row...)
		}
	}
	t.note("scan finds, plans, reads and classifies, attributes from a log of 2,000 records and writes the report; with --no-adopt, because the "+
		"proof of an edit is one more plan. over: scan's time beyond bare, as a share of bare. The simulated AWS is attached, and so asked for its schemas in every "+
		"scan; those of an installed provider are kept. Rounds: %d, medians.", 2*b.rounds)
	return t.print()
}

func (b *bench) beside(ctx context.Context, e program, k kind) (row []string, err error) {
	w, err := b.build(ctx, e, k, 1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	dir := filepath.Join(w.root, w.stacks[0])
	steps := [][]string{{"init", "-input=false"}, {"plan", "-input=false", "-lock=false", "-out=plan.bin"}, {"show", "-json", "plan.bin"}}
	bare := func() ([]cost, error) {
		var costs []cost
		for _, args := range steps {
			c, err := b.measure(ctx, dir, w.env, nil, e.path, args...)
			if err != nil {
				return nil, err
			}
			costs = append(costs, c)
		}
		return append(costs, costs[0].plus(costs[1]).plus(costs[2])), nil
	}
	scan := func() ([]cost, error) {
		c, err := b.measure(ctx, w.root, w.env, []int{2}, b.mooring, w.scan("--no-adopt")...)
		return []cost{c}, err
	}
	costs, err := b.inTurn(w, 2*b.rounds, bare, scan)
	if err != nil {
		return nil, err
	}
	m, s := costs[0][3], costs[1][0]
	return []string{
		k.name, e.name + " " + e.version, seconds(costs[0][0].wall), seconds(costs[0][1].wall), seconds(costs[0][2].wall),
		seconds(m.wall), seconds(s.wall), percent(s.wall, m.wall), "< 10 %", percent(s.cpu, m.cpu), mebibytes(s.memory), mebibytes(m.memory),
	}, nil
}

// inTurn runs what is compared in turn, each first as often as last, after one round that fills caches and does not count. It returns the
// medians of what each run returns.
func (b *bench) inTurn(w *world, rounds int, runs ...func() ([]cost, error)) ([][]cost, error) {
	all := make([][][]cost, len(runs)) // by run, by what it returns, by round
	for i := range rounds + 1 {
		for j := range runs {
			k := (i + j) % len(runs)
			if err := w.tidy(); err != nil {
				return nil, err
			}
			costs, err := runs[k]()
			if err != nil {
				return nil, err
			}
			if i == 0 {
				all[k] = make([][]cost, len(costs))
				continue
			}
			for n, c := range costs {
				all[k][n] = append(all[k][n], c)
			}
		}
	}
	out := make([][]cost, len(runs))
	for k := range all {
		for _, costs := range all[k] {
			out[k] = append(out[k], medians(costs))
		}
	}
	return out, w.tidy()
}
