// Command driftbench measures adoption on real projects, see package internal/driftbench, and attribution on simulated and real records, see package
// internal/driftbench/attribution.
//
//	driftbench -track adoption [-project NAME,...] [-cases N] [-seed N] [-json FILE]
//	driftbench -merge FILE...
//	driftbench -track comparison [-design NAME] [-rounds N] [-planted N] [-seed N] [-fresh N]
//	driftbench -track migration [-rounds N] [-seed N]
//	driftbench -track attribution [-seed N] [-fresh N] [-count N] [-failures] [-json FILE]
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/driftbench"
	"github.com/mooringdev/mooring/internal/driftbench/attribution"
	"github.com/mooringdev/mooring/internal/driftbench/migration"
	"github.com/mooringdev/mooring/internal/engine/cache"
	"github.com/mooringdev/mooring/internal/engine/source"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "driftbench:", err)
		os.Exit(1)
	}
}

// builtEngine is the OpenTofu that `make engines` left in the user's cache.
func builtEngine() (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	r, ok := source.Lookup("tofu")
	if !ok {
		return "", fmt.Errorf("there is no recipe for tofu: name a program with -engine")
	}
	program, ok := cache.In(filepath.Join(user, "mooring")).Lookup(r.Name, r.Version, r.Program)
	if !ok {
		return "", fmt.Errorf("%s %s is not at %s: run `make engines`, or name a program with -engine", r.Name, r.Version, program)
	}
	return program, nil
}

func run(ctx context.Context, args []string) (err error) {
	var o driftbench.Options
	var data, only, out, track string
	var quiet, merge, failures bool
	var fresh, rounds, planted int
	var design string
	var who attribution.Options
	flags := flag.NewFlagSet("driftbench", flag.ContinueOnError)
	flags.StringVar(&data, "data", os.Getenv("MOORING_SHARED_DATA"), "directory with repos/ (archives of projects) and schemas/ (of whole providers); default: what the repository holds")
	flags.StringVar(&o.Engine, "engine", "", "path of tofu or terraform (default: the one that make engines built)")
	flags.StringVar(&only, "project", "", "measure only projects whose name holds one of these, separated by commas")
	flags.IntVar(&o.Cases, "cases", 100, "cases per project")
	flags.IntVar(&o.Stacks, "stacks", 12, "stacks per project, at most")
	flags.IntVar(&o.PerRound, "per-round", 4, "cases changed at once in one stack")
	flags.IntVar(&o.Workers, "workers", 2, "rounds at once")
	flags.Int64Var(&o.Seed, "seed", 1, "equal seeds give equal cases")
	flags.BoolVar(&o.Baselines, "baselines", true, "measure the baselines too")
	flags.StringVar(&o.Kind, "kind", "", `pick only changes whose form or sort holds this, such as "block" or "element removed"`)
	flags.StringVar(&o.Address, "address", "", "run only the cases of addresses that hold this, each by itself, out of those that the seed gives")
	flags.StringVar(&out, "json", "", "write the result as JSON to this file as well")
	flags.StringVar(&o.Keep, "keep", "", "keep applied projects in this directory, and use those that are there; attribution: leave findings and logs there")
	flags.BoolVar(&quiet, "quiet", false, "no progress")
	flags.BoolVar(&merge, "merge", false, "measure nothing: print the results in the named JSON files as one")
	flags.StringVar(&track, "track", "all", "what to measure: adoption, attribution, comparison, migration or all (the first two)")
	flags.IntVar(&rounds, "rounds", 4, "comparison: rounds per design")
	flags.IntVar(&planted, "planted", 8, "comparison: differences planted in a round")
	flags.StringVar(&design, "design", "", "comparison: measure only the designs that this names")
	flags.IntVar(&fresh, "fresh", 2, "attribution: how many seeds to draw and measure beside -seed")
	flags.IntVar(&who.Count, "count", 12, "attribution: simulated objects of each resource type")
	flags.BoolVar(&failures, "failures", true, "attribution: list every claim that is wrong or missing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if merge {
		r, err := merged(flags.Args())
		if err != nil {
			return err
		}
		return report(r, out)
	}
	if o.Temp, err = os.MkdirTemp("", "driftbench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.Temp)) }()
	switch track {
	case "adoption", "comparison":
	case "migration":
		return migration.Run(o.Seed, max(rounds, 1)).Write(os.Stdout)
	case "attribution", "all":
		who.Seed, who.Data, who.Temp = o.Seed, data, cmp.Or(o.Keep, o.Temp)
		file := ""
		if track == "attribution" {
			file = out
		}
		if err := measureAttribution(ctx, who, fresh, failures, file, os.Stdout); err != nil || track == "attribution" {
			return err
		}
	default:
		return fmt.Errorf("-track is adoption, attribution, comparison, migration or all, not %q", track)
	}
	if data == "" {
		data = vendored
	}
	all, err := driftbench.Projects(filepath.Join(data, "repos"))
	if err != nil {
		return err
	}
	for _, p := range all {
		if named(p, only) {
			o.Projects = append(o.Projects, p)
		}
	}
	o.Schemas = filepath.Join(data, "schemas")
	if o.Engine == "" {
		if o.Engine, err = builtEngine(); err != nil {
			return err
		}
	}
	if !quiet {
		o.Log = func(text string) { fmt.Fprintln(os.Stderr, text) }
	}
	if track == "comparison" {
		return measureComparison(ctx, o, design, rounds, planted, drawn(o.Seed, fresh), failures, out)
	}
	r, err := driftbench.Run(ctx, o)
	if err != nil {
		return err
	}
	return report(r, out)
}

// vendored is where the repository keeps what the benchmark needs, seen from its root.
const vendored = "internal/driftbench/data"

// named tells whether a project is to be measured: large ones only when they are asked for.
func named(p driftbench.Project, only string) bool {
	if only == "" {
		return !p.Large
	}
	return slices.ContainsFunc(strings.Split(only, ","), func(part string) bool { return strings.Contains(p.Name, part) })
}

// report prints a result, and writes it to a file when one is named.
func report(r *driftbench.Result, out string) error {
	if out != "" {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(out, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return r.Write(os.Stdout)
}

// merged reads results that earlier runs wrote.
func merged(names []string) (*driftbench.Result, error) {
	var list []*driftbench.Result
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		r := &driftbench.Result{}
		if err := json.Unmarshal(b, r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, r)
	}
	if len(list) == 0 {
		return nil, errors.New("-merge needs the names of files that -json wrote")
	}
	return driftbench.Merge(list...)
}
