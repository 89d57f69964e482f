package github

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"

	gh "github.com/google/go-github/v60/github"
)

// A Check is a check run that is complete.
type Check struct {
	Name, SHA           string
	Conclusion          string // success, neutral, failure
	Title, Summary      string
	Details, ExternalID string
}

// maxSummary is what GitHub takes for the summary of a check run.
const maxSummary = 65535

// SetCheck makes a commit say something: there is one check run of a name, and it is edited in place. changed is false when it said so already.
func (c *Client) SetCheck(ctx context.Context, k Check) (changed bool, err error) {
	if len(k.Summary) > maxSummary {
		return false, fmt.Errorf("the summary of check %s is longer than GitHub takes", k.Name)
	}
	for range tries {
		was, lookErr := c.check(ctx, k)
		if lookErr != nil {
			return false, lookErr
		}
		output := &gh.CheckRunOutput{Title: &k.Title, Summary: &k.Summary}
		switch {
		case was != nil && was.GetConclusion() == k.Conclusion && was.GetOutput().GetTitle() == k.Title && was.GetOutput().GetSummary() == k.Summary:
			return false, nil
		case was != nil:
			o := gh.UpdateCheckRunOptions{Name: k.Name, Status: gh.String("completed"), Conclusion: &k.Conclusion, Output: output, ExternalID: &k.ExternalID}
			if k.Details != "" {
				o.DetailsURL = &k.Details
			}
			_, _, err = c.api.Checks.UpdateCheckRun(ctx, c.owner, c.name, was.GetID(), o)
		default:
			o := gh.CreateCheckRunOptions{Name: k.Name, HeadSHA: k.SHA, Status: gh.String("completed"), Conclusion: &k.Conclusion, Output: output, ExternalID: &k.ExternalID}
			if k.Details != "" {
				o.DetailsURL = &k.Details
			}
			_, _, err = c.api.Checks.CreateCheckRun(ctx, c.owner, c.name, o)
		}
		if !unanswered(err) {
			break
		}
	}
	return err == nil, c.refuse(err, "checks")
}

// check finds our check run of a name on a commit, nil for none.
func (c *Client) check(ctx context.Context, k Check) (*gh.CheckRun, error) {
	page, _, err := c.api.Checks.ListCheckRunsForRef(ctx, c.owner, c.name, k.SHA, &gh.ListCheckRunsOptions{CheckName: &k.Name, ListOptions: gh.ListOptions{PerPage: pageSize}})
	if err != nil {
		return nil, c.unreadable("list the checks of "+k.SHA, err)
	}
	for _, r := range page.CheckRuns {
		if r.GetName() == k.Name && r.GetExternalID() == k.ExternalID {
			return r, nil
		}
	}
	return nil, nil
}

// A Pull is an open pull request.
type Pull struct {
	Number     int
	Base, Head string // commits
	Into       string // branch
	Ours       bool   // an adoption pull request
}

// OpenPulls lists the open pull requests.
func (c *Client) OpenPulls(ctx context.Context) ([]Pull, error) {
	o := &gh.PullRequestListOptions{State: "open", Sort: "created", Direction: "desc", ListOptions: gh.ListOptions{PerPage: pageSize}}
	var pulls []Pull
	for {
		page, response, err := c.api.PullRequests.List(ctx, c.owner, c.name, o)
		if err != nil {
			return nil, c.unreadable("list the open pull requests", err)
		}
		for _, p := range page {
			pulls = append(pulls, pullOf(p))
		}
		if response.NextPage == 0 {
			return pulls, nil
		}
		o.Page = response.NextPage
	}
}

// Pull reads one pull request. open is false when it is closed, or gone.
func (c *Client) Pull(ctx context.Context, number int) (p Pull, open bool, err error) {
	x, _, err := c.api.PullRequests.Get(ctx, c.owner, c.name, number)
	if status(err) == http.StatusNotFound {
		return Pull{}, false, nil
	}
	if err != nil {
		return Pull{}, false, c.unreadable(fmt.Sprintf("read #%d", number), err)
	}
	return pullOf(x), x.GetState() == "open", nil
}

func pullOf(p *gh.PullRequest) Pull {
	return Pull{Number: p.GetNumber(), Base: p.GetBase().GetSHA(), Head: p.GetHead().GetSHA(), Into: p.GetBase().GetRef(), Ours: strings.HasPrefix(p.GetHead().GetRef(), branchRoot+"adopt/")}
}

// MergeBase is the commit from which a pull request began.
func (c *Client) MergeBase(ctx context.Context, p Pull) (string, error) {
	comparison, _, err := c.api.Repositories.CompareCommits(ctx, c.owner, c.name, p.Base, p.Head, &gh.ListOptions{PerPage: 1})
	if err != nil {
		return "", c.unreadable(fmt.Sprintf("compare #%d with its base", p.Number), err)
	}
	return comparison.GetMergeBaseCommit().GetSHA(), nil
}

// ErrLarge says that GitHub does not list all files of a commit.
var ErrLarge = errors.New("the repository has more files than GitHub lists at once")

// Files lists the files of a commit: path to blob.
func (c *Client) Files(ctx context.Context, commit string) (map[string]string, error) {
	x, _, err := c.api.Git.GetCommit(ctx, c.owner, c.name, commit)
	if err != nil {
		return nil, c.unreadable("read the commit "+commit, err)
	}
	tree, _, err := c.api.Git.GetTree(ctx, c.owner, c.name, x.GetTree().GetSHA(), true)
	if err != nil {
		return nil, c.unreadable("list the files of "+commit, err)
	}
	if tree.GetTruncated() {
		return nil, ErrLarge
	}
	files := map[string]string{}
	for _, e := range tree.Entries {
		if e.GetType() == "blob" {
			files[e.GetPath()] = e.GetSHA()
		}
	}
	return files, nil
}

// Blob reads a file's content.
func (c *Client) Blob(ctx context.Context, sha string) ([]byte, error) {
	b, _, err := c.api.Git.GetBlob(ctx, c.owner, c.name, sha)
	if err != nil {
		return nil, c.unreadable("read a file", err)
	}
	content, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(b.GetContent(), "\n", ""))
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return content, nil
}

// File reads a small file of the default branch. ok is false when there is none.
func (c *Client) File(ctx context.Context, path string) (content []byte, ok bool, err error) {
	file, _, _, err := c.api.Repositories.GetContents(ctx, c.owner, c.name, path, nil)
	if status(err) == http.StatusNotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, c.unreadable("read "+path, err)
	}
	if file == nil {
		return nil, false, nil // a directory
	}
	text, err := file.GetContent()
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", path, err)
	}
	return []byte(text), true, nil
}
