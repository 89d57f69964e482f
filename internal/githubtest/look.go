package githubtest

import (
	"fmt"
	"slices"
	"strings"
)

// Issue is a copy of an issue or pull request.
func (s *Server) Issue(number int) Issue {
	s.t.Helper()
	var out Issue
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.existing(number)
	out = *i
	out.Labels = slices.Clone(i.Labels)
	out.Comments = nil
	for _, c := range i.Comments {
		x := *c
		out.Comments = append(out.Comments, &x)
	}
	if i.Pull != nil {
		p := *i.Pull
		out.Pull = &p
	}
	return out
}

// Count is how many issues and pull requests there are.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.issues)
}

// Numbers lists the issues, or the pull requests, in the given state (open, closed or all).
func (s *Server) Numbers(pulls bool, state string) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []int
	for _, i := range s.issues {
		if (i.Pull != nil) == pulls && (state == "all" || i.State == state) {
			out = append(out, i.Number)
		}
	}
	return out
}

// Tip is the commit that a branch points at, "" when there is none.
func (s *Server) Tip(branch string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := s.tip(branch); !id.IsZero() {
		return id.String()
	}
	return ""
}

// File is the content of a file at a branch or commit, "" when it is not there.
func (s *Server) File(ref, path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fileAt(ref, path)
}

func (s *Server) fileAt(ref, path string) string {
	c, err := s.repo.CommitObject(s.resolve(ref))
	if err != nil {
		return ""
	}
	f, err := c.File(path)
	if err != nil {
		return ""
	}
	content, err := f.Contents()
	if err != nil {
		return ""
	}
	return content
}

// CommitMessages lists the messages of the commits that branch has and the default branch has not, oldest first.
func (s *Server) CommitMessages(branch string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, id := range s.between(s.tip(s.opts.DefaultBranch), s.tip(branch)) {
		if c, err := s.repo.CommitObject(id); err == nil {
			out = append(out, c.Message)
		}
	}
	return out
}

// Dump writes everything that a test may compare, without ids and times: titles, bodies, states, labels, comments, branches with their trees.
func (s *Server) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, i := range s.issues {
		fmt.Fprintf(&b, "#%d %s %s %q by %s, labels %q\n%s\n", i.Number, i.State, i.StateReason, i.Title, i.Author.Login, i.Labels, i.Body)
		if i.Pull != nil {
			fmt.Fprintf(&b, "  pull %s into %s, merged %v, reviewers %v\n", i.Pull.Head, i.Pull.Base, i.Pull.Merged, i.Pull.Reviewers)
		}
		for _, c := range i.Comments {
			fmt.Fprintf(&b, "  %s: %s\n", c.Author.Login, c.Body)
		}
	}
	for _, branch := range s.branches() {
		c, err := s.repo.CommitObject(s.tip(branch))
		if err != nil {
			continue
		}
		fmt.Fprintf(&b, "branch %s: tree %s, parents %v\n%s\n", branch, c.TreeHash, c.ParentHashes, c.Message)
	}
	return b.String()
}
