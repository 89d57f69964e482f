package github_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/githubtest"
)

func plainDashboard() forge.Publication {
	return forge.Publication{Kind: forge.KindDashboard, Title: "Drift dashboard", Body: "Stacks differ."}
}

func TestB16_LimitsLeaveNothingOutInSilence(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.limits = forge.Limits{MaxOpenIssues: 2, MaxOpenPulls: 10, PullsPerHour: 2}
	pubs := []forge.Publication{plainDashboard()}
	for n := range 4 {
		i, p := issue(stackName(n), "x"), w.pull(stackName(n), "large")
		i.Weight, p.Weight = n, n
		pubs = append(pubs, i, p)
	}
	report := w.sync(pubs...)
	if diff := cmp.Diff([]int{1, 2, 3}, w.Numbers(false, "open")); diff != "" {
		t.Errorf("dashboard and two issues (-want +got):\n%s", diff)
	}
	for n, stack := range map[int]string{2: stackName(3), 3: stackName(2), 4: stackName(3), 5: stackName(2)} {
		if !strings.Contains(w.Issue(n).Title, stack) {
			t.Errorf("#%d is %q: the worst should come first", n, w.Issue(n).Title)
		}
	}
	board := w.Issue(1).Body
	for _, want := range []string{
		"4 of these are not open yet",
		"- [ ] <!-- mooring-do open stack=infra/s01 kind=issue --> Open the issue for `infra/s01` (limit of 2 open issues reached)",
		"- [ ] <!-- mooring-do open stack=infra/s00 kind=pull --> Open the adoption pull request for `infra/s00` (limit of 2 new pull requests an hour reached)",
	} {
		if !strings.Contains(board, want) {
			t.Errorf("the dashboard lacks %q:\n%s", want, board)
		}
	}
	if n := len(report.Left); n != 4 {
		t.Errorf("the report names %d of 4 that wait:\n%s", n, reasons(report))
	}
	w.quiet(pubs...)

	// A box opens one anyway; an hour later two more pull requests may come.
	w.Tick(1, "open stack=infra/s01 kind=issue")
	w.sync(pubs...)
	if got := len(w.Numbers(false, "open")); got != 4 {
		t.Errorf("the box was ticked and %d issues are open, want 4", got)
	}
	w.Advance(time.Hour)
	w.sync(pubs...)
	if got := len(w.Numbers(true, "open")); got != 4 {
		t.Errorf("an hour later %d pull requests are open, want 4", got)
	}
}

// Zero is a limit, not the absence of one.
func TestB16_ZeroIsNone(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.limits = forge.Limits{}
	w.sync(issue(stackName(1), "x"), w.pull(stackName(1), "large"))
	if w.Count() != 0 {
		t.Errorf("%d objects were opened", w.Count())
	}
}

func TestB16_ResolvedMakesRoom(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.limits = forge.Limits{MaxOpenIssues: 1}
	a, b := issue(stackName(1), "x"), issue(stackName(2), "x")
	w.sync(a, b)
	w.sync(resolved(a), b)
	if diff := cmp.Diff([]int{2}, w.Numbers(false, "open")); diff != "" {
		t.Errorf("open issues (-want +got):\n%s", diff)
	}
}

func TestB20_FirstRunIsQuiet(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.limits = forge.DefaultLimits()
	pubs := []forge.Publication{plainDashboard(), issue(stackName(1), "x"), w.pull(stackName(1), "large")}
	w.sync(pubs...)
	if w.Count() != 1 || !strings.Contains(w.Issue(1).Body, "nothing but this dashboard was opened. 2 would be") {
		t.Fatalf("after a first run:\n%s", w.Dump())
	}
	w.quiet(pubs...)
	w.Tick(1, "**Open them**")
	w.sync(pubs...)
	if w.Count() != 3 {
		t.Errorf("the box was ticked and there are %d objects", w.Count())
	}
	if body := w.Issue(1).Body; strings.Contains(body, "first run") || strings.Contains(body, "[x]") {
		t.Errorf("the dashboard still says\n%s", body)
	}
	w.quiet(pubs...)
	w.sync(append(pubs, issue(stackName(2), "x"))...)
	if w.Count() != 4 {
		t.Error("later runs are not first runs")
	}
}

