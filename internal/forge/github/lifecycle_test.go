package github_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// comments are the texts of a conversation, without the hidden topic.
func (w *world) comments(number int) []string {
	var out []string
	for _, c := range w.Issue(number).Comments {
		_, text, _ := strings.Cut(c.Body, "\n")
		out = append(out, text)
	}
	return out
}

// branches are those below mooring/.
func (w *world) branches() []string {
	var out []string
	for line := range strings.Lines(w.Dump()) {
		if name, ok := strings.CutPrefix(line, "branch mooring/"); ok {
			out = append(out, name)
		}
	}
	return out
}

func (w *world) wantComments(number int, want ...string) {
	w.t.Helper()
	got := w.comments(number)
	if len(got) != len(want) {
		w.t.Fatalf("#%d has %d comments, want %d:\n%s", number, len(got), len(want), strings.Join(got, "\n---\n"))
	}
	for n := range want {
		if !strings.Contains(got[n], want[n]) {
			w.t.Errorf("comment %d of #%d is %q, want %q in it", n, number, got[n], want[n])
		}
	}
}

func TestB08_ClosedByHumanIsIgnored(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "t3.large")
	w.sync(i)
	w.Close(githubtest.Writer, 1, "not_planned")
	w.sync(i)
	w.wantComments(1, "Reopen this issue to undo that")
	i.Body = "t3.xlarge" // another value: an autoscaler must not revive it
	report := w.quiet(i)
	if w.Count() != 1 || w.Issue(1).State != "closed" {
		t.Errorf("%d issues, #1 is %s", w.Count(), w.Issue(1).State)
	}
	if !strings.Contains(reasons(report), "closed by a person") {
		t.Errorf("the report does not say why: %s", reasons(report))
	}

	w.Reopen(githubtest.Writer, 1)
	w.sync(i)
	if got := w.Issue(1); got.State != "open" || !strings.Contains(got.Body, "t3.xlarge") {
		t.Errorf("reopened by a person, it is %s:\n%s", got.State, got.Body)
	}
	w.quiet(i)
}

func TestB08_MoreThanWasRefusedSpeaksUp(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	both := issue(stackName(1), "a and b")
	both.Fingerprint, both.Parts = "ab", []string{"a", "b"}
	w.sync(both)
	w.Close(githubtest.Writer, 1, "not_planned")
	w.sync(both)

	one := both
	one.Fingerprint, one.Parts = "a", []string{"a"}
	w.sync(one)
	if w.Issue(1).State != "closed" {
		t.Error("a part of what was refused opened it again")
	}
	more := both
	more.Fingerprint, more.Parts = "abc", []string{"a", "b", "c"}
	w.sync(more)
	if w.Issue(1).State != "open" || w.Count() != 1 {
		t.Errorf("something else differs and #1 of %d is %s", w.Count(), w.Issue(1).State)
	}
}

func TestB08_UrgentSpeaksUpOnce(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "x")
	w.sync(i)
	w.Close(githubtest.Writer, 1, "not_planned")
	i.Urgent = true
	w.sync(i)
	if w.Issue(1).State != "open" {
		t.Fatal("a value that matters for security stayed hidden")
	}
	w.Close(githubtest.Writer, 1, "not_planned")
	w.sync(i)
	if w.Issue(1).State != "closed" {
		t.Error("refused knowingly, it came back")
	}
}

func TestB08_PullRequestClosedUnmergedIsIgnored(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	w.Close(githubtest.Writer, 1, "")
	w.sync(w.pull(stack, "large"))
	w.wantComments(1, "Reopen this pull request to undo that")
	w.quiet(w.pull(stack, "huge"))
	if w.Count() != 1 {
		t.Errorf("there are %d pull requests", w.Count())
	}
	other := w.pull(stack, "huge")
	other.Fingerprint, other.Parts = "other", []string{"other"}
	w.sync(other)
	if w.Count() != 2 || w.Issue(2).State != "open" {
		t.Errorf("another drift has no pull request: %s", w.Dump())
	}
}

func TestB09_ClosedByUsReopens(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "x")
	for range 3 {
		w.sync(i)
		if w.Issue(1).State != "open" {
			t.Fatal("not open")
		}
		w.sync(resolved(i))
		if got := w.Issue(1); got.State != "closed" || got.StateReason != "completed" {
			t.Fatalf("resolved, it is %s as %s", got.State, got.StateReason)
		}
		w.quiet(resolved(i))
	}
	w.wantComments(1, "says what the code says", "The drift is back", "says what the code says", "The drift is back", "says what the code says")
	if w.Count() != 1 {
		t.Errorf("there are %d issues", w.Count())
	}
}

