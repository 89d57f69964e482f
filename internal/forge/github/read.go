package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

const (
	pageSize = 100
	// workflowLogin is the account of a workflow's own token. Its pull requests start no checks by themselves.
	workflowLogin = "github-actions[bot]"
	// webFlowID is GitHub itself, the committer of what is committed through its API or in a browser.
	webFlowID = 19864447
	// comparedCommits is how many commits a comparison lists.
	comparedCommits = 250
	branchRoot      = "mooring/"
)

// Read implements [forge.Forge]. It takes one request for each 100 objects that we ever opened, and two or three more; only what is about to be
// written is looked at closer.
func (c *Client) Read(ctx context.Context, want []forge.Publication) (forge.State, error) {
	state := forge.State{Now: c.now(), Branches: map[string]forge.Branch{}}
	repository, err := c.readRepository(ctx)
	if err != nil {
		return state, err
	}
	state.Me, state.Now = c.me, c.now().Add(c.throttle.ahead()) // what is there was dated by GitHub's clock
	if repository.IsArchived {
		state.ReadOnly = c.archivedSentence()
		return state, nil
	}
	if c.commit != repository.DefaultBranchRef.Target.OID {
		if err := c.checkCommit(ctx); err != nil {
			return state, err
		}
	}
	if !repository.HasIssuesEnabled {
		state.IssuesOff = c.issuesOffSentence()
	}
	if state.Objects, err = c.readObjects(ctx); err != nil {
		return state, err
	}
	heads, err := c.readHeads(ctx)
	if err != nil {
		return state, err
	}
	state.Objects = forge.Follow(want, state.Objects)
	want = forge.Settled(want, state.Objects)
	return state, c.readCloser(ctx, want, heads, &state)
}

// checkCommit refuses to publish what was made from other code than that of the default branch.
func (c *Client) checkCommit(ctx context.Context) error {
	if c.commit == "" {
		return nil
	}
	comparison, _, err := c.api.Repositories.CompareCommits(ctx, c.owner, c.name, c.defaultBranch, c.commit, &gh.ListOptions{PerPage: 1})
	switch {
	case status(err) == http.StatusNotFound || status(err) == http.StatusUnprocessableEntity || status(err) == http.StatusConflict:
		return fmt.Errorf("the results are of commit %.12s, which %s/%s does not have on GitHub\nhint: push it, or publish the results where they belong", c.commit, c.owner, c.name)
	case err != nil:
		return c.unreadable("compare the commit of the results with the default branch", err)
	case comparison.GetStatus() != "identical" && comparison.GetStatus() != "behind":
		return fmt.Errorf("the results are of commit %.12s, which is not on the default branch %s\nhint: only what is merged is published: scan a checkout of %s", c.commit, c.defaultBranch, c.defaultBranch)
	}
	return nil
}

// repository is what GraphQL says of one.
type repository struct {
	ID               string
	IsArchived       bool
	HasIssuesEnabled bool
	// DefaultBranchRef is empty in a repository without commits.
	DefaultBranchRef struct {
		Name   string
		Target struct{ OID string }
	}
}

// readRepository asks in one request who we are and what the repository is like.
func (c *Client) readRepository(ctx context.Context) (*repository, error) {
	var data struct {
		Viewer     viewer
		Repository *repository
	}
	const query = "query($owner:String!,$name:String!){viewer{login databaseId}repository(owner:$owner,name:$name)" +
		"{id isArchived hasIssuesEnabled defaultBranchRef{name target{oid}}}}"
	err := c.query(ctx, query, map[string]any{"owner": c.owner, "name": c.name}, &data)
	var refused *graphQLError
	switch {
	case errors.As(err, &refused) && refused.Type == "NOT_FOUND" || err == nil && data.Repository == nil:
		return nil, c.unseen("read the repository")
	case err != nil:
		return nil, c.unreadable("read the repository", err)
	}
	c.nodeID, c.defaultBranch = data.Repository.ID, data.Repository.DefaultBranchRef.Name
	return data.Repository, c.introduce(data.Viewer)
}

type viewer struct {
	Login      string
	DatabaseID int64
}

// introduce keeps who we are.
func (c *Client) introduce(v viewer) error {
	if v.DatabaseID == 0 {
		return fmt.Errorf("ask GitHub whose token this is: it names no account\nhint: use the token of a user, a workflow or an app installation")
	}
	c.me = forge.Account{ID: v.DatabaseID, Login: v.Login, Workflow: v.Login == workflowLogin}
	return nil
}

// readSelf asks who we are. An installation's token may not ask the REST API.
func (c *Client) readSelf(ctx context.Context) error {
	var data struct{ Viewer viewer }
	if err := c.query(ctx, "query{viewer{login databaseId}}", nil, &data); err != nil {
		return c.unreadable("ask GitHub whose token this is", err)
	}
	return c.introduce(data.Viewer)
}

