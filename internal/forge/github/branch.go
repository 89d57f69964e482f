package github

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	gh "github.com/google/go-github/v60/github"

	"github.com/mooringdev/mooring/internal/forge"
)

// noCommit stands for a branch that does not exist.
const noCommit = "0000000000000000000000000000000000000000"

const (
	modeFile       = "100644"
	modeExecutable = "100755"
)

// push makes the commit of an action and moves its branch there. Author and committer are left to GitHub, which then signs it for a bot.
func (c *Client) push(ctx context.Context, a forge.Action) (forge.Effect, error) {
	base, _, err := c.api.Git.GetCommit(ctx, c.owner, c.name, a.Commit.Base)
	if s := status(err); s == http.StatusNotFound || s == http.StatusConflict || s == http.StatusUnprocessableEntity {
		return forge.Effect{}, &forge.Refusal{Sentence: fmt.Sprintf("GitHub does not know commit %.12s, whose code was scanned: push it, or scan what is on %s", a.Commit.Base, c.defaultBranch)}
	}
	if err != nil {
		return forge.Effect{}, c.refuse(err, "contents")
	}
	entries, err := c.entries(ctx, base.GetTree().GetSHA(), a.Commit.Files)
	if err != nil {
		return forge.Effect{}, err
	}
	tree, _, err := c.api.Git.CreateTree(ctx, c.owner, c.name, base.GetTree().GetSHA(), entries)
	if err != nil {
		return forge.Effect{}, c.refuse(err, "contents")
	}
	commit, _, err := c.api.Git.CreateCommit(ctx, c.owner, c.name, &gh.Commit{
		Message: gh.String(a.Commit.FullMessage()), Tree: tree, Parents: []*gh.Commit{{SHA: base.SHA}},
	}, nil)
	if err != nil {
		return forge.Effect{}, c.refuse(err, "contents")
	}
	if err := c.moveBranch(ctx, a.Branch, a.Head, commit.GetSHA()); err != nil {
		return forge.Effect{}, c.refuseMove(err)
	}
	return forge.Effect{Branch: &forge.Branch{Head: commit.GetSHA(), Owner: forge.OwnerUs, Content: a.Commit.Content()}}, nil
}

// entries are the changed files as entries of a tree, with the modes they have.
func (c *Client) entries(ctx context.Context, tree string, files []forge.File) ([]*gh.TreeEntry, error) {
	modes := modeReader{c, map[string][]*gh.TreeEntry{}}
	var entries []*gh.TreeEntry
	for _, f := range files {
		mode, err := modes.of(ctx, tree, f.Path)
		if err != nil {
			return nil, err
		}
		e := &gh.TreeEntry{Path: gh.String(f.Path), Type: gh.String("blob"), Mode: gh.String(modeFile)}
		switch mode {
		case "":
			if f.Content == nil {
				continue // gone already
			}
		case modeFile, modeExecutable:
			e.Mode = gh.String(mode)
		default:
			return nil, &forge.Refusal{Sentence: fmt.Sprintf("%s is a link or a submodule, which is not edited: edit what it points at", f.Path)}
		}
		switch {
		case f.Content == nil:
		case utf8.Valid(f.Content):
			e.Content = gh.String(string(f.Content))
		default:
			blob, _, err := c.api.Git.CreateBlob(ctx, c.owner, c.name, &gh.Blob{Content: gh.String(base64.StdEncoding.EncodeToString(f.Content)), Encoding: gh.String("base64")})
			if err != nil {
				return nil, c.refuse(err, "contents")
			}
			e.SHA = blob.SHA
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// modeReader looks file modes up directory by directory: the whole tree of a large repository would be cut off.
type modeReader struct {
	c     *Client
	trees map[string][]*gh.TreeEntry
}

// of is the mode of a file, "" when it is not there.
func (m *modeReader) of(ctx context.Context, tree, path string) (string, error) {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		entries, ok := m.trees[tree]
		if !ok {
			t, _, err := m.c.api.Git.GetTree(ctx, m.c.owner, m.c.name, tree, false)
			if err != nil {
				return "", m.c.refuse(err, "contents")
			}
			entries = t.Entries
			m.trees[tree] = entries
		}
		at := slices.IndexFunc(entries, func(e *gh.TreeEntry) bool { return e.GetPath() == part })
		switch {
		case at < 0:
			return "", nil
		case i == len(parts)-1:
			return entries[at].GetMode(), nil
		case entries[at].GetType() != "tree":
			return "", &forge.Refusal{Sentence: fmt.Sprintf("%s is not a directory in the repository, so %s cannot be edited", strings.Join(parts[:i+1], "/"), path)}
		}
		tree = entries[at].GetSHA()
	}
	return "", nil
}

// moveBranch makes a branch point at a commit ("" deletes it) if it is still at from ("" when it must not exist). GraphQL can do that
// atomically; REST cannot. It returns [forge.ErrMoved] when the branch is elsewhere.
func (c *Client) moveBranch(ctx context.Context, branch, from, to string) error {
	update := map[string]any{"name": "refs/heads/" + branch, "beforeOid": orNone(from), "afterOid": orNone(to), "force": true}
	variables := map[string]any{"input": map[string]any{"repositoryId": c.nodeID, "refUpdates": []any{update}}}
	var err error
	for range tries {
		err = c.query(ctx, "mutation($input:UpdateRefsInput!){updateRefs(input:$input){clientMutationId}}", variables, nil)
		if err == nil {
			return nil
		}
		var g *graphQLError
		if !errors.As(err, &g) && !unanswered(err) {
			return err
		}
		now, lookErr := c.tip(ctx, branch)
		switch {
		case lookErr != nil:
			return lookErr
		case now == to:
			return nil // done by a try whose answer was lost
		case now != from:
			return fmt.Errorf("%s: %w", branch, forge.ErrMoved)
		case g != nil:
			return err
		}
	}
	return err
}

func orNone(id string) string {
	if id == "" {
		return noCommit
	}
	return id
}

// tip is where a branch points, "" when there is none.
func (c *Client) tip(ctx context.Context, branch string) (string, error) {
	ref, _, err := c.api.Git.GetRef(ctx, c.owner, c.name, "heads/"+branch)
	if status(err) == http.StatusNotFound {
		return "", nil
	}
	return ref.GetObject().GetSHA(), err
}

func (c *Client) refuseMove(err error) error {
	if errors.Is(err, forge.ErrMoved) {
		return err
	}
	return c.refuse(err, "contents")
}
