package module

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Options say how the stack is run. The zero value is a stack without variable files, in the default workspace, before init.
type Options struct {
	// DataDir is the engine's data directory (.terraform, or what TF_DATA_DIR names) after init; nil when there is none. Modules that
	// are not in the repository are read from it.
	DataDir   fs.FS
	VarFiles  []string // passed with -var-file, slash paths relative to the root module
	Env       []string // KEY=VALUE; only TF_VAR_ names are looked at
	Workspace string   // "" is "default"
}

// maxDepth bounds module nesting: a symbolic link can give a module that calls itself ever new names.
const maxDepth = 32

// Load reads the stack whose root module is at path (slash path, "." for the root) in the repository fsys.
// What cannot be read is in [Tree.Problems]; the error is for a root module that is not there at all.
func Load(fsys fs.FS, dir string, opts Options) (*Tree, error) {
	if opts.Workspace == "" {
		opts.Workspace = "default"
	}
	t := &Tree{Path: path.Clean(dir), Workspace: opts.Workspace, fsys: fsys, options: opts, parsed: map[string]*File{}}
	if err := t.load(); err != nil {
		return nil, err
	}
	return t, nil
}

// With returns the tree with the given content in place of the files'; nil content deletes the file. Paths are from the repository's root.
func (t *Tree) With(files map[string][]byte) (*Tree, error) {
	n := &Tree{Path: t.Path, Workspace: t.Workspace, fsys: t.fsys, options: t.options,
		parsed: maps.Clone(t.parsed), replace: maps.Clone(t.replace), missing: maps.Clone(t.missing)}
	if n.replace == nil {
		n.replace = map[string][]byte{}
	}
	if n.missing == nil {
		n.missing = map[string]bool{}
	}
	for name, src := range files {
		delete(n.parsed, name)
		if src == nil {
			n.missing[name] = true
			delete(n.replace, name)
			continue
		}
		delete(n.missing, name)
		n.replace[name] = src
		if old := t.parsed[name]; old != nil {
			if f, ok := old.reparse(src); ok {
				n.parsed[name] = f
			}
		}
	}
	if err := n.load(); err != nil {
		return nil, err
	}
	return n, nil
}

// ReadFile returns a file of the tree's repository as this tree sees it, edits included. Name is a slash path from the root.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	if t.missing[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if src, ok := t.replace[name]; ok {
		return src, nil
	}
	return fs.ReadFile(t.fsys, name)
}

// FS is the repository that the tree was read from, without the edits.
func (t *Tree) FS() fs.FS { return t.fsys }

type loader struct {
	*Tree
	submodules []string
	manifest   map[string]string // module key -> directory in DataDir
}

func (t *Tree) load() error {
	t.Files = map[string]*File{}
	l := &loader{Tree: t, submodules: submodules(t.fsys), manifest: manifest(t.options.DataDir)}
	if _, err := fs.Stat(t.fsys, t.Path); err != nil {
		return fmt.Errorf("root module %s: %w", t.Path, err)
	}
	t.Root = l.module(nil, nil, t.Path, t.fsys, "")
	t.Inputs = l.inputs()
	return nil
}

