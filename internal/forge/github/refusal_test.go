package github_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
)

// A missing permission is one sentence that names it and where to set it; what needs no such permission is done.
func TestB36_MissingPermission(t *testing.T) {
	for _, c := range []struct {
		name        string
		options     githubtest.Options
		permissions []string
		login       string
		want        string
		open        int // objects that are opened all the same
	}{
		{"issues", githubtest.Options{}, []string{"contents=write", "pull_requests=write"}, githubtest.App, `"issues: write" on acme/infra: add it under "permissions:"`, 1},
		{"pull requests", githubtest.Options{}, []string{"contents=write", "issues=write"}, githubtest.App, `"pull-requests: write" on acme/infra: add it under "permissions:"`, 2},
		{"contents", githubtest.Options{}, []string{"issues=write", "pull_requests=write"}, githubtest.App, `"contents: write" on acme/infra: add it under "permissions:"`, 2},
		{"setting", githubtest.Options{NoActionsPulls: true}, []string{"contents=write", "issues=write", "pull_requests=write"}, githubtest.Actions, `tick "Allow GitHub Actions to create and approve pull requests" under Settings > Actions > General`, 2},
		{"issues disabled", githubtest.Options{IssuesOff: true}, []string{"contents=write", "issues=write", "pull_requests=write"}, githubtest.App, "", 1},
		{"archived", githubtest.Options{Archived: true}, []string{"contents=write", "issues=write", "pull_requests=write"}, githubtest.App, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.options)
			token := w.NewToken(c.login, c.permissions...)
			report := w.syncAs(token, issue(stackName(1), "x"), issue(stackName(2), "x"), w.pull(stackName(1), "large"))
			if c.want != "" && (len(report.Problems) != 1 || !strings.Contains(report.Problems[0], c.want)) {
				t.Errorf("problems are %q, want one with %q", report.Problems, c.want)
			}
			if c.want == "" && !strings.Contains(reasons(report), "Settings > General") {
				t.Errorf("the report does not say what to do: %s", reasons(report))
			}
			if w.Count() != c.open {
				t.Errorf("%d objects were opened, want %d", w.Count(), c.open)
			}
			for _, p := range report.Problems {
				if strings.Contains(p, token) {
					t.Errorf("the token is in %q", p)
				}
			}
		})
	}
}

func TestIssueOnlyModeNeedsNoContents(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	report := w.syncAs(w.NewToken(githubtest.App, "issues=write"), plainDashboard(), issue(stackName(1), "x"))
	if len(report.Problems) > 0 || w.Count() != 2 {
		t.Errorf("%d issues, problems %q", w.Count(), report.Problems)
	}
}

