package github_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// The worlds of this file are ones that a publication may meet; others are in refusal_test.go (permissions, settings, locks), identity_test.go
// (markers) and faults_test.go (failures).

// TestDefaultBranchRenamed: the pull request moves to the new base, and nothing is opened twice.
func TestDefaultBranchRenamed(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i, p := issue(stackName(1), "x"), w.pull(stackName(1), "large")
	w.sync(i, p)
	w.RenameDefault("trunk")
	w.sync(i, p)
	w.quiet(i, p)
	if w.Count() != 2 || w.Issue(2).State != "open" || w.Issue(2).Pull.Base != "trunk" {
		t.Errorf("%d objects, the pull request is %s into %s", w.Count(), w.Issue(2).State, w.Issue(2).Pull.Base)
	}
	other := w.pull(stackName(2), "large")
	w.sync(i, p, other)
	if got := w.Issue(3); got.Pull == nil || got.Pull.Base != "trunk" {
		t.Errorf("a new pull request is %+v", got.Pull)
	}
}

// TestHundredThousandFiles: what a commit costs depends on the files that it touches, not on those that are there.
func TestHundredThousandFiles(t *testing.T) {
	files := map[string]string{}
	for n := range 100_000 {
		files[fmt.Sprintf("d%03d/e%02d/f%d.tf", n/1000, n/100%10, n%100)] = "size = \"small\"\n"
	}
	files[stackName(1)+"/main.tf"] = "size = \"small\"\n"
	w := newWorld(t, githubtest.Options{Files: files, Unchecked: true})
	w.transport = w.Transport()
	p := w.pull(stackName(1), "large")
	w.sync(p)
	if got := len(w.Requests()); got > 20 {
		t.Errorf("%d requests", got)
	}
	for _, r := range w.Requests() {
		if strings.Contains(r.Path, "recursive") {
			t.Errorf("%s lists the whole tree, which GitHub cuts", r.Path)
		}
	}
	if w.File(branch(stackName(1)), stackName(1)+"/main.tf") != "size = \"large\"\n" || w.File(branch(stackName(1)), "d099/e09/f99.tf") == "" {
		t.Error("the commit is not the base with one file changed")
	}
	w.quiet(p)
}

// TestLabelsOfOtherCase: GitHub's labels differ by letters alone; one that is there in another case serves, and a hold is a hold.
func TestLabelsOfOtherCase(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	n := w.OpenIssue(githubtest.Writer, "t", "")
	w.AddLabel(n, "Drift")
	i := issue(stackName(1), "x")
	w.sync(i)
	if got := w.Issue(2).Labels; len(got) != 1 || got[0] != "Drift" {
		t.Errorf("labels %q", got)
	}
	w.quiet(i)
	w.AddLabel(2, "DRIFT:HOLD")
	w.quiet(issue(stackName(1), "something else"))
}

// TestTwoRunsAtOnce: however the requests of two runs mingle, after the next run there is one open object of each, and no more is written.
func TestTwoRunsAtOnce(t *testing.T) {
	for range 4 {
		w := newWorld(t, githubtest.Options{Unchecked: true})
		w.transport = w.Transport()
		want := w.wanted(3)
		var runs sync.WaitGroup
		for range 2 {
			client := w.client(w.Token(githubtest.App))
			runs.Go(func() {
				// What one run cannot do because the other was first is in its report, and is no error.
				if _, err := client.Sync(context.Background(), want, w.limits, false); err != nil {
					t.Error(err)
				}
			})
		}
		runs.Wait()
		w.sync(want...)
		w.sync(want...)
		w.quiet(want...)
		open := map[string]int{}
		for _, pulls := range []bool{false, true} {
			for _, n := range w.Numbers(pulls, "open") {
				open[w.Issue(n).Title]++
			}
		}
		if len(open) != len(want) {
			t.Errorf("%d kinds of objects are open, want %d: %v", len(open), len(want), open)
		}
		for title, n := range open {
			if n != 1 {
				t.Errorf("%q is open %d times", title, n)
			}
		}
	}
}

// TestClockSkew: a machine whose clock is wrong publishes the same, keeps the limit of pull requests an hour, and waits no longer for a reset.
func TestClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{-3 * time.Hour, 3 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			w := newWorld(t, githubtest.Options{RateLimit: 30})
			w.limits.PullsPerHour = 2
			want := []forge.Publication{plainDashboard(), w.pull(stackName(1), "large"), w.pull(stackName(2), "large"), w.pull(stackName(3), "large")}
			publish := func() forge.Report {
				t.Helper()
				c, err := github.New(github.Options{
					Token: w.Token(githubtest.App), BaseURL: w.URL, Repository: "acme/infra", Now: func() time.Time { return w.Now().Add(skew) }, MaxWait: 2 * time.Hour,
					Sleep: func(ctx context.Context, d time.Duration) error { w.Advance(d); w.slept += d; return ctx.Err() },
				})
				if err != nil {
					t.Fatal(err)
				}
				report, err := c.Sync(t.Context(), want, w.limits, false)
				if err != nil {
					t.Fatal(err)
				}
				return report
			}
			publish()
			publish()
			if got := len(w.Numbers(true, "all")); got != 2 {
				t.Errorf("%d pull requests within an hour, want 2", got)
			}
			if w.slept > time.Hour+10*time.Minute {
				t.Errorf("it waited %v for a limit that is renewed within an hour", w.slept)
			}
		})
	}
}
