package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

// Dispatch starts a workflow of the default branch. workflow is the name of its file. See [Unanswered] for errors after which it may have started.
func (c *Client) Dispatch(ctx context.Context, workflow string, inputs map[string]string) error {
	branch, err := c.DefaultBranch(ctx)
	if err != nil {
		return err
	}
	in := make(map[string]any, len(inputs))
	for k, v := range inputs {
		in[k] = v
	}
	_, err = c.api.Actions.CreateWorkflowDispatchEventByFileName(ctx, c.owner, c.name, workflow, gh.CreateWorkflowDispatchEventRequest{Ref: branch, Inputs: in})
	switch status(err) {
	case http.StatusNotFound:
		return &forge.Refusal{Sentence: fmt.Sprintf("there is no workflow .github/workflows/%s on %s of %s/%s: add it, or name the right one to the server", workflow, branch, c.owner, c.name), Scope: "actions"}
	case http.StatusUnprocessableEntity:
		return &forge.Refusal{
			Sentence: fmt.Sprintf("GitHub does not start .github/workflows/%s of %s/%s (%s): it needs on.workflow_dispatch with the inputs %s", workflow, c.owner, c.name, message(err), names(inputs)),
			Scope:    "actions",
		}
	}
	return c.refuse(err, "actions")
}

func names(inputs map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(inputs)), ", ")
}

// DefaultBranch is the branch that is planned.
func (c *Client) DefaultBranch(ctx context.Context) (string, error) {
	if c.defaultBranch != "" {
		return c.defaultBranch, nil
	}
	repository, _, err := c.api.Repositories.Get(ctx, c.owner, c.name)
	if err != nil {
		return "", c.unreadable("read the repository", err)
	}
	c.defaultBranch = repository.GetDefaultBranch()
	return c.defaultBranch, nil
}

// Unanswered tells whether a request may have taken effect although it ended with an error.
func Unanswered(err error) bool {
	var refused *forge.Refusal
	return unanswered(err) && !errors.As(err, &refused)
}

// Started tells whether a run with a title was started by a dispatch since a time.
func (c *Client) Started(ctx context.Context, title string, since time.Time) (bool, error) {
	// The newest come first.
	o := &gh.ListWorkflowRunsOptions{Event: "workflow_dispatch", ListOptions: gh.ListOptions{PerPage: pageSize}}
	for {
		page, response, err := c.api.Actions.ListRepositoryWorkflowRuns(ctx, c.owner, c.name, o)
		if err != nil {
			return false, c.unreadable("list the runs of workflows", err)
		}
		for _, r := range page.WorkflowRuns {
			if r.GetDisplayTitle() == title {
				return true, nil
			}
			if r.GetCreatedAt().Before(since) {
				return false, nil
			}
		}
		if response.NextPage == 0 {
			return false, nil
		}
		o.Page = response.NextPage
	}
}
