package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/simcloud/demo"
	"github.com/mooringdev/mooring/internal/version"
)

func (a *App) demoCommand() *cobra.Command {
	var seed int64
	var engineName string
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Build a small world with drift in it, and scan it",
		Long: `Make a git repository with several stacks under DIR (demo when it is left out), apply it to a simulated cloud with the real
engine, let people, an autoscaler and a pipeline change things, then scan it exactly as a real repository would be. Nothing leaves this
machine and no account is needed. The world stays: mooring scan, adopt and explain work in it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "demo"
			if len(args) > 0 {
				dir = args[0]
			}
			return a.demo(cmd.Context(), dir, seed, engineName)
		},
	}
	cmd.Flags().Int64Var(&seed, "seed", 1, "equal seeds give equal worlds, but for the dates: the story ends now")
	cmd.Flags().StringVar(&engineName, "engine", "", "tofu, terraform or the `PATH` of one (default: OpenTofu)")
	return cmd
}

func (a *App) demo(ctx context.Context, dir string, seed int64, engineName string) error {
	base, err := a.dir()
	if err != nil {
		return err
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(base, dir)
	}
	if err := a.clearDemo(dir); err != nil {
		return err
	}
	cache, err := a.cacheDir()
	if err != nil {
		return err
	}
	say := func(text string) {
		if !a.quiet {
			fmt.Fprintln(a.Stderr, text)
		}
	}
	wish := engine.Request{Program: engineName, Dir: base, Root: base, CacheDir: cache, Env: a.Env, UserAgent: "mooring/" + version.Version, Log: say}
	if engineName == "" {
		wish.Name, wish.Version = "tofu", ">= 1.12"
	}
	e, err := engine.Find(ctx, wish)
	if err != nil {
		return err
	}
	began := a.Now()
	if _, err := demo.Build(ctx, demo.Options{Dir: dir, Seed: seed, Now: began, Engine: e, Env: a.Env, Progress: say}); err != nil {
		return err
	}
	r, err := a.scanDemo(ctx, dir, e)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := report.WriteText(&b, r, a.textOptions(a.Stdout)); err != nil {
		return err
	}
	show := relative(base, dir)
	fmt.Fprintf(&b, `
The world is in %[1]s, its audit logs in %[1]s/audit. What Mooring would publish:
  %[1]s/out/issues/          one issue for each stack that differs
  %[1]s/out/pulls/           one pull request for each that can be adopted, on a branch of its own
  %[1]s/out/report.html      the whole scan as one page
Try next, in %[1]s:
  mooring explain ADDRESS              who changed it, and what was ruled out
  mooring adopt --diff                 the edits, proved by a plan
  git log --all --oneline              the branches mooring/adopt/...
Built and scanned in %.1f s.
`, show, a.Now().Sub(began).Seconds())
	_, err = a.Stdout.Write(b.Bytes())
	return err
}

// scanDemo runs the same scan as production and publishes into the world's own folder.
func (a *App) scanDemo(ctx context.Context, dir string, e *engine.Engine) (*report.Results, error) {
	w, err := a.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	o, err := a.options(w)
	if err != nil {
		return nil, err
	}
	o.Adopt, o.Engine = true, e.Path
	r, err := a.run(ctx, w, o)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "out")
	if _, err := scan.Publish(ctx, r, scan.PublishOptions{Target: scan.Target{Dir: out}, Config: w.config, Repo: w.repo, Ledger: a.book(w), Now: a.Now()}); err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := report.WriteHTML(&page, r); err != nil {
		return nil, err
	}
	return r, os.WriteFile(filepath.Join(out, "report.html"), page.Bytes(), 0o644)
}

// attachDemo serves the simulated cloud of a demo world to the engines of a scan; in any other repository it does nothing.
func (a *App) attachDemo(ctx context.Context, w *world, o *scan.Options) (stop func() error, err error) {
	if !demo.Is(w.root) {
		return func() error { return nil }, nil
	}
	world, err := demo.Open(w.root)
	if err != nil {
		return nil, err
	}
	env, stop, err := world.Serve(ctx)
	if err != nil {
		return nil, err
	}
	o.Env = append(o.Env, env...)
	return stop, nil
}

// clearDemo removes an earlier demo, and nothing else: a directory that is no demo is refused.
func (a *App) clearDemo(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return err
	}
	if !demo.Is(dir) {
		return withHint(fmt.Errorf("%s exists and is no demo: it was left alone", dir), "name another directory: mooring demo DIR")
	}
	return os.RemoveAll(dir)
}

func relative(base, path string) string {
	if rel, err := filepath.Rel(base, path); err == nil {
		return rel
	}
	return path
}
