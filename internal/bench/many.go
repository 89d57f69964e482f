package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// many measures repositories of several stacks beside a shell loop of init and plan with as many at once.
func (b *bench) many(ctx context.Context) error {
	t := b.table("several stacks: mooring scan beside xargs -P with init and plan, as many at once",
		"stacks", "of", "engine", "at once", "loop", "scan", "times", "scan, no edits", "times", "aim", "cpu times", "memory")
	for _, n := range b.stacks {
		for _, k := range kinds {
			for _, e := range b.engines {
				row, err := b.besideLoop(ctx, e, k, n)
				if err != nil {
					return err
				}
				t.row(row...)
			}
		}
	}
	t.note("the loop reads no plan: it stops where a scan begins to say something. One stack in ten has drifted, but of terraform_data; scan adopts that, with a proof by one more "+
		"plan, and no edits is the same with --no-adopt. Rounds: %d, medians.", b.rounds)
	return t.print()
}

func (b *bench) besideLoop(ctx context.Context, e program, k kind, n int) (row []string, err error) {
	w, err := b.build(ctx, e, k, n)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	atOnce := runtime.GOMAXPROCS(0)
	loop := fmt.Sprintf(`printf '%%s\n' %s | xargs -P %d -I{} sh -c 'cd "$1" && "$ENGINE" init -input=false && "$ENGINE" plan -input=false -lock=false -out=plan.bin' sh {}`,
		strings.Join(w.stacks, " "), atOnce)
	record := func(codes []int, env []string, name string, args ...string) func() ([]cost, error) {
		return func() ([]cost, error) {
			c, err := b.measure(ctx, w.root, env, codes, name, args...)
			return []cost{c}, err
		}
	}
	concurrency := fmt.Sprintf("--concurrency=%d", atOnce)
	costs, err := b.inTurn(w, b.rounds,
		record(nil, append(append([]string{}, w.env...), "ENGINE="+e.path), "sh", "-c", loop),
		record([]int{2}, w.env, b.mooring, w.scan(concurrency)...),
		record([]int{2}, w.env, b.mooring, w.scan(concurrency, "--no-adopt")...))
	if err != nil {
		return nil, err
	}
	l, s, r := costs[0][0], costs[1][0], costs[2][0]
	return []string{
		fmt.Sprint(n), k.name, e.name + " " + e.version, fmt.Sprint(atOnce), seconds(l.wall), seconds(s.wall), times(s.wall, l.wall), seconds(r.wall), times(r.wall, l.wall),
		"<= 1.2", times(s.cpu, l.cpu), mebibytes(s.memory),
	}, nil
}
