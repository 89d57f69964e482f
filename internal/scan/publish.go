package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
)

// A Target is where to publish.
type Target struct {
	Dir    string // write into this directory; else
	GitHub *github.Options
	Web    string // web address of the repository, for links; "" for none
}

// ParseTarget reads the value of --publish and --to: none, dir:PATH or github. ok is false for none.
func ParseTarget(s string) (kind, path string, err error) {
	switch {
	case s == "" || s == "none":
		return "none", "", nil
	case s == "github":
		return "github", "", nil
	case strings.HasPrefix(s, "dir:") && len(s) > len("dir:"):
		return "dir", strings.TrimPrefix(s, "dir:"), nil
	}
	return "", "", fmt.Errorf("publish to %q: want none, dir:PATH or github", s)
}

// CheckCommit refuses results of another repository, or of a commit that this one does not hold: what they say is about other code.
// Results that name no commit (scanned outside a repository) pass; they hold no edits that could be committed.
func CheckCommit(ctx context.Context, repo *git.Repo, r *report.Results) error {
	if r.Commit == "" || repo == nil {
		return nil
	}
	id, err := repo.Resolve(ctx, r.Commit)
	if err != nil {
		return err
	}
	if id != "" {
		return nil
	}
	why := "it belongs to another repository, or was not pushed"
	if shallow, err := repo.IsShallow(ctx); err == nil && shallow {
		why = "this clone is shallow: fetch the whole history (fetch-depth: 0), or it belongs to another repository"
	}
	return fmt.Errorf("the results are of commit %.12s, which %s does not hold: %s", r.Commit, repo.Root(), why)
}

// PublishOptions say what to publish with.
type PublishOptions struct {
	Target Target
	Config *config.Config
	Repo   *git.Repo
	Ledger *ledger.Ledger // what is remembered; nil remembers nothing. A GitHub target keeps its own, signed by the same.
	Now    time.Time
	DryRun bool
	// Others are the ids of the repository's stacks when the results are of some of them only: then the dashboard, which tells of all, stays as it is.
	Others []string
	// Asked says that a person asked for the pull requests just now.
	Asked bool
	// Told says that whoever made the difference is told what it is by other means: no comment about it is left.
	Told bool
	// Handled lists the ticked boxes of the dashboard that these results answer.
	Handled []string
}

// Publish makes the forge say what the results say, adds both to the ledger, and returns what was done and what was left. With DryRun
// nothing is written.
func Publish(ctx context.Context, r *report.Results, o PublishOptions) (forge.Report, error) {
	var sync func([]forge.Publication) (forge.Report, error)
	book := o.Ledger
	if o.Target.GitHub != nil {
		options := *o.Target.GitHub
		options.Commit = r.Commit
		gh, err := github.New(options)
		if err != nil {
			return forge.Report{}, err
		}
		book = &ledger.Ledger{Store: gh.Ledger(o.Config.Ledger.Branch)}
		if o.Ledger != nil {
			book.Signer = o.Ledger.Signer
		}
		sync = func(pubs []forge.Publication) (forge.Report, error) {
			return gh.Sync(ctx, pubs, limits(o.Config), o.DryRun)
		}
	} else {
		sync = func(pubs []forge.Publication) (forge.Report, error) {
			var b bytes.Buffer
			if err := report.WriteJSON(&b, r); err != nil {
				return forge.Report{}, err
			}
			done, err := dir.Sync(ctx, dir.Options{Path: o.Target.Dir, Repo: o.Repo, Now: o.Now}, pubs, b.Bytes(), o.DryRun)
			return forge.Report{Done: done}, err
		}
	}
	var entries []ledger.Entry
	var problems []string
	if book != nil {
		var err error
		if entries, err = book.Entries(ctx); err != nil {
			problems = append(problems, "the ledger could not be read, so nothing is added to it: "+err.Error())
			book = nil
		}
	}
	past := ledger.Fold(entries, o.Now)
	moves := ledger.FindMoves(past, r, o.Others)
	moves.Apply(r)
	var add []ledger.Entry
	if !past.Scanned(r.ScannedAt) {
		past = past.With(moves.Entries)
		add = append(moves.Entries, ledger.Record(past, r)...)
	}
	// What this scan adds counts already: otherwise publishing it again would know more, and say something else.
	known := ledger.Fold(append(entries, add...), o.Now)
	seen := Past{Before: past, Now: known, Moved: known, heirs: heirs(ledger.Fold(entries, o.Now), r, moves)}
	if !r.Partial && o.Others == nil {
		seen.gone = slices.DeleteFunc(known.Stacks(), func(id string) bool { return slices.Contains(ids(r), id) })
	}
	seen.causes = causes(ctx, r, o, seen)
	done, err := sync(publications(r, o, seen))
	done.Problems = append(done.Problems, problems...)
	if err != nil || book == nil || o.DryRun {
		return done, err // a forge that could not be read, or that these results are not about: nothing is remembered
	}
	add = append(add, ledger.Publications(mutations(done.Done), o.Now)...)
	if lerr := book.Append(ctx, add...); lerr != nil {
		done.Problems = append(done.Problems, ledgerProblem(done.Problems, lerr)...)
	}
	return done, err
}

