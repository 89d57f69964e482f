package cli

import (
	"context"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/action"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

func (a *App) actionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "action",
		Short: "Run as a step of GitHub Actions, with the inputs of action.yml",
		Long:  action.Help(),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return action.Main(cmd.Context(), a.getenv, a.Stdout, &host{app: a})
		},
	}
}

// host does what the action asks for, with the code that the other commands use.
type host struct {
	app   *App
	world *world
}

func (h *host) open(ctx context.Context, in action.Inputs) (*world, error) {
	if h.world != nil {
		return h.world, nil
	}
	w, err := h.app.open(ctx, in.Dir)
	if err != nil && in.Mode != "scan" && in.Mode != "prepare" {
		err = h.app.tellBroken(ctx, err, in.DryRun, func(w *world) (*scan.Target, error) { return h.app.githubTarget(w, in.Token) })
	}
	h.world = w
	return w, err
}

// Scan scans. The engine runs code, so it sees neither inputs nor tokens.
func (h *host) Scan(ctx context.Context, in action.Inputs) (*report.Results, error) {
	w, err := h.open(ctx, in)
	if err != nil {
		return nil, err
	}
	o, err := h.app.options(w)
	if err != nil {
		return nil, err
	}
	if o.Shard, err = scan.ParseShard(in.Shard); err != nil {
		return nil, err
	}
	if o.Plans, err = h.app.plans(in.Plans); err != nil {
		return nil, err
	}
	o.Stacks, o.Events, o.Engine, o.Concurrency, o.Adopt = w.under(in.Stacks), in.Events, in.Engine, in.Concurrency, in.Adopt
	if in.Mode != "scan" {
		o.Env = without(o.Env, "GITHUB_TOKEN", "GH_TOKEN")
	}
	return h.app.run(ctx, w, o)
}

// Read reads the results of the job that scanned.
func (h *host) Read(ctx context.Context, in action.Inputs) (*report.Results, error) {
	w, err := h.open(ctx, in)
	if err != nil {
		return nil, err
	}
	paths, err := doublestar.FilepathGlob(in.ResultsPath())
	if err != nil || len(paths) == 0 {
		paths = []string{in.ResultsPath()} // the error of reading it says more
	}
	return h.app.readParts(ctx, w, paths)
}

// Publish publishes with the token of the inputs.
func (h *host) Publish(ctx context.Context, r *report.Results, in action.Inputs) (forge.Report, error) {
	w, err := h.open(ctx, in)
	if err != nil {
		return forge.Report{}, err
	}
	t, err := h.app.githubTarget(w, in.Token)
	if err != nil {
		return forge.Report{}, err
	}
	return h.app.sync(ctx, r, w, *t, in.DryRun)
}

// Comment answers the event that started the workflow.
func (h *host) Comment(ctx context.Context, in action.Inputs) error {
	w, err := h.open(ctx, in)
	if err != nil {
		return err
	}
	return h.app.comment(ctx, w, in.Token, commentFlags{events: in.Events, engine: in.Engine})
}