func TestB09_ClosedAsCompletedIsTrustedThenChecked(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "x")
	w.sync(i)
	w.Close(githubtest.Writer, 1, "completed")
	w.sync(i)
	w.wantComments(1, "the drift is still there")
	if w.Issue(1).State != "open" {
		t.Fatal("the same drift is there and the issue is closed")
	}
	w.quiet(i)
	w.Close(githubtest.Writer, 1, "completed")
	w.sync(i)
	if w.Issue(1).State != "closed" {
		t.Error("it was reopened twice")
	}
	w.quiet(i)
}

// We closed it, a person reopened and closed it as not planned: the person's word counts.
func TestB09_LastCloserDecides(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "x")
	w.sync(i)
	w.sync(resolved(i))
	w.Reopen(githubtest.Writer, 1)
	w.Close(githubtest.Writer, 1, "not_planned")
	w.sync(i)
	if w.Issue(1).State != "closed" {
		t.Error("it was reopened against a person's word")
	}
}

// A refused stack stays refused while others get theirs: there is no pull request of everything that would return for ever.
func TestB10_NoImmortalPullRequests(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	a, b := w.pull(stackName(1), "large"), w.pull(stackName(2), "large")
	w.sync(a, b)
	w.Close(githubtest.Writer, 1, "")
	for _, size := range []string{"huge", "vast"} {
		a, b = w.pull(stackName(1), size), w.pull(stackName(2), size)
		w.sync(a, b)
		w.Advance(24 * time.Hour)
	}
	if diff := cmp.Diff([]int{2}, w.Numbers(true, "open")); diff != "" {
		t.Errorf("open pull requests (-want +got):\n%s", diff)
	}
	if w.Count() != 2 {
		t.Errorf("there are %d pull requests, want 2", w.Count())
	}
}

func TestB11_GoneDriftClosesOwnPullRequest(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	w.sync(resolved(w.pull(stack, "large")))
	if w.Issue(1).State != "closed" || w.Tip(branch(stack)) != "" {
		t.Errorf("#1 is %s, its branch is at %q", w.Issue(1).State, w.Tip(branch(stack)))
	}
	w.wantComments(1, "says what the code says")
	w.quiet(resolved(w.pull(stack, "large")))
	w.sync(w.pull(stack, "large"))
	if diff := cmp.Diff([]int{2}, w.Numbers(true, "open")); diff != "" {
		t.Errorf("the drift is back (-want +got):\n%s", diff)
	}
}

