package bot

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mooringdev/mooring/internal/forge/github"
)

// treeFS is a commit as a file system. Contents are asked for when a file is read. The first error of that is kept, because those who read
// configuration take a file that cannot be read for one that is empty.
type treeFS struct {
	files map[string]string   // path to blob
	dirs  map[string][]string // names in a directory, sorted
	read  func(sha string) ([]byte, error)
	err   error
}

func newTreeFS(files map[string]string, read func(sha string) ([]byte, error)) *treeFS {
	t := &treeFS{files: files, dirs: map[string][]string{".": nil}, read: read}
	for file := range files {
		for child := file; child != "."; child = path.Dir(child) {
			dir, name := path.Dir(child), path.Base(child)
			_, known := t.dirs[dir]
			t.dirs[dir] = append(t.dirs[dir], name)
			if known && dir != "." {
				break
			}
		}
	}
	for dir, names := range t.dirs {
		slices.Sort(names)
		t.dirs[dir] = slices.Compact(names)
	}
	return t
}

// maxFile is the largest file that is read: configuration is smaller.
const maxFile = 2 << 20

// Open implements [fs.FS].
func (t *treeFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if sha, ok := t.files[name]; ok {
		return &treeFile{name: path.Base(name), load: func() ([]byte, error) {
			content, err := t.read(sha)
			if err != nil && t.err == nil {
				t.err = err
			}
			return content, err
		}}, nil
	}
	if names, ok := t.dirs[name]; ok {
		return &treeDir{tree: t, dir: name, names: names}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

type treeInfo struct {
	name string
	dir  bool
}

func (i treeInfo) Name() string               { return i.name }
func (i treeInfo) Size() int64                { return 0 }
func (i treeInfo) ModTime() time.Time         { return time.Time{} }
func (i treeInfo) IsDir() bool                { return i.dir }
func (i treeInfo) Sys() any                   { return nil }
func (i treeInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i treeInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i treeInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type treeFile struct {
	name   string
	load   func() ([]byte, error)
	reader *bytes.Reader
}

func (f *treeFile) Stat() (fs.FileInfo, error) { return treeInfo{name: f.name}, nil }
func (f *treeFile) Close() error               { return nil }
func (f *treeFile) Read(p []byte) (int, error) {
	if f.reader == nil {
		content, err := f.load()
		if err != nil {
			return 0, err
		}
		f.reader = bytes.NewReader(content)
	}
	return f.reader.Read(p)
}

type treeDir struct {
	tree  *treeFS
	dir   string
	names []string
	at    int
}

func (d *treeDir) Stat() (fs.FileInfo, error) {
	return treeInfo{name: path.Base(d.dir), dir: true}, nil
}
func (d *treeDir) Close() error { return nil }
func (d *treeDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.dir, Err: fs.ErrInvalid}
}

// ReadDir implements [fs.ReadDirFile].
func (d *treeDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.names[d.at:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && len(rest) > n {
		rest = rest[:n]
	}
	d.at += len(rest)
	out := make([]fs.DirEntry, 0, len(rest))
	for _, name := range rest {
		_, isFile := d.tree.files[path.Join(d.dir, name)]
		out = append(out, treeInfo{name: name, dir: !isFile})
	}
	return out, nil
}

// blobs remembers contents that were read lately: they never change.
type blobs struct {
	mu   sync.Mutex
	held map[string][]byte
	size int
}

// maxBlobs bounds what is remembered.
const maxBlobs = 8 << 20

func (b *blobs) get(ctx context.Context, client *github.Client, sha string) ([]byte, error) {
	b.mu.Lock()
	content, ok := b.held[sha]
	b.mu.Unlock()
	if ok {
		return content, nil
	}
	content, err := client.Blob(ctx, sha)
	if err != nil {
		return nil, err
	}
	if len(content) > maxFile {
		content = nil // not configuration
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size+len(content) > maxBlobs || b.held == nil {
		b.held, b.size = map[string][]byte{}, 0
	}
	key := strings.Clone(sha)
	b.held[key] = content
	b.size += len(content)
	return content, nil
}
