package githubtest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

func stringOf(n int64) string { return strconv.FormatInt(n, 10) }

func (s *Server) commentJSON(i *Issue, c *Comment) map[string]any {
	url := "https://api.github.com/repos/" + s.owner + "/" + s.name + "/issues/comments/" + stringOf(c.ID)
	return map[string]any{
		"id": c.ID, "node_id": "IC_" + stringOf(c.ID), "url": url, "html_url": "https://github.com/" + s.owner + "/" + s.name + "/issues/" + itoa(i.Number) + "#issuecomment-" + stringOf(c.ID),
		"body": c.Body, "user": c.Author.json(), "created_at": stamp(c.Created), "updated_at": stamp(c.Updated), "author_association": "NONE",
		"issue_url": "https://api.github.com/repos/" + s.owner + "/" + s.name + "/issues/" + itoa(i.Number),
	}
}

func (s *Server) listComments(c *call) *answer {
	i := s.find(c.number("issue_number"))
	if i == nil {
		return notFound()
	}
	since, err := time.Parse(time.RFC3339, c.query.Get("since"))
	list := []any{}
	for _, x := range i.Comments {
		if err == nil && x.Updated.Before(since) {
			continue
		}
		list = append(list, s.commentJSON(i, x))
	}
	return s.page(c, list)
}

func (s *Server) createComment(c *call) *answer {
	i := s.find(c.number("issue_number"))
	switch {
	case i == nil:
		return notFound()
	case s.opts.IssuesOff && i.Pull == nil:
		return issuesGone()
	case i.Pull == nil && !s.may(c.token, "issues=write"):
		return fail(http.StatusForbidden, "Resource not accessible by integration")
	case i.Locked && !pushes(c.user().Role):
		return fail(http.StatusForbidden, "Unable to create comment because issue is locked.")
	}
	var in struct{ Body string }
	if a := c.decode(&in); a != nil {
		return a
	}
	if in.Body == "" {
		return invalid("IssueComment", "body", "missing_field", "")
	}
	if a := text("IssueComment", in.Body); a != nil {
		return a
	}
	return created(s.commentJSON(i, s.newComment(i, c.user(), in.Body)))
}

func (s *Server) newComment(i *Issue, author *User, body string) *Comment {
	x := &Comment{ID: s.id(), Author: author, Body: body, Created: s.now, Updated: s.now}
	i.Comments = append(i.Comments, x)
	i.Updated = s.now
	s.commentEvent(author, i, x, "created", nil)
	return x
}

// comment finds a comment by the id in the path.
func (s *Server) comment(c *call) (*Issue, *Comment) {
	return s.commentOf(int64(c.number("comment_id")))
}

func (s *Server) commentOf(id int64) (*Issue, *Comment) {
	for _, i := range s.issues {
		for _, x := range i.Comments {
			if x.ID == id {
				return i, x
			}
		}
	}
	return nil, nil
}

func (s *Server) getComment(c *call) *answer {
	i, x := s.comment(c)
	if x == nil {
		return notFound()
	}
	return ok(s.commentJSON(i, x))
}

func (s *Server) editComment(c *call) *answer {
	i, x := s.comment(c)
	if x == nil {
		return notFound()
	}
	if !s.mayEdit(c, x.Author) {
		return fail(http.StatusForbidden, "Must have admin rights to Repository.")
	}
	var in struct{ Body string }
	if a := c.decode(&in); a != nil {
		return a
	}
	if a := text("IssueComment", in.Body); a != nil {
		return a
	}
	s.rewrite(c.user(), i, x, in.Body)
	return ok(s.commentJSON(i, x))
}

// rewrite is an edit of a comment.
func (s *Server) rewrite(by *User, i *Issue, x *Comment, body string) {
	before := x.Body
	x.Body, x.Updated = body, s.now
	s.commentEvent(by, i, x, "edited", map[string]any{"changes": map[string]any{"body": map[string]any{"from": before}}})
}

func reactionJSON(r Reaction, at time.Time) map[string]any {
	return map[string]any{"id": r.ID, "node_id": "RE_" + stringOf(r.ID), "user": r.User.json(), "content": r.Content, "created_at": stamp(at)}
}

// react adds a reaction; the same one twice stays one.
func (s *Server) react(c *call, list *[]Reaction) *answer {
	var in struct{ Content string }
	if a := c.decode(&in); a != nil {
		return a
	}
	for _, r := range *list {
		if r.User.ID == c.user().ID && r.Content == in.Content {
			return ok(reactionJSON(r, s.now))
		}
	}
	r := Reaction{s.id(), c.user(), in.Content}
	*list = append(*list, r)
	return created(reactionJSON(r, s.now))
}

func (s *Server) reactToComment(c *call) *answer {
	_, x := s.comment(c)
	if x == nil {
		return notFound()
	}
	return s.react(c, &x.Reactions)
}

func (s *Server) reactToIssue(c *call) *answer {
	i := s.find(c.number("issue_number"))
	if i == nil {
		return notFound()
	}
	return s.react(c, &i.Reactions)
}

func (s *Server) listReactions(c *call) *answer {
	_, x := s.comment(c)
	if x == nil {
		return notFound()
	}
	list := []any{}
	for _, r := range x.Reactions {
		list = append(list, reactionJSON(r, s.now))
	}
	return s.page(c, list)
}

func (s *Server) removeReaction(c *call) *answer {
	_, x := s.comment(c)
	if x == nil {
		return notFound()
	}
	id := int64(c.number("reaction_id"))
	x.Reactions = slices.DeleteFunc(x.Reactions, func(r Reaction) bool { return r.ID == id })
	return &answer{status: http.StatusNoContent}
}
