package answer_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/ledger"
)

// The tests of this file are one for each rule about commands, in the order of docs/github.md.

const ignoreWeb = "/drift ignore a_b.web because x"

// idle tells that nothing was scanned, recorded or applied.
func (l *lab) idle() {
	l.t.Helper()
	if got := l.entries(ledger.KindDecision); len(got) > 0 || len(l.applied) > 0 || l.scans > 0 {
		l.t.Errorf("decisions %v, applies %v, %d scans; want none", got, l.applied, l.scans)
	}
}

// TestB28_OnlyCreatedCommentsRun: an edit gives no command, whoever makes it; and a comment that somebody changed before it was carried out is
// refused.
func TestB28_OnlyCreatedCommentsRun(t *testing.T) {
	l := newLab(t)
	e := l.comment(githubtest.Owner, "nothing")
	l.EditComment(githubtest.Owner, e.Comment, ignoreWeb)
	e.Origin, e.Body = chatops.OriginEdited, ignoreWeb
	if said, faces := l.run(e); len(said) > 0 || faces != "" {
		t.Errorf("an edit is answered with %q and %q", said, faces)
	}
	l.idle()

	tampered := l.comment(githubtest.Owner, "/drift scan")
	l.EditComment(githubtest.Writer, tampered.Comment, "/drift ignore a_b.db because y")
	if said, faces := l.run(tampered); len(said) != 1 || !strings.Contains(said[0], "was edited") || faces != "eyes confused" {
		t.Errorf("a comment that somebody else changed: %q and %q", said, faces)
	}
	l.idle()
}

// TestB29_NoLoops: neither bots nor our own answers, nor a comment that carries a marker of ours, give commands.
func TestB29_NoLoops(t *testing.T) {
	for name, c := range map[string]struct{ login, body string }{
		"a workflow":      {githubtest.Actions, ignoreWeb},
		"ourselves":       {githubtest.App, ignoreWeb},
		"a copied marker": {githubtest.Owner, ignoreWeb + "\n\n<!-- mooring {\"v\":1} -->"},
		"our own answer":  {githubtest.Owner, forge.Answer("answer:1", ignoreWeb, true)},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			if said, faces := l.run(l.comment(c.login, c.body)); len(said) > 0 || faces != "" {
				t.Errorf("answered with %q and %q", said, faces)
			}
			l.idle()
		})
	}
}

// TestB30_EyesThenOneEnd: the eyes come before any work, and whatever happens there is one answer, edited in place, and one of the two ends.
func TestB30_EyesThenOneEnd(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*lab)
		body    string
		end     string
	}{
		"done":            {func(*lab) {}, ignoreWeb, "rocket"},
		"refused":         {func(*lab) {}, "/drift ignore a_b.none because x", "confused"},
		"cannot be done":  {func(l *lab) { l.scanErr = http.ErrServerClosed }, "/drift explain a_b.web", "confused"},
		"not a command":   {func(*lab) {}, "/drift planet", "confused"},
		"stopped halfway": {func(l *lab) { l.planned.Beyond = []string{"a_b.x"} }, "/drift revert a_b.web", "confused"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			c.prepare(l)
			e := l.comment(githubtest.Owner, c.body)
			l.Forget()
			said, faces := l.run(e)
			if len(said) != 1 || faces != "eyes "+c.end {
				t.Errorf("%d answers and the faces %q, want one and %q", len(said), faces, "eyes "+c.end)
			}
			for _, r := range l.Requests() {
				if r.Mutation && !strings.HasSuffix(r.Path, "/reactions") {
					t.Errorf("%s %s before the eyes", r.Method, r.Path)
				}
				if r.Mutation {
					break
				}
			}
		})
	}
}

