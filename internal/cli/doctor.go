package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/mooringdev/mooring/internal/engine"
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
	checks = append(checks, checkEngine(ctx, o, stacks))
	checks = append(checks, checkLogs(ctx, o)...)
	token := check{"note", "token", "GITHUB_TOKEN is not set", "it is needed for --publish github alone"}
	if a.getenv("GITHUB_TOKEN") != "" {
		token = check{"ok", "token", "GITHUB_TOKEN is set", ""}
	}
	return append(checks, token), nil
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