func TestB20_FirstRunOnManyStacks(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.limits = forge.Limits{MaxOpenIssues: 5, MaxOpenPulls: 5, PullsPerHour: 2, Quiet: false}
	pubs := []forge.Publication{plainDashboard()}
	for n := range 500 {
		i := issue("infra/many-"+strings.Repeat("x", n%3)+string(rune('a'+n%26))+string(rune('a'+n/26)), "x")
		pubs = append(pubs, i)
	}
	w.sync(pubs...)
	if got := len(w.Numbers(false, "open")); got != 6 {
		t.Errorf("%d issues are open, want the dashboard and 5", got)
	}
	body := w.Issue(1).Body
	if !strings.Contains(body, "495 of these are not open yet") || !strings.Contains(body, "and 395 more") {
		t.Errorf("the dashboard does not say how many wait:\n%.2000s", body)
	}
	if w.Issue(1).Title != "Drift dashboard" {
		t.Error("the dashboard should be opened first")
	}
}

func TestB21_DryRunSaysWhatARunDoes(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	pubs := []forge.Publication{plainDashboard(), issue(stackName(1), "x"), w.pull(stackName(1), "large")}
	would, err := w.client(w.Token(githubtest.App)).Sync(t.Context(), pubs, w.limits, true)
	if err != nil {
		t.Fatal(err)
	}
	if w.Mutations() != 0 || w.Count() != 0 {
		t.Errorf("the dry run sent %d writes", w.Mutations())
	}
	done := w.sync(pubs...)
	var said, didSay []string
	for _, a := range would.Done {
		said = append(said, a.String())
	}
	for _, a := range done.Done[:len(said)] {
		didSay = append(didSay, a.String())
	}
	if diff := cmp.Diff(said, didSay); diff != "" {
		t.Errorf("a run begins otherwise than the dry run says (-said +did):\n%s", diff)
	}
}

func TestB22_LongBodiesFit(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	long := "Head of the issue.\n\n<details><summary>All</summary>\n\n```\n" + strings.Repeat("é`x\n", 40_000) + "```\n</details>\n\nFoot."
	i := issue(stackName(1), long)
	i.Note = strings.Repeat("n\n", 50_000)
	i.Title = strings.Repeat("t", 400)
	w.sync(i)
	w.EditBody(1, func(b string) string { return b + strings.Repeat("human ", 2000) })
	i.Fingerprint = "2"
	w.sync(i)
	body := w.Issue(1).Body
	if !strings.Contains(body, "Head of the issue.") || !strings.Contains(body, "Foot.") || !strings.Contains(body, "left out") {
		t.Errorf("shortened to %d bytes:\n%.500s", len(body), body)
	}
	if strings.Count(body, "<details>") != strings.Count(body, "</details>") || strings.Count(body, "human ") != 2000 {
		t.Error("structure or human text is lost")
	}
	w.quiet(i)
}

func TestB37_WritesArePacedOneAtATime(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	var pubs []forge.Publication
	for n := range 10 {
		pubs = append(pubs, issue(stackName(n), "x"))
	}
	start := w.Now()
	w.sync(pubs...)
	if writes, took := w.Mutations(), w.Now().Sub(start); took < time.Duration(writes-1)*time.Second {
		t.Errorf("%d writes took %v, less than a second each", writes, took)
	}
}

func TestB37_ObeysRetryAfter(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{"secondary": githubtest.Secondary, "429": githubtest.TooMany} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, githubtest.Options{})
			n := 0
			w.Inject(func(r githubtest.Request) githubtest.Fault {
				if r.Mutation && n < 1 {
					n++
					return fault
				}
				return githubtest.Fault{}
			})
			w.sync(issue(stackName(1), "x"))
			if w.slept < 30*time.Second || w.Count() != 1 {
				t.Errorf("waited %v, then there are %d issues", w.slept, w.Count())
			}
		})
	}
}

func TestB37_PrimaryLimitWaitsForTheReset(t *testing.T) {
	w := newWorld(t, githubtest.Options{RateLimit: 9})
	var pubs []forge.Publication
	for n := range 3 {
		pubs = append(pubs, issue(stackName(n), "x"))
	}
	// An hour is more than a run waits: it stops cleanly.
	report, err := w.client(w.Token(githubtest.App)).Sync(t.Context(), pubs, w.limits, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "the next run goes on from here") {
		t.Errorf("problems are %q", report.Problems)
	}
	if len(report.Left) == 0 {
		t.Error("what is left is not reported")
	}
	// The next run goes on, and the one after that.
	for range 3 {
		w.Advance(time.Hour)
		w.syncAs(w.Token(githubtest.App), pubs...)
	}
	if w.Count() != 3 {
		t.Errorf("after four runs there are %d issues, want 3", w.Count())
	}
}

