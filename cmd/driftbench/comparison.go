package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/driftbench"
	"github.com/mooringdev/mooring/internal/driftbench/comparison"
)

// measureComparison runs the comparison track on the public seed and on fresh ones.
func measureComparison(ctx context.Context, o driftbench.Options, only string, rounds, perRound int, seeds []int64, failures bool, file string) error {
	var results []*comparison.Result
	for _, seed := range seeds {
		o.Seed = seed
		temp, err := os.MkdirTemp(o.Temp, "seed-")
		if err != nil {
			return err
		}
		with := comparison.Options{Options: o, Rounds: rounds, PerRound: perRound, Path: os.Getenv("PATH")}
		with.Temp = temp
		for _, l := range comparison.Layouts() {
			if only == "" || slices.Contains(strings.Split(only, ","), l.Name) {
				with.Layouts = append(with.Layouts, l)
			}
		}
		r, err := comparison.Run(ctx, with)
		if err != nil {
			return err
		}
		results = append(results, r)
		if err := r.Write(os.Stdout); err != nil {
			return err
		}
		if failures {
			if err := r.WriteFailures(os.Stdout); err != nil {
				return err
			}
		}
	}
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(results, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.WriteFile(file, b, 0o644)
}

// drawn are a public seed and fresh ones.
func drawn(public int64, fresh int) []int64 {
	seeds := []int64{public}
	for range fresh {
		seeds = append(seeds, rand.Int64N(1<<40))
	}
	return seeds
}
