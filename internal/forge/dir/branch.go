package dir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/git"
)

// readBranches looks at the branches of the wanted pull requests.
func (d *directory) readBranches(ctx context.Context, want []forge.Publication, state *forge.State) error {
	if d.Repo == nil {
		for _, o := range state.Objects {
			if o.Kind == forge.KindPull {
				state.Branches[o.Marker.Branch] = forge.Branch{Owner: forge.OwnerUs, Content: o.Marker.Content}
			}
		}
		return nil
	}
	for _, w := range want {
		if w.Kind != forge.KindPull {
			continue
		}
		tip, err := d.Repo.Tip(ctx, w.Branch)
		if err != nil {
			return fmt.Errorf("branch of the adoption of %s: %w", w.Stack, err)
		}
		if tip == "" {
			continue
		}
		var remembered *forge.Marker
		for _, o := range state.Objects {
			if o.Marker.Branch == w.Branch {
				remembered = &o.Marker
			}
		}
		if state.Branches[w.Branch], err = d.readBranch(ctx, w, tip, remembered); err != nil {
			return fmt.Errorf("branch %s: %w", w.Branch, err)
		}
	}
	return nil
}

// readBranch tells whose commits a branch holds. The commit at its tip is ours when it has us as author and, as amending keeps the author, when
// it is the commit that the file of the pull request remembers or changes what that one did or what is wanted.
func (d *directory) readBranch(ctx context.Context, w forge.Publication, tip string, remembered *forge.Marker) (forge.Branch, error) {
	b := forge.Branch{Head: tip, Owner: forge.OwnerOther}
	commits, err := d.Repo.Log(ctx, git.LogOptions{From: tip, Max: 2})
	if err != nil || len(commits) == 0 || commits[0].Author.Email != d.Author.Email {
		return b, err
	}
	if remembered == nil {
		b.Owner = forge.OwnerUs
		return b, nil
	}
	content := remembered.Content
	if remembered.Head != tip {
		if content, err = d.content(ctx, commits); err != nil {
			return b, err
		}
		if content != remembered.Content && (w.Commit == nil || content != w.Commit.Content()) {
			return b, nil
		}
	}
	b.Owner = forge.OwnerUs
	if d.patchIsWhole(ctx, w) {
		b.Content = content
	}
	return b, nil
}

// content is the [forge.Commit.Content] of the first commit, whose parent is the second.
func (d *directory) content(ctx context.Context, commits []git.Commit) (string, error) {
	if len(commits) < 2 {
		return "", nil
	}
	paths, err := d.Repo.ChangedSince(ctx, commits[1].ID, commits[0].ID)
	if err != nil {
		return "", err
	}
	var c forge.Commit
	for _, path := range paths {
		after, err := d.Repo.Show(ctx, commits[0].ID, path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err == nil && after == nil {
			after = []byte{}
		}
		c.Files = append(c.Files, forge.File{Path: path, Content: after})
	}
	return c.Content(), nil
}

// patchIsWhole tells whether the patch beside the pull request is as wanted; when it is not, committing again writes it.
func (d *directory) patchIsWhole(ctx context.Context, w forge.Publication) bool {
	if w.Commit == nil {
		return true
	}
	patch, err := d.patch(ctx, w.Commit)
	if err != nil {
		return false
	}
	have, err := os.ReadFile(d.local(d.name(w.Kind, w.Stack, w.Branch) + ".patch"))
	return err == nil && bytes.Equal(have, patch)
}

func (d *directory) push(ctx context.Context, a forge.Action) (forge.Effect, error) {
	if d.Repo == nil {
		return forge.Effect{Branch: &forge.Branch{Owner: forge.OwnerUs, Content: a.Commit.Content()}}, nil
	}
	patch, err := d.patch(ctx, a.Commit)
	if err != nil {
		return forge.Effect{}, err
	}
	files := make(map[string][]byte, len(a.Commit.Files))
	for _, f := range a.Commit.Files {
		files[f.Path] = f.Content
	}
	head, err := d.Repo.CommitToBranch(ctx, git.Change{
		Branch: a.Branch, Old: a.Head, Base: a.Commit.Base, Files: files, Message: a.Commit.FullMessage(), Author: d.Author, When: d.Now,
	})
	if err != nil {
		return forge.Effect{}, moved(err)
	}
	if err := replace(d.local(d.name(a.Kind, a.Stack, a.Branch)+".patch"), patch); err != nil {
		return forge.Effect{}, err
	}
	return forge.Effect{Branch: &forge.Branch{Head: head, Owner: forge.OwnerUs, Content: a.Commit.Content()}}, nil
}

// patch writes the commit as a patch against its base.
func (d *directory) patch(ctx context.Context, c *forge.Commit) ([]byte, error) {
	diffs := make([]git.FileDiff, 0, len(c.Files))
	for _, f := range c.Files {
		before, err := d.Repo.Show(ctx, c.Base, f.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("patch of %s: %w", f.Path, err)
		}
		if before == nil && err == nil {
			before = []byte{}
		}
		diffs = append(diffs, git.FileDiff{Path: f.Path, Before: before, After: f.Content})
	}
	return git.Patch(diffs), nil
}

func moved(err error) error {
	if errors.Is(err, git.ErrMoved) {
		return fmt.Errorf("%w: %w", forge.ErrMoved, err)
	}
	return err
}
