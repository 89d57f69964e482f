package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

// scanFlags are the flags of mooring scan.
type scanFlags struct {
	stacks, events []string
	format         string
	out            string
	publish        string
	dryRun         bool
	noAdopt        bool
	engine         string
	concurrency    int
	shard          string
	plans          []string
}

func (a *App) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan [DIR]",
		Short: "Find drift in every stack, say who made it, work out edits that adopt it",
		Long: `Plan every stack of the repository that DIR lies in (the working directory when it is left out), compare state, code and
reality, read the audit logs, and work out edits of the code that a plan proves.

A scan is read-only: it locks and writes no state and leaves the working tree as it is. What to write is up to --publish.`,
		Example: `  mooring scan
  mooring scan --stack 'infra/prod*' --events 'audit/*.json.gz'
  mooring scan --format json --out results.json
  mooring scan --publish dir:out
  mooring scan --publish github --dry-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.scan(cmd.Context(), dir, f)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.stacks, "stack", nil, "only stacks whose id or path matches `GLOB`; may be repeated")
	fl.StringArrayVar(&f.events, "events", nil, "also read the audit log files that match `GLOB`; - is standard input; may be repeated")
	fl.StringVar(&f.format, "format", "text", "text, json, markdown, html, sarif, junit, github, ocsf or prometheus")
	fl.StringVarP(&f.out, "out", "o", "", "write to `PATH` instead of standard output; a directory gets results.json")
	fl.StringVar(&f.publish, "publish", "none", "none, `dir:PATH` or github")
	fl.BoolVar(&f.dryRun, "dry-run", false, "print what --publish would write, and write nothing")
	fl.BoolVar(&f.noAdopt, "no-adopt", false, "work out no edits")
	fl.StringVar(&f.engine, "engine", "", "tofu, terraform or the `PATH` of one")
	fl.IntVar(&f.concurrency, "concurrency", 0, "plan `N` stacks at once (default: one per processor)")
	fl.StringArrayVar(&f.plans, "plan", nil, "take a plan that was made elsewhere: `STACK=FILE`, the output of show -json or a saved plan; may be repeated")
	fl.StringArrayVar(&f.plans, "plan-file", nil, "the same as --plan: `STACK=FILE`")
	fl.StringVar(&f.shard, "shard", "", "scan part `I/N` of the stacks")
	a.completeStacks(cmd, "stack")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions([]string{"tofu", "terraform"}, cobra.ShellCompDirectiveDefault))
	return cmd
}

var formats = []string{"text", "json", "markdown", "html", "sarif", "junit", "github", "ocsf", "prometheus"}

func (a *App) scan(ctx context.Context, dir string, f scanFlags) error {
	shard, err := scan.ParseShard(f.shard)
	if err != nil {
		return err
	}
	if !slices.Contains(formats, f.format) {
		return fmt.Errorf("--format %q: want one of %s", f.format, strings.Join(formats, ", "))
	}
	w, err := a.open(ctx, dir)
	if err != nil {
		return a.tellBroken(ctx, err, f.dryRun, func(w *world) (*scan.Target, error) { return a.target(w, f.publish) })
	}
	target, err := a.target(w, f.publish)
	if err != nil {
		return err
	}
	o, err := a.options(w)
	if err != nil {
		return err
	}
	if o.Events, err = a.absolute(f.events); err != nil {
		return err
	}
	if o.Plans, err = a.plans(f.plans); err != nil {
		return err
	}
	o.Stacks, o.Engine, o.Concurrency, o.Shard, o.Adopt = w.under(f.stacks), f.engine, f.concurrency, shard, !f.noAdopt
	if target != nil && target.GitHub != nil {
		// Planning runs code: it must not find the token that may write.
		o.Env = without(o.Env, "GITHUB_TOKEN", "GH_TOKEN")
	}
	out, err := a.output(f.out)
	if err != nil {
		return err
	}
	defer out.abandon()
	r, err := a.run(ctx, w, o)
	if err != nil {
		return err
	}
	if err := a.write(r, f.format, out); err != nil {
		return err
	}
	a.exit = exitOf(r)
	if target == nil {
		return nil
	}
	return a.publishResults(ctx, r, w, *target, f.dryRun)
}

// plans reads STACK=FILE pairs.
func (a *App) plans(pairs []string) (map[string]string, error) {
	base, err := a.dir()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, pair := range pairs {
		id, file, ok := strings.Cut(pair, "=")
		if !ok || id == "" || file == "" {
			return nil, withHint(fmt.Errorf("--plan %q: want STACK=FILE", pair), "for example --plan infra/prod=plan.json; mooring stacks lists the stacks")
		}
		if out[id] != "" {
			return nil, fmt.Errorf("--plan names %s twice", id)
		}
		if !filepath.IsAbs(file) {
			file = filepath.Join(base, file)
		}
		out[id] = file
	}
	return out, nil
}

// exitOf is the exit code that a scan's results ask for: drift that was found says more than a stack that failed beside it.
func exitOf(r *report.Results) int {
	code := ExitClean
	for _, s := range r.Stacks {
		switch s.Status {
		case report.StatusDrifted:
			return ExitDrift
		case report.StatusFailed:
			code = ExitFailed
		}
	}
	return code
}

// write renders results into out, and a text summary beside data that went to a file.
func (a *App) write(r *report.Results, format string, out *output) error {
	var b bytes.Buffer
	if out.folder {
		if err := report.WriteJSON(&b, r); err != nil {
			return err
		}
		if err := out.commit(b.Bytes()); err != nil {
			return err
		}
		out = &output{w: a.Stdout}
		b.Reset()
	}
	var err error
	switch format {
	case "text":
		err = report.WriteText(&b, r, a.textOptions(a.Stdout))
	case "json":
		err = report.WriteJSON(&b, r)
	case "markdown":
		err = report.WriteMarkdown(&b, r, report.MarkdownOptions{})
	case "sarif":
		err = report.WriteSARIF(&b, r)
	case "junit":
		err = report.WriteJUnit(&b, r)
	case "html":
		err = report.WriteHTML(&b, r)
	case "github":
		err = report.WriteAnnotations(&b, r)
	case "ocsf":
		err = report.WriteOCSF(&b, r)
	case "prometheus":
		err = report.WriteMetrics(&b, r)
	}
	if err != nil {
		return err
	}
	return out.commit(b.Bytes())
}

// An output is where a command's data goes: standard output, or a file that appears whole or not at all.
type output struct {
	w      io.Writer // standard output; nil for a file
	path   string
	part   *os.File
	folder bool // results.json goes into a directory; the chosen format still goes to standard output
}

// output opens the place before the work begins, so that a path that cannot be written costs nothing.
func (a *App) output(path string) (*output, error) {
	if path == "" || path == "-" {
		return &output{w: a.Stdout}, nil
	}
	base, err := a.dir()
	if err != nil {
		return nil, err
	}
	folder := strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator))
	if !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		folder = true
	}
	o := &output{path: path, folder: folder}
	if folder {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, fmt.Errorf("write results: %w", err)
		}
		o.path = filepath.Join(path, "results.json")
	}
	if o.part, err = os.CreateTemp(filepath.Dir(o.path), ".mooring-*"); err != nil {
		return nil, withHint(fmt.Errorf("write %s: %w", o.path, err), "name a directory that exists and may be written")
	}
	return o, nil
}

func (o *output) commit(data []byte) error {
	if o.w != nil {
		_, err := o.w.Write(data)
		return err
	}
	_, werr := o.part.Write(data)
	merr := o.part.Chmod(0o644)
	cerr := o.part.Close()
	if err := errors.Join(werr, merr, cerr); err != nil {
		return fmt.Errorf("write %s: %w", o.path, err)
	}
	part := o.part.Name()
	o.part = nil
	if err := os.Rename(part, o.path); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

// abandon removes a file that was not committed.
func (o *output) abandon() {
	if o.part != nil {
		_ = o.part.Close()
		_ = os.Remove(o.part.Name())
	}
}
