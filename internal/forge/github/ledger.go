package github

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/ledger"
)

// A Ledger is a [ledger.Store] on a branch of the repository that has no common history with its code. It needs "contents: write".
type Ledger struct {
	client *Client
	branch string

	tip, tree string   // that Read saw
	files     [][]byte // in order
	blobs     map[string][]byte
}

// Ledger opens the ledger on a branch; "" is [ledger.DefaultBranch]. It sends nothing.
func (c *Client) Ledger(branch string) *Ledger {
	if branch == "" {
		branch = ledger.DefaultBranch
	}
	return &Ledger{client: c, branch: branch, blobs: map[string][]byte{}}
}

// Read implements [ledger.Store]. Files that did not change since the last call are not fetched again.
func (l *Ledger) Read(ctx context.Context) ([]byte, error) {
	c := l.client
	tip, treeID, err := l.head(ctx)
	if err != nil {
		return nil, err
	}
	if tip == l.tip {
		return bytes.Join(l.files, nil), nil
	}
	l.tip, l.tree, l.files = "", "", nil
	if tip == "" {
		return nil, nil
	}
	tree, _, err := c.api.Git.GetTree(ctx, c.owner, c.name, treeID, false)
	if err != nil {
		return nil, c.refuse(err, "contents")
	}
	var files [][]byte
	for {
		name := ledger.SegmentName(len(files))
		at := slices.IndexFunc(tree.Entries, func(e *gh.TreeEntry) bool { return e.GetPath() == name })
		if at < 0 {
			break
		}
		content, err := l.blob(ctx, tree.Entries[at].GetSHA())
		if err != nil {
			return nil, c.refuse(err, "contents")
		}
		files = append(files, content)
	}
	l.tip, l.tree, l.files = tip, treeID, files
	return bytes.Join(files, nil), nil
}

// head is the newest commit of the branch and its tree, in one request; both are "" when there is no such branch.
func (l *Ledger) head(ctx context.Context) (commit, tree string, err error) {
	c := l.client
	commits, _, err := c.api.Repositories.ListCommits(ctx, c.owner, c.name, &gh.CommitsListOptions{SHA: l.branch, ListOptions: gh.ListOptions{PerPage: 1}})
	switch {
	case slices.Contains([]int{http.StatusConflict, http.StatusNotFound, http.StatusUnprocessableEntity}, status(err)): // an empty repository, or no such branch
		return "", "", nil
	case err != nil:
		return "", "", c.refuse(err, "contents")
	case len(commits) == 0:
		return "", "", nil
	}
	return commits[0].GetSHA(), commits[0].GetCommit().GetTree().GetSHA(), nil
}

func (l *Ledger) blob(ctx context.Context, sha string) ([]byte, error) {
	if content, ok := l.blobs[sha]; ok {
		return content, nil
	}
	b, _, err := l.client.api.Git.GetBlob(ctx, l.client.owner, l.client.name, sha)
	if err != nil {
		return nil, err
	}
	content, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(b.GetContent(), "\n", ""))
	if err != nil {
		return nil, fmt.Errorf("a file of the ledger is not readable: %w", err)
	}
	l.blobs[sha] = content
	return content, nil
}

// Append implements [ledger.Store]. The branch moves by compare-and-swap, so a writer that comes second learns of it.
func (l *Ledger) Append(ctx context.Context, after int, lines []byte) error {
	have, err := l.Read(ctx)
	if err != nil {
		return err
	}
	if bytes.Count(have, []byte("\n")) != after {
		return ledger.ErrMoved
	}
	name, content := ledger.Segments(l.files, lines)
	return l.commit(ctx, []*gh.TreeEntry{file(name, content)}, fmt.Sprintf("Ledger: entries from %d on", after+1))
}

// Replace implements [ledger.Replacer]. The replaced lines stay in the branch's history.
func (l *Ledger) Replace(ctx context.Context, after int, lines []byte) error {
	have, err := l.Read(ctx)
	if err != nil {
		return err
	}
	if bytes.Count(have, []byte("\n")) != after {
		return ledger.ErrMoved
	}
	changes := []*gh.TreeEntry{file(ledger.SegmentName(0), lines)}
	for n := 1; n < len(l.files); n++ {
		changes = append(changes, &gh.TreeEntry{Path: gh.String(ledger.SegmentName(n)), Type: gh.String("blob"), Mode: gh.String(modeFile)}) // without content: deleted
	}
	return l.commit(ctx, changes, fmt.Sprintf("Ledger: %d lines become %d", after, bytes.Count(lines, []byte("\n"))))
}

func file(name string, content []byte) *gh.TreeEntry {
	return &gh.TreeEntry{Path: &name, Type: gh.String("blob"), Mode: gh.String(modeFile), Content: gh.String(string(content))}
}

// commit makes a commit over what Read saw and moves the branch to it.
func (l *Ledger) commit(ctx context.Context, changes []*gh.TreeEntry, message string) error {
	c := l.client
	ctx = forge.LastWord(ctx) // what was done is remembered even when nothing more can be done
	if c.nodeID == "" {
		repository, _, err := c.api.Repositories.Get(ctx, c.owner, c.name)
		if err != nil {
			return c.unreadable("read the repository", err)
		}
		c.nodeID = repository.GetNodeID()
	}
	tree, _, err := c.api.Git.CreateTree(ctx, c.owner, c.name, l.tree, changes)
	if err != nil {
		return c.refuse(err, "contents")
	}
	commit := &gh.Commit{Message: &message, Tree: tree}
	if l.tip != "" {
		commit.Parents = []*gh.Commit{{SHA: &l.tip}}
	}
	made, _, err := c.api.Git.CreateCommit(ctx, c.owner, c.name, commit, nil)
	if err != nil {
		return c.refuse(err, "contents")
	}
	err = c.moveBranch(ctx, l.branch, l.tip, made.GetSHA())
	if errors.Is(err, forge.ErrMoved) {
		return fmt.Errorf("%w: %w", ledger.ErrMoved, err)
	}
	return c.refuse(err, "contents")
}
