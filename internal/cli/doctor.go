package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/stack"
)

// A check is one line of mooring doctor: state is ok, note or bad.
type check struct{ state, what, found, hint string }

// examine looks at everything a scan needs. The error is for a repository or configuration that cannot be opened at all.
func (a *App) examine(ctx context.Context) ([]check, error) {
	w, err := a.open(ctx, ".")
	if err != nil {
		return nil, err
	}
	o, err := a.options(w)
	if err != nil {
		return nil, err
	}
	checks := []check{a.checkRepository(ctx, w)}
	if w.config.File == "" {
		checks = append(checks, check{"note", "configuration", "none: every setting has its default", "mooring init writes a starter"})
	} else {
		checks = append(checks, check{"ok", "configuration", w.config.File, ""})
	}
	stacks, err := scan.Stacks(ctx, o)
	if err != nil {
		return append(checks, check{"bad", "stacks", err.Error(), hintOf(err)}), nil
	}
	checks = append(checks, check{"ok", "stacks", count(len(stacks), "stack"), ""})
	engine := checkEngine(ctx, o, stacks)
	checks = append(checks, engine)
	if engine.state == "ok" {
		states, err := checkStates(ctx, o)
		if err != nil {
			return nil, err
		}
		checks = append(checks, states...)
	}
	checks = append(checks, checkLogs(ctx, o)...)
	return append(checks, a.checkToken(ctx, w)), nil
}

// checkToken asks GitHub, with requests that read alone. What a token may write only writing shows: that is for --publish github --dry-run.
func (a *App) checkToken(ctx context.Context, w *world) check {
	token := cmp.Or(a.getenv("GITHUB_TOKEN"), a.getenv("GH_TOKEN"))
	repository := a.getenv("GITHUB_REPOSITORY")
	switch {
	case token == "":
		return check{"note", "token", "GITHUB_TOKEN is not set", "it is needed for --publish github alone"}
	case repository == "":
		return check{"note", "token", "GITHUB_TOKEN is set, and GITHUB_REPOSITORY is not: nothing was asked", "export GITHUB_REPOSITORY=owner/name"}
	}
	target, err := a.githubTarget(w, token)
	if err != nil {
		return check{"bad", "token", err.Error(), hintOf(err)}
	}
	client, err := github.New(*target.GitHub)
	if err != nil {
		return check{"bad", "token", err.Error(), hintOf(err)}
	}
	me, err := client.Me(ctx)
	if err != nil {
		return check{"bad", "token", "GitHub does not take it: " + err.Error(), cmp.Or(hintOf(err), "make a new one, or in a workflow pass ${{ github.token }}")}
	}
	branch, err := client.DefaultBranch(ctx)
	if err != nil {
		return check{"bad", "token", "it is of " + me.Login + " and cannot read " + repository + ": " + err.Error(), cmp.Or(hintOf(err), "grant it contents: read, and issues, pull-requests and contents: write for publishing")}
	}
	return check{"ok", "token", fmt.Sprintf("of %s, reads %s (default branch %s)", me.Login, repository, branch), ""}
}

func (a *App) checkRepository(ctx context.Context, w *world) check {
	if w.repo == nil {
		return check{"note", "repository", w.root + " is not a git repository", "history and pull requests need one"}
	}
	shallow, err := w.repo.IsShallow(ctx)
	if err != nil {
		return check{"bad", "repository", err.Error(), ""}
	}
	if shallow {
		return check{"note", "repository", "the history is shallow: commits that were not applied cannot be named", "check out with fetch-depth: 0"}
	}
	return check{"ok", "repository", w.root, ""}
}

func checkEngine(ctx context.Context, o scan.Options, stacks []stack.Stack) check {
	for _, s := range stacks {
		if s.Skip != "" {
			continue
		}
		e, err := engine.Find(ctx, engine.Request{
			Name: o.Config.Engine.Name, Version: o.Config.Engine.Version, Dir: filepath.Join(o.Root, filepath.FromSlash(s.Path)),
			Root: o.Root, CacheDir: o.CacheDir, Env: o.Env, Log: o.Progress.Note,
		})
		if err != nil {
			return check{"bad", "engine", err.Error(), hintOf(err)}
		}
		return check{"ok", "engine", fmt.Sprintf("%s %s (%s)", e.Name, e.Version, e.Source), ""}
	}
	return check{"note", "engine", "no stack would be planned", ""}
}
