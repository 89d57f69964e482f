package githubtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxBody is GitHub's limit, in characters.
const maxBody = 65536

// An Issue is an issue or a pull request.
type Issue struct {
	ID          int64
	Number      int
	Author      *User
	Title       string
	Body        string
	Labels      []string
	Assignees   []string
	State       string // open or closed
	StateReason string // completed, not_planned, reopened or ""
	ClosedBy    *User
	Locked      bool
	Created     time.Time
	Updated     time.Time
	Closed      time.Time
	Comments    []*Comment
	Reactions   []Reaction
	Pull        *Pull // nil for an issue
}

// A Pull is what a pull request has beyond an issue.
type Pull struct {
	Head      string // branch
	HeadSHA   string
	Base      string
	Merged    bool
	MergedAt  time.Time
	Reviewers []string
}

// A Comment is one comment.
type Comment struct {
	ID        int64
	Author    *User
	Body      string
	Created   time.Time
	Updated   time.Time
	Reactions []Reaction
}

// A Reaction is one reaction.
type Reaction struct {
	ID      int64
	User    *User
	Content string
}

type label struct {
	id          int64
	name, color string
	description string
}

func (s *Server) issueRoutes() []*route {
	const issues = "/repos/{owner}/{repo}/issues"
	const either = "issues=write|pull_requests=write"
	return []*route{
		{method: http.MethodGet, template: issues, need: "issues=read", handle: s.listIssues},
		{method: http.MethodPost, template: issues, need: "issues=write", handle: s.createIssue},
		{method: http.MethodGet, template: issues + "/{issue_number}", need: "issues=read|pull_requests=read", handle: s.getIssue},
		{method: http.MethodPatch, template: issues + "/{issue_number}", need: either, handle: s.editIssue},
		{method: http.MethodGet, template: issues + "/{issue_number}/comments", need: "issues=read|pull_requests=read", handle: s.listComments},
		{method: http.MethodPost, template: issues + "/{issue_number}/comments", need: either, handle: s.createComment},
		{method: http.MethodGet, template: issues + "/comments/{comment_id}", need: "issues=read", handle: s.getComment},
		{method: http.MethodPatch, template: issues + "/comments/{comment_id}", need: either, handle: s.editComment},
		{method: http.MethodPost, template: issues + "/{issue_number}/labels", need: either, handle: s.addLabels},
		{method: http.MethodDelete, template: issues + "/{issue_number}/labels/{name}", need: either, handle: s.removeLabel},
		{method: http.MethodGet, template: issues + "/comments/{comment_id}/reactions", need: "issues=read", handle: s.listReactions},
		{method: http.MethodPost, template: issues + "/comments/{comment_id}/reactions", need: either, handle: s.reactToComment},
		{method: http.MethodDelete, template: issues + "/comments/{comment_id}/reactions/{reaction_id}", need: either, handle: s.removeReaction},
		{method: http.MethodPost, template: issues + "/{issue_number}/reactions", need: either, handle: s.reactToIssue},
		{method: http.MethodGet, template: "/repos/{owner}/{repo}/labels", need: "issues=read", handle: s.listLabels},
		{method: http.MethodPost, template: "/repos/{owner}/{repo}/labels", need: either, handle: s.createLabel},
		{method: http.MethodGet, template: "/repos/{owner}/{repo}/labels/{name}", need: "issues=read", handle: s.getLabel},
	}
}

func (s *Server) find(number int) *Issue {
	for _, i := range s.issues {
		if i.Number == number {
			return i
		}
	}
	return nil
}

func (s *Server) listIssues(c *call) *answer {
	state := c.query.Get("state")
	if state == "" {
		state = "open"
	}
	list := []any{}
	for _, i := range slices.Backward(s.issues) { // newest first
		switch {
		case state != "all" && i.State != state,
			c.query.Get("creator") != "" && !s.opts.IgnoreCreator && !strings.EqualFold(c.query.Get("creator"), i.Author.Login),
			s.opts.IssuesOff && i.Pull == nil:
			continue
		}
		if l := c.query.Get("labels"); l != "" && !slices.ContainsFunc(strings.Split(l, ","), func(l string) bool { return hasLabel(i, l) }) {
			continue
		}
		j := s.issueJSON(i)
		delete(j, "closed_by") // GitHub fills it in only when one issue is asked for
		list = append(list, j)
	}
	return s.page(c, list)
}

func hasLabel(i *Issue, name string) bool {
	return slices.ContainsFunc(i.Labels, func(l string) bool { return strings.EqualFold(l, name) })
}

func (s *Server) issueJSON(i *Issue) map[string]any {
	url := "https://api.github.com/repos/" + s.owner + "/" + s.name + "/issues/" + itoa(i.Number)
	labels := []any{}
	for _, l := range i.Labels {
		labels = append(labels, s.labelJSON(s.label(l)))
	}
	assignees := []any{}
	for _, a := range i.Assignees {
		assignees = append(assignees, s.users[a].json())
	}
	j := map[string]any{
		"id": i.ID, "node_id": "I_" + itoa(i.Number), "number": i.Number, "title": i.Title, "body": i.Body, "user": i.Author.json(), "labels": labels,
		"assignee": nil, "assignees": assignees, "state": i.State, "state_reason": nil, "locked": i.Locked, "comments": len(i.Comments), "milestone": nil,
		"created_at": stamp(i.Created), "updated_at": stamp(i.Updated), "closed_at": nil, "author_association": "NONE",
		"url": url, "repository_url": "https://api.github.com/repos/" + s.owner + "/" + s.name, "labels_url": url + "/labels{/name}", "comments_url": url + "/comments",
		"events_url": url + "/events", "html_url": "https://github.com/" + s.owner + "/" + s.name + "/issues/" + itoa(i.Number), "closed_by": nil,
	}
	if len(assignees) > 0 {
		j["assignee"] = assignees[0]
	}
	if i.StateReason != "" {
		j["state_reason"] = i.StateReason
	}
	if i.State == "closed" {
		j["closed_at"] = stamp(i.Closed)
		if i.ClosedBy != nil {
			j["closed_by"] = i.ClosedBy.json()
		}
	}
	if i.Pull != nil {
		pr := map[string]any{"url": "https://api.github.com/pulls/" + itoa(i.Number), "html_url": nil, "diff_url": nil, "patch_url": nil, "merged_at": nil}
		if i.Pull.Merged {
			pr["merged_at"] = stamp(i.Pull.MergedAt)
		}
		j["pull_request"] = pr
	}
	return j
}

