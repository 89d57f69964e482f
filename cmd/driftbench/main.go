// Command driftbench measures adoption on real projects: see package internal/driftbench.
//
//	driftbench -data DIR [-project NAME] [-cases N] [-seed N] [-json FILE]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/mooringdev/mooring/internal/driftbench"
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
	var data, only, out string
	var quiet bool
	flags := flag.NewFlagSet("driftbench", flag.ContinueOnError)
	flags.StringVar(&data, "data", os.Getenv("MOORING_SHARED_DATA"), "directory with repos/ (archives of projects) and schemas/ (of whole providers)")
	flags.StringVar(&o.Engine, "engine", "", "path of tofu or terraform (default: the one that make engines built)")
	flags.StringVar(&only, "project", "", "measure only projects whose name holds this")
	flags.IntVar(&o.Cases, "cases", 100, "cases per project")
	flags.IntVar(&o.Stacks, "stacks", 12, "stacks per project, at most")
	flags.IntVar(&o.PerRound, "per-round", 4, "cases changed at once in one stack")
	flags.IntVar(&o.Workers, "workers", 2, "rounds at once")
	flags.Int64Var(&o.Seed, "seed", 1, "equal seeds give equal cases")
	flags.BoolVar(&o.Baselines, "baselines", true, "measure the baselines too")
	flags.StringVar(&out, "json", "", "write the result as JSON to this file as well")
	flags.StringVar(&o.Keep, "keep", "", "keep applied projects in this directory, and use those that are there")
	flags.BoolVar(&quiet, "quiet", false, "no progress")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if data == "" {
		return fmt.Errorf("-data is needed: a directory with repos/ and schemas/")
	}
	all, err := driftbench.Projects(filepath.Join(data, "repos"))
	if err != nil {
		return err
	}
	for _, p := range all {
		if strings.Contains(p.Name, only) && (only != "" || !p.Large) {
			o.Projects = append(o.Projects, p)
		}
	}
	o.Schemas = filepath.Join(data, "schemas")
	if o.Engine == "" {
		if o.Engine, err = builtEngine(); err != nil {
			return err
		}
	}
	if o.Temp, err = os.MkdirTemp("", "driftbench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(o.Temp) }()
	if !quiet {
		o.Log = func(text string) { fmt.Fprintln(os.Stderr, text) }
	}
	r, err := driftbench.Run(ctx, o)
	if err != nil {
		return err
	}
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
