// Command bench measures Mooring beside the bare engine, prints a table with the aim beside each figure, and judges nothing: timed tests fail
// on busy machines, tables are read by people.
//
//	go run ./internal/bench            everything, some minutes
//	go run ./internal/bench -only one  one part: one, many, pieces, logs
//
// Start with the parts: one.go (a stack beside init, plan and show -json), many.go (a repository beside a shell loop), large.go (adoption in a large stack), pieces.go (the Go
// benchmarks of what has no engine in it), logs.go (an audit log beside zcat and jq). world.go makes what is measured, code.go is the code in it, process.go measures.
//
// What it promises: the program that is measured is the one that `make build` makes, run as people run it; what is compared is run in turn,
// so that whatever else the machine does falls on both, and medians are compared; nothing is left behind.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A bench is one measurement.
type bench struct {
	out     io.Writer
	now     func() time.Time
	env     []string
	temp    string
	mooring string // path of the program
	engines []program
	mirror  string // configuration of engines that install providers from a folder
	rounds  int
	stacks  []int // sizes of the repositories of part many
	logSize int   // MiB of the log of part logs
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	only := flag.String("only", "", "measure only `PART`: one, many, large, pieces or logs")
	rounds := flag.Int("rounds", 3, "measure everything `N` times, a single stack twice as often")
	many := flag.Int("stacks", 50, "stacks of the larger repository of part many")
	logSize := flag.Int("log", 200, "`MiB` of the log of part logs, before compression")
	flag.Parse()

	temp, err := os.MkdirTemp("", "mooring-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if temp, err = filepath.EvalSymlinks(temp); err != nil {
		return err
	}
	b := &bench{
		out: os.Stdout, now: time.Now, env: append(surroundings(os.Environ()), "MOORING_CACHE_DIR="+filepath.Join(temp, "cache")), temp: temp, mooring: filepath.Join(temp, "mooring"),
		rounds: *rounds, stacks: []int{10, *many}, logSize: *logSize,
	}
	parts := []struct {
		name string
		run  func(context.Context) error
	}{{"one", b.one}, {"many", b.many}, {"large", b.large}, {"pieces", b.pieces}, {"logs", b.logs}}
	known := *only == ""
	for _, p := range parts {
		known = known || p.name == *only
	}
	if !known || *rounds < 1 || *many < 1 || flag.NArg() > 0 {
		flag.Usage()
		return fmt.Errorf("there is no part %q", *only)
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	for _, p := range parts {
		if *only != "" && *only != p.name {
			continue
		}
		if err := p.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// surroundings is the environment of what is measured: the caller's, less what would change what engines and Mooring do.
func surroundings(env []string) []string {
	var out []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, "TF_") && !strings.HasPrefix(entry, "MOORING_") && !strings.HasPrefix(entry, "GITHUB_") {
			out = append(out, entry)
		}
	}
	return append(out, "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "NO_COLOR=1")
}
