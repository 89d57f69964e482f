package github_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// TestConversation: what a comment is, on what, by whom who may what; said once however often an answer is lost.
func TestConversation(t *testing.T) {
	hub := githubtest.New(t, githubtest.Options{})
	client := func(publishers ...string) *github.Client {
		c, err := github.New(github.Options{Token: hub.Token(githubtest.App), BaseURL: hub.URL, GraphQLURL: hub.GraphQLURL, Repository: "acme/infra", Now: hub.Now, Interval: -1, Publishers: publishers})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	body := forge.Marker{V: 1, Kind: forge.KindIssue, Stack: "infra/prod"}.String() + "\n\n<!-- mooring end -->"
	ours, theirs, forged := hub.OpenIssue(githubtest.App, "a", body), hub.OpenIssue(githubtest.Actions, "b", body), hub.OpenIssue(githubtest.Owner, "c", body)
	for number, want := range map[int][2]bool{ours: {true, true}, theirs: {false, true}, forged: {false, false}} {
		for i, c := range []*github.Client{client(), client(githubtest.Actions, githubtest.Owner)} {
			thread, err := c.Thread(t.Context(), number)
			if err != nil || thread.Ours != want[i] || thread.Ours && (thread.Kind != forge.KindIssue || thread.Marker.Stack != "infra/prod") || !thread.Open || !thread.Public {
				t.Errorf("#%d with %d accounts: %+v, %v", number, i, thread, err)
			}
		}
	}
	c := client()
	id := hub.Comment(githubtest.Writer, ours, "/drift scan")
	x, ok, err := c.Comment(t.Context(), id)
	if err != nil || !ok || x.Number != ours || x.Body != "/drift scan" || x.Author.Login != githubtest.Writer || x.Author.Bot || !x.Edited.Equal(x.Created) {
		t.Errorf("%+v %v %v", x, ok, err)
	}
	hub.Advance(time.Minute)
	hub.EditComment(githubtest.Writer, id, "/drift adopt")
	if x, _, err = c.Comment(t.Context(), id); err != nil || x.Edited.Equal(x.Created) {
		t.Errorf("an edit does not show: %+v, %v", x, err)
	}
	hub.DeleteComment(githubtest.Writer, id)
	if _, ok, err = c.Comment(t.Context(), id); ok || err != nil {
		t.Errorf("a comment that is gone: %v %v", ok, err)
	}
	for login, want := range map[string]string{githubtest.Owner: "admin admin", githubtest.Maintain: "maintain write", githubtest.Triage: "triage read", githubtest.Outsider: "none none", "nobody-at-all": "none none"} {
		if role, permission, err := c.Permission(t.Context(), login); err != nil || role+" "+permission != want {
			t.Errorf("%s may %s %s, %v; want %s", login, role, permission, err, want)
		}
	}
	lost := 0
	hub.Inject(func(r githubtest.Request) githubtest.Fault {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/comments") && lost == 0 {
			lost++
			return githubtest.ResetAfter
		}
		return githubtest.Fault{}
	})
	for _, text := range []string{"one", "two", "two"} {
		if err := c.Say(t.Context(), ours, "topic", forge.Answer("topic", text, true)); err != nil {
			t.Fatal(err)
		}
	}
	comments := hub.Issue(ours).Comments
	if lost != 1 || len(comments) != 1 || !strings.Contains(comments[0].Body, "two") {
		t.Errorf("%d comments, an answer was lost %d times", len(comments), lost)
	}
	if said, err := c.Said(t.Context(), ours, "topic"); err != nil || !forge.Answered(said, "topic") {
		t.Errorf("said: %q, %v", said, err)
	}
	if said, err := c.Said(t.Context(), ours, "another"); err != nil || said != "" {
		t.Errorf("said of another topic: %q, %v", said, err)
	}
}
