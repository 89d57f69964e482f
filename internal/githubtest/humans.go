package githubtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// The methods of this file are what people do in a browser or with git, without a token. They fail the test when it cannot be done.

// with runs f, which login does, on an issue under the lock.
func (s *Server) with(login string, number int, f func(*Issue)) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.existing(number)
	was := i.image()
	f(i)
	i.Updated = s.now
	s.changed(s.users[login], i, was)
}

// existing is find for a number that the test knows to be there.
func (s *Server) existing(number int) *Issue {
	s.t.Helper()
	i := s.find(number)
	if i == nil {
		s.t.Fatalf("githubtest: there is no #%d", number)
	}
	return i
}

// OpenIssue opens an issue and returns its number.
func (s *Server) OpenIssue(login, title, body string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.newIssue(s.users[login], title, body)
	s.issueEvent(i.Author, i, "opened", nil)
	return i.Number
}

// Close closes an issue with a reason (completed or not_planned), or a pull request without merging it.
func (s *Server) Close(login string, number int, reason string) {
	s.t.Helper()
	s.with(login, number, func(i *Issue) { s.setState(i, "closed", reason, s.users[login]) })
}

// Reopen opens it again.
func (s *Server) Reopen(login string, number int) {
	s.t.Helper()
	s.with(login, number, func(i *Issue) {
		if a := s.setState(i, "open", "", s.users[login]); a != nil {
			s.t.Fatalf("githubtest: #%d cannot be reopened: %v", number, a.body)
		}
	})
}

// EditBody replaces the body by what edit makes of it.
func (s *Server) EditBody(number int, edit func(string) string) {
	s.t.Helper()
	s.with(Owner, number, func(i *Issue) { i.Body = edit(i.Body) })
}

// Rename gives a new title.
func (s *Server) Rename(number int, title string) {
	s.t.Helper()
	s.with(Owner, number, func(i *Issue) { i.Title = title })
}

// Tick ticks the box whose line holds text, as the owner.
func (s *Server) Tick(number int, text string) {
	s.t.Helper()
	s.TickAs(Owner, number, text)
}

// TickAs ticks the box whose line holds text.
func (s *Server) TickAs(login string, number int, text string) {
	s.t.Helper()
	s.with(login, number, func(i *Issue) { s.tick(i, text) })
}

// TickMeanwhile is Tick for [Fault.Do]: while a request is served.
func (s *Server) TickMeanwhile(number int, text string) {
	s.t.Helper()
	s.tick(s.find(number), text)
}

func (s *Server) tick(i *Issue, text string) {
	s.t.Helper()
	lines := strings.Split(i.Body, "\n")
	n := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "- [ ]") && strings.Contains(l, text) })
	if n < 0 {
		s.t.Errorf("githubtest: #%d has no box %q:\n%s", i.Number, text, i.Body)
		return
	}
	lines[n] = strings.Replace(lines[n], "[ ]", "[x]", 1)
	i.Body = strings.Join(lines, "\n")
}

// PushMeanwhile is Push for [Fault.Do]: while a request is served.
func (s *Server) PushMeanwhile(login, branch, path, content string) {
	s.setRef(s.users[login], branch, s.commit(s.users[login], nil, s.tip(branch), map[string]*string{path: &content}, "Edit "+path))
}

// Comment comments and returns the comment's id.
func (s *Server) Comment(login string, number int, body string) int64 {
	s.t.Helper()
	var id int64
	s.with(login, number, func(i *Issue) { id = s.newComment(i, s.users[login], body).ID })
	return id
}

// EditComment is somebody's edit of a comment, their own or another's.
func (s *Server) EditComment(login string, id int64, body string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i, x := s.existingComment(id)
	s.rewrite(s.users[login], i, x, body)
}

// existingComment is commentOf for a comment that the test knows to be there.
func (s *Server) existingComment(id int64) (*Issue, *Comment) {
	s.t.Helper()
	i, x := s.commentOf(id)
	if x == nil {
		s.t.Fatalf("githubtest: there is no comment %d", id)
	}
	return i, x
}

