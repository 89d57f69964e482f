package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/chatops/answer"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

// commentFlags are the flags of mooring comment.
type commentFlags struct {
	event, name string
	events      []string
	engine      string
	id          int64
}

func (a *App) commentCommand() *cobra.Command {
	var f commentFlags
	cmd := &cobra.Command{
		Use:   "comment",
		Short: "Carry out what somebody asked for in a comment, or by ticking a box of the dashboard",
		Long: `Read the event that started a workflow of GitHub Actions (issue_comment, issues, workflow_dispatch or repository_dispatch) and carry
out the ` + chatops.Prefix + ` commands of the comment that it is about. Who may do what is asked of GitHub at that moment; the answer is one comment
and a reaction. An event without a command does nothing.

It needs a token with "issues: write", "pull-requests: write" and "contents: write", and what planning needs.`,
		Example: `  mooring comment
  mooring comment --id 1234567`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token := a.getenv("GITHUB_TOKEN")
			if token == "" {
				token = a.getenv("GH_TOKEN")
			}
			w, err := a.open(cmd.Context(), ".")
			if err != nil {
				return err
			}
			return a.comment(cmd.Context(), w, token, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.event, "event", "", "read the event from `FILE` (default: GITHUB_EVENT_PATH)")
	fl.StringVar(&f.name, "event-name", "", "`NAME` of the event (default: GITHUB_EVENT_NAME)")
	fl.Int64Var(&f.id, "id", 0, "answer the comment with this `ID`, without an event")
	fl.StringArrayVar(&f.events, "events", nil, "also read the audit log files that match `GLOB`; may be repeated")
	fl.StringVar(&f.engine, "engine", "", "tofu, terraform or the `PATH` of one")
	return cmd
}

// comment answers one event.
func (a *App) comment(ctx context.Context, w *world, token string, f commentFlags) error {
	event, ok, err := a.commentEvent(f)
	if err != nil {
		return err
	}
	if !ok {
		a.say("the event holds no command")
		return nil
	}
	target, err := a.githubTarget(w, token)
	if err != nil {
		return err
	}
	client, err := github.New(*target.GitHub)
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
	// Planning runs code: it must not find the token that may write.
	o.Engine, o.Env = f.engine, without(o.Env, "GITHUB_TOKEN", "GH_TOKEN")
	desk := &answer.Desk{
		Forge: client, Work: &work{app: a, world: w, options: o, target: *target, client: client},
		Ledger: &ledger.Ledger{Store: client.Ledger(w.config.Ledger.Branch), Signer: a.signer()},
		Revert: answer.Revert{Enabled: w.config.Revert.Enabled, Allow: w.config.Revert.Allow},
		Run:    a.runAddress(), Now: a.Now, Log: a.logger(),
	}
	outcome, err := desk.Answer(ctx, event)
	if outcome.Text != "" {
		a.say(report.Plain(outcome.Text))
	}
	return err
}

// commentEvent reads what to answer; ok is false when there is nothing.
func (a *App) commentEvent(f commentFlags) (answer.Event, bool, error) {
	if f.id != 0 {
		return answer.Event{Origin: chatops.OriginCreated, Comment: f.id}, true, nil
	}
	path, name := f.event, f.name
	if path == "" {
		path = a.getenv("GITHUB_EVENT_PATH")
	}
	if name == "" {
		name = a.getenv("GITHUB_EVENT_NAME")
	}
	if path == "" || name == "" {
		return answer.Event{}, false, withHint(errors.New("there is no event to answer"), "GitHub Actions sets GITHUB_EVENT_NAME and GITHUB_EVENT_PATH; elsewhere: mooring comment --id ID")
	}
	base, err := a.dir()
	if err != nil {
		return answer.Event{}, false, err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	payload, err := os.ReadFile(path)
	if err != nil {
		return answer.Event{}, false, fmt.Errorf("read the event: %w", err)
	}
	return answer.ReadEvent(name, payload)
}

// say prints what was done, on standard error.
func (a *App) say(text string) {
	if !a.quiet {
		fmt.Fprintln(a.Stderr, text)
	}
}

func (a *App) logger() *slog.Logger {
	if a.log != nil {
		return a.log
	}
	return slog.New(slog.DiscardHandler)
}

// runAddress is where people can see the run that this is part of; "" outside of one.
func (a *App) runAddress() string {
	server, repository, id := a.getenv("GITHUB_SERVER_URL"), a.getenv("GITHUB_REPOSITORY"), a.getenv("GITHUB_RUN_ID")
	if server == "" || repository == "" || id == "" {
		return ""
	}
	return strings.TrimSuffix(server, "/") + "/" + repository + "/actions/runs/" + id
}

// work does what commands ask for, with the code that the other commands use.
type work struct {
	app     *App
	world   *world
	options scan.Options
	target  scan.Target
	client  *github.Client

	checked bool     // the checkout is code of the default branch
	stacks  []string // ids of all stacks, once they were found
}

// ready makes sure that what is about to be planned is code of the default branch: planning runs code, and a comment must not make that of a
// pull request run where credentials are.
func (k *work) ready(ctx context.Context) error {
	if k.checked {
		return nil
	}
	repo, err := k.world.needRepo("answering comments")
	if err != nil {
		return err
	}
	head, err := repo.Head(ctx)
	if err != nil {
		return err
	}
	on, err := k.client.OnDefaultBranch(ctx, head)
	if err != nil {
		return err
	}
	if !on {
		return withHint(fmt.Errorf("the checkout is of commit %.12s, which is not on the default branch: code of pull requests is not planned", head), "let actions/checkout take its default ref")
	}
	k.checked = true
	return nil
}

func (k *work) job(j answer.Job) scan.Options {
	o := k.options
	o.Adopt, o.Addresses, o.Memory = j.Adopt, j.Addresses, j.Past
	if j.Stack != "" {
		o.Stacks = []string{scan.Literal(j.Stack)}
	}
	return o
}

// Scan implements [answer.Work].
func (k *work) Scan(ctx context.Context, j answer.Job) (*report.Results, error) {
	if err := k.ready(ctx); err != nil {
		return nil, err
	}
	return k.app.run(ctx, k.world, k.job(j))
}

// Publish implements [answer.Work].
func (k *work) Publish(ctx context.Context, r *report.Results, j answer.Job) (forge.Report, error) {
	o := scan.PublishOptions{Target: k.target, Config: k.world.config, Repo: k.world.repo, Now: k.app.Now(), Asked: j.Asked, Told: j.Told, Handled: j.Handled}
	if j.Stack != "" {
		if k.stacks == nil {
			all, err := scan.Stacks(ctx, k.options)
			if err != nil {
				return forge.Report{}, err
			}
			for _, s := range all {
				k.stacks = append(k.stacks, s.ID)
			}
		}
		o.Others = k.stacks
	}
	return scan.Publish(ctx, r, o)
}

// Apply implements [answer.Work].
func (k *work) Apply(ctx context.Context, j answer.Job, addresses []string, check func(answer.Planned) error) error {
	if err := k.ready(ctx); err != nil {
		return err
	}
	o := k.job(j)
	o.Env = without(o.Env, "INPUT_*", "MOORING_*")
	stop, err := k.app.attachDemo(ctx, k.world, &o)
	if err != nil {
		return err
	}
	o.Progress = k.app.progress()
	err = scan.Revert(ctx, o, j.Stack, addresses, func(r scan.Reversal) error {
		return check(answer.Planned{Findings: r.Findings, Beyond: r.Beyond})
	})
	o.Progress.Close()
	return errors.Join(err, stop())
}