func TestB37_FiveHundredAnHour(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	var pubs []forge.Publication
	for n := range 30 {
		pubs = append(pubs, issue(stackName(n), "x"))
	}
	c := w.client(w.Token(githubtest.App))
	start := w.Now()
	for round := 0; w.Now().Sub(start) < 30*time.Minute && round < 40; round++ {
		for n := range pubs {
			pubs[n].Body = time.Duration(round).String()
		}
		report, err := c.Sync(t.Context(), pubs, w.limits, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Problems) > 0 {
			break
		}
	}
	if writes := w.Mutations(); writes != 496 {
		t.Errorf("%d writes within the hour, want 496 (four are kept for the dashboard and the ledger) and a clean stop", writes)
	}
}

// TestB37_DashboardSaysWhatIsLeft: a run that has to stop says so on the dashboard, with the requests that it kept back for that; the next run
// goes on, and the dashboard says so no more.
func TestB37_DashboardSaysWhatIsLeft(t *testing.T) {
	w := newWorld(t, githubtest.Options{RateLimit: 15})
	pubs := []forge.Publication{plainDashboard()}
	for n := range 12 {
		pubs = append(pubs, issue(stackName(n), "x"))
	}
	report := w.syncAs(w.Token(githubtest.App), pubs...)
	if len(report.Problems) != 1 || len(report.Left) == 0 {
		t.Fatalf("problems are %q, %d left", report.Problems, len(report.Left))
	}
	open := len(w.Numbers(false, "open")) - 1
	board := w.Issue(1).Body
	if !strings.Contains(board, "### Left for the next run") || strings.Count(board, "- the issue of `infra/") != 12-open || !strings.Contains(board, "- the issue of `infra/s11`") {
		t.Errorf("with %d issues open the dashboard is\n%s", open, board)
	}
	w.Advance(time.Hour)
	w.syncAs(w.Token(githubtest.App), pubs...)
	w.Advance(time.Hour)
	w.quiet(pubs...)
	if got := len(w.Numbers(false, "open")); got != 13 || strings.Contains(w.Issue(1).Body, "Left for") {
		t.Errorf("%d issues are open, and the dashboard is\n%s", got, w.Issue(1).Body)
	}
}

// TestConditionalReads: asked again, lists that did not change cost nothing of the hourly limit, in this run and in later ones; and a change
// is seen all the same.
func TestConditionalReads(t *testing.T) {
	w := newWorld(t, githubtest.Options{PageSize: 3})
	cache := filepath.Join(t.TempDir(), "github")
	run := func(token string, pubs ...forge.Publication) (unmodified int) {
		t.Helper()
		w.Forget()
		c, err := github.New(github.Options{
			Token: token, BaseURL: w.URL, Repository: "acme/infra", Now: w.Now, CacheDir: cache,
			Sleep: func(ctx context.Context, d time.Duration) error { w.Advance(d); return ctx.Err() },
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Sync(t.Context(), pubs, w.limits, false); err != nil {
			t.Fatal(err)
		}
		for _, r := range w.Requests() {
			if r.Status == http.StatusNotModified {
				unmodified++
			}
		}
		return unmodified
	}
	var pubs []forge.Publication
	for n := range 7 {
		pubs = append(pubs, issue(stackName(n), "x"))
	}
	run(w.Token(githubtest.App), pubs...)
	run(w.Token(githubtest.App), pubs...) // learns the lists as they are now
	if n := run(w.Token(githubtest.App), pubs...); n != 4 || w.Mutations() != 0 {
		t.Errorf("%d answers were not modified, want three pages and the branches: %v", n, w.Requests())
	}
	w.Close(githubtest.Writer, 1, "not_planned")
	run(w.Token(githubtest.App), pubs...)
	w.wantComments(1, "Understood")
	// Another token may see other things, so it gets no answers of this one.
	if n := run(w.Token(githubtest.Owner), pubs[:1]...); n != 0 {
		t.Errorf("%d answers were taken from another token's", n)
	}
	// What is kept may be broken: then it is asked for anew.
	files, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("kept are %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v, %v", f, info.Mode(), err)
		}
		if err := os.WriteFile(f, []byte(`{"tag":"W/x"`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n := run(w.Token(githubtest.App), pubs...); n != 0 || w.Mutations() != 0 {
		t.Errorf("with a broken cache: %d not modified, %d writes", n, w.Mutations())
	}
}