// TestB32_AskedWhenItIsCarriedOut: what counts is what GitHub says at that moment, not what the event says; and an error permits nothing.
func TestB32_AskedWhenItIsCarriedOut(t *testing.T) {
	for name, status := range map[string]int{"forbidden": http.StatusForbidden, "gone": http.StatusNotFound, "broken": http.StatusInternalServerError} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			e := l.comment(githubtest.Owner, ignoreWeb)
			l.Inject(func(r githubtest.Request) githubtest.Fault {
				if strings.Contains(r.Path, "/permission") {
					return githubtest.Fault{Status: status}
				}
				return githubtest.Fault{}
			})
			if said, faces := l.run(e); len(said) != 1 || faces != "eyes confused" {
				t.Errorf("%q and %q", said, faces)
			}
			l.idle()
		})
	}
	l := newLab(t)
	e := l.comment(githubtest.Reader, ignoreWeb)
	if said, faces := l.run(e); len(said) != 1 || !strings.Contains(said[0], "yours is read") || faces != "eyes confused" {
		t.Errorf("a reader: %q and %q", said, faces)
	}
	l.idle()
}

// TestB33_BoundToWhatWasSeen: a decision about a value is refused when the value is another than the issue showed.
func TestB33_BoundToWhatWasSeen(t *testing.T) {
	l := newLab(t)
	e := l.comment(githubtest.Owner, "/drift ignore a_b.web while unchanged because x")
	l.results.Stacks[0].Findings[0] = finding(web, "enormous")
	said, faces := l.run(e)
	if len(said) != 1 || faces != "eyes confused" || !strings.Contains(said[0], "what you saw is not what is there") {
		t.Errorf("%q and %q", said, faces)
	}
	if got := l.entries(ledger.KindDecision); len(got) > 0 {
		t.Errorf("decisions %v", got)
	}
}

// TestB34_ClosedThingsAndForks: on what is closed only help, a scan and taking back work; nothing but help for a fork.
func TestB34_ClosedThingsAndForks(t *testing.T) {
	for body, end := range map[string]string{ignoreWeb: "confused", "/drift revert a_b.web": "confused", "/drift help": "rocket"} {
		l := newLab(t)
		l.Close(githubtest.Owner, l.issue, "completed")
		if said, faces := l.run(l.comment(githubtest.Owner, body)); len(said) != 1 || faces != "eyes "+end {
			t.Errorf("%s on a closed issue: %q and %q", body, said, faces)
		}
		l.idle()
	}
	for _, verb := range []chatops.Verb{chatops.Explain, chatops.Scan, chatops.Adopt, chatops.Ignore, chatops.Unignore, chatops.Snooze, chatops.Revert} {
		fork := chatops.Request{Origin: chatops.OriginCreated, Place: chatops.PlacePull, Open: true, Fork: true, Role: chatops.RoleAdmin, RevertEnabled: true, Listing: chatops.ListingNamed}
		if got := chatops.Authorise(fork, verb); got.Answer != chatops.Refuse || !strings.Contains(got.Why, "fork") {
			t.Errorf("%s on a fork: %+v", verb, got)
		}
	}
}

// TestB35_TextIsData: what looks like a flag, a path, a variable or another command is an address that does not exist, and is never carried out.
func TestB35_TextIsData(t *testing.T) {
	for _, body := range []string{
		"/drift adopt -chdir=/etc", "/drift revert --plugin-dir=/tmp", "/drift ignore ../../etc/passwd because x", "/drift explain $(id)", "/drift explain `id`",
		"/drift adopt ${{ secrets.TOKEN }}", "/drift ignore a_b.web;id because x", "/drift adopt infra/other",
	} {
		l := newLab(t)
		said, faces := l.run(l.comment(githubtest.Owner, body))
		if len(said) != 1 || faces != "eyes confused" {
			t.Errorf("%s: %q and %q", body, said, faces)
		}
		if got := l.entries(ledger.KindDecision); len(got) > 0 || len(l.applied) > 0 {
			t.Errorf("%s: decisions %v, applies %v", body, got, l.applied)
		}
		if chatops.Addressed(strings.Join(said, "\n")) {
			t.Errorf("%s: the answer is a command", body)
		}
	}
}