// module reads one directory. base is "" for directories of the repository, else the prefix that names an installed module's files.
func (l *loader) module(parent *Module, call *Call, dir string, fsys fs.FS, base string) *Module {
	m := &Module{Dir: dir, Installed: base != "", Parent: parent, Call: call, Children: map[string]*Module{},
		Variables: map[string]*Variable{}, Locals: map[string]*hclsyntax.Attribute{}, Outputs: map[string]*Output{},
		Resources: map[string]*Resource{}, Calls: map[string]*Call{}}
	if parent != nil {
		m.Path = append(slices.Clone(parent.Path), call.Name)
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || len(entries) == 0 {
		l.problem(call, "module directory cannot be read", dir)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	primary, override := configFiles(names)
	for _, n := range primary {
		if f := l.file(fsys, base, path.Join(dir, n)); f.Body != nil {
			m.Files = append(m.Files, f.Path)
			m.add(f.Body)
		}
	}
	for _, n := range override {
		if f := l.file(fsys, base, path.Join(dir, n)); f.Body != nil {
			m.Files = append(m.Files, f.Path)
			m.override(f.Body)
		}
	}
	if base != "" {
		m.Dir = path.Join(base, dir)
	}
	l.children(m, dir, fsys, base)
	return m
}

// children reads the modules that m calls.
func (l *loader) children(m *Module, dir string, fsys fs.FS, base string) {
	if len(m.Path) >= maxDepth {
		l.problem(m.Call, "modules are nested too deep", dir)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(m.Calls)) {
		c := m.Calls[name]
		if strings.HasPrefix(c.Source, "./") || strings.HasPrefix(c.Source, "../") {
			to := path.Join(dir, c.Source)
			if m.within(base, to) {
				l.problem(c, "module calls itself", to)
				continue
			}
			if fs.ValidPath(to) {
				m.Children[name] = l.module(m, c, to, fsys, base)
				continue
			}
		}
		key := strings.Join(append(slices.Clone(m.Path), name), ".")
		if at, ok := l.manifest[key]; ok {
			m.Children[name] = l.module(m, c, at, l.options.DataDir, "(installed)")
		}
	}
}

// within tells whether m or a module above it lies in directory dir.
func (m *Module) within(base, dir string) bool {
	for ; m != nil; m = m.Parent {
		if m.Dir == path.Join(base, dir) {
			return true
		}
	}
	return false
}

// file reads and parses one file, once.
func (l *loader) file(fsys fs.FS, base, name string) *File {
	id := path.Join(base, name)
	f := l.parsed[id]
	if f == nil {
		var src []byte
		var err error
		if base == "" {
			src, err = l.ReadFile(name)
		} else {
			src, err = fs.ReadFile(fsys, name)
		}
		f = Parse(id, src)
		if err != nil {
			f = &File{Path: id, diags: hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "file cannot be read", Detail: err.Error(),
				Subject: &hcl.Range{Filename: id, Start: hcl.InitialPos, End: hcl.InitialPos}}}}
		}
		switch {
		case base != "":
			f.Frozen = FrozenInstalled
		case f.Frozen == "":
			f.Frozen = frozen(fsys, l.submodules, name)
		}
		l.parsed[id] = f
	}
	if l.Files[id] == nil && f.diags.HasErrors() {
		l.Problems = append(l.Problems, f.diags...)
	}
	l.Files[id] = f
	return f
}

func (l *loader) problem(call *Call, summary, detail string) {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
	if call != nil {
		d.Subject = call.Block.DefRange().Ptr()
	}
	l.Problems = append(l.Problems, d)
}

// manifest maps the key of each installed module to its directory in the data directory.
func manifest(dataDir fs.FS) map[string]string {
	if dataDir == nil {
		return nil
	}
	src, err := fs.ReadFile(dataDir, "modules/modules.json")
	if err != nil {
		return nil
	}
	var doc struct {
		Modules []struct{ Key, Source, Dir string }
	}
	if json.Unmarshal(src, &doc) != nil {
		return nil
	}
	out := map[string]string{}
	for _, m := range doc.Modules {
		// Dir is relative to where init ran, or absolute; only its part below the data directory can be found here.
		dir := path.Clean(strings.ReplaceAll(m.Dir, `\`, "/"))
		for i := strings.Index(dir, "modules/"); i >= 0; {
			if at := dir[i:]; (i == 0 || dir[i-1] == '/') && isDir(dataDir, at) {
				out[m.Key] = at
				break
			}
			next := strings.Index(dir[i+1:], "modules/")
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
	return out
}

func isDir(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// literalString is the value of an expression that is a plain string.
func literalString(e hclsyntax.Expression) string {
	if e == nil {
		return ""
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// StringAt is the value of an attribute of a body that is a plain string; "" when there is none.
func StringAt(body *hclsyntax.Body, name string) string {
	a := body.Attributes[name]
	if a == nil {
		return ""
	}
	return literalString(a.Expr)
}

func literalBool(a *hclsyntax.Attribute) bool {
	if a == nil {
		return false
	}
	v, diags := a.Expr.Value(nil)
	return !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.Bool && v.True()
}
