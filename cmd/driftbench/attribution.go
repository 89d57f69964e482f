package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/driftbench/attribution"
)

// measureAttribution measures a public seed and fresh ones, each printed with its seed so that it can be repeated. It is an error when anybody is
// named who did not do it.
func measureAttribution(ctx context.Context, o attribution.Options, fresh int, failures bool, file string, out io.Writer) error {
	o.Explain = explain(o.Temp)
	seeds := []int64{o.Seed}
	for range fresh {
		seeds = append(seeds, int64(rand.Uint32()))
	}
	var all []*attribution.Result
	for _, seed := range seeds {
		o.Seed = seed
		r, err := attribution.Run(ctx, o)
		if err != nil {
			return err
		}
		if err := r.Write(out, failures); err != nil {
			return err
		}
		all = append(all, r)
	}
	if err := attribution.WriteSummary(out, all); err != nil {
		return err
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
	wrong := 0
	for _, r := range all {
		wrong += r.WrongNames()
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