func TestB11_GoneDriftLeavesAPersonsWork(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	theirs := w.Push(githubtest.Writer, branch(stack), stack+"/main.tf", "size = \"medium\"\n")
	w.sync(resolved(w.pull(stack, "large")))
	if w.Issue(1).State != "open" || w.Tip(branch(stack)) != theirs {
		t.Errorf("#1 is %s and its branch at %s", w.Issue(1).State, w.Tip(branch(stack)))
	}
	w.wantComments(1, "both are yours")
	if diff := cmp.Diff([]string{"drift", forge.HandsOffLabel}, w.Issue(1).Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	w.quiet(resolved(w.pull(stack, "large")))
}

// After a merge the branch is deleted, and later drift gets a new pull request.
func TestB11_MergedIsDone(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	w.Merge(githubtest.Writer, 1)
	w.sync(resolved(w.pull(stack, "large")))
	if w.Tip(branch(stack)) != "" {
		t.Error("the merged branch is still there")
	}
	w.base = w.Tip("main")
	w.sync(w.pull(stack, "huge"))
	if w.Count() != 2 || w.File(branch(stack), stack+"/main.tf") != "size = \"huge\"\n" {
		t.Errorf("later drift has no pull request of its own:\n%s", w.Dump())
	}
}

func TestB12_HumanCommitsAreNeverOverwritten(t *testing.T) {
	const edited = "size = \"medium\"\n"
	for name, push := range map[string]func(w *world, branch, path string) string{
		"pushed":       func(w *world, b, p string) string { return w.Push(githubtest.Writer, b, p, edited) },
		"amended":      func(w *world, b, p string) string { return w.Amend(githubtest.Writer, b, p, edited) },
		"in browser":   func(w *world, b, p string) string { return w.EditOnline(githubtest.Writer, b, p, edited) },
		"by other bot": func(w *world, b, p string) string { return w.Push(githubtest.Actions, b, p, edited) },
		"from outside": func(w *world, b, p string) string { return w.Push(githubtest.Outsider, b, p, edited) },
		"and then ours": func(w *world, b, p string) string {
			w.Push(githubtest.Writer, b, p, edited)
			return w.Push(githubtest.App, b, p, edited+"\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, githubtest.Options{})
			stack := stackName(1)
			w.sync(w.pull(stack, "large"))
			theirs := push(w, branch(stack), stack+"/main.tf")
			w.sync(w.pull(stack, "large")) // nothing to write, but the branch is another's now
			w.wantComments(1, "leaves it to you")
			for range 2 {
				w.sync(w.pull(stack, "huge"))
			}
			if got := w.Tip(branch(stack)); got != theirs {
				t.Errorf("the branch is at %s, not at the person's %s", got, theirs)
			}
			w.wantComments(1, "leaves it to you")
			w.quiet(w.pull(stack, "vast"))
		})
	}
}

// A marker that was edited to claim a person's commit as ours does not let us overwrite it.
func TestB12_MarkerIsNoAuthority(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	ours := w.Tip(branch(stack))
	theirs := w.Push(githubtest.Writer, branch(stack), stack+"/main.tf", "size = \"medium\"\n")
	w.EditBody(1, func(b string) string { return strings.Replace(b, ours, theirs, 1) })
	w.sync(w.pull(stack, "huge"))
	if w.Tip(branch(stack)) != theirs {
		t.Error("the person's commit is gone")
	}
}

func TestB12_BranchOfAPersonWithoutPullRequest(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	theirs := w.Push(githubtest.Writer, branch(stack), "notes.txt", "mine\n")
	report := w.quiet(w.pull(stack, "large"))
	if w.Tip(branch(stack)) != theirs || !strings.Contains(reasons(report), "rename or delete it") {
		t.Errorf("branch at %s, report: %s", w.Tip(branch(stack)), reasons(report))
	}
}

// A push that lands between our reading and our writing wins.
func TestB13_CompareAndSwap(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	w.Inject(func(r githubtest.Request) githubtest.Fault {
		if strings.HasSuffix(r.Path, "/git/commits") && r.Method == "POST" {
			return githubtest.Fault{Do: func() { w.PushMeanwhile(githubtest.Writer, branch(stack), "mine.txt", "mine\n") }}
		}
		return githubtest.Fault{}
	})
	report := w.sync(w.pull(stack, "huge"))
	w.Inject(nil)
	if w.File(branch(stack), "mine.txt") != "mine\n" {
		t.Error("the push was overwritten")
	}
	if !strings.Contains(reasons(report), "moved meanwhile") {
		t.Errorf("report: %s", reasons(report))
	}
	w.sync(w.pull(stack, "huge"))
	w.wantComments(1, "leaves it to you")
}

func TestB14_OneCommitRebuiltOnlyWhenNeeded(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	first := w.Tip(branch(stack))
	// The default branch moves elsewhere: nothing to do.
	w.base = w.Push(githubtest.Writer, "", "unrelated.txt", "x\n")
	w.quiet(w.pull(stack, "large"))
	if w.Tip(branch(stack)) != first {
		t.Error("the branch was rebuilt for nothing")
	}
	// The file moves on the default branch: what the pull request does changes with it.
	w.base = w.Push(githubtest.Writer, "", stack+"/main.tf", "# sizes\nsize = \"small\"\n")
	p := w.pull(stack, "large")
	p.Commit.Files[0].Content = []byte("# sizes\nsize = \"large\"\n")
	w.sync(p)
	if got := w.CommitMessages(branch(stack)); len(got) != 1 {
		t.Errorf("the branch holds %d commits, want 1", len(got))
	}
	if got := w.File(branch(stack), stack+"/main.tf"); got != "# sizes\nsize = \"large\"\n" {
		t.Errorf("the branch holds %q", got)
	}
	w.quiet(p)
}

func TestB15_HoldFreezes(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(issue(stack, "x"), w.pull(stack, "large"))
	w.AddLabel(1, "Drift:Hold")
	w.AddLabel(2, forge.HoldLabel)
	w.quiet(issue(stack, "y"), w.pull(stack, "huge"))
	w.quiet(resolved(issue(stack, "y")), resolved(w.pull(stack, "huge")))
	w.DropLabel(1, forge.HoldLabel)
	w.sync(issue(stack, "y"))
	if !strings.Contains(w.Issue(1).Body, "\ny\n") {
		t.Error("without the label it should be updated")
	}
}

// The label that lands between reading and writing counts.
func TestB15_HoldMeanwhile(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.sync(issue(stackName(1), "x"))
	w.Inject(func(r githubtest.Request) githubtest.Fault {
		if r.Path == "/repos/acme/infra/issues/1" && r.Method == "GET" {
			return githubtest.Fault{Do: func() { w.LabelMeanwhile(1, forge.HoldLabel) }}
		}
		return githubtest.Fault{}
	})
	w.syncAs(w.Token(githubtest.App), issue(stackName(1), "y"))
	if strings.Contains(w.Issue(1).Body, "\ny\n") {
		t.Error("it was written although it is held")
	}
}

func TestB17_UnknownIsNotResolved(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(issue(stack, "x"), w.pull(stack, "large"))
	i, p := issue(stack, ""), w.pull(stack, "large")
	i.Unknown, p.Unknown = true, true
	w.quiet(i, p)
	w.quiet() // a stack that is missing from the results altogether
	if diff := cmp.Diff([]int{1}, w.Numbers(false, "open")); diff != "" {
		t.Errorf("open issues (-want +got):\n%s", diff)
	}
}

func TestB18_BrokenConfigurationFailsClosed(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	config := forge.Publication{Kind: forge.KindConfig, Fingerprint: "c", Title: "Action required: fix the drift configuration", Body: ".mooring.hcl:3:5: unknown block"}
	stack := stackName(1)
	report := w.sync(config, w.pull(stack, "large"))
	if len(w.Numbers(true, "all")) != 0 || !strings.Contains(reasons(report), "configuration is broken") {
		t.Errorf("a pull request was opened, or nobody says why not: %s", reasons(report))
	}
	if got := w.Issue(1).Title; got != config.Title {
		t.Errorf("issue is %q", got)
	}
	config.Resolved = "The configuration is sound."
	w.sync(config, w.pull(stack, "large"))
	if w.Issue(1).State != "closed" || len(w.Numbers(true, "open")) != 1 {
		t.Errorf("mended, but\n%s", w.Dump())
	}
}

func TestB40_WorkflowTokenTellsReader(t *testing.T) {
	for login, want := range map[string]bool{githubtest.Actions: true, githubtest.App: false} {
		w := newWorld(t, githubtest.Options{})
		w.syncAs(w.Token(login), w.pull(stackName(1), "large"))
		if got := strings.Contains(w.Issue(1).Body, "Approve and run"); got != want {
			t.Errorf("opened by %s, it says so: %v, want %v", login, got, want)
		}
	}
}

// Two runs at once may both open an issue; the next one closes the younger.
func TestDuplicateIsClosed(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "x")
	w.sync(i)
	w.OpenIssue(githubtest.App, "Drift", w.Issue(1).Body)
	w.sync(i)
	if diff := cmp.Diff([]int{1}, w.Numbers(false, "open")); diff != "" {
		t.Errorf("open issues (-want +got):\n%s", diff)
	}
	w.wantComments(2, "duplicate of #1")
	w.quiet(i)
}

