package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

// Comment reads a comment. ok is false when it is gone.
func (c *Client) Comment(ctx context.Context, id int64) (comment forge.Comment, ok bool, err error) {
	x, _, err := c.api.Issues.GetComment(ctx, c.owner, c.name, id)
	if s := status(err); s == http.StatusNotFound || s == http.StatusGone {
		return forge.Comment{}, false, nil
	}
	if err != nil {
		return forge.Comment{}, false, c.unreadable("read the comment", err)
	}
	number, err := strconv.Atoi(path.Base(x.GetIssueURL()))
	if err != nil {
		return forge.Comment{}, false, fmt.Errorf("read the comment: GitHub does not say what it is on (%q)", x.GetIssueURL())
	}
	return forge.Comment{
		ID: x.GetID(), Number: number, Body: x.GetBody(), Author: person(x.GetUser()), Created: x.GetCreatedAt().Time, Edited: x.GetUpdatedAt().Time,
	}, true, nil
}

func person(u *gh.User) forge.Person {
	return forge.Person{ID: u.GetID(), Login: u.GetLogin(), Bot: u.GetType() == "Bot"}
}

// Me is who we are.
func (c *Client) Me(ctx context.Context) (forge.Account, error) {
	if c.me.ID != 0 {
		return c.me, nil
	}
	err := c.readSelf(ctx)
	return c.me, err
}

// Thread reads an issue or pull request as one that people speak on.
func (c *Client) Thread(ctx context.Context, number int) (forge.Thread, error) {
	if _, err := c.Me(ctx); err != nil {
		return forge.Thread{}, err
	}
	what := fmt.Sprintf("read #%d", number)
	repository, _, err := c.api.Repositories.Get(ctx, c.owner, c.name)
	if err != nil {
		return forge.Thread{}, c.unreadable("read the repository", err)
	}
	issue, _, err := c.api.Issues.Get(ctx, c.owner, c.name, number)
	if err != nil {
		return forge.Thread{}, c.unreadable(what, err)
	}
	t := forge.Thread{
		Number: number, Body: issue.GetBody(), Open: issue.GetState() == "open", Pull: issue.IsPullRequest(),
		// What does not say that it is private counts as public: less is allowed there.
		Public: repository.Private == nil || !*repository.Private,
	}
	if o, ok := c.object(issue); ok || c.published(issue) {
		if !ok {
			o.Marker, _ = forge.ParseMarker(issue.GetBody())
			o.Kind = o.Marker.Kind
		}
		t.Ours, t.Kind, t.Marker = true, o.Kind, o.Marker
	}
	if !t.Pull {
		return t, nil
	}
	pull, _, err := c.api.PullRequests.Get(ctx, c.owner, c.name, number)
	if err != nil {
		return forge.Thread{}, c.unreadable(what, err)
	}
	t.Fork = pull.GetHead().GetRepo().GetID() == 0 || pull.GetHead().GetRepo().GetID() != repository.GetID()
	return t, nil
}

// published tells whether an issue is by one of the other accounts that publish for us.
func (c *Client) published(i *gh.Issue) bool {
	m, ok := forge.ParseMarker(i.GetBody())
	return ok && c.publishes(i.GetUser()) && (m.Kind == forge.KindPull) == i.IsPullRequest()
}

// publishes tells whether an account is one of Options.Publishers. Nobody can sign up with a name that ends in [bot], so the name is enough.
func (c *Client) publishes(u *gh.User) bool {
	return u.GetType() == "Bot" && slices.Contains(c.publishers, u.GetLogin())
}

// Permission asks what somebody may do here: the name of the role, and the coarse permission that it amounts to. Somebody who is unknown
// has the permission "none".
func (c *Client) Permission(ctx context.Context, login string) (roleName, permission string, err error) {
	// The library decodes the coarse one only, in which maintain is write.
	request, err := c.api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/collaborators/%s/permission", c.owner, c.name, url.PathEscape(login)), nil)
	if err != nil {
		return "", "", fmt.Errorf("github: %w", err)
	}
	var answer struct {
		Permission string `json:"permission"`
		RoleName   string `json:"role_name"`
		User       struct {
			Login string `json:"login"`
		} `json:"user"`
	}
	_, err = c.api.Do(ctx, request, &answer)
	if status(err) == http.StatusNotFound {
		return "none", "none", nil
	}
	if err != nil {
		return "", "", c.unreadable("ask what "+login+" may do", err)
	}
	if answer.User.Login != "" && !strings.EqualFold(answer.User.Login, login) {
		return "", "", fmt.Errorf("ask what %s may do: GitHub answered about another account", login)
	}
	return answer.RoleName, answer.Permission, nil
}

