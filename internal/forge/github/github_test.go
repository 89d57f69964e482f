package github_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/githubtest"
)

func TestOneIssueAndOnePullRequestPerStack(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	stack := stackName(1)
	i := issue(stack, "Somebody resized it. Merge "+forge.Link(forge.KindPull, stack, "the pull request")+".")
	report := w.sync(i, w.pull(stack, "large"))
	if diff := cmp.Diff([]string{"open issue", "push pull", "open pull", "update issue", "label pull"}, did(report)); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	got, pull := w.Issue(1), w.Issue(2)
	if !strings.HasPrefix(got.Body, `<!-- mooring {"v":1,"kind":"issue","stack":"infra/s01"`) || !strings.Contains(got.Body, "Merge #2.") {
		t.Errorf("issue is\n%s", got.Body)
	}
	if !strings.Contains(pull.Body, "See #1.") || pull.Pull.Head != branch(stack) || pull.Pull.Base != "main" {
		t.Errorf("pull request is %+v\n%s", pull.Pull, pull.Body)
	}
	if diff := cmp.Diff([]string{"drift"}, pull.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if got := w.File(branch(stack), stack+"/main.tf"); got != "size = \"large\"\n" {
		t.Errorf("branch holds %q", got)
	}
	messages := w.CommitMessages(branch(stack))
	if len(messages) != 1 || !strings.Contains(messages[0], "Drift-Actor: ada@example.com\nMooring-Content: ") {
		t.Errorf("commits are %q", messages)
	}
}

func TestB04_SecondRunWritesNothing(t *testing.T) {
	w := newWorld(t, githubtest.Options{})
	pubs := []forge.Publication{{Kind: forge.KindDashboard, Title: "Drift dashboard", Body: "2 of 30 stacks differ."}}
	for n := range 2 {
		pubs = append(pubs, issue(stackName(n), "x"), w.pull(stackName(n), "large"))
	}
	w.sync(pubs...)
	w.quiet(pubs...)
	if n := len(w.Requests()); n > 5 {
		t.Errorf("an unchanged run takes %d requests: %v", n, w.Requests())
	}
}
