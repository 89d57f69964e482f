package scan

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/git"
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

// PublishOptions say what to publish with.
type PublishOptions struct {
	Target Target
	Config *config.Config
	Repo   *git.Repo
	Memory Memory // what earlier scans left; may be nil
	Now    time.Time
	DryRun bool
}

// Publish makes the forge say what the results say, and returns what was done and what was left. With DryRun nothing is written.
func Publish(ctx context.Context, r *report.Results, o PublishOptions) (forge.Report, error) {
	pubs := Publications(r, o.Config, o.Memory, o.Target.Web)
	if o.Target.GitHub != nil {
		gh, err := github.New(*o.Target.GitHub)
		if err != nil {
			return forge.Report{}, err
		}
		return gh.Sync(ctx, pubs, limits(o.Config), o.DryRun)
	}
	var b bytes.Buffer
	if err := report.WriteJSON(&b, r); err != nil {
		return forge.Report{}, err
	}
	done, err := dir.Sync(ctx, dir.Options{Path: o.Target.Dir, Repo: o.Repo, Now: o.Now}, pubs, b.Bytes(), o.DryRun)
	return forge.Report{Done: done}, err
}

func limits(c *config.Config) forge.Limits {
	return forge.Limits{
		MaxOpenIssues: c.Publish.MaxOpenIssues, MaxOpenPulls: c.Publish.MaxOpenPullRequests, PullsPerHour: c.Publish.PullRequestsPerHour,
		Quiet: c.Publish.FirstRun == "quiet",
	}
}