// Member asks whether somebody is in a team, written organisation/team.
func (c *Client) Member(ctx context.Context, team, login string) (bool, error) {
	org, slug, ok := strings.Cut(team, "/")
	if !ok || org == "" || slug == "" {
		return false, fmt.Errorf("%q is not a team: write organisation/team", team)
	}
	m, _, err := c.api.Teams.GetTeamMembershipBySlug(ctx, org, slug, login)
	if status(err) == http.StatusNotFound {
		return false, nil // GitHub says the same of a team that the token may not see: nobody is let in by that
	}
	if err != nil {
		return false, c.unreadable("ask who is in the team "+team, err)
	}
	return m.GetState() == "active", nil
}

// React adds a reaction to a comment; the same one twice stays one.
func (c *Client) React(ctx context.Context, comment int64, content string) error {
	_, _, err := c.api.Reactions.CreateIssueCommentReaction(ctx, c.owner, c.name, comment, content)
	return c.refuse(err, "issues")
}

// Said finds our comment about a topic, or that of another account that publishes for us. body is "" when there is none.
func (c *Client) Said(ctx context.Context, number int, topic string) (body string, err error) {
	_, body, err = c.answer(ctx, number, topic, true)
	if err != nil {
		return "", c.unreadable(fmt.Sprintf("read the comments of #%d", number), err)
	}
	return body, nil
}

// Say leaves a comment about a topic, or edits the one that we left.
func (c *Client) Say(ctx context.Context, number int, topic, body string) error {
	var err error
	for range tries {
		id, was, lookErr := c.answer(ctx, number, topic, false)
		switch {
		case lookErr != nil:
			return c.unreadable(fmt.Sprintf("read the comments of #%d", number), lookErr)
		case was == body:
			return nil
		case id != 0:
			_, _, err = c.api.Issues.EditComment(ctx, c.owner, c.name, id, &gh.IssueComment{Body: &body})
		default:
			_, _, err = c.api.Issues.CreateComment(ctx, c.owner, c.name, number, &gh.IssueComment{Body: &body})
		}
		if !unanswered(err) {
			break
		}
	}
	return c.refuse(err, "issues")
}

// answer finds our comment about a topic, the first if there are several. others asks for comments of those who publish for us, too.
func (c *Client) answer(ctx context.Context, number int, topic string, others bool) (id int64, body string, err error) {
	if _, err := c.Me(ctx); err != nil {
		return 0, "", err
	}
	o := &gh.IssueListCommentsOptions{ListOptions: gh.ListOptions{PerPage: pageSize}}
	for {
		page, response, err := c.api.Issues.ListComments(ctx, c.owner, c.name, number, o)
		if err != nil {
			return 0, "", err
		}
		for _, x := range page {
			if (x.GetUser().GetID() == c.me.ID || others && c.publishes(x.GetUser())) && forge.HasTopic(x.GetBody(), topic) {
				return x.GetID(), x.GetBody(), nil
			}
		}
		if response.NextPage == 0 {
			return 0, "", nil
		}
		o.Page = response.NextPage
	}
}

// OnDefaultBranch tells whether a commit is the tip of the default branch or an ancestor of it.
func (c *Client) OnDefaultBranch(ctx context.Context, commit string) (bool, error) {
	repository, _, err := c.api.Repositories.Get(ctx, c.owner, c.name)
	if err != nil {
		return false, c.unreadable("read the repository", err)
	}
	comparison, _, err := c.api.Repositories.CompareCommits(ctx, c.owner, c.name, repository.GetDefaultBranch(), commit, &gh.ListOptions{PerPage: 1})
	if status(err) == http.StatusNotFound {
		return false, nil // GitHub does not know the commit, or it has no history in common
	}
	if err != nil {
		return false, c.unreadable("compare the checkout with "+repository.GetDefaultBranch(), err)
	}
	return comparison.GetAheadBy() == 0, nil
}
