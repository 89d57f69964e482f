package github_test

import (
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
)

func TestB01_MarkerAndAuthorNeverTitle(t *testing.T) {
	for _, ignored := range []bool{false, true} {
		markerAndAuthor(t, githubtest.Options{IgnoreCreator: ignored})
	}
}

func markerAndAuthor(t *testing.T, o githubtest.Options) {
	w := newWorld(t, o)
	stack := stackName(1)
	w.sync(issue(stack, "x"))
	pasted := w.Issue(1).Body
	// A person's issue with our title and our marker, and one of another bot.
	w.OpenIssue(githubtest.Writer, "Drift in "+stack, pasted)
	w.OpenIssue(githubtest.Actions, "Drift in "+stack, pasted)
	w.Rename(1, "Something else altogether")
	w.DropLabel(1, "drift")

	w.sync(issue(stack, "y"))
	if body := w.Issue(1).Body; !strings.Contains(body, "\ny\n") {
		t.Errorf("our issue was not found:\n%s", body)
	}
	for _, n := range []int{2, 3} {
		if w.Issue(n).Body != pasted {
			t.Errorf("#%d, which is not ours, was edited", n)
		}
	}
	if w.Count() != 3 {
		t.Errorf("there are %d issues, want 3", w.Count())
	}
	renamed := issue(stack, "z")
	renamed.Title = "Drift in two resources of " + stack
	w.sync(renamed)
	if got := w.Issue(1).Title; got != "Something else altogether" {
		t.Errorf("the title that a person gave became %q", got)
	}
	w.quiet(renamed)
}

// A title that nobody touched follows what it is about.
func TestB01_OwnTitleIsUpdated(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "x")
	w.sync(i)
	i.Title = "Drift in two resources"
	w.sync(i)
	if got := w.Issue(1).Title; got != i.Title {
		t.Errorf("title is %q", got)
	}
	w.quiet(i)
}

// A path need not be UTF-8; a marker is.
func TestB01_OddStackNames(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue("infra/\xff\xfe--> <b>", "x")
	i.Title = "Drift"
	w.sync(i)
	w.quiet(i)
	if w.Count() != 1 {
		t.Errorf("there are %d issues", w.Count())
	}
}

// The search API lags behind what was just written.
func TestB01_FoundByListing(t *testing.T) {
	w := newWorld(t, githubtest.Options{PageSize: 2})
	var pubs []forge.Publication
	for n := range 7 {
		pubs = append(pubs, issue(stackName(n), "x"))
	}
	w.sync(pubs...)
	w.quiet(pubs...)
	for _, r := range w.Requests() {
		if strings.Contains(r.Path, "search") {
			t.Errorf("searched: %s", r.Path)
		}
	}
}

func TestB02_BrokenMarkerIsAbsent(t *testing.T) {
	for name, edit := range map[string]func(string) string{
		"broken":  func(b string) string { return strings.Replace(b, `"v":1`, `"v":`, 1) },
		"version": func(b string) string { return strings.Replace(b, `"v":1`, `"v":9`, 1) },
		"type":    func(b string) string { return strings.Replace(b, `"stack":"infra/s01"`, `"stack":{}`, 1) },
		"kind":    func(b string) string { return strings.Replace(b, `"kind":"issue"`, `"kind":"pull"`, 1) },
		"gone":    func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, githubtest.Options{})
			i := issue(stackName(1), "x")
			w.sync(i)
			w.EditBody(1, edit)
			before := w.Issue(1).Body
			w.sync(i)
			if w.Issue(1).Body != before {
				t.Error("what is not recognised as ours was edited")
			}
			if w.Count() != 2 {
				t.Errorf("there are %d issues, want a new one beside the broken one", w.Count())
			}
		})
	}
}

// A pull request whose marker a person deleted is still known by its branch: GitHub allows no second one.
func TestB02_PullRequestWithoutMarkerIsKnownByItsBranch(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	p := w.pull(stackName(1), "large")
	w.sync(p)
	w.EditBody(1, func(string) string { return "I tidied this text." })
	w.sync(p)
	got := w.Issue(1).Body
	if w.Count() != 1 || !strings.Contains(got, "Adopts large") || !strings.HasSuffix(got, "I tidied this text.") {
		t.Errorf("%d pull requests, the first is\n%s", w.Count(), got)
	}
	w.quiet(p)
}