// readObjects lists every issue and pull request that is ours.
func (c *Client) readObjects(ctx context.Context) ([]forge.Object, error) {
	o := &gh.IssueListByRepoOptions{State: "all", Creator: c.me.Login, Sort: "created", Direction: "asc", ListOptions: gh.ListOptions{PerPage: pageSize}}
	var objects []forge.Object
	for {
		page, response, err := c.api.Issues.ListByRepo(ctx, c.owner, c.name, o)
		if status(err) == http.StatusGone {
			return c.readPulls(ctx)
		}
		if err != nil {
			return nil, c.unreadable("list our issues", err)
		}
		for _, i := range page {
			if object, ok := c.object(i); ok {
				objects = append(objects, object)
			}
		}
		if response.NextPage == 0 {
			return objects, nil
		}
		o.Page = response.NextPage
	}
}

// readPulls lists pull requests where issues are disabled altogether.
func (c *Client) readPulls(ctx context.Context) ([]forge.Object, error) {
	o := &gh.PullRequestListOptions{State: "all", Sort: "created", Direction: "asc", ListOptions: gh.ListOptions{PerPage: pageSize}}
	var objects []forge.Object
	for {
		page, response, err := c.api.PullRequests.List(ctx, c.owner, c.name, o)
		if err != nil {
			return nil, c.unreadable("list our pull requests", err)
		}
		for _, p := range page {
			if object, ok := c.pullObject(p); ok {
				objects = append(objects, object)
			}
		}
		if response.NextPage == 0 {
			return objects, nil
		}
		o.Page = response.NextPage
	}
}

// object is an issue as the forge core sees it. ok is false when it is not ours: of another author, or without a marker that fits.
func (c *Client) object(i *gh.Issue) (forge.Object, bool) {
	m, ok := forge.ParseMarker(i.GetBody())
	if !ok || i.GetUser().GetID() != c.me.ID || (m.Kind == forge.KindPull) != i.IsPullRequest() {
		return forge.Object{}, false
	}
	o := forge.Object{
		Number: i.GetNumber(), Ref: fmt.Sprintf("#%d", i.GetNumber()), Kind: m.Kind, Marker: m, Title: i.GetTitle(), Body: i.GetBody(),
		Open: i.GetState() == "open", Locked: i.GetLocked(), NotPlanned: i.GetStateReason() == "not_planned" || i.GetStateReason() == "duplicate",
		Created: i.GetCreatedAt().Time,
	}
	if i.ClosedBy != nil && !o.Open {
		o.ClosedByOther = i.ClosedBy.GetID() != c.me.ID
	}
	for _, l := range i.Labels {
		o.Labels = append(o.Labels, l.GetName())
	}
	if i.IsPullRequest() {
		o.Merged, o.MergedAt = i.PullRequestLinks.MergedAt != nil, i.PullRequestLinks.GetMergedAt().Time
	}
	return o, true
}

// pullObject is a pull request as the forge core sees it. One that lost its marker is known by its branch.
func (c *Client) pullObject(p *gh.PullRequest) (forge.Object, bool) {
	if p.GetUser().GetID() != c.me.ID || !strings.HasPrefix(p.GetHead().GetRef(), branchRoot) {
		return forge.Object{}, false
	}
	m, ok := forge.ParseMarker(p.GetBody())
	if !ok || m.Kind != forge.KindPull {
		m = forge.Marker{Branch: p.GetHead().GetRef()}
	}
	o := forge.Object{
		Number: p.GetNumber(), Ref: fmt.Sprintf("#%d", p.GetNumber()), Kind: forge.KindPull, Marker: m, Title: p.GetTitle(), Body: p.GetBody(),
		Open: p.GetState() == "open", Merged: p.MergedAt != nil, MergedAt: p.GetMergedAt().Time, MergedBy: p.GetMergedBy().GetLogin(), Locked: p.GetLocked(), Created: p.GetCreatedAt().Time,
	}
	for _, l := range p.Labels {
		o.Labels = append(o.Labels, l.GetName())
	}
	return o, true
}

// readHeads lists where the branches below mooring/ point.
func (c *Client) readHeads(ctx context.Context) (map[string]string, error) {
	heads := map[string]string{}
	o := &gh.ReferenceListOptions{Ref: "heads/" + branchRoot, ListOptions: gh.ListOptions{PerPage: pageSize}}
	for {
		refs, response, err := c.api.Git.ListMatchingRefs(ctx, c.owner, c.name, o)
		if status(err) == http.StatusConflict || status(err) == http.StatusNotFound {
			return heads, nil // an empty repository
		}
		if err != nil {
			return nil, c.unreadable("list our branches", err)
		}
		for _, r := range refs {
			heads[strings.TrimPrefix(r.GetRef(), "refs/heads/")] = r.GetObject().GetSHA()
		}
		if response.NextPage == 0 {
			return heads, nil
		}
		o.Page = response.NextPage
	}
}

