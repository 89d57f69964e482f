package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Dir keeps a ledger in a directory: one file for each addition, named by the number of lines before it. A file is made whole and under a name
// that must be new, so that two writers cannot both follow the same entry and a killed one leaves nothing. A file that begins with a
// checkpoint replaces those before it, which are then deleted.
type Dir struct{ Path string }

const (
	segmentSuffix = ".jsonl"
	// perShard bounds the files of one sub-directory.
	perShard = 10_000
)

// Read implements [Store].
func (d Dir) Read(ctx context.Context) ([]byte, error) {
	all, _, _, err := d.read(ctx)
	return all, err
}

// read returns the lines, the files that a checkpoint replaced, and the number that the next file gets.
func (d Dir) read(ctx context.Context) (all []byte, replaced []string, next int, err error) {
	var held []string
	// WalkDir visits in lexical order, which the zero-padded names make the order of the entries.
	err = filepath.WalkDir(d.Path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if e.IsDir() || !strings.HasSuffix(path, segmentSuffix) {
			return nil
		}
		number, err := strconv.Atoi(strings.TrimSuffix(e.Name(), segmentSuffix))
		if err != nil {
			return nil // not a file of ours
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if beginsWithCheckpoint(content) {
			all, replaced, held = nil, append(replaced, held...), nil
		}
		all, held, next = append(all, content...), append(held, path), number+bytes.Count(content, []byte("\n"))
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) && len(all) == 0 {
		return nil, nil, 0, nil
	}
	return all, replaced, next, err
}

func beginsWithCheckpoint(content []byte) bool {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	var e struct{ Kind Kind }
	return json.Unmarshal(line, &e) == nil && e.Kind == KindCheckpoint
}

// Append implements [Store].
func (d Dir) Append(ctx context.Context, after int, lines []byte) error {
	have, _, next, err := d.read(ctx)
	if err != nil {
		return err
	}
	if bytes.Count(have, []byte("\n")) != after {
		return ErrMoved
	}
	return d.write(next, lines)
}

// Replace implements [Replacer].
func (d Dir) Replace(ctx context.Context, after int, lines []byte) error {
	if err := d.Append(ctx, after, lines); err != nil {
		return err
	}
	_, replaced, _, err := d.read(ctx)
	for _, path := range replaced {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// write makes the file with a number, which must be new.
func (d Dir) write(number int, lines []byte) (err error) {
	dir := filepath.Join(d.Path, fmt.Sprintf("%08d", number/perShard))
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
	err = os.Link(temp.Name(), filepath.Join(dir, fmt.Sprintf("%012d%s", number, segmentSuffix)))
	if errors.Is(err, fs.ErrExist) {
		return ErrMoved
	}
	return err
}
