package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Dir keeps a ledger in a directory: one file for each addition, named by the number of lines before it. A file is made whole and under a name
// that must be new, so that two writers cannot both follow the same entry and a killed one leaves nothing.
type Dir struct{ Path string }

const (
	segmentSuffix = ".jsonl"
	// perShard bounds the files of one sub-directory.
	perShard = 10_000
)

// Read implements [Store].
func (d Dir) Read(ctx context.Context) ([]byte, error) {
	var all bytes.Buffer
	// WalkDir visits in lexical order, which the zero-padded names make the order of the entries.
	err := filepath.WalkDir(d.Path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if e.IsDir() || !strings.HasSuffix(path, segmentSuffix) {
			return nil
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) && all.Len() == 0 {
		return nil, nil
	}
	return all.Bytes(), err
}

// Append implements [Store].
func (d Dir) Append(ctx context.Context, after int, lines []byte) (err error) {
	have, err := d.Read(ctx)
	if err != nil {
		return err
	}
	if bytes.Count(have, []byte("\n")) != after {
		return ErrMoved
	}
	dir := filepath.Join(d.Path, fmt.Sprintf("%08d", after/perShard))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	_, writeErr := temp.Write(lines)
	if err := errors.Join(writeErr, temp.Chmod(0o644), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	err = os.Link(temp.Name(), filepath.Join(dir, fmt.Sprintf("%012d%s", after, segmentSuffix)))
	if errors.Is(err, fs.ErrExist) {
		return ErrMoved
	}
	return err
}
