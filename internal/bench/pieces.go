package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// A piece is a part of Mooring that has no engine in it, measured by a Go benchmark in its package.
type piece struct {
	name, pkg, benchmark string
	times                string // -benchtime
	aim                  string
	show                 func(figures) string
}

// figures are what a benchmark reports, by unit.
type figures map[string]float64

func (f figures) seconds() string { return fmt.Sprintf("%.2f s", f["ns/op"]/1e9) }

func (f figures) classified() string { return fmt.Sprintf("%s, %.0f MiB", f.seconds(), f["MiB-heap"]) }

func (f figures) throughput() string { return fmt.Sprintf("%.0f MB/s", f["MB/s"]) }

const events = 1_000_000

// total is what all events take, where one op is one event.
func (f figures) total() string { return fmt.Sprintf("%.2f s", f["ns/op"]*events/1e9) }

var list = []piece{
	{"plan of 10,000 resources, 1 in 100 drifted: read and classified", "internal/engine/planfile", "ReadAndClassify/10000/1in100", "3x", "-", figures.classified},
	{"plan of 100,000 resources, 1 in 100 drifted", "internal/engine/planfile", "ReadAndClassify/100000/1in100", "3x", "< 10 s, < 2048 MiB", figures.classified},
	{"plan of 100,000 resources, all drifted", "internal/engine/planfile", "ReadAndClassify/100000/1in1", "3x", "< 10 s, < 2048 MiB", figures.classified},
	{"schemas of a provider with 1,600 types, from the store", "internal/engine/planfile", "Schemas", "5x", "-", figures.seconds},
	{"discovery of 1,000 stacks in 10,000 files", "internal/stack", "Discover", "5x", "< 0.5 s", figures.seconds},
	{"a CloudTrail export, gzip, all records", "internal/audit/file", "CloudTrail/writeOnly=false", "3x", "-", figures.throughput},
	{"the same, writes alone", "internal/audit/file", "CloudTrail/writeOnly=true", "3x", "-", figures.throughput},
	{"1,000 findings against 1,000,000 events", "internal/blame", "ThousandFindings", strconv.Itoa(events) + "x", "< 10 s", figures.total},
}

// pieces runs the Go benchmarks of what can be measured without an engine.
func (b *bench) pieces(ctx context.Context) error {
	t := b.table("pieces, without an engine", "what", "takes", "aim")
	for _, p := range list {
		f, err := p.run(ctx)
		if err != nil {
			return err
		}
		t.row(p.name, p.show(f), p.aim)
	}
	t.note("more of each: go test -run '^$' -bench . ./internal/...")
	return t.print()
}

func (p piece) run(ctx context.Context) (figures, error) {
	parts := strings.Split(p.benchmark, "/")
	for i := range parts {
		parts[i] = "^" + parts[i] + "$"
	}
	parts[0] = "^Benchmark" + parts[0][1:]
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", strings.Join(parts, "/"), "-benchtime", p.times, "github.com/mooringdev/mooring/"+p.pkg)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", p.name, err, out)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if f, ok := parse(lines.Text()); ok {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s: no benchmark of %s has the name %s\n%s", p.name, p.pkg, p.benchmark, out)
}

// parse reads a line of a benchmark's results: name, iterations, and then values with their units.
func parse(line string) (figures, bool) {
	words := strings.Fields(line)
	if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
		return nil, false
	}
	f := figures{}
	for i := 2; i+1 < len(words); i += 2 {
		value, err := strconv.ParseFloat(words[i], 64)
		if err != nil {
			return nil, false
		}
		f[words[i+1]] = value
	}
	return f, true
}
