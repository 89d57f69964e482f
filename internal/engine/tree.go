package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// copyLimit is the size above which a file is linked into a tree rather than copied.
const copyLimit = 16 << 20

// A layout says how the repository's tree is laid out again elsewhere, so that an engine can run on it and write what it likes.
//
// Folders that hold modules are made anew with all that is below them, their files copied; the folders above them are made anew; everything
// else is a symbolic link to the original, so that a large repository costs little. Relative paths mean the same in both trees.
type layout struct {
	base  string          // absolute path of what is laid out: the repository's root, or a folder above it that the modules reach into
	whole map[string]bool // absolute paths of folders that are made anew with all below them
	above map[string]bool // absolute paths of the folders on the way to those
	skip  string          // absolute path of a folder that is left out: where the trees themselves are
}

// newLayout decides what must be made anew for a root module, which is named extra files (relative to it) besides its own.
func newLayout(root string, c *configuration, extra []string, temp string) layout {
	l := layout{base: root, whole: map[string]bool{}, above: map[string]bool{}, skip: filepath.Clean(temp)}
	dirs := c.Dirs
	if c.AllDirs {
		dirs = append([]string{root}, dirs...)
	}
	for _, dir := range dirs {
		l.include(dir)
		// "../" in a module's text may be meant from the module or from the root module.
		for _, from := range []string{dir, c.Dirs[0]} {
			l.include(ancestor(from, c.Up[dir]))
		}
		l.whole[dir] = true
	}
	for _, name := range extra {
		if !filepath.IsAbs(name) {
			l.include(filepath.Dir(filepath.Join(c.Dirs[0], filepath.FromSlash(name))))
		}
	}
	for dir := range l.whole {
		for d := dir; d != l.base; d = filepath.Dir(d) {
			l.above[filepath.Dir(d)] = true
		}
	}
	return l
}

// include raises the base until dir is in it.
func (l *layout) include(dir string) {
	for !within(l.base, dir) {
		l.base = filepath.Dir(l.base)
	}
}

// place is where the folder or file at an absolute path is in the tree at to.
func (l layout) place(to, path string) string {
	rel, err := filepath.Rel(l.base, path)
	if err != nil {
		return to
	}
	return filepath.Join(to, rel)
}

// make lays the tree out at to, which must not exist.
func (l layout) make(to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return fmt.Errorf("lay out the stack's modules: %w", err)
	}
	if err := l.folder(l.base, to, l.whole[l.base]); err != nil {
		return fmt.Errorf("lay out the stack's modules: %w", err)
	}
	return nil
}

func (l layout) folder(from, to string, whole bool) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		source, target := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		switch {
		case source == l.skip, entry.Name() == ".terraform", entry.Name() == ".terragrunt-cache":
			continue
		case entry.Type()&fs.ModeSymlink != 0 && !l.above[source] && !l.whole[source]:
			err = relink(source, target)
		case entry.Type()&fs.ModeSymlink != 0:
			// A module is reached through a link: what an engine writes into its folder must not land where the link leads.
			err = l.subfolder(entry.Name(), source, target, whole)
		case entry.IsDir():
			err = l.subfolder(entry.Name(), source, target, whole)
		case !entry.Type().IsRegular():
			continue // sockets and pipes are no code
		case whole:
			err = duplicate(source, target)
		default:
			err = os.Symlink(source, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l layout) subfolder(name, from, to string, whole bool) error {
	whole = whole || l.whole[from]
	bulky := name == ".git" || name == "node_modules"
	if !l.above[from] && (!whole || bulky) {
		return os.Symlink(from, to)
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	err := l.folder(from, to, whole)
	if errors.Is(err, fs.ErrPermission) {
		// What may not be read is linked: whether that matters is up to the engine.
		if err = os.RemoveAll(to); err == nil {
			err = os.Symlink(from, to)
		}
	}
	return err
}

// open makes the folder of a path in the tree at to a real one, where it is a link to the original so far, so that files in it can be replaced.
func (l layout) open(to, path string) error {
	rel, err := filepath.Rel(l.base, filepath.Dir(path))
	if err != nil || rel == "." {
		return err
	}
	target, source := to, l.base
	for _, name := range strings.Split(rel, string(filepath.Separator)) {
		target, source = filepath.Join(target, name), filepath.Join(source, name)
		info, err := os.Lstat(target)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = os.Mkdir(target, 0o700)
		case err == nil && info.Mode()&fs.ModeSymlink != 0:
			if err = os.Remove(target); err == nil {
				if err = os.Mkdir(target, 0o700); err == nil {
					err = l.folder(source, target, false)
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restore puts the original of a path back into the tree at to.
func (l layout) restore(to, path string) error {
	target := l.place(to, path)
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return relink(path, target)
	default:
		return duplicate(path, target)
	}
}

// relink makes a symbolic link that leads where the one at source does. A relative one stays relative: its target is laid out too.
func relink(source, target string) error {
	to, err := os.Readlink(source)
	if err != nil {
		return err
	}
	return os.Symlink(to, target)
}

// duplicate copies a file. One that is large, or cannot be read, becomes a link: reading it is then up to the engine.
func duplicate(source, target string) error {
	in, err := os.Open(source)
	if err != nil {
		return os.Symlink(source, target)
	}
	defer func() { _ = in.Close() }()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if info.Size() > copyLimit {
		return os.Symlink(source, target)
	}
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// within tells whether path is dir or below it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && (rel == "." || filepath.IsLocal(rel))
}

// ancestor is the folder n levels above dir.
func ancestor(dir string, n int) string {
	for range n {
		dir = filepath.Dir(dir)
	}
	return dir
}
