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

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/version"
)

func (a *App) publishCommand() *cobra.Command {
	var to string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "publish RESULTS...",
		Short: "Make issues and pull requests say what a scan found",
		Long: `Read the results of mooring scan --out (a file, or the directory that holds results.json) and make issues, pull requests and
dashboard say the same. The parts of a scan that ran in shards are given together. Running it twice writes nothing the second time. It needs a token that may write and no cloud credentials.`,
		Example: `  mooring publish results/ --to github
  mooring publish results.json --to dir:out --dry-run`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open(cmd.Context(), ".")
			if err != nil {
				return a.tellBroken(cmd.Context(), err, dryRun, func(w *world) (*scan.Target, error) { return a.target(w, to) })
			}
			r, err := a.readParts(cmd.Context(), w, args)
			if err != nil {
				return err
			}
			target, err := a.target(w, to)
			if err != nil {
				return err
			}
			if target == nil {
				return errors.New("--to none publishes nothing: want github or dir:PATH")
			}
			return a.publishResults(cmd.Context(), r, w, *target, dryRun)
		},
	}
	cmd.Flags().StringVar(&to, "to", "github", "github or `dir:PATH`")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would be written, and write nothing")
	return cmd
}

// readResults reads the results of an earlier scan: a file, or a directory that holds results.json; - is standard input.
func (a *App) readResults(path string) (*report.Results, error) {
	data, path, err := a.readFile(path)
	if err != nil {
		return nil, err
	}
	r, err := report.ReadJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// readParts reads the results of a scan: one file, or one for each shard.
func (a *App) readParts(ctx context.Context, w *world, paths []string) (*report.Results, error) {
	parts := make([]*report.Results, 0, len(paths))
	for _, path := range paths {
		r, err := a.readSealed(ctx, w, path)
		if err != nil {
			return nil, err
		}
		parts = append(parts, r)
	}
	return report.Merge(parts)
}

// readSealed reads results that are about to be published: they must be as the scan wrote them, and of a commit of this repository.
func (a *App) readSealed(ctx context.Context, w *world, path string) (*report.Results, error) {
	data, path, err := a.readFile(path)
	if err != nil {
		return nil, err
	}
	if err := report.CheckDigest(data); err != nil {
		return nil, withHint(fmt.Errorf("%s: %w", path, err), "publish what mooring scan --out wrote, as it is")
	}
	r, err := report.ReadJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := scan.CheckCommit(ctx, w.repo, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	warning, err := scan.CheckTool(r, version.Version)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case warning != "":
		a.warn("%s: %s", path, warning)
	}
	return r, nil
}

// readFile reads a results file, or the one in a directory; - is standard input.
func (a *App) readFile(path string) (data []byte, full string, err error) {
	if path == "-" {
		data, err = io.ReadAll(a.Stdin)
		return data, "standard input", err
	}
	base, err := a.dir()
	if err != nil {
		return nil, "", err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "results.json")
	}
	data, err = os.ReadFile(path)
	if err != nil {
		return nil, "", withHint(err, "mooring scan --out PATH writes results")
	}
	return data, path, nil
}

// target reads --publish or --to; nil for none.
func (a *App) target(w *world, spec string) (*scan.Target, error) {
	kind, path, err := scan.ParseTarget(spec)
	if err != nil || kind == "none" {
		return nil, err
	}
	if kind == "dir" {
		base, err := a.dir()
		if err != nil {
			return nil, err
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, path)
		}
		return &scan.Target{Dir: path}, nil
	}
	token := a.getenv("GITHUB_TOKEN")
	if token == "" {
		token = a.getenv("GH_TOKEN")
	}
	return a.githubTarget(w, token)
}

// githubTarget is the repository that GitHub Actions names.
func (a *App) githubTarget(w *world, token string) (*scan.Target, error) {
	if _, err := w.needRepo("publishing to GitHub"); err != nil {
		return nil, err
	}
	repository := a.getenv("GITHUB_REPOSITORY")
	if repository == "" {
		return nil, withHint(errors.New("publish to github: GITHUB_REPOSITORY is not set"), "GitHub Actions sets it; elsewhere: export GITHUB_REPOSITORY=owner/name")
	}
	if token == "" {
		return nil, withHint(errors.New("publish to github: there is no token"), "set GITHUB_TOKEN to a token that may write issues, pull requests and contents")
	}
	server := strings.TrimSuffix(a.getenv("GITHUB_SERVER_URL"), "/")
	if server == "" {
		server = "https://github.com"
	}
	interval := w.config.Publish.WriteInterval
	if interval == 0 {
		interval = -1 // "0s" was asked for, and 0 would be the default
	}
	cache, err := a.cacheDir()
	if err != nil {
		return nil, err
	}
	return &scan.Target{
		Web: server + "/" + repository,
		GitHub: &github.Options{
			Token: token, Repository: repository, BaseURL: a.getenv("GITHUB_API_URL"), GraphQLURL: a.getenv("GITHUB_GRAPHQL_URL"),
			UserAgent: "mooring/" + version.Version, Interval: interval, Now: a.Now, CacheDir: filepath.Join(cache, "github"),
		},
	}, nil
}

// sync publishes.
func (a *App) sync(ctx context.Context, r *report.Results, w *world, t scan.Target, dryRun bool) (forge.Report, error) {
	return scan.Publish(ctx, r, scan.PublishOptions{Target: t, Config: w.config, Repo: w.repo, Ledger: a.book(w), Now: a.Now(), DryRun: dryRun})
}

// publishResults publishes and prints what was done, on standard error when data goes to standard output.
func (a *App) publishResults(ctx context.Context, r *report.Results, w *world, t scan.Target, dryRun bool) error {
	done, err := a.sync(ctx, r, w, t, dryRun)
	a.tell(done, dryRun)
	if err == nil && len(done.Problems) > 0 {
		a.exit = ExitFailed
	}
	return err
}

// tell prints what was done on a forge, and what was not.
func (a *App) tell(done forge.Report, dryRun bool) {
	verb := "published"
	if dryRun {
		verb = "would"
	}
	if !a.quiet || dryRun {
		for _, d := range done.Done {
			if d.Mutates() {
				fmt.Fprintf(a.Stderr, "%s: %s\n", verb, d)
			}
		}
		for _, l := range done.Left {
			if slices.Contains(done.Problems, l.Reason) {
				fmt.Fprintf(a.Stderr, "left: %s\n", l.Action) // the reason follows, once
				continue
			}
			fmt.Fprintf(a.Stderr, "left: %s (%s)\n", l.Action, l.Reason)
		}
	}
	for _, p := range done.Problems {
		a.warn("%s", p)
	}
}
