package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/stack"
)

// compareFlags are the flags of mooring compare.
type compareFlags struct {
	events      []string
	format, out string
	failOn      []string
	engine      string
	concurrency int
	list        bool
}

// failOn are the classes that --fail-on can name, by the word for them.
var failOn = map[string]compare.Class{
	"drift": compare.Drift, "promotion": compare.Promotion, "skew": compare.Skew, "missing": compare.Missing, "unexplained": compare.Unexplained,
}

func (a *App) compareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare [GROUP]",
		Short: "Hold the environments of one design against each other: dev, staging, prod",
		Long: `Plan the stacks of a group and compare them resource by resource: code with code, live with live. Each difference gets a class (intended,
promotion pending, drift between environments, missing, version skew), a reason, and evidence.

Groups are found by themselves (one directory with several variable files or workspaces; directories beside each other with like content) or
named in .mooring.hcl. GROUP is the name of one, or the id of a stack in it; without it all groups are compared.`,
		Example: `  mooring compare
  mooring compare --list
  mooring compare 'env/*' --fail-on drift
  mooring compare web --format markdown --out environments.md`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			group := ""
			if len(args) > 0 {
				group = args[0]
			}
			return a.compare(cmd.Context(), group, f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.list, "list", false, "list the groups and plan nothing")
	fl.StringArrayVar(&f.events, "events", nil, "also read the audit log files that match `GLOB`; may be repeated")
	fl.StringVar(&f.format, "format", "text", "text, json, markdown or html")
	fl.StringVarP(&f.out, "out", "o", "", "write to `PATH` instead of standard output")
	fl.StringSliceVar(&f.failOn, "fail-on", nil, "end with exit code 2 when there are differences of these `CLASSES`: drift, promotion, skew, missing, unexplained")
	fl.StringVar(&f.engine, "engine", "", "tofu, terraform or the `PATH` of one")
	fl.IntVar(&f.concurrency, "concurrency", 0, "plan `N` stacks at once (default: one per processor)")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(compareFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var compareFormats = []string{"text", "json", "markdown", "html"}

func (a *App) compare(ctx context.Context, group string, f compareFlags) error {
	if !slices.Contains(compareFormats, f.format) {
		return fmt.Errorf("--format %q: want one of %s", f.format, strings.Join(compareFormats, ", "))
	}
	for _, word := range f.failOn {
		if _, ok := failOn[word]; !ok {
			return fmt.Errorf("--fail-on %q: want drift, promotion, skew, missing or unexplained", word)
		}
	}
	w, err := a.open(ctx, ".")
	if err != nil {
		return err
	}
	o, err := a.options(w)
	if err != nil {
		return err
	}
	if f.list {
		return a.listGroups(ctx, o)
	}
	if o.Events, err = a.absolute(f.events); err != nil {
		return err
	}
	o.Engine, o.Concurrency = f.engine, f.concurrency
	out, err := a.output(f.out)
	if err != nil {
		return err
	}
	defer out.abandon()
	r, err := a.compared(ctx, w, o, group)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	switch f.format {
	case "text":
		err = report.WriteComparisonsText(&b, r, a.textOptions(a.Stdout))
	case "json":
		err = report.WriteComparisonsJSON(&b, r)
	case "markdown":
		err = report.WriteComparisonsMarkdown(&b, r)
	case "html":
		err = report.WriteComparisonsHTML(&b, r)
	}
	if err != nil {
		return err
	}
	a.exit = comparedExit(r, f.failOn)
	return out.commit(b.Bytes())
}

// compared is run for comparisons: no secrets of ours in the engine's environment, memory, progress, and the cloud of a demo.
func (a *App) compared(ctx context.Context, w *world, o scan.Options, group string) (*report.Comparisons, error) {
	o.Env = without(o.Env, "INPUT_*", "MOORING_*")
	o.Memory = a.memory(ctx, w)
	stop, err := a.attachDemo(ctx, w, &o)
	if err != nil {
		return nil, err
	}
	o.Progress = a.progress()
	r, err := scan.Compare(ctx, o, group)
	o.Progress.Close()
	return r, errors.Join(err, stop())
}

// comparedExit is the exit code that a comparison asks for. An environment that could not be planned is not known to be alike.
func comparedExit(r *report.Comparisons, classes []string) int {
	code := ExitClean
	for _, g := range r.Groups {
		for _, word := range classes {
			if g.Count(failOn[word]) > 0 {
				return ExitDrift
			}
		}
		for _, e := range g.Environments {
			if e.Problem != "" {
				code = ExitFailed
			}
		}
	}
	return code
}

func (a *App) listGroups(ctx context.Context, o scan.Options) error {
	stacks, _, err := stack.Discover(ctx, o.FS, scan.Discovery(o.Config, o.Env))
	if err != nil {
		return err
	}
	groups, warnings, err := scan.Groups(o, stacks)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		a.warn("%s", warning)
	}
	for _, g := range groups {
		sep := ", "
		if g.Ordered {
			sep = " > "
		}
		fmt.Fprintf(a.Stdout, "%s\n  %s\n  %s\n", report.Plain(g.Name), report.Plain(strings.Join(g.Stacks, sep)), report.Plain(g.How))
	}
	fmt.Fprintf(a.Stderr, "%s\n", count(len(groups), "group"))
	return nil
}