func TestOnePullRequestPerResource(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	a, b := w.pull(stackName(1), "large"), w.pull(stackName(1), "huge")
	a.Item, b.Item = "aws_instance.a", "aws_instance.b"
	w.sync(a, b)
	if n := len(w.Numbers(true, "open")); n != 2 {
		t.Errorf("%d pull requests, want 2", n)
	}
	w.quiet(a, b)
	// A resource that needs none any more has no publication: its pull request goes because the others of its stack are wanted.
	w.sync(b)
	if got, want := w.Numbers(true, "open"), []int{2}; !slices.Equal(got, want) || len(w.branches()) != 1 {
		t.Errorf("open are %v, want %v; branches %v", got, want, w.branches())
	}
	w.wantComments(1, "needs it no more")
	w.quiet(b)
	// A run that cannot judge the stack withdraws nothing.
	unknown := b
	unknown.Item, unknown.Unknown = "", true
	w.quiet(unknown)
	// One for the whole stack takes the place of those of its resources, and the other way round.
	whole := w.pull(stackName(1), "larger")
	w.sync(whole)
	if got, want := w.Numbers(true, "open"), []int{3}; !slices.Equal(got, want) {
		t.Errorf("open are %v, want %v", got, want)
	}
	w.sync(a)
	if got, want := w.Numbers(true, "open"), []int{4}; !slices.Equal(got, want) {
		t.Errorf("open are %v, want %v", got, want)
	}
}

