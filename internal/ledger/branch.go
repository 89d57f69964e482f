package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/mooringdev/mooring/internal/git"
)

// DefaultBranch is where a ledger lives unless the configuration says otherwise.
const DefaultBranch = "mooring/ledger"

// segmentBytes is the size beyond which a branch begins another file, so that old ones are never written again.
const segmentBytes = 1 << 20

// SegmentName is the name of the n-th file of a ledger on a branch, counted from 0.
func SegmentName(n int) string { return fmt.Sprintf("ledger-%06d.jsonl", n) }

// Segments cuts what is added to a branch into files: it returns the name and new content of the file that lines go to, given the files there are.
func Segments(files [][]byte, lines []byte) (name string, content []byte) {
	last := len(files) - 1
	if last < 0 || len(files[last]) > segmentBytes {
		return SegmentName(last + 1), lines
	}
	return SegmentName(last), append(bytes.Clone(files[last]), lines...)
}

// Branch keeps a ledger on a branch of a local repository that has no common history with its code. The working tree is not touched.
type Branch struct {
	Repo   *git.Repo
	Name   string // "" for [DefaultBranch]
	Author git.Person
	Now    func() time.Time

	old   string // where the branch was when Read saw it; "" when it was not there
	tip   string // the commit that Read saw: of the branch, or of the remote's branch while there is no local one
	files [][]byte
}

func (b *Branch) name() string {
	if b.Name == "" {
		return DefaultBranch
	}
	return b.Name
}

// Read implements [Store].
func (b *Branch) Read(ctx context.Context) ([]byte, error) {
	tip, err := b.Repo.Tip(ctx, b.name())
	if err != nil {
		return nil, err
	}
	b.old = tip
	if tip == "" {
		// A fresh clone has the branch of its remote only.
		if tip, err = b.Repo.Resolve(ctx, "refs/remotes/origin/"+b.name()); err != nil {
			return nil, err
		}
	}
	if tip == b.tip && tip != "" {
		return bytes.Join(b.files, nil), nil
	}
	var files [][]byte
	for tip != "" {
		content, err := b.Repo.Show(ctx, tip, SegmentName(len(files)))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		files = append(files, content)
	}
	b.tip, b.files = tip, files
	return bytes.Join(files, nil), nil
}

// Append implements [Store]. The branch moves by compare-and-swap.
func (b *Branch) Append(ctx context.Context, after int, lines []byte) error {
	have, err := b.Read(ctx)
	if err != nil {
		return err
	}
	if bytes.Count(have, []byte("\n")) != after {
		return ErrMoved
	}
	name, content := Segments(b.files, lines)
	return b.commit(ctx, map[string][]byte{name: content}, fmt.Sprintf("Ledger: entries from %d on", after+1))
}

// Replace implements [Replacer]. The replaced lines stay in the branch's history.
func (b *Branch) Replace(ctx context.Context, after int, lines []byte) error {
	have, err := b.Read(ctx)
	if err != nil {
		return err
	}
	if bytes.Count(have, []byte("\n")) != after {
		return ErrMoved
	}
	files := map[string][]byte{SegmentName(0): lines}
	for n := 1; n < len(b.files); n++ {
		files[SegmentName(n)] = nil
	}
	return b.commit(ctx, files, fmt.Sprintf("Ledger: %d lines become %d", after, bytes.Count(lines, []byte("\n"))))
}

func (b *Branch) commit(ctx context.Context, files map[string][]byte, message string) error {
	_, err := b.Repo.CommitToBranch(ctx, git.Change{Branch: b.name(), Old: b.old, Base: b.tip, Files: files, Author: b.Author, When: b.Now(), Message: message})
	if errors.Is(err, git.ErrMoved) {
		return fmt.Errorf("%w: %w", ErrMoved, err)
	}
	return err
}
