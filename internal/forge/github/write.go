package github

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

// tries is how often a write is made whose answer was lost and that turned out not to have happened.
const tries = 3

// Do implements [forge.Forge].
func (c *Client) Do(ctx context.Context, a forge.Action) (forge.Effect, error) {
	switch a.Op {
	case forge.OpPush:
		return c.push(ctx, a)
	case forge.OpDeleteBranch:
		return forge.Effect{}, c.refuseMove(c.moveBranch(ctx, a.Branch, a.Head, ""))
	case forge.OpComment:
		return forge.Effect{}, c.refuse(c.comment(ctx, a), scope(a))
	case forge.OpLabel:
		return c.label(ctx, a)
	case forge.OpReview:
		return forge.Effect{}, c.review(ctx, a)
	case forge.OpOpen:
		if a.Kind == forge.KindPull {
			return c.openPull(ctx, a)
		}
		return c.openIssue(ctx, a)
	case forge.OpUpdate, forge.OpReopen, forge.OpClose:
		return c.edit(ctx, a)
	}
	return forge.Effect{}, fmt.Errorf("github: nothing is known of the operation %q", a.Op)
}

func scope(a forge.Action) string {
	if a.Kind == forge.KindPull {
		return "pulls"
	}
	return "issues"
}

func (c *Client) effect(i *gh.Issue) (forge.Effect, error) {
	o, ok := c.object(i)
	if !ok {
		return forge.Effect{}, fmt.Errorf("#%d does not say what was written to it: its body was changed at the same moment; the next run looks at it again", i.GetNumber())
	}
	return forge.Effect{Object: &o}, nil
}

// openIssue opens an issue. When the answer is lost it looks whether the issue is there.
func (c *Client) openIssue(ctx context.Context, a forge.Action) (forge.Effect, error) {
	c.wantLabels(ctx, a.Labels)
	request := &gh.IssueRequest{Title: &a.Title, Body: gh.String(forge.Merge("", a.Marker, a.Body, nil))}
	if len(a.Labels) > 0 {
		request.Labels = &a.Labels
	}
	if len(a.Assignees) > 0 {
		request.Assignees = &a.Assignees
	}
	var err error
	for range tries {
		var issue *gh.Issue
		issue, _, err = c.api.Issues.Create(ctx, c.owner, c.name, request)
		if status(err) == http.StatusUnprocessableEntity && request.Assignees != nil {
			// Somebody who cannot be assigned must not keep the issue from being opened.
			request.Assignees = nil
			continue
		}
		if err == nil {
			return c.effect(issue)
		}
		if !unanswered(err) {
			break
		}
		found, lookErr := c.lookForIssue(ctx, a.Marker)
		if lookErr != nil || found != nil {
			return forge.Effect{Object: found}, c.refuse(lookErr, scope(a))
		}
	}
	return forge.Effect{}, c.refuse(err, scope(a))
}

// lookForIssue finds the open issue that carries the same identity as a marker; nil when there is none.
func (c *Client) lookForIssue(ctx context.Context, m forge.Marker) (*forge.Object, error) {
	// Just opened, so it is among the newest.
	newest, _, err := c.api.Issues.ListByRepo(ctx, c.owner, c.name, &gh.IssueListByRepoOptions{
		State: "open", Creator: c.me.Login, Sort: "created", Direction: "desc", ListOptions: gh.ListOptions{PerPage: pageSize},
	})
	if err != nil {
		return nil, err
	}
	for _, i := range newest {
		if o, ok := c.object(i); ok && o.Kind == m.Kind && o.Marker.Stack == m.Stack && o.Marker.Item == m.Item {
			return &o, nil
		}
	}
	return nil, nil
}

// openPull opens a pull request for a branch that was pushed.
func (c *Client) openPull(ctx context.Context, a forge.Action) (forge.Effect, error) {
	body := forge.Merge("", a.Marker, a.Body, nil)
	var err error
	for range tries {
		var pull *gh.PullRequest
		pull, _, err = c.api.PullRequests.Create(ctx, c.owner, c.name, &gh.NewPullRequest{
			Title: &a.Title, Body: &body, Head: &a.Marker.Branch, Base: &c.defaultBranch,
		})
		if err == nil {
			o, ours := c.pullObject(pull)
			if !ours {
				return forge.Effect{}, fmt.Errorf("pull request #%d was opened and is not ours: another token answered", pull.GetNumber())
			}
			return forge.Effect{Object: &o}, nil
		}
		exists := status(err) == http.StatusUnprocessableEntity && strings.Contains(message(err), "already exists")
		if !exists && !unanswered(err) {
			break
		}
		found, lookErr := c.pullOf(ctx, a.Marker.Branch)
		if lookErr != nil {
			return forge.Effect{}, c.refuse(lookErr, scope(a))
		}
		if found != nil {
			return forge.Effect{Object: found}, nil
		}
		if exists {
			return forge.Effect{}, &forge.Refusal{Sentence: fmt.Sprintf("somebody else opened a pull request for %s: close it to have Mooring's", a.Marker.Branch)}
		}
	}
	return forge.Effect{}, c.refuse(err, scope(a))
}

