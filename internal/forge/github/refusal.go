package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

// permissions are the words of a workflow's permissions block for the scopes of [forge.Refusal].
var permissions = map[string]string{"issues": "issues: write", "pulls": "pull-requests: write", "contents": "contents: write", "actions": "actions: write", "checks": "checks: write"}

// status is the HTTP status of an error, 0 when there was no answer.
func status(err error) int {
	var e *gh.ErrorResponse
	if errors.As(err, &e) && e.Response != nil {
		return e.Response.StatusCode
	}
	return 0
}

func message(err error) string {
	var e *gh.ErrorResponse
	if !errors.As(err, &e) {
		return err.Error()
	}
	parts := []string{e.Message}
	for _, x := range e.Errors {
		switch {
		case x.Message != "":
			parts = append(parts, x.Message)
		case x.Field != "":
			parts = append(parts, x.Field+": "+x.Code)
		}
	}
	return strings.Join(parts, ": ")
}

// unanswered tells whether a request may have taken effect although it failed.
func unanswered(err error) bool {
	if err == nil || errors.Is(err, forge.ErrBudget) || errors.Is(err, context.Canceled) {
		return false
	}
	var g *graphQLError
	if errors.As(err, &g) {
		return false
	}
	s := status(err)
	return s == 0 || s >= 500
}

// refuse turns an answer of GitHub into a sentence that a person can act on. scope is what the action needs.
func (c *Client) refuse(err error, scope string) error {
	repository := c.owner + "/" + c.name
	var g *graphQLError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &g):
		switch {
		case g.Type == "FORBIDDEN":
			return c.lacks(scope)
		case strings.Contains(strings.ToLower(g.Message), "protected"):
			return &forge.Refusal{Sentence: fmt.Sprintf("branches below mooring/ are protected in %s: let %s push to mooring/** under Settings > Rules or Branches", repository, c.me.Login), Scope: scope}
		case strings.Contains(g.Message, "verified signatures"):
			return &forge.Refusal{Sentence: fmt.Sprintf("branches below mooring/ take signed commits alone in %s, and GitHub signs those of an App or of a workflow's own token, not those of %s: publish with one of these", repository, c.me.Login), Scope: scope}
		case strings.Contains(g.Message, "archived"):
			return c.archived(scope)
		}
		return fmt.Errorf("%s: %w", repository, err)
	}
	text := message(err)
	switch status(err) {
	case http.StatusUnauthorized:
		return &forge.Refusal{Sentence: "GitHub does not accept the token: it has ended or was revoked; give a new one as GITHUB_TOKEN", Scope: scope, Token: true}
	case http.StatusForbidden:
		switch {
		case strings.Contains(text, "not permitted to create or approve pull requests"):
			return &forge.Refusal{Sentence: fmt.Sprintf("workflows may not open pull requests in %s: tick \"Allow GitHub Actions to create and approve pull requests\" under Settings > Actions > General, or use a GitHub App", repository), Scope: "pulls"}
		case strings.Contains(text, "archived"):
			return c.archived(scope)
		case strings.Contains(text, "locked"):
			return &forge.Refusal{Sentence: "the conversation is locked, so no comment can be added"}
		}
		return c.lacks(scope)
	case http.StatusNotFound:
		return &forge.Refusal{Sentence: fmt.Sprintf("GitHub shows no such thing in %s: it was removed meanwhile, or the token may not see it (%s)", repository, permissions[scope])}
	case http.StatusGone:
		return c.issuesOff(scope)
	case http.StatusUnprocessableEntity:
		return &forge.Refusal{Sentence: fmt.Sprintf("GitHub does not accept this for %s: %s", repository, text)}
	case 0:
		return fmt.Errorf("GitHub did not answer: %w", err)
	}
	return fmt.Errorf("GitHub answered %d for %s: %s", status(err), repository, text)
}

func (c *Client) lacks(scope string) error {
	return &forge.Refusal{
		Sentence: fmt.Sprintf("the token lacks the permission %q on %s/%s: add it under \"permissions:\" of the job that publishes, or to the GitHub App",
			permissions[scope], c.owner, c.name),
		Scope: scope,
	}
}

func (c *Client) archived(scope string) error {
	return &forge.Refusal{Sentence: c.archivedSentence(), Scope: scope}
}

func (c *Client) archivedSentence() string {
	return fmt.Sprintf("%s/%s is archived, so nothing can be published there: unarchive it under Settings > General", c.owner, c.name)
}

func (c *Client) issuesOff(scope string) error {
	return &forge.Refusal{Sentence: c.issuesOffSentence(), Scope: scope}
}

func (c *Client) issuesOffSentence() string {
	return fmt.Sprintf("issues are disabled in %s/%s: enable them under Settings > General > Features, or set issues = \"none\" in the publish block", c.owner, c.name)
}

// unreadable explains why the repository could not be read.
func (c *Client) unseen(what string) error {
	return fmt.Errorf("%s: GitHub shows no repository %s/%s to this token\nhint: check GITHUB_REPOSITORY, and that the token may read it", what, c.owner, c.name)
}

func (c *Client) unreadable(what string, err error) error {
	var refusal *forge.Refusal
	if errors.As(c.refuse(err, ""), &refusal) {
		switch status(err) {
		case http.StatusNotFound:
			return c.unseen(what)
		case http.StatusForbidden:
			return fmt.Errorf("%s: the token may not read it (%s)\nhint: give the job \"contents: read\", \"issues: write\" and \"pull-requests: write\"", what, message(err))
		}
		return fmt.Errorf("%s: %w", what, refusal)
	}
	return fmt.Errorf("%s: %w", what, err)
}
