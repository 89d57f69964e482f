package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

func (s *Server) pullRoutes() []*route {
	const pulls = "/repos/{owner}/{repo}/pulls"
	return []*route{
		{method: http.MethodGet, template: pulls, need: "pull_requests=read", handle: s.listPulls},
		{method: http.MethodPost, template: pulls, need: "pull_requests=write", handle: s.createPull},
		{method: http.MethodGet, template: pulls + "/{pull_number}", need: "pull_requests=read", handle: s.getPull},
		{method: http.MethodPatch, template: pulls + "/{pull_number}", need: "pull_requests=write", handle: s.editPull},
		{method: http.MethodGet, template: pulls + "/{pull_number}/commits", need: "pull_requests=read", handle: s.listPullCommits},
		{method: http.MethodPost, template: pulls + "/{pull_number}/requested_reviewers", need: "pull_requests=write", handle: s.requestReviewers},
	}
}

func (s *Server) findPull(c *call) *Issue {
	if i := s.find(c.number("pull_number")); i != nil && i.Pull != nil {
		return i
	}
	return nil
}

func (s *Server) side(branch, sha string) map[string]any {
	repo := s.repositoryJSON(&Token{User: &User{}})
	return map[string]any{"label": s.owner + ":" + branch, "ref": branch, "sha": sha, "repo": repo, "user": map[string]any{"login": s.owner, "id": 9, "type": "Organization"}}
}

func (s *Server) pullJSON(i *Issue) map[string]any {
	j := s.issueJSON(i)
	for _, k := range []string{"pull_request", "closed_by", "state_reason"} {
		delete(j, k)
	}
	url := "https://api.github.com/repos/" + s.owner + "/" + s.name + "/pulls/" + itoa(i.Number)
	reviewers := []any{}
	for _, r := range i.Pull.Reviewers {
		reviewers = append(reviewers, s.users[r].json())
	}
	j["url"], j["merged"], j["merged_at"], j["draft"] = url, i.Pull.Merged, nil, false
	j["html_url"] = "https://github.com/" + s.owner + "/" + s.name + "/pull/" + itoa(i.Number)
	if i.Pull.Merged {
		j["merged_at"], j["merged_by"] = stamp(i.Pull.MergedAt), i.ClosedBy.json()
	}
	j["head"], j["base"] = s.side(i.Pull.Head, i.Pull.HeadSHA), s.side(i.Pull.Base, s.tip(i.Pull.Base).String())
	j["requested_reviewers"] = reviewers
	j["commits"] = len(s.between(s.tip(i.Pull.Base), plumbing.NewHash(i.Pull.HeadSHA)))
	return j
}

func (s *Server) listPulls(c *call) *answer {
	state := c.query.Get("state")
	if state == "" {
		state = "open"
	}
	list := []any{}
	for _, i := range slices.Backward(s.issues) {
		if i.Pull == nil || state != "all" && i.State != state {
			continue
		}
		if head := c.query.Get("head"); head != "" && head != s.owner+":"+i.Pull.Head {
			continue
		}
		list = append(list, s.pullJSON(i))
	}
	return s.page(c, list)
}

func (s *Server) createPull(c *call) *answer {
	if c.user().Login == Actions && s.opts.NoActionsPulls {
		return fail(http.StatusForbidden, "GitHub Actions is not permitted to create or approve pull requests.")
	}
	var in struct{ Title, Body, Head, Base string }
	if a := c.decode(&in); a != nil {
		return a
	}
	if a := titleOf(in.Title); a != nil {
		return a
	}
	if a := text("PullRequest", in.Body); a != nil {
		return a
	}
	in.Head = strings.TrimPrefix(in.Head, s.owner+":")
	head, base := s.tip(in.Head), s.tip(in.Base)
	switch {
	case head.IsZero():
		return invalid("PullRequest", "head", "invalid", "")
	case base.IsZero():
		return invalid("PullRequest", "base", "invalid", "")
	case len(s.between(base, head)) == 0:
		return invalid("PullRequest", "", "custom", fmt.Sprintf("No commits between %s and %s", in.Base, in.Head))
	}
	for _, i := range s.issues {
		if i.Pull != nil && i.State == "open" && i.Pull.Head == in.Head && i.Pull.Base == in.Base {
			return invalid("PullRequest", "", "custom", fmt.Sprintf("A pull request already exists for %s:%s.", s.owner, in.Head))
		}
	}
	i := s.newIssue(c.user(), in.Title, in.Body)
	i.Pull = &Pull{Head: in.Head, HeadSHA: head.String(), Base: in.Base}
	s.issueEvent(c.user(), i, "opened", nil)
	return created(s.pullJSON(i))
}

func (s *Server) getPull(c *call) *answer {
	i := s.findPull(c)
	if i == nil {
		return notFound()
	}
	return ok(s.pullJSON(i))
}

func (s *Server) editPull(c *call) *answer {
	i := s.findPull(c)
	if i == nil {
		return notFound()
	}
	if !s.mayEdit(c, i.Author) {
		return fail(http.StatusForbidden, "Must have admin rights to Repository.")
	}
	var in struct {
		Title *string
		Body  *string
		State *string
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	if in.Body != nil {
		if a := text("PullRequest", *in.Body); a != nil {
			return a
		}
	}
	was := i.image()
	defer func() { s.changed(c.user(), i, was) }()
	if in.State != nil {
		if a := s.setState(i, *in.State, "", c.user()); a != nil {
			return a
		}
	}
	if in.Title != nil {
		i.Title = *in.Title
	}
	if in.Body != nil {
		i.Body = *in.Body
	}
	i.Updated = s.now
	return ok(s.pullJSON(i))
}

func (s *Server) listPullCommits(c *call) *answer {
	i := s.findPull(c)
	if i == nil {
		return notFound()
	}
	list := []any{}
	for _, id := range s.between(s.tip(i.Pull.Base), plumbing.NewHash(i.Pull.HeadSHA)) {
		list = append(list, s.historyJSON(id))
	}
	return s.page(c, list)
}

func (s *Server) requestReviewers(c *call) *answer {
	i := s.findPull(c)
	if i == nil {
		return notFound()
	}
	var in struct {
		Reviewers     []string
		TeamReviewers []string `json:"team_reviewers"`
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	for _, r := range in.Reviewers {
		if u := s.users[r]; u == nil || u.Role == "" {
			return fail(http.StatusUnprocessableEntity, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the "+s.owner+"/"+s.name+" repository.")
		}
	}
	for _, r := range in.Reviewers {
		if !slices.Contains(i.Pull.Reviewers, r) {
			i.Pull.Reviewers = append(i.Pull.Reviewers, r)
		}
	}
	return created(s.pullJSON(i))
}
