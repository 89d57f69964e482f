package githubtest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

func (s *Server) refJSON(branch string, id plumbing.Hash) map[string]any {
	return map[string]any{
		"ref": "refs/heads/" + branch, "node_id": "REF_" + branch, "url": "https://api.github.com/repos/" + s.owner + "/" + s.name + "/git/refs/heads/" + branch,
		"object": map[string]any{"type": "commit", "sha": id.String(), "url": s.gitURL("commits", id)},
	}
}

func (s *Server) createRef(c *call) *answer {
	var in struct{ Ref, SHA string }
	if a := c.decode(&in); a != nil {
		return a
	}
	branch, isBranch := strings.CutPrefix(in.Ref, "refs/heads/")
	if !isBranch || plumbing.ReferenceName(in.Ref).Validate() != nil {
		return fail(http.StatusUnprocessableEntity, in.Ref+" is not a valid ref name")
	}
	if !s.tip(branch).IsZero() {
		return fail(http.StatusUnprocessableEntity, "Reference already exists")
	}
	id := plumbing.NewHash(in.SHA)
	if _, err := s.repo.CommitObject(id); err != nil {
		return fail(http.StatusUnprocessableEntity, "Object does not exist")
	}
	if why := s.forbids(branch, id); why != "" {
		return fail(http.StatusUnprocessableEntity, why)
	}
	s.setRef(c.user(), branch, id)
	return created(s.refJSON(branch, id))
}

func (s *Server) getRef(c *call) *answer {
	branch := strings.TrimPrefix(c.params["ref"], "heads/")
	id := s.tip(branch)
	if id.IsZero() {
		return notFound()
	}
	return ok(s.refJSON(branch, id))
}

func (s *Server) updateRef(c *call) *answer {
	var in struct {
		SHA   string
		Force bool
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	branch := strings.TrimPrefix(c.params["ref"], "heads/")
	old, id := s.tip(branch), plumbing.NewHash(in.SHA)
	if old.IsZero() {
		return fail(http.StatusUnprocessableEntity, "Reference does not exist")
	}
	if _, err := s.repo.CommitObject(id); err != nil {
		return fail(http.StatusUnprocessableEntity, "Object does not exist")
	}
	if !in.Force && !s.contains(id, old) {
		return fail(http.StatusUnprocessableEntity, "Update is not a fast forward")
	}
	if why := s.forbids(branch, id); why != "" {
		return fail(http.StatusUnprocessableEntity, why)
	}
	s.setRef(c.user(), branch, id)
	return ok(s.refJSON(branch, id))
}

func (s *Server) deleteRef(c *call) *answer {
	branch := strings.TrimPrefix(c.params["ref"], "heads/")
	if s.tip(branch).IsZero() {
		return fail(http.StatusUnprocessableEntity, "Reference does not exist")
	}
	s.removeRef(c.user(), branch)
	return &answer{status: http.StatusNoContent}
}

func (s *Server) matchingRefs(c *call) *answer {
	list := []any{}
	for _, branch := range s.branches() {
		if strings.HasPrefix("heads/"+branch, c.params["ref"]) {
			list = append(list, s.refJSON(branch, s.tip(branch)))
		}
	}
	return ok(list)
}

// branches lists the names of all branches in order.
func (s *Server) branches() []string {
	var names []string
	iter, err := s.repo.Storer.IterReferences()
	if err != nil {
		s.t.Errorf("githubtest: list branches: %v", err)
		return nil
	}
	err = iter.ForEach(func(r *plumbing.Reference) error {
		if r.Name().IsBranch() && r.Type() == plumbing.HashReference {
			names = append(names, r.Name().Short())
		}
		return nil
	})
	if err != nil && !errors.Is(err, storer.ErrStop) {
		s.t.Errorf("githubtest: list branches: %v", err)
	}
	slices.Sort(names)
	return names
}

// contains tells whether ancestor is tip or one of its ancestors.
func (s *Server) contains(tip, ancestor plumbing.Hash) bool {
	return slices.Contains(s.history(tip), ancestor)
}

// history lists a commit and its ancestors.
func (s *Server) history(tip plumbing.Hash) []plumbing.Hash {
	var out []plumbing.Hash
	seen := map[plumbing.Hash]bool{}
	queue := []plumbing.Hash{tip}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if seen[id] || id.IsZero() {
			continue
		}
		seen[id] = true
		out = append(out, id)
		if c, err := s.repo.CommitObject(id); err == nil {
			queue = append(queue, c.ParentHashes...)
		}
	}
	return out
}

// between lists the commits of head that base does not have, oldest first.
func (s *Server) between(base, head plumbing.Hash) []plumbing.Hash {
	known := map[plumbing.Hash]bool{}
	for _, id := range s.history(base) {
		known[id] = true
	}
	var out []plumbing.Hash
	for _, id := range s.history(head) {
		if !known[id] {
			out = append(out, id)
		}
	}
	slices.Reverse(out)
	return out
}

// resolve finds a branch or a commit id.
func (s *Server) resolve(name string) plumbing.Hash {
	if id := s.tip(name); !id.IsZero() {
		return id
	}
	id := plumbing.NewHash(name)
	if _, err := s.repo.CommitObject(id); err != nil {
		return plumbing.ZeroHash
	}
	return id
}

func (s *Server) compare(c *call) *answer {
	baseName, headName, isRange := strings.Cut(c.params["basehead"], "...")
	base, head := s.resolve(baseName), s.resolve(headName)
	if !isRange || base.IsZero() || head.IsZero() {
		return notFound()
	}
	ahead, behind := s.between(base, head), s.between(head, base)
	status := map[[2]bool]string{{false, false}: "identical", {true, false}: "ahead", {false, true}: "behind", {true, true}: "diverged"}[[2]bool{len(ahead) > 0, len(behind) > 0}]
	commits := []any{}
	for _, id := range ahead {
		commits = append(commits, s.historyJSON(id))
	}
	mergeBase := base
	for _, id := range s.history(base) {
		if s.contains(head, id) {
			mergeBase = id
			break
		}
	}
	return ok(map[string]any{
		"status": status, "ahead_by": len(ahead), "behind_by": len(behind), "total_commits": len(ahead), "commits": commits,
		"base_commit": s.historyJSON(base), "merge_base_commit": s.historyJSON(mergeBase), "files": []any{},
	})
}

// listCommits lists the commits of a branch, the default one unless asked otherwise, newest first, of one author when asked to: a login or a mail address.
func (s *Server) listCommits(c *call) *answer {
	tip := s.tip(s.opts.DefaultBranch)
	if tip.IsZero() {
		return fail(http.StatusConflict, "Git Repository is empty.")
	}
	if from := c.query.Get("sha"); from != "" {
		if tip = s.resolve(from); tip.IsZero() {
			return notFound()
		}
	}
	list := []any{}
	for _, id := range slices.Backward(s.between(plumbing.ZeroHash, tip)) {
		commit, err := s.repo.CommitObject(id)
		if err != nil {
			continue
		}
		author := s.userOf(commit.Author)
		if want := c.query.Get("author"); want != "" && want != commit.Author.Email && (author == nil || author.Login != want) {
			continue
		}
		list = append(list, s.historyJSON(id))
	}
	return s.page(c, list)
}
