package scan

import (
	"context"
	"time"

	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/report"
)

// maxCauses is how many commits are named as what may have resolved a drift.
const maxCauses = 3

// A cause is what made the drift of a stack go, as far as it is known.
type cause struct {
	applied string // sentence about an apply; "" when none is known
	changed string // sentence about commits to the stack's code; "" for none
}

// causes says for each stack whose drift is gone what took place since: an apply that is known, or commits that touched its directory.
func causes(ctx context.Context, r *report.Results, o PublishOptions, past Past) map[string]cause {
	out := map[string]cause{}
	if past.Before == nil {
		return out
	}
	for _, s := range r.Stacks {
		id := s.Stack.ID
		since := past.Before.Since(id)
		if since.IsZero() || s.Status != report.StatusClean {
			continue
		}
		var c cause
		if past.Now != nil {
			c.applied = lastApply(past.Now.Applies(id), since)
		}
		_, commit := past.Before.LastGood(id)
		c.changed = changes(ctx, o, s.Stack.Path, commit, r.Commit)
		out[id] = c
	}
	return out
}

func lastApply(applies []report.Apply, since time.Time) string {
	for i := len(applies) - 1; i >= 0; i-- {
		if applies[i].To.After(since) {
			return report.AppliedNote(applies[i])
		}
	}
	return ""
}

// changes names the commits between two that touch a directory. A history that does not reach that far names none.
func changes(ctx context.Context, o PublishOptions, dir, from, to string) string {
	if o.Repo == nil || from == "" || to == "" || from == to {
		return ""
	}
	commits, err := o.Repo.Log(ctx, git.LogOptions{From: to, Not: from, Paths: []string{dir}, Max: maxCauses})
	if err != nil {
		return ""
	}
	var named []report.CodeChange
	for _, c := range commits {
		x := report.CodeChange{Commit: c.ID, Author: c.Author.Name}
		if o.Target.Web != "" {
			x.Link = o.Target.Web + "/commit/" + c.ID
		}
		named = append(named, x)
	}
	return report.ChangedNote(named)
}