// DeleteComment deletes a comment.
func (s *Server) DeleteComment(login string, id int64) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i, x := s.existingComment(id)
	i.Comments = slices.DeleteFunc(i.Comments, func(y *Comment) bool { return y == x })
	s.commentEvent(s.users[login], i, x, "deleted", nil)
}

// AddLabel labels it.
func (s *Server) AddLabel(number int, name string) {
	s.t.Helper()
	s.with(Owner, number, func(i *Issue) { s.setLabels(i, []string{name}) })
}

// DropLabel takes a label off.
func (s *Server) DropLabel(number int, name string) {
	s.t.Helper()
	s.with(Owner, number, func(i *Issue) {
		i.Labels = slices.DeleteFunc(i.Labels, func(l string) bool { return strings.EqualFold(l, name) })
	})
}

// Lock locks the conversation.
func (s *Server) Lock(number int) {
	s.t.Helper()
	s.with(Owner, number, func(i *Issue) {
		i.Locked = true
		s.issueEvent(s.users[Owner], i, "locked", nil)
	})
}

// Merge merges a pull request with a merge commit.
func (s *Server) Merge(login string, number int) {
	s.t.Helper()
	s.with(login, number, func(i *Issue) {
		base, head := s.tip(i.Pull.Base), plumbing.NewHash(i.Pull.HeadSHA)
		c, err := s.repo.CommitObject(head)
		if err != nil {
			s.t.Fatalf("githubtest: merge #%d: %v", number, err)
		}
		id := s.writeCommit(s.users[login], s.users[webFlowLogin], c.TreeHash, []plumbing.Hash{base, head}, fmt.Sprintf("Merge pull request #%d", number))
		i.State, i.ClosedBy, i.Closed = "closed", s.users[login], s.now
		i.Pull.Merged, i.Pull.MergedAt = true, s.now
		s.setRef(s.users[login], i.Pull.Base, id)
	})
}

// Push commits a file on a branch, as a person's git push does, and returns the commit. An empty branch name is the default branch.
func (s *Server) Push(login, branch, path, content string) string {
	return s.push(s.users[login], nil, branch, path, content)
}

// Amend replaces the last commit of a branch by one with the same author and another committer, as git commit --amend does.
func (s *Server) Amend(login, branch, path, content string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.repo.CommitObject(s.tip(branch))
	if err != nil {
		s.t.Fatalf("githubtest: amend %s: %v", branch, err)
	}
	id := s.commit(s.userOf(c.Author), s.users[login], c.ParentHashes[0], map[string]*string{path: &content}, c.Message)
	s.setRef(s.users[login], branch, id)
	return id.String()
}

// EditOnline commits a file in the browser: the committer is then GitHub itself.
func (s *Server) EditOnline(login, branch, path, content string) string {
	return s.push(s.users[login], s.users[webFlowLogin], branch, path, content)
}

func (s *Server) push(author, committer *User, branch, path, content string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if branch == "" {
		branch = s.opts.DefaultBranch
	}
	base := s.tip(branch)
	if base.IsZero() {
		base = s.tip(s.opts.DefaultBranch)
	}
	id := s.commit(author, committer, base, map[string]*string{path: &content}, "Edit "+path)
	s.setRef(author, branch, id)
	return id.String()
}

// DeleteBranch deletes a branch.
func (s *Server) DeleteBranch(branch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeRef(s.users[Owner], branch)
}

// RenameDefault renames the default branch; open pull requests follow.
func (s *Server) RenameDefault(name string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.opts.DefaultBranch
	s.setRef(s.users[Owner], name, s.tip(old))
	s.opts.DefaultBranch = name
	for _, i := range s.issues {
		if i.Pull != nil && i.Pull.Base == old {
			i.Pull.Base = name
		}
	}
	s.removeRef(s.users[Owner], old)
}

// LabelMeanwhile is AddLabel for [Fault.Do]: while a request is served.
func (s *Server) LabelMeanwhile(number int, name string) {
	s.setLabels(s.find(number), []string{name})
}