// readCloser learns what lists do not say about objects that are about to be decided on: who closed them, whose commits their branches hold,
// and pull requests that lost their marker.
func (c *Client) readCloser(ctx context.Context, want []forge.Publication, heads map[string]string, state *forge.State) error {
	for _, w := range want {
		if w.Unknown {
			continue
		}
		if err := c.readCloserOf(ctx, w, state); err != nil {
			return err
		}
		if w.Kind != forge.KindPull {
			continue
		}
		head, ok := heads[w.Branch]
		if !ok {
			continue
		}
		if !slices.ContainsFunc(state.Objects, func(o forge.Object) bool { return o.Open && o.Marker.Branch == w.Branch }) {
			lost, err := c.pullOf(ctx, w.Branch)
			if err != nil {
				return c.unreadable("look for the pull request of "+w.Branch, err)
			}
			if lost != nil {
				state.Objects = append(state.Objects, *lost)
			}
		}
		branch, err := c.readBranch(ctx, w, head, state.Objects)
		if err != nil {
			return c.unreadable("compare "+w.Branch+" with "+c.defaultBranch, err)
		}
		state.Branches[w.Branch] = branch
	}
	return nil
}

// readCloserOf asks who closed what we believe to have closed and would open again.
func (c *Client) readCloserOf(ctx context.Context, w forge.Publication, state *forge.State) error {
	if w.Resolved != "" {
		return c.readMerger(ctx, w, state)
	}
	if w.Kind == forge.KindPull {
		return nil
	}
	for i := range state.Objects {
		o := &state.Objects[i]
		if o.Open || o.Kind != w.Kind || o.Marker.Stack != w.Stack || o.Marker.Item != w.Item || o.Marker.Closed == "" {
			continue
		}
		issue, _, err := c.api.Issues.Get(ctx, c.owner, c.name, o.Number)
		if status(err) == http.StatusGone {
			continue
		}
		if err != nil {
			return c.unreadable(fmt.Sprintf("read #%d", o.Number), err)
		}
		if fresh, ok := c.object(issue); ok {
			*o = fresh
		}
	}
	return nil
}

// readMerger asks who merged the pull request that will be named as what resolved an issue.
func (c *Client) readMerger(ctx context.Context, w forge.Publication, state *forge.State) error {
	merged := state.Merged(&w)
	open := slices.ContainsFunc(state.Objects, func(o forge.Object) bool {
		return o.Open && o.Kind == w.Kind && o.Marker.Stack == w.Stack && o.Marker.Item == w.Item
	})
	if w.Kind != forge.KindIssue || merged == nil || !open {
		return nil
	}
	pull, _, err := c.api.PullRequests.Get(ctx, c.owner, c.name, merged.Number)
	if err != nil {
		return c.unreadable(fmt.Sprintf("read #%d", merged.Number), err)
	}
	merged.MergedBy = pull.GetMergedBy().GetLogin()
	return nil
}

// pullOf finds our open pull request for a branch; nil when there is none.
func (c *Client) pullOf(ctx context.Context, branch string) (*forge.Object, error) {
	found, _, err := c.api.PullRequests.List(ctx, c.owner, c.name, &gh.PullRequestListOptions{State: "open", Head: c.owner + ":" + branch})
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		if o, ok := c.pullObject(p); ok && p.GetHead().GetRef() == branch {
			return &o, nil
		}
	}
	return nil, nil
}

// readBranch tells whose commits a branch holds. When it is where we left it and nothing is to be written, that is not asked.
func (c *Client) readBranch(ctx context.Context, w forge.Publication, head string, objects []forge.Object) (forge.Branch, error) {
	for _, o := range objects {
		m := o.Marker
		if o.Open && m.Branch == w.Branch && m.Head == head && w.Commit != nil && m.Content == w.Commit.Content() {
			return forge.Branch{Head: head, Owner: forge.OwnerUs, Content: m.Content}, nil
		}
	}
	comparison, _, err := c.api.Repositories.CompareCommits(ctx, c.owner, c.name, c.defaultBranch, head, &gh.ListOptions{PerPage: pageSize})
	if status(err) == http.StatusNotFound {
		return forge.Branch{Head: head, Owner: forge.OwnerOther}, nil // no common history: not our doing
	}
	if err != nil {
		return forge.Branch{}, err
	}
	b := forge.Branch{Head: head, Owner: forge.OwnerUs}
	commits := comparison.Commits
	if comparison.GetTotalCommits() > len(commits) || len(commits) > comparedCommits {
		b.Owner = forge.OwnerOther
	}
	for _, commit := range commits {
		committer := commit.GetCommitter().GetID()
		if commit.GetAuthor().GetID() != c.me.ID || committer != c.me.ID && committer != webFlowID {
			b.Owner = forge.OwnerOther
		}
	}
	if len(commits) == 1 && b.Owner == forge.OwnerUs {
		b.Content = forge.ContentOf(commits[0].GetCommit().GetMessage())
	}
	return b, nil
}
