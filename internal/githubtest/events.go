package githubtest

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

func hyphens(s string) string { return strings.ReplaceAll(s, "_", "-") }

// issueEvent tells of what somebody did to an issue or a pull request.
func (s *Server) issueEvent(by *User, i *Issue, action string, more map[string]any) {
	if s.hooks == nil {
		return
	}
	payload := map[string]any{}
	for k, v := range more {
		payload[k] = v
	}
	if i.Pull == nil {
		payload["issue"] = s.issueJSON(i)
		s.emit(by, "issues", action, payload)
		return
	}
	payload["number"], payload["pull_request"] = i.Number, s.pullJSON(i)
	s.emit(by, "pull_request", action, payload)
}

func (s *Server) commentEvent(by *User, i *Issue, x *Comment, action string, more map[string]any) {
	if s.hooks == nil {
		return
	}
	payload := map[string]any{"issue": s.issueJSON(i), "comment": s.commentJSON(i, x)}
	for k, v := range more {
		payload[k] = v
	}
	s.emit(by, "issue_comment", action, payload)
}

// An image is what of an issue webhooks compare.
type image struct {
	title, body, state string
	labels             []string
}

func (i *Issue) image() image {
	return image{i.Title, i.Body, i.State, append([]string(nil), i.Labels...)}
}

// changed tells of every difference between an issue and what it was.
func (s *Server) changed(by *User, i *Issue, was image) {
	if s.hooks == nil {
		return
	}
	changes := map[string]any{}
	if was.title != i.Title {
		changes["title"] = map[string]any{"from": was.title}
	}
	if was.body != i.Body {
		changes["body"] = map[string]any{"from": was.body}
	}
	if len(changes) > 0 {
		s.issueEvent(by, i, "edited", map[string]any{"changes": changes})
	}
	for _, l := range i.Labels {
		if !containsFold(was.labels, l) {
			s.issueEvent(by, i, "labeled", map[string]any{"label": s.labelJSON(s.label(l))})
		}
	}
	for _, l := range was.labels {
		if !containsFold(i.Labels, l) {
			s.issueEvent(by, i, "unlabeled", map[string]any{"label": s.labelJSON(s.label(l))})
		}
	}
	switch {
	case was.state == "open" && i.State == "closed":
		s.issueEvent(by, i, "closed", nil)
	case was.state == "closed" && i.State == "open":
		s.issueEvent(by, i, "reopened", nil)
	}
}

func containsFold(list []string, want string) bool {
	for _, s := range list {
		if strings.EqualFold(s, want) {
			return true
		}
	}
	return false
}

// moved tells of a branch that somebody moved, made or deleted, and brings pull requests along.
func (s *Server) moved(by *User, branch string, before plumbing.Hash) {
	after := s.tip(branch)
	for _, i := range s.issues {
		if i.Pull == nil || i.State != "open" || i.Pull.Head != branch {
			continue
		}
		if after.IsZero() {
			was := i.image()
			i.State, i.Closed = "closed", s.now
			s.changed(by, i, was)
			continue
		}
		old := i.Pull.HeadSHA
		i.Pull.HeadSHA = after.String()
		if old != after.String() {
			s.issueEvent(by, i, "synchronize", map[string]any{"before": old, "after": after.String()})
		}
	}
	if s.hooks == nil || before == after {
		return
	}
	zero := plumbing.ZeroHash.String()
	commits := []any{}
	base := before
	if before.IsZero() && branch != s.opts.DefaultBranch {
		base = s.tip(s.opts.DefaultBranch)
	}
	for _, id := range s.between(base, after) {
		commits = append(commits, s.headCommit(id.String()))
	}
	var head any
	if !after.IsZero() {
		head = s.headCommit(after.String())
	}
	s.emit(by, "push", "", map[string]any{
		"ref": "refs/heads/" + branch, "before": before.String(), "after": after.String(), "created": before.String() == zero, "deleted": after.IsZero(),
		"forced": !before.IsZero() && !after.IsZero() && !s.contains(after, before), "base_ref": nil, "compare": "https://github.com/" + s.owner + "/" + s.name + "/compare/x",
		"commits": commits, "head_commit": head, "pusher": map[string]any{"name": by.Login, "email": by.Email},
	})
}

// headCommit is a commit as webhooks show it, with the files that it touches.
func (s *Server) headCommit(sha string) any {
	c, err := s.repo.CommitObject(plumbing.NewHash(sha))
	if err != nil {
		return nil
	}
	now, err := s.flatten(c.TreeHash)
	if err != nil {
		return nil
	}
	was := map[string]entry{}
	if len(c.ParentHashes) > 0 {
		if p, err := s.repo.CommitObject(c.ParentHashes[0]); err == nil {
			if was, err = s.flatten(p.TreeHash); err != nil {
				return nil
			}
		}
	}
	added, removed, modified := []any{}, []any{}, []any{}
	for _, path := range sortedKeys(now) {
		switch old, there := was[path]; {
		case !there:
			added = append(added, path)
		case old != now[path]:
			modified = append(modified, path)
		}
	}
	for _, path := range sortedKeys(was) {
		if _, there := now[path]; !there {
			removed = append(removed, path)
		}
	}
	person := func(name, email string) map[string]any {
		return map[string]any{"name": name, "email": email, "username": name}
	}
	return map[string]any{
		"id": sha, "tree_id": c.TreeHash.String(), "distinct": true, "message": c.Message, "timestamp": stamp(c.Committer.When), "url": "https://github.com/" + s.owner + "/" + s.name + "/commit/" + sha,
		"author": person(c.Author.Name, c.Author.Email), "committer": person(c.Committer.Name, c.Committer.Email), "added": added, "removed": removed, "modified": modified,
	}
}