// A pull request of a resource that a person works on is theirs also when it is not wanted any more.
func TestB11_StalePullRequestOfAPerson(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	a, b := w.pull(stackName(1), "large"), w.pull(stackName(1), "huge")
	a.Item, b.Item = "aws_instance.a", "aws_instance.b"
	w.sync(a, b)
	theirs := w.Push(githubtest.Writer, w.Issue(1).Pull.Head, "infra/s01/main.tf", "size = \"medium\"\n")
	w.sync(b)
	if w.Issue(1).State != "open" || w.Tip(w.Issue(1).Pull.Head) != theirs {
		t.Errorf("#1 is %s", w.Issue(1).State)
	}
	w.wantComments(1, "both are yours")
}

// What resolved an issue is said, and who merged it when it was a pull request that was merged since the drift began.
func TestB05_WhatResolvedIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		since time.Duration // of the drift, after the merge
		want  string
	}{
		"merged since":   {-time.Hour, "says what the code says again. #2 was merged by " + githubtest.Writer + "."},
		"merged earlier": {time.Hour, "says what the code says again."},
	} {
		w := newWorld(t, githubtest.Options{})
		i, p := issue(stackName(1), "x"), w.pull(stackName(1), "large")
		w.sync(i, p)
		w.Merge(githubtest.Writer, 2)
		done := resolved(i)
		done.Since = w.Now().Add(c.since)
		w.sync(done, resolved(p))
		comments := w.Issue(1).Comments
		if len(comments) != 1 || !strings.HasSuffix(comments[0].Body, c.want) {
			t.Errorf("%s: comments are %v", name, comments)
		}
		w.quiet(done, resolved(p))
	}
}

// TestReviewers: owners are asked by name, by team or by the mail address that their commits carry; who cannot be asked is left out. A run that
// is killed after opening asks in the next one, and nobody is asked twice.
func TestReviewers(t *testing.T) {
	ask := func(w *world) forge.Publication {
		p := w.pull(stackName(1), "large")
		p.Reviewers = []string{"@" + githubtest.Writer, "@" + githubtest.Outsider, githubtest.Owner + "@example.com", "nobody@example.com", "@" + githubtest.Owner}
		return p
	}
	w := newWorld(t, githubtest.Options{})
	w.sync(ask(w))
	if diff := cmp.Diff([]string{githubtest.Writer, githubtest.Owner}, w.Issue(1).Pull.Reviewers); diff != "" {
		t.Errorf("reviewers (-want +got):\n%s", diff)
	}
	w.quiet(ask(w))

	w = newWorld(t, githubtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.Inject(func(r githubtest.Request) githubtest.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/pulls") {
			return githubtest.Fault{Reset: true, After: true, Do: cancel}
		}
		return githubtest.Fault{}
	})
	if _, err := w.client(w.Token(githubtest.App)).Sync(ctx, []forge.Publication{ask(w)}, w.limits, false); err == nil {
		t.Fatal("the run was not killed")
	}
	w.Inject(nil)
	w.sync(ask(w))
	if diff := cmp.Diff([]string{githubtest.Writer, githubtest.Owner}, w.Issue(1).Pull.Reviewers); diff != "" {
		t.Errorf("reviewers after a kill (-want +got):\n%s", diff)
	}
}

// A pull request can only be reopened while its branch is there, so the branch of one that a person closed stays.
func TestB11_BranchOfARefusedPullRequestStays(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	w.sync(w.pull(stack, "large"))
	w.Close(githubtest.Writer, 1, "")
	w.sync(w.pull(stack, "large"))
	w.quiet(resolved(w.pull(stack, "large")))
	w.Reopen(githubtest.Writer, 1)
	w.sync(w.pull(stack, "huge"))
	if got := w.Issue(1); got.State != "open" || !strings.Contains(got.Body, "huge") || w.Count() != 1 {
		t.Errorf("reopened by a person, it is %s:\n%s", got.State, got.Body)
	}
}
