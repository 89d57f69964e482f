package github_test

import (
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// The issue of a group lives as that of a stack does: opened once, edited in place, closed when nothing differs, opened again when it is back.
func TestB05_IssueOfAGroup(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	web := group("web", "dev and prod differ.")
	board := plainDashboard()
	board.Body = "See " + forge.Link(forge.KindGroup, "web", "nothing") + "."
	if got := strings.Join(did(w.sync(board, web)), ", "); got != "open dashboard, open group, update dashboard" {
		t.Fatal(got)
	}
	w.quiet(board, web)
	if body := w.Issue(1).Body; !strings.Contains(body, "See #2.") {
		t.Errorf("the dashboard does not lead to the issue: %s", body)
	}

	web.Body, web.Fingerprint, web.Parts, web.Note = "They differ in more.", "fp-2", []string{"p1-web", "p2-web"}, "What differs changed."
	w.sync(board, web)
	w.wantComments(2, "What differs changed.")
	w.quiet(board, web)

	// A scan that could not judge it leaves it alone.
	w.quiet(board, forge.Publication{Kind: forge.KindGroup, Item: "web", Unknown: true})

	gone := forge.Publication{Kind: forge.KindGroup, Item: "web", Resolved: "Nothing differs any more."}
	w.sync(board, gone)
	w.wantComments(2, "What differs changed.", "Nothing differs any more.")
	w.quiet(board, gone)
	w.sync(board, web)
	w.quiet(board, web)
	if i := w.Issue(2); i.State != "open" || w.Count() != 2 {
		t.Errorf("the issue is %s among %d", i.State, w.Count())
	}
}

// Closed as not planned means: not these differences. A group is no stack: an issue of a stack of its name is another one.
func TestB08_RefusedGroupStaysClosed(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	web, stack := group("web", "dev and prod differ."), issue("web", "web drifted.")
	w.sync(web, stack)
	if w.Count() != 2 {
		t.Fatalf("%d objects", w.Count())
	}
	number := 0
	for n := 1; n <= 2; n++ {
		if strings.HasPrefix(w.Issue(n).Title, "Environments") {
			number = n
		}
	}
	w.Close(githubtest.Writer, number, "not_planned")
	w.sync(web, stack)
	if c := w.comments(number); len(c) != 1 || !strings.Contains(c[0], "leaves this difference alone") {
		t.Errorf("comments %q", c)
	}
	w.quiet(web, stack)
	web.Body = "They differ in other values."
	w.quiet(web, stack)

	web.Fingerprint, web.Parts = "fp-2", []string{"p1-web", "p2-web"}
	w.sync(web, stack)
	if i := w.Issue(number); i.State != "open" {
		t.Error("more than was refused differs, and the issue stays closed")
	}
	w.quiet(web, stack)
}

// What the configuration asks for no more is closed, when a run tells of everything.
func TestGroupThatIsAskedForNoMore(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.sync(plainDashboard(), group("web", "dev and prod differ."))
	part := plainDashboard()
	part.Unknown = true
	w.quiet(part)
	w.sync(plainDashboard())
	if i := w.Issue(2); i.State != "closed" {
		t.Errorf("the issue is %s", i.State)
	}
	w.quiet(plainDashboard())
}

// Issues of groups count among the open issues.
func TestB16_GroupsCountAsIssues(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.limits.MaxOpenIssues = 2
	report := w.sync(plainDashboard(), issue("infra/s01", "drift"), group("web", "differs"), group("data", "differs"))
	if w.Count() != 3 || !strings.Contains(reasons(report), "limit of 2 open issues reached") {
		t.Errorf("%d objects; %s", w.Count(), reasons(report))
	}
	if body := w.Issue(1).Body; !strings.Contains(body, "<!-- mooring-do open stack= kind=group item=web --> Open the issue for `web`") {
		t.Errorf("the dashboard offers no box: %s", body)
	}
	w.Tick(1, "Open the issue for `web`")
	w.sync(plainDashboard(), issue("infra/s01", "drift"), group("web", "differs"), group("data", "differs"))
	if w.Count() != 4 {
		t.Errorf("%d objects after the box was ticked", w.Count())
	}
}