// PublishBroken opens the issue about a configuration that cannot be read. It goes when results are published: then it can.
func PublishBroken(ctx context.Context, complaint error, o PublishOptions) (forge.Report, error) {
	gh, err := github.New(*o.Target.GitHub)
	if err != nil {
		return forge.Report{}, err
	}
	text := complaint.Error()
	return gh.Sync(ctx, []forge.Publication{{
		Kind: forge.KindConfig, Title: report.ConfigTitle, Body: report.ConfigBody(text), Fingerprint: fingerprint(string(forge.KindConfig), text),
	}}, limits(o.Config), o.DryRun)
}

// ledgerProblem says that the ledger was not written, unless the reason is a missing permission that was named already.
func ledgerProblem(named []string, err error) []string {
	var refusal *forge.Refusal
	switch {
	case !errors.As(err, &refusal):
		return []string{"the ledger was not written: " + err.Error()}
	case slices.Contains(named, refusal.Sentence):
		return nil
	}
	return []string{"the ledger was not written: " + refusal.Sentence}
}

// publications are what should exist on the forge for the results of a scan: an issue for each stack that needs attention, pull requests for
// each that has proved edits, and the dashboard. Stacks that are clean are there too, resolved, so that what was open is closed. A stack that
// could not be judged is there as unknown: what exists for it stays.
func publications(r *report.Results, o PublishOptions, past Past) []forge.Publication {
	all := ids(r)
	if o.Others != nil {
		all = o.Others
	}
	pubs := append(stackPublications(r, o.Config, past, all, o.Target.Web), mended())
	pubs = append(pubs, groupPublications(r, o.Config, o.Target.Web)...)
	for i := range pubs {
		pubs[i].Asked = o.Asked && pubs[i].Kind == forge.KindPull
		if o.Told {
			pubs[i].Note = ""
		}
	}
	if o.Others == nil {
		board := dashboard(r, o.Config, past.Now, o.Target.Web != "")
		board.Handled = o.Handled
		pubs = append(pubs, board)
	}
	return pubs
}

func mutations(done []forge.Action) []forge.Action {
	return slices.DeleteFunc(slices.Clone(done), func(a forge.Action) bool { return !a.Mutates() })
}

func limits(c *config.Config) forge.Limits {
	return forge.Limits{
		MaxOpenIssues: c.Publish.MaxOpenIssues, MaxOpenPulls: c.Publish.MaxOpenPullRequests, PullsPerHour: c.Publish.PullRequestsPerHour,
		Quiet: c.Publish.FirstRun == "quiet",
	}
}
