package github

import (
	"context"
	"errors"
	"net/http"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

// review asks people and teams for a review, each by itself: that one cannot be asked (no collaborator, the author) must not keep the others
// from it. A mail address, as CODEOWNERS may have, is somebody whose commits in the repository say which account it belongs to.
func (c *Client) review(ctx context.Context, a forge.Action) error {
	asked := map[string]bool{}
	for _, r := range a.Reviewers {
		var request gh.ReviewersRequest
		name := strings.TrimPrefix(r, "@")
		switch _, team, isTeam := strings.Cut(name, "/"); {
		case isTeam:
			request.TeamReviewers = []string{team}
		case strings.Contains(name, "@"):
			login, err := c.accountOf(ctx, name)
			if err != nil {
				return c.refuse(err, "contents")
			}
			name, request.Reviewers = login, []string{login}
		default:
			request.Reviewers = []string{name}
		}
		if name == "" || asked[name] {
			continue
		}
		asked[name] = true
		if err := c.ask(ctx, a.Number, request); err != nil {
			return c.refuse(err, scope(a))
		}
	}
	return nil
}

// ask requests one review. Asking twice is asking once; nobody can be asked who is no collaborator, and that is no failure.
func (c *Client) ask(ctx context.Context, number int, request gh.ReviewersRequest) error {
	var err error
	for range tries {
		_, _, err = c.api.PullRequests.RequestReviewers(ctx, c.owner, c.name, number, request)
		if !unanswered(err) {
			break
		}
	}
	var accepted *gh.AcceptedError
	if status(err) == http.StatusUnprocessableEntity || errors.As(err, &accepted) {
		return nil
	}
	return err
}

// accountOf is the account whose commits carry a mail address; "" when there are none.
func (c *Client) accountOf(ctx context.Context, mail string) (string, error) {
	commits, _, err := c.api.Repositories.ListCommits(ctx, c.owner, c.name, &gh.CommitsListOptions{Author: mail, ListOptions: gh.ListOptions{PerPage: 1}})
	if err != nil || len(commits) == 0 {
		return "", err
	}
	return commits[0].GetAuthor().GetLogin(), nil
}
