package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A tree is the repository's directories and their files. Symbolic links to files count as files; links to directories are not
// followed, so that no loop and no second copy of a stack can come of them.
type tree struct {
	fsys fs.FS
	dirs map[string]*dir
	list []*dir // sorted by path
	left []Unclassified
}

type dir struct {
	path  string
	files []string // names, sorted
	sub   []string // names of directories below, sorted
	facts *facts   // nil when there is no configuration
}

func (d *dir) has(name string) bool {
	_, found := slices.BinarySearch(d.files, name)
	return found
}

// skipped directories hold what engines and package managers put there, never a person's stack.
var skipped = map[string]bool{
	".git": true, ".hg": true, ".svn": true, ".terraform": true, ".terragrunt-cache": true, ".terragrunt-stack": true, "node_modules": true, ".venv": true,
}

// maxDepth ends a walk that a file system without end would not.
const maxDepth = 64

func readTree(ctx context.Context, fsys fs.FS) (*tree, error) {
	t := &tree{fsys: fsys, dirs: map[string]*dir{}}
	if err := t.walk(ctx, ".", 0); err != nil {
		return nil, err
	}
	if _, ok := t.dirs["."]; !ok {
		return nil, fmt.Errorf("discover stacks: %s", t.left[0].Why)
	}
	slices.SortFunc(t.list, func(a, b *dir) int { return strings.Compare(a.path, b.path) })
	return t, nil
}

// load is the directory at p, read now if the walk did not come by: a module may lie in a submodule or behind a link.
func (t *tree) load(p string) *dir {
	if d := t.dirs[p]; d != nil {
		return d
	}
	if !fs.ValidPath(p) {
		return nil
	}
	entries, err := fs.ReadDir(t.fsys, p)
	if err != nil {
		return nil
	}
	d := &dir{path: p}
	for _, e := range entries {
		d.add(t.fsys, e)
	}
	t.dirs[p] = d
	return d
}

// add sorts an entry to the files or to the directories below.
func (d *dir) add(fsys fs.FS, e fs.DirEntry) {
	switch {
	case e.IsDir():
		if !skipped[e.Name()] {
			d.sub = append(d.sub, e.Name())
		}
	case e.Type().IsRegular():
		d.files = append(d.files, e.Name())
	case e.Type()&fs.ModeSymlink != 0:
		// A link that leads nowhere is a file that cannot be read: left out, it would make a stack look empty. Editors lock files with hidden ones.
		info, err := fs.Stat(fsys, path.Join(d.path, e.Name()))
		if err == nil && info.Mode().IsRegular() || err != nil && !strings.HasPrefix(e.Name(), ".") {
			d.files = append(d.files, e.Name())
		}
	}
}

func (t *tree) walk(ctx context.Context, p string, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(t.fsys, p)
	if err != nil {
		t.left = append(t.left, Unclassified{Path: p, Why: "cannot be read", Problems: []Problem{{File: p, Message: cause(err)}}})
		return nil
	}
	d := &dir{path: p}
	for _, e := range entries {
		if e.Name() == ".git" && p != "." {
			t.left = append(t.left, Unclassified{Path: p, Why: "is another repository: scan it there"})
			return nil
		}
		d.add(t.fsys, e)
	}
	t.dirs[p] = d
	t.list = append(t.list, d)
	if depth == maxDepth {
		t.left = append(t.left, Unclassified{Path: p, Why: fmt.Sprintf("lies %d directories deep: what is below is not looked at", maxDepth)})
		return nil
	}
	for _, name := range d.sub {
		if err := t.walk(ctx, path.Join(p, name), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// cause is an error without the path that the caller already names.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// configuration lists the names of the files that an engine reads as configuration. OpenTofu reads x.tofu instead of x.tf.
func (d *dir) configuration() []string {
	var names []string
	for _, name := range d.files {
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || (strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")) {
			continue
		}
		switch {
		case strings.HasSuffix(name, ".tofu"), strings.HasSuffix(name, ".tofu.json"):
			names = append(names, name)
		case strings.HasSuffix(name, ".tf"):
			if !d.has(strings.TrimSuffix(name, ".tf") + ".tofu") {
				names = append(names, name)
			}
		case strings.HasSuffix(name, ".tf.json"):
			if !d.has(strings.TrimSuffix(name, ".tf.json") + ".tofu.json") {
				names = append(names, name)
			}
		}
	}
	return names
}

// below lists the directories under p, p itself left out, down to the given depth, in order.
func (t *tree) below(p string, depth int) []*dir {
	d := t.dirs[p]
	if d == nil || depth == 0 {
		return nil
	}
	var dirs []*dir
	for _, name := range d.sub {
		if child := t.dirs[path.Join(p, name)]; child != nil {
			dirs = append(append(dirs, child), t.below(child.path, depth-1)...)
		}
	}
	return dirs
}
