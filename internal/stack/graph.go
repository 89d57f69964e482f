package stack

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/module"
)

// A Graph says which files each stack reads. Files are slash paths from the repository's root.
type Graph struct {
	files   map[string][]string // stack id -> files, sorted
	readers map[string][]string // file -> stack ids, sorted
}

// Files lists what a stack reads: its configuration and lock file, the variable and backend files it is planned with, the local modules
// it calls and theirs, and the files that their expressions read by a path that can be told without planning. Where only a part of such a
// path is known, every file that fits is listed. A symbolic link is listed with the file that it points at.
func (g *Graph) Files(id string) []string { return g.files[id] }

// Readers lists the stacks that read a file.
func (g *Graph) Readers(file string) []string { return g.readers[path.Clean(file)] }

// NewGraph reads the files of every stack.
func NewGraph(fsys fs.FS, stacks []Stack) *Graph {
	g := &Graph{files: map[string][]string{}, readers: map[string][]string{}}
	r := &reader{fsys: fsys, modules: map[string]*moduleFiles{}, tree: &tree{fsys: fsys, dirs: map[string]*dir{}}}
	for _, s := range stacks {
		files := r.stack(s)
		g.files[s.ID] = files
		for _, f := range files {
			g.readers[f] = append(g.readers[f], s.ID)
		}
	}
	for _, ids := range g.readers {
		slices.Sort(ids)
	}
	return g
}

// A reader follows modules. What one directory holds is read once, however many stacks call it.
type reader struct {
	fsys    fs.FS
	modules map[string]*moduleFiles
	tree    *tree // for terragrunt's functions; filled as needed
}

// moduleFiles is what one module directory reads by itself.
type moduleFiles struct {
	files []string    // configuration
	calls []string    // directories of local modules
	reads []reference // in expressions
}

func (r *reader) stack(s Stack) []string {
	set := map[string]bool{}
	add := func(file string) {
		file = path.Clean(file)
		if !fs.ValidPath(file) || set[file] {
			return
		}
		if info, err := fs.Stat(r.fsys, file); err == nil && !info.IsDir() {
			set[file] = true
			if target, ok := linkTarget(r.fsys, file); ok {
				set[target] = true
			}
		}
	}
	root := s.Path
	if s.Terragrunt {
		root = r.terragrunt(s.Path, add)
	}
	entries, _ := fs.ReadDir(r.fsys, root)
	for _, e := range entries {
		if _, always := isVarFile(e.Name()); always || e.Name() == ".terraform.lock.hcl" {
			add(path.Join(root, e.Name()))
		}
	}
	for _, f := range s.VarFiles {
		add(path.Join(s.Path, f))
	}
	for _, f := range s.BackendConfig {
		add(path.Join(s.Path, f))
	}
	seen := map[string]bool{}
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		dir := queue[0]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		m := r.module(dir)
		for _, f := range m.files {
			add(f)
		}
		for _, ref := range m.reads {
			base := dir
			if ref.root {
				base = root
			}
			for _, f := range r.match(path.Join(base, ref.pattern)) {
				add(f)
			}
		}
		queue = append(queue, m.calls...)
	}
	files := make([]string, 0, len(set))
	for f := range set {
		files = append(files, f)
	}
	slices.Sort(files)
	return files
}

// terragrunt adds the files of a unit and says where its module lies.
func (r *reader) terragrunt(dir string, add func(string)) string {
	for p := dir; ; p = path.Dir(p) { // its functions look at the directories above, and its source can be anywhere
		r.tree.load(p)
		if p == "." {
			break
		}
	}
	u := r.tree.readUnit(dir)
	add(path.Join(dir, terragruntFile))
	for _, file := range u.includes {
		add(file)
	}
	if u.source != "" {
		return u.source
	}
	return dir
}

// match lists the files that a pattern names.
func (r *reader) match(pattern string) []string {
	if !strings.ContainsAny(pattern, `*?[{\`) {
		return []string{pattern}
	}
	if !fs.ValidPath(pattern) {
		return nil
	}
	matches, err := doublestar.Glob(r.fsys, pattern, doublestar.WithFilesOnly(), doublestar.WithNoFollow())
	if err != nil {
		return nil
	}
	return matches
}

func (r *reader) module(dir string) *moduleFiles {
	if m := r.modules[dir]; m != nil {
		return m
	}
	m := &moduleFiles{}
	r.modules[dir] = m
	d := r.tree.load(dir)
	if d == nil {
		return m
	}
	sources, speaks := map[string][]byte{}, false
	for _, name := range d.configuration() {
		file := path.Join(dir, name)
		m.files = append(m.files, file)
		if src, err := fs.ReadFile(r.fsys, file); err == nil {
			sources[file] = src
			speaks = speaks || speaksOfFiles(src)
		}
	}
	if !speaks {
		return m
	}
	var bodies []*hclsyntax.Body
	locals := map[string]hclsyntax.Expression{}
	for _, file := range m.files {
		src := sources[file]
		if !speaksOfFiles(src) && !bytes.Contains(src, []byte("locals")) {
			continue
		}
		body := module.Parse(file, src).Body
		if body == nil {
			continue
		}
		bodies = append(bodies, body)
		m.readBlocks(dir, body, locals)
	}
	for _, body := range bodies {
		m.reads = append(m.reads, references(body, locals)...)
	}
	return m
}

// readBlocks notes the local modules that a file calls and the locals that it defines.
func (m *moduleFiles) readBlocks(dir string, body *hclsyntax.Body, locals map[string]hclsyntax.Expression) {
	for _, b := range body.Blocks {
		switch b.Type {
		case "locals":
			for name, attr := range b.Body.Attributes {
				locals[name] = attr.Expr
			}
		case "module":
			if source, ok := stringAttribute(b.Body, "source"); ok {
				if target, local := localSource(dir, source); local {
					m.calls = append(m.calls, target)
				}
			}
		}
	}
}

// speaksOfFiles tells whether a file can hold a module call or a path; most hold none, and parsing is what takes the time.
func speaksOfFiles(src []byte) bool {
	return slices.ContainsFunc([]string{`"./`, `"../`, `"."`, `".."`, "path.module", "path.root", "path.cwd", "file(", "fileset(", "filebase64", "filemd5", "filesha"}, func(word string) bool {
		return bytes.Contains(src, []byte(word))
	})
}

// linkTarget is the file inside the repository that a symbolic link points at.
func linkTarget(fsys fs.FS, file string) (string, bool) {
	links, ok := fsys.(fs.ReadLinkFS)
	if !ok {
		return "", false
	}
	current, followed := file, false
	for range 8 {
		info, err := links.Lstat(current)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return current, followed && err == nil
		}
		target, err := links.ReadLink(current)
		if err != nil || path.IsAbs(target) {
			return "", false
		}
		if current = path.Join(path.Dir(current), target); !fs.ValidPath(current) {
			return "", false
		}
		followed = true
	}
	return "", false
}
