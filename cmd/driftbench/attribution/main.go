// Command attribution measures who Mooring says did it: see package internal/driftbench/attribution.
//
//	go run ./cmd/driftbench/attribution [-seed N] [-seeds N] [-count N] [-data DIR] [-json FILE] [-keep DIR] [-failures]
//
// It ends with 1 when anybody is named who did not do it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/driftbench/attribution"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "attribution:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	var o attribution.Options
	var seeds int
	var failures bool
	var file, keep string
	flags := flag.NewFlagSet("attribution", flag.ContinueOnError)
	flags.Int64Var(&o.Seed, "seed", 1, "equal seeds give equal cases")
	flags.IntVar(&seeds, "seeds", 1, "how many seeds to measure, counted from -seed")
	flags.IntVar(&o.Count, "count", 12, "simulated objects of each resource type")
	flags.StringVar(&o.Data, "data", os.Getenv("MOORING_SHARED_DATA"), "directory with audit-events/ (public records); default: the cut in the repository")
	flags.StringVar(&file, "json", "", "write what was measured to `FILE` too")
	flags.StringVar(&keep, "keep", "", "leave the findings and logs of the cases in `DIR`")
	flags.BoolVar(&failures, "failures", false, "list every claim that is wrong or missing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	temp := keep
	if keep == "" {
		if temp, err = os.MkdirTemp("", "attribution-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	}
	o.Temp, o.Explain = temp, explain(temp)
	var all []*attribution.Result
	wrong := 0
	for range seeds {
		r, err := attribution.Run(ctx, o)
		if err != nil {
			return err
		}
		if err := r.Write(out, failures); err != nil {
			return err
		}
		wrong += r.WrongNames()
		all = append(all, r)
		o.Seed++
	}
	if file != "" {
		b, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, append(b, '\n'), 0o600); err != nil {
			return err
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d claims name somebody who did not do it", wrong)
	}
	return nil
}

// explain runs the public command in this process.
func explain(dir string) func(context.Context, string, []string) ([]byte, error) {
	return func(ctx context.Context, findings string, events []string) ([]byte, error) {
		var stdout, stderr bytes.Buffer
		app := &cli.App{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Dir: dir, Now: time.Now}
		args := []string{"explain", "--findings", findings, "--format", "json"}
		for _, e := range events {
			args = append(args, "--events", e)
		}
		if code := app.Run(ctx, args); code != cli.ExitClean {
			return nil, fmt.Errorf("explain ended with %d: %s", code, stderr.String())
		}
		return stdout.Bytes(), nil
	}
}