// text refuses what is too long.
func text(resource, body string) *answer {
	if utf8.RuneCountInString(body) > maxBody {
		return invalid(resource, "body", "custom", "body is too long (maximum is 65536 characters)")
	}
	return nil
}

func titleOf(title string) *answer {
	if strings.TrimSpace(title) == "" {
		return invalid("Issue", "title", "missing_field", "")
	}
	if utf8.RuneCountInString(title) > 256 {
		return invalid("Issue", "title", "custom", "title is too long (maximum is 256 characters)")
	}
	return nil
}

func issuesGone() *answer { return fail(http.StatusGone, "Issues are disabled for this repo") }

func (s *Server) createIssue(c *call) *answer {
	if s.opts.IssuesOff {
		return issuesGone()
	}
	var in struct {
		Title, Body string
		Labels      []string
		Assignees   []string
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	if a := titleOf(in.Title); a != nil {
		return a
	}
	if a := text("Issue", in.Body); a != nil {
		return a
	}
	for _, name := range in.Assignees {
		if u := s.users[name]; u == nil || u.Role == "" {
			return invalid("Issue", "assignees", "invalid", "")
		}
	}
	i := s.newIssue(c.user(), in.Title, in.Body)
	if s.pushesWith(c.token) {
		s.setLabels(i, in.Labels)
		i.Assignees = in.Assignees
	}
	s.issueEvent(c.user(), i, "opened", nil)
	s.changed(c.user(), i, image{i.Title, i.Body, i.State, nil})
	return created(s.issueJSON(i))
}

func (s *Server) newIssue(author *User, title, body string) *Issue {
	i := &Issue{ID: s.id(), Number: len(s.issues) + 1, Author: author, Title: title, Body: body, State: "open", Created: s.now, Updated: s.now}
	s.issues = append(s.issues, i)
	return i
}

func (s *Server) getIssue(c *call) *answer {
	i := s.find(c.number("issue_number"))
	if i == nil {
		return notFound()
	}
	if s.opts.IssuesOff && i.Pull == nil {
		return issuesGone()
	}
	return ok(s.issueJSON(i))
}

// mayEdit tells whether a token may edit somebody's text.
func (s *Server) mayEdit(c *call, author *User) bool {
	return c.token.Permissions != nil || author.ID == c.user().ID || pushes(c.user().Role)
}

func (s *Server) editIssue(c *call) *answer {
	i := s.find(c.number("issue_number"))
	switch {
	case i == nil:
		return notFound()
	case s.opts.IssuesOff && i.Pull == nil:
		return issuesGone()
	case i.Pull == nil && !s.may(c.token, "issues=write"):
		return fail(http.StatusForbidden, "Resource not accessible by integration")
	case !s.mayEdit(c, i.Author):
		return fail(http.StatusForbidden, "Must have admin rights to Repository.")
	}
	var in struct {
		Title       *string
		Body        *string
		State       *string
		StateReason *string   `json:"state_reason"`
		Labels      *[]string `json:"labels"`
		Assignees   *[]string
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	was := i.image()
	defer func() { s.changed(c.user(), i, was) }()
	if in.Title != nil {
		if a := titleOf(*in.Title); a != nil {
			return a
		}
		i.Title = *in.Title
	}
	if in.Body != nil {
		if a := text("Issue", *in.Body); a != nil {
			return a
		}
		i.Body = *in.Body
	}
	if in.Labels != nil && s.pushesWith(c.token) {
		i.Labels = nil
		s.setLabels(i, *in.Labels)
	}
	if in.State != nil {
		reason := ""
		if in.StateReason != nil {
			reason = *in.StateReason
		}
		if a := s.setState(i, *in.State, reason, c.user()); a != nil {
			return a
		}
	}
	i.Updated = s.now
	return ok(s.issueJSON(i))
}

// setState opens or closes.
func (s *Server) setState(i *Issue, state, reason string, by *User) *answer {
	if i.State == state {
		return nil
	}
	if state == "open" {
		if i.Pull != nil {
			if i.Pull.Merged || s.tip(i.Pull.Head).String() != i.Pull.HeadSHA {
				return invalid("PullRequest", "state", "invalid", "state cannot be changed. The "+i.Pull.Head+" branch was force-pushed or recreated.")
			}
		}
		i.State, i.StateReason, i.ClosedBy, i.Closed = "open", "reopened", nil, time.Time{}
		if i.Pull != nil {
			i.StateReason = ""
		}
		return nil
	}
	i.State, i.ClosedBy, i.Closed = "closed", by, s.now
	if i.Pull == nil {
		i.StateReason = "completed"
		if reason != "" {
			i.StateReason = reason
		}
	}
	return nil
}

func itoa(n int) string { return stringOf(int64(n)) }
