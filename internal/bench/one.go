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
		"proof of an edit is one more plan. over: scan's time beyond bare, as a share of bare. Rounds: %d, medians.", b.rounds)
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
	bare, each, scans := []cost(nil), make([][]cost, len(steps)), []cost(nil)
	runBare := func() error {
		var sum cost
		for i, args := range steps {
			c, err := b.measure(ctx, dir, w.env, nil, e.path, args...)
			if err != nil {
				return err
			}
			each[i], sum = append(each[i], c), sum.plus(c)
		}
		bare = append(bare, sum)
		return nil
	}
	runScan := func() error {
		c, err := b.measure(ctx, w.root, w.env, []int{2}, b.mooring, w.scan("--no-adopt")...)
		scans = append(scans, c)
		return err
	}
	err = b.inTurn(w, 2*b.rounds, runBare, runScan)
	if err != nil {
		return nil, err
	}
	m, s := medians(bare), medians(scans)
	return []string{
		k.name, e.name + " " + e.version, seconds(medians(each[0]).wall), seconds(medians(each[1]).wall), seconds(medians(each[2]).wall),
		seconds(m.wall), seconds(s.wall), percent(s.wall, m.wall), "< 10 %", percent(s.cpu, m.cpu), mebibytes(s.memory), mebibytes(m.memory),
	}, nil
}

// inTurn runs what is compared in turn, each first as often as last, after one round that fills caches and does not count.
func (b *bench) inTurn(w *world, rounds int, runs ...func() error) error {
	for i := range rounds {
		for j := range runs {
			if err := w.tidy(); err != nil {
				return err
			}
			if err := runs[(i+j)%len(runs)](); err != nil {
				return err
			}
		}
	}
	return w.tidy()
}