// Everything in a publication that looks like a marker of ours is dead text.
func TestB03_ForeignTextCannotForge(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	hostile := "a\n<!-- mooring end -->\nb\n<!-- mooring {\"v\":1,\"kind\":\"issue\",\"stack\":\"infra/s02\"} -->\n<!--mooring-note \"resolved:0\" -->\nc"
	i := issue(stackName(1), hostile)
	i.Note = hostile
	w.sync(i)
	body := w.Issue(1).Body
	if !strings.HasPrefix(body, "<!-- mooring {") {
		t.Error("the marker is not first")
	}
	if strings.Count(body, "<!-- mooring end -->") != 1 || strings.Count(body, "<!-- mooring {") != 1 || strings.Contains(body, "<!--mooring-note") {
		t.Errorf("forged markers are alive:\n%s", body)
	}
	w.quiet(i)
	i.Fingerprint = "other"
	w.sync(i)
	for _, c := range w.Issue(1).Comments {
		if strings.Count(c.Body, "<!-- mooring-note") != 1 {
			t.Errorf("a comment carries a forged topic:\n%s", c.Body)
		}
	}
	if got := w.sync(issue(stackName(2), "x")); len(got.Done) != 1 || got.Done[0].Op != forge.OpOpen {
		t.Errorf("the forged marker of %s was believed: %v", stackName(2), got.Done)
	}
}

func TestB05_EditedInPlaceAndCommentedOnChangesOfState(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "t3.large")
	w.sync(i)
	i.Body, i.Note = "t3.xlarge", "new: nothing"
	w.sync(i)
	if n := len(w.Issue(1).Comments); n != 0 {
		t.Errorf("a value changed and %d comments were left", n)
	}
	i.Fingerprint, i.Note = "fp-2", "Also differs now: `aws_instance.b`."
	w.sync(i)
	comments := w.Issue(1).Comments
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "aws_instance.b") {
		t.Errorf("comments are %v", comments)
	}
	w.quiet(i)
	if w.Count() != 1 {
		t.Errorf("there are %d issues", w.Count())
	}
}

func dashboard(body string) forge.Publication {
	return forge.Publication{Kind: forge.KindDashboard, Title: "Drift dashboard", Body: body + "\n\n" + forge.Box("scan", "Scan all stacks now") + "\n" + forge.Box("adopt stack=infra/s01", "Adopt")}
}

func TestB06_DashboardKeepsClicks(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	w.sync(dashboard("one"))
	w.Tick(1, "Scan all")
	w.quiet(dashboard("one"))
	// Ticked between reading and writing.
	once := false
	w.Inject(func(r githubtest.Request) githubtest.Fault {
		if !once && r.Method == "GET" && r.Path == "/repos/acme/infra/issues/1" {
			once = true
			return githubtest.Fault{Do: func() { w.TickMeanwhile(1, "Adopt") }}
		}
		return githubtest.Fault{}
	})
	w.sync(dashboard("two"))
	body := w.Issue(1).Body
	if !strings.Contains(body, "two") || strings.Count(body, "- [x]") != 2 {
		t.Errorf("clicks are lost:\n%s", body)
	}
	handled := dashboard("two")
	handled.Handled = []string{"scan"}
	w.sync(handled)
	if body := w.Issue(1).Body; strings.Count(body, "- [x]") != 1 || !strings.Contains(body, "- [x] <!-- mooring-do adopt") {
		t.Errorf("the box that was carried out should be clear, the other ticked:\n%s", body)
	}
}

func TestB07_HumanTextSurvives(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	i := issue(stackName(1), "old")
	w.sync(i)
	const above, below = "**Read me first**\r\n\r\n", "\r\n\r\n## Notes\r\nCall Ada.  \n\n<!-- mine -->\t"
	w.EditBody(1, func(b string) string { return above + strings.ReplaceAll(b, "\n", "\r\n") + below })
	w.quiet(i)
	i.Body = "new"
	w.sync(i)
	got := w.Issue(1).Body
	if !strings.HasPrefix(got, above) || !strings.HasSuffix(got, below) || !strings.Contains(got, "\nnew\n") {
		t.Errorf("got %q", got)
	}
	w.quiet(i)
}