func TestUnreadable(t *testing.T) {
	for name, c := range map[string]struct{ token, repository, want string }{
		"bad token":   {"nonsense", "acme/infra", "does not accept the token"},
		"elsewhere":   {"token-" + githubtest.App, "acme/other", "check GITHUB_REPOSITORY"},
		"no relation": {"token-" + githubtest.Outsider, "acme/infra", "check GITHUB_REPOSITORY"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, githubtest.Options{})
			client, err := github.New(github.Options{Token: c.token, BaseURL: w.URL, Repository: c.repository, Now: w.Now})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Sync(t.Context(), []forge.Publication{issue(stackName(1), "x")}, w.limits, false)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "nonsense") {
				t.Errorf("error is %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	now := (&githubtest.Server{}).Now
	for name, o := range map[string]github.Options{
		"no repository": {Token: "t", Now: now},
		"a path":        {Token: "t", Repository: "a/b/c", Now: now},
		"no token":      {Repository: "a/b", Now: now},
		"no clock":      {Token: "t", Repository: "a/b"},
		"no address":    {Token: "t", Repository: "a/b", Now: now, BaseURL: "ftp://x"},
	} {
		if _, err := github.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestProtectedBranch(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.Protect("mooring/")
	report := w.syncAs(w.Token(githubtest.App), issue(stackName(1), "x"), w.pull(stackName(1), "large"))
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "let mooring[bot] push to mooring/**") {
		t.Errorf("problems are %q", report.Problems)
	}
}

// TestRequiredSignatures: GitHub signs commits of bots that name neither author nor committer, so those on branches and in the ledger pass a rule
// that wants signatures. With a person's token nobody signs, and that is said once.
func TestRequiredSignatures(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.RequireSignatures("mooring/")
	for n, login := range []string{githubtest.App, githubtest.Actions} {
		stack := stackName(n + 1)
		if report := w.syncAs(w.Token(login), w.pull(stack, "large")); len(report.Problems) > 0 || !w.Verified(branch(stack)) {
			t.Errorf("%s: signed %v, problems %q", login, w.Verified(branch(stack)), report.Problems)
		}
		book := ledger.Ledger{Store: w.client(w.Token(login)).Ledger("")}
		if err := book.Append(t.Context(), seen(n)); err != nil || !w.Verified(ledger.DefaultBranch) {
			t.Errorf("%s: the ledger is signed %v, %v", login, w.Verified(ledger.DefaultBranch), err)
		}
	}
	report := w.syncAs(w.Token(githubtest.Writer), w.pull(stackName(3), "large"), w.pull(stackName(4), "large"))
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "take signed commits alone in acme/infra") || !strings.Contains(report.Problems[0], "not those of will") {
		t.Errorf("problems are %q", report.Problems)
	}
	book := ledger.Ledger{Store: w.client(w.Token(githubtest.Writer)).Ledger("")}
	if err := book.Append(t.Context(), seen(9)); err == nil || !strings.Contains(err.Error(), "take signed commits alone") {
		t.Errorf("the ledger: %v", err)
	}
}

func TestCommitThatGitHubDoesNotKnow(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	p := w.pull(stackName(1), "large")
	p.Commit.Base = strings.Repeat("ab", 20)
	report := w.syncAs(w.Token(githubtest.App), p)
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "push it, or scan what is on main") {
		t.Errorf("problems are %q", report.Problems)
	}
}

func TestEmptyRepository(t *testing.T) {
	w := newWorld(t, githubtest.Options{Empty: true})
	w.sync(issue(stackName(1), "x"))
	if w.Count() != 1 {
		t.Error("an issue needs no commit")
	}
}

func TestLockedConversation(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "x")
	w.sync(i)
	w.Lock(1)
	i.Fingerprint, i.Body, i.Note = "2", "y", "news"
	w.sync(i)
	if got := w.Issue(1); !strings.Contains(got.Body, "\ny\n") || len(got.Comments) != 0 {
		t.Errorf("%d comments, body\n%s", len(got.Comments), got.Body)
	}
	w.sync(resolved(i))
	if w.Issue(1).State != "closed" {
		t.Error("a locked issue can be closed")
	}
}

// Labels are dropped in silence for a token without push right; that must not make every run write again.
func TestLabelsThatAreDropped(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	report := w.syncAs(w.Token(githubtest.Reader), issue(stackName(1), "x"))
	if len(report.Problems) > 0 || len(w.Issue(1).Labels) != 0 {
		t.Errorf("problems %q, labels %q", report.Problems, w.Issue(1).Labels)
	}
	w.Forget()
	w.syncAs(w.Token(githubtest.Reader), issue(stackName(1), "x"))
	if w.Mutations() != 0 {
		t.Errorf("a second run writes %d times", w.Mutations())
	}
}

func TestPeopleWhoCannotBeAsked(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i, p := issue(stackName(1), "x"), w.pull(stackName(1), "large")
	i.Assignees = []string{"@" + githubtest.Writer, "nobody", "@acme/platform"}
	p.Reviewers = []string{"nobody", "@" + githubtest.Writer, "ada@example.com"}
	w.sync(i, p)
	if got := w.Issue(2).Pull.Reviewers; !slices.Equal(got, []string{githubtest.Writer}) {
		t.Errorf("reviewers are %v", got)
	}
	if w.Count() != 2 {
		t.Errorf("there are %d objects", w.Count())
	}
}

func TestFileModesAreKept(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	p := w.pull(stackName(1), "large")
	p.Commit.Files = append(p.Commit.Files,
		forge.File{Path: stackName(2) + "/main.tf"}, // deleted
		forge.File{Path: "new/dir/file.bin", Content: []byte{0xff, 0x00}},
		forge.File{Path: "never/was.tf"},
	)
	w.sync(p)
	b := branch(stackName(1))
	if w.File(b, stackName(2)+"/main.tf") != "" || w.File(b, "new/dir/file.bin") != "\xff\x00" || w.File(b, stackName(3)+"/main.tf") == "" {
		t.Error("the tree is not as wanted")
	}
	w.quiet(p)
}
