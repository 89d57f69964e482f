package githubtest

import (
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Protect keeps everybody from updating branches that begin with prefix.
func (s *Server) Protect(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.protect = append(s.protect, prefix)
}

// RequireSignatures makes branches that begin with prefix take signed commits alone.
func (s *Server) RequireSignatures(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed = append(s.signed, prefix)
}

// Verified tells whether the commit at the tip of a branch is signed.
func (s *Server) Verified(branch string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verified[s.tip(branch)]
}

// forbids is what GitHub says to moving a branch to a commit (zero deletes it); "" when it may be.
func (s *Server) forbids(branch string, to plumbing.Hash) string {
	below := func(prefixes []string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(branch, p) })
	}
	switch {
	case below(s.protect):
		return "Cannot update this protected ref."
	case to.IsZero() || !below(s.signed):
		return ""
	}
	known := append(s.history(s.tip(branch)), s.history(s.tip(s.opts.DefaultBranch))...)
	for _, id := range s.history(to) {
		if !slices.Contains(known, id) && !s.verified[id] {
			return "Repository rule violations found\n\nCommits must have verified signatures.\n\n"
		}
	}
	return ""
}