// edit writes text and state of an object. The body is read again first: what a person wrote or ticked meanwhile is kept.
func (c *Client) edit(ctx context.Context, a forge.Action) (forge.Effect, error) {
	current, _, err := c.api.Issues.Get(ctx, c.owner, c.name, a.Number)
	if err != nil {
		return forge.Effect{}, c.refuse(err, scope(a))
	}
	if current.GetUser().GetID() != c.me.ID {
		return forge.Effect{}, &forge.Refusal{Sentence: fmt.Sprintf("#%d is not ours", a.Number)}
	}
	for _, l := range current.Labels {
		if strings.EqualFold(l.GetName(), forge.HoldLabel) {
			return forge.Effect{}, &forge.Refusal{Sentence: fmt.Sprintf("#%d was just given the label %s", a.Number, forge.HoldLabel)}
		}
	}
	request := &gh.IssueRequest{Body: gh.String(forge.Merge(current.GetBody(), a.Marker, a.Body, a.Handled))}
	if a.Title != "" {
		request.Title = &a.Title
	}
	switch a.Op {
	case forge.OpReopen:
		request.State = gh.String("open")
	case forge.OpClose:
		request.State = gh.String("closed")
		if a.Kind != forge.KindPull {
			request.StateReason = gh.String("completed")
			if a.NotPlanned {
				request.StateReason = gh.String("not_planned")
			}
		}
	default:
	}
	issue, _, err := c.api.Issues.Edit(ctx, c.owner, c.name, a.Number, request)
	if err != nil {
		return forge.Effect{}, c.refuse(err, scope(a))
	}
	return c.effect(issue)
}

// comment leaves a comment unless we left one on the same topic.
func (c *Client) comment(ctx context.Context, a forge.Action) error {
	var err error
	for range tries {
		said, lookErr := c.said(ctx, a.Number, a.Topic)
		if lookErr != nil || said {
			return lookErr
		}
		_, _, err = c.api.Issues.CreateComment(ctx, c.owner, c.name, a.Number, &gh.IssueComment{Body: gh.String(forge.NoteMarker(a.Topic) + "\n" + a.Body)})
		if !unanswered(err) {
			return err
		}
	}
	return err
}

// said tells whether we commented on a topic.
func (c *Client) said(ctx context.Context, number int, topic string) (bool, error) {
	o := &gh.IssueListCommentsOptions{ListOptions: gh.ListOptions{PerPage: pageSize}}
	for {
		page, response, err := c.api.Issues.ListComments(ctx, c.owner, c.name, number, o)
		if err != nil {
			return false, err
		}
		for _, x := range page {
			if x.GetUser().GetID() == c.me.ID && forge.HasTopic(x.GetBody(), topic) {
				return true, nil
			}
		}
		if response.NextPage == 0 {
			return false, nil
		}
		o.Page = response.NextPage
	}
}

// label adds labels to an object.
func (c *Client) label(ctx context.Context, a forge.Action) (forge.Effect, error) {
	c.wantLabels(ctx, a.Labels)
	var err error
	for range tries {
		if err = c.addLabels(ctx, a.Number, a.Labels); !unanswered(err) {
			break // adding twice is adding once
		}
	}
	if err != nil {
		return forge.Effect{}, c.refuse(err, scope(a))
	}
	issue, _, err := c.api.Issues.Get(ctx, c.owner, c.name, a.Number)
	if err != nil {
		return forge.Effect{}, c.refuse(err, scope(a))
	}
	return c.effect(issue)
}

// addLabels sends what GitHub's description asks for; go-github sends the bare list of older days.
func (c *Client) addLabels(ctx context.Context, number int, names []string) error {
	path := fmt.Sprintf("repos/%s/%s/issues/%d/labels", c.owner, c.name, number)
	request, err := c.api.NewRequest(http.MethodPost, path, map[string]any{"labels": names})
	if err != nil {
		return fmt.Errorf("github: %w", err)
	}
	_, err = c.api.Do(ctx, request, nil)
	return err
}

// labelColours are for labels that we create; the first that a name begins with counts.
var labelColours = []struct{ prefix, colour, description string }{
	{forge.HoldLabel, "fbca04", "Mooring leaves this alone"},
	{forge.HandsOffLabel, "c5def5", "A person works on this branch; Mooring leaves it alone"},
	{"drift", "d93f0b", "Infrastructure and code differ"},
}

// wantLabels creates the labels that are not there. GitHub would create them itself, in grey; so failing here is of no consequence.
func (c *Client) wantLabels(ctx context.Context, names []string) {
	for _, name := range names {
		if c.labels[name] {
			continue
		}
		c.labels[name] = true
		if _, _, err := c.api.Issues.GetLabel(ctx, c.owner, c.name, name); status(err) != http.StatusNotFound {
			continue
		}
		l := &gh.Label{Name: gh.String(name), Color: gh.String("ededed")}
		for _, k := range labelColours {
			if strings.HasPrefix(name, k.prefix) {
				l.Color, l.Description = gh.String(k.colour), gh.String(k.description)
				break
			}
		}
		if _, _, err := c.api.Issues.CreateLabel(ctx, c.owner, c.name, l); err != nil {
			return
		}
	}
}
