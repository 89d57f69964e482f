package scan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/stack"
)

// A desk publishes results of one stack to a GitHub whose repository is also the local one.
type desk struct {
	*githubtest.Server
	t      *testing.T
	repo   *git.Repo
	config *config.Config
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	root := t.TempDir()
	if _, err := gogit.PlainInit(root, false); err != nil {
		t.Fatal(err)
	}
	repo, err := git.Open(t.Context(), root, append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse([]byte("publish {\n  first_run = \"full\"\n}\n"), config.Name)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, repo: repo, config: c}
	d.commit("main", "Olga", "infra/web/main.tf", "size = 1\n")
	d.Server = githubtest.New(t, githubtest.Options{GitDir: filepath.Join(root, ".git")})
	return d
}

// commit makes a commit on a branch, without a parent when it is new, and returns its id.
func (d *desk) commit(branch, author, path, content string) string {
	d.t.Helper()
	tip, err := d.repo.Tip(d.t.Context(), branch)
	if err != nil {
		d.t.Fatal(err)
	}
	id, err := d.repo.CommitToBranch(d.t.Context(), git.Change{
		Branch: branch, Old: tip, Base: tip, Files: map[string][]byte{path: []byte(content)}, Message: "Change " + path,
		Author: git.Person{Name: author, Email: "x@example.com"}, When: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// results are those of a scan of the one stack at a commit, with or without drift.
func (d *desk) results(commit string, drifted bool) *report.Results {
	s := report.StackResult{Stack: stack.Stack{ID: "infra/web", Path: "infra/web"}, Status: report.StatusClean}
	if drifted {
		s.Status = report.StatusDrifted
		s.Findings = []report.Finding{{Finding: drift.Finding{
			ID: "f_1", Address: "aws_x.y", Type: "aws_x", Kind: drift.KindDrift, Action: "update",
			Changes: []drift.Change{{Path: "size", Kind: drift.KindDrift, Base: 1.0, Code: 1.0, Live: 2.0}},
		}}}
	}
	return &report.Results{Commit: commit, ScannedAt: d.Now(), Tool: report.Tool{Name: "mooring", Version: "test"}, Stacks: []report.StackResult{s}}
}

func (d *desk) publish(r *report.Results) error {
	d.t.Helper()
	done, err := scan.Publish(d.t.Context(), r, scan.PublishOptions{
		Target: scan.Target{Web: "https://github.com/acme/infra", GitHub: &github.Options{
			Token: d.Token(githubtest.App), BaseURL: d.URL, Repository: "acme/infra", Interval: -1, Now: d.Now,
		}}, Config: d.config, Repo: d.repo, Now: d.Now(),
	})
	if err == nil && len(done.Problems) > 0 {
		d.t.Errorf("problems: %q", done.Problems)
	}
	return err
}

// TestB11_SaysWhoResolvedIt: when drift is gone, the closing comment names what did it: an apply or a revert that the ledger knows, or the
// commits that changed the stack's code since; and nothing when there is nothing to name.
func TestB11_SaysWhoResolvedIt(t *testing.T) {
	for name, c := range map[string]struct {
		between func(d *desk) string // returns the commit that is scanned afterwards
		says    string
		not     string
	}{
		"a merge": {func(d *desk) string { return d.commit("main", "Ada [x](y) @all", "infra/web/main.tf", "size = 2\n") }, "Its code was changed since: [`", "at 2026"},
		"a revert": {func(d *desk) string {
			d.remember(ledger.Apply{From: d.Now(), To: d.Now(), Run: "https://github.com/acme/infra/actions/runs/1", Principal: report.RevertBy + githubtest.Writer})
			return d.commit("main", "Ada", "infra/web/main.tf", "size = 2\n")
		}, "**`will`** had it reverted at 2026-11-21 10:00 UTC ([`the run`](https://github.com/acme/infra/actions/runs/1)).", "changed since"},
		"an apply": {func(d *desk) string {
			d.remember(ledger.Apply{From: d.Now(), To: d.Now(), Principal: "arn:aws:iam::1:role/ci"})
			return d.Tip("main")
		}, "The stack was applied by **`arn:aws:iam::1:role/ci`** at", "changed since"},
		"code elsewhere": {func(d *desk) string { return d.commit("main", "Ada", "docs/x.md", "x") }, "matches its code again.", "Ada"},
		"nothing":        {func(d *desk) string { return d.Tip("main") }, "matches its code again.", "since"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if err := d.publish(d.results(d.Tip("main"), true)); err != nil {
				t.Fatal(err)
			}
			issue := d.Numbers(false, "open")[1]
			d.Advance(time.Hour)
			commit := c.between(d)
			d.Advance(time.Hour)
			if err := d.publish(d.results(commit, false)); err != nil {
				t.Fatal(err)
			}
			closed := d.Issue(issue)
			if closed.State != "closed" || len(closed.Comments) != 1 {
				t.Fatalf("the issue is %s with %d comments", closed.State, len(closed.Comments))
			}
			if said := closed.Comments[0].Body; !strings.Contains(said, c.says) || strings.Contains(said, c.not) || strings.Contains(said, " @all") && !strings.Contains(said, "`Ada") {
				t.Errorf("it says %q, want %q and no %q", said, c.says, c.not)
			}
		})
	}
}

// remember adds an apply of the stack to the ledger.
func (d *desk) remember(a ledger.Apply) {
	d.t.Helper()
	client, err := github.New(github.Options{Token: d.Token(githubtest.App), BaseURL: d.URL, Repository: "acme/infra", Interval: -1, Now: d.Now})
	if err != nil {
		d.t.Fatal(err)
	}
	book := ledger.Ledger{Store: client.Ledger("")}
	if err := book.Append(d.t.Context(), ledger.Entry{At: d.Now(), Kind: ledger.KindApply, Stack: "infra/web", Apply: &a}); err != nil {
		d.t.Fatal(err)
	}
}

// TestResultsOfOtherCode: results of a commit that is not on the default branch, or that GitHub does not have, are refused before anything is
// written; those of an older commit of the default branch are taken.
func TestResultsOfOtherCode(t *testing.T) {
	unknown := strings.Repeat("a", 40)
	for name, c := range map[string]struct {
		commit func(d *desk) string
		says   string
	}{
		"the tip": {func(d *desk) string { return d.Tip("main") }, ""},
		"an older one": {func(d *desk) string {
			old := d.Tip("main")
			d.commit("main", "Ada", "a", "b")
			return old
		}, ""},
		"another branch": {func(d *desk) string {
			d.Push(githubtest.Writer, "feature", "infra/web/main.tf", "size = 9\n")
			return d.Tip("feature")
		}, "is not on the default branch main"},
		"not pushed": {func(*desk) string { return unknown }, "does not have on GitHub"},
		"none":       {func(*desk) string { return "" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			commit := c.commit(d)
			d.Forget()
			err := d.publish(d.results(commit, true))
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || d.Mutations() > 0 || d.Count() > 0):
				t.Errorf("%v, %d writes; want %q and none", err, d.Mutations(), c.says)
			}
		})
	}
}
