package scan

import (
	"context"
	"time"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/git"
)

// history asks git, each file and each older version once.
type history struct {
	ctx    context.Context
	repo   *git.Repo
	lines  map[string][]*git.Commit
	before map[string][]byte
}

func newHistory(ctx context.Context, repo *git.Repo) *history {
	if repo == nil {
		return nil
	}
	return &history{ctx: ctx, repo: repo, lines: map[string][]*git.Commit{}, before: map[string][]byte{}}
}

// LastChange implements compare.History.
func (h *history) LastChange(file string, first, last int) *compare.Commit {
	lines, ok := h.lines[file]
	if !ok {
		lines, _ = h.repo.Blame(h.ctx, file) // a file without history has none: nothing is known of it
		h.lines[file] = lines
	}
	var newest *git.Commit
	for n := first; n <= last && n <= len(lines); n++ {
		c := lines[n-1]
		if c == nil {
			return nil // not committed yet
		}
		if newest == nil || c.Time.After(newest.Time) {
			newest = c
		}
	}
	if newest == nil {
		return nil
	}
	return &compare.Commit{ID: newest.ID, Author: newest.Author.Name, Subject: newest.Subject, Time: newest.Time.In(time.UTC)}
}

// Before implements compare.History.
func (h *history) Before(c *compare.Commit, file string) ([]byte, bool) {
	key := c.ID + " " + file
	src, ok := h.before[key]
	if !ok {
		src, _ = h.repo.Show(h.ctx, c.ID+"^", file) // the first commit has nothing before it
		h.before[key] = src
	}
	return src, src != nil
}
