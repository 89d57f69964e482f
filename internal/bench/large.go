package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// largeGroups and largeStep are the size of the large stack, and how many of its log groups lie from one that was changed by hand to the next.
const (
	largeGroups = 5000
	largeStep   = 250
)

// largeCode is a stack of many log groups, each in a block of its own.
func largeCode(stack string) string {
	var b strings.Builder
	b.WriteString("terraform {\n  backend \"local\" {}\n\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n    }\n  }\n}\n\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\n")
	fmt.Fprintf(&b, "\nresource \"aws_cloudwatch_log_group\" \"app\" {\n  name              = \"/%s/app\"\n  retention_in_days = 90\n}\n", stack)
	for i := range largeGroups - 1 {
		fmt.Fprintf(&b, "\nresource \"aws_cloudwatch_log_group\" \"g%d\" {\n  name              = \"/%s/g%d\"\n  retention_in_days = 90\n}\n", i, stack, i)
	}
	return b.String()
}

// largeChanges are the log groups that a person changes, besides the one that is changed in every stack.
func largeChanges(stack string) []string {
	var out []string
	for i := largeStep; i < largeGroups-1; i += largeStep {
		out = append(out, fmt.Sprintf("/%s/g%d", stack, i))
	}
	return out
}

// large measures what adoption takes in a stack of 5,000 resources: the time beyond a scan without edits, and the memory of each.
func (b *bench) large(ctx context.Context) error {
	k := kind{name: fmt.Sprintf("AWS, %d resources", largeGroups), code: largeCode, cloud: true, changes: largeChanges}
	t := b.table("a large stack: mooring scan with and without adoption", "stack", "engine", "findings", "plan", "no edits", "scan", "more", "memory, no edits", "memory", "engine's")
	for _, e := range b.engines[:1] {
		row, err := b.adopting(ctx, e, k)
		if err != nil {
			return err
		}
		t.row(row...)
	}
	t.note("scan edits the code for every finding, in one file of all resources, and proves the edits by one more plan; no edits is the same with --no-adopt. memory is the most that "+
		"Mooring's own process held, engine's the most that a bare plan did. Rounds: %d, medians.", b.rounds)
	return t.print()
}

func (b *bench) adopting(ctx context.Context, e program, k kind) (row []string, err error) {
	w, err := b.build(ctx, e, k, 1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	record := func(codes []int, dir, name string, args ...string) func() ([]cost, error) {
		return func() ([]cost, error) {
			c, err := b.measure(ctx, dir, w.env, codes, name, args...)
			return []cost{c}, err
		}
	}
	dir := w.root + "/" + w.stacks[0]
	costs, err := b.inTurn(w, b.rounds,
		func() ([]cost, error) {
			if _, err := b.measure(ctx, dir, w.env, nil, e.path, "init", "-input=false"); err != nil {
				return nil, err
			}
			return record(nil, dir, e.path, "plan", "-input=false", "-lock=false", "-out=plan.bin")()
		},
		record([]int{2}, w.root, b.mooring, w.scan("--no-adopt")...),
		record([]int{2}, w.root, b.mooring, w.scan()...))
	if err != nil {
		return nil, err
	}
	p, n, s := costs[0][0], costs[1][0], costs[2][0]
	return []string{
		k.name, e.name + " " + e.version, fmt.Sprint(1 + len(k.changes(w.stacks[0]))), seconds(p.wall), seconds(n.wall), seconds(s.wall), seconds(s.wall - n.wall),
		mebibytes(n.memory), mebibytes(s.memory), mebibytes(p.memory),
	}, nil
}
