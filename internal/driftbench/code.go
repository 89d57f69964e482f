package driftbench

import (
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A folder is the configuration of one directory, as its files say it. Override files are left out.
type folder struct {
	dir       string // slash path from the project's root
	files     map[string]*hclsyntax.Body
	src       map[string][]byte
	blocks    []block
	variables map[string]*hclsyntax.Block
	locals    map[string]*hclsyntax.Attribute
	resources map[string]*hclsyntax.Block // "type.name", "data.type.name"
	calls     map[string]*hclsyntax.Block
	outputs   map[string]*hclsyntax.Block
}

// A block is a top-level block and the file that it is in.
type block struct {
	*hclsyntax.Block
	file string
}

// readFolders reads every directory that holds .tf files. Files that do not parse are left out: an engine will say so.
func readFolders(fsys fs.FS) (map[string]*folder, error) {
	all := map[string]*folder{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && name != "." {
			return fs.SkipDir
		}
		f, err := readFolder(fsys, name)
		if f != nil {
			all[name] = f
		}
		return err
	})
	return all, err
}

// readReachable reads a root module and the local modules that it calls.
func readReachable(fsys fs.FS, root string) (map[string]*folder, error) {
	all := map[string]*folder{}
	var read func(dir string) error
	read = func(dir string) error {
		if all[dir] != nil || !fs.ValidPath(dir) {
			return nil
		}
		f, err := readFolder(fsys, dir)
		if f == nil {
			return err
		}
		all[dir] = f
		for _, name := range sorted(f.calls) {
			if called, ok := f.called(f.calls[name]); ok {
				if err := read(called); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return all, read(root)
}

// readFolder reads one directory; nil when it holds no configuration.
func readFolder(fsys fs.FS, dir string) (*folder, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var f *folder
	for _, d := range entries {
		if d.IsDir() || !strings.HasSuffix(d.Name(), ".tf") || strings.HasSuffix(d.Name(), "override.tf") {
			continue
		}
		name := path.Join(dir, d.Name())
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		body, ok := file.Body.(*hclsyntax.Body)
		if diags.HasErrors() || !ok {
			continue
		}
		if f == nil {
			f = &folder{
				dir: dir, files: map[string]*hclsyntax.Body{}, src: map[string][]byte{}, variables: map[string]*hclsyntax.Block{}, locals: map[string]*hclsyntax.Attribute{},
				resources: map[string]*hclsyntax.Block{}, calls: map[string]*hclsyntax.Block{}, outputs: map[string]*hclsyntax.Block{},
			}
		}
		f.files[name], f.src[name] = body, src
		for _, b := range body.Blocks {
			f.add(name, b)
		}
	}
	return f, nil
}

func (f *folder) add(file string, b *hclsyntax.Block) {
	f.blocks = append(f.blocks, block{b, file})
	switch {
	case b.Type == "locals":
		for name, a := range b.Body.Attributes {
			f.locals[name] = a
		}
	case len(b.Labels) == 1 && b.Type == "variable":
		f.variables[b.Labels[0]] = b
	case len(b.Labels) == 1 && b.Type == "output":
		f.outputs[b.Labels[0]] = b
	case len(b.Labels) == 1 && b.Type == "module":
		f.calls[b.Labels[0]] = b
	case len(b.Labels) == 2 && b.Type == "resource":
		f.resources[b.Labels[0]+"."+b.Labels[1]] = b
	case len(b.Labels) == 2 && b.Type == "data":
		f.resources["data."+b.Labels[0]+"."+b.Labels[1]] = b
	}
}

// called is the directory that a call of a local module leads to; false for a module that is kept elsewhere.
func (f *folder) called(call *hclsyntax.Block) (dir string, local bool) {
	source := literal(call.Body.Attributes["source"])
	if strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".." {
		return path.Join(f.dir, source), true
	}
	return "", false
}

// literal is the value of an attribute that is a plain string, or "".
func literal(a *hclsyntax.Attribute) string {
	if a == nil {
		return ""
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// reachable are the directories of a root module and of the local modules that it calls, the root first.
func reachable(all map[string]*folder, root string) []string {
	seen := map[string]bool{}
	var out []string
	var visit func(dir string)
	visit = func(dir string) {
		f := all[dir]
		if f == nil || seen[dir] {
			return
		}
		seen[dir] = true
		out = append(out, dir)
		for _, name := range sorted(f.calls) {
			if called, ok := f.called(f.calls[name]); ok {
				visit(called)
			}
		}
	}
	visit(root)
	return out
}

// roots are the directories that hold configuration which nothing calls, with the number of resource blocks that each reaches.
func roots(all map[string]*folder) map[string]int {
	calledBy := map[string]bool{}
	for dir, f := range all {
		for _, c := range f.calls {
			if called, ok := f.called(c); ok && called != dir {
				calledBy[called] = true
			}
		}
	}
	out := map[string]int{}
	for dir := range all {
		if calledBy[dir] {
			continue
		}
		for _, d := range reachable(all, dir) {
			for name := range all[d].resources {
				if !strings.HasPrefix(name, "data.") {
					out[dir]++
				}
			}
		}
	}
	return out
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// expressions calls visit for every expression of a body, attribute by attribute, blocks included.
func expressions(b *hclsyntax.Body, visit func(name string, x hclsyntax.Expression)) {
	for name, a := range b.Attributes {
		visit(name, a.Expr)
	}
	for _, inner := range b.Blocks {
		expressions(inner.Body, visit)
	}
}

// steps are the names and keys of a traversal after its root, with "*" for an index that is not a literal.
func steps(tr hcl.Traversal) []string {
	var out []string
	for _, s := range tr[1:] {
		switch x := s.(type) {
		case hcl.TraverseAttr:
			out = append(out, x.Name)
		case hcl.TraverseIndex:
			switch {
			case x.Key.Type() == cty.String:
				out = append(out, x.Key.AsString())
			case x.Key.Type() == cty.Number:
				out = append(out, x.Key.AsBigFloat().String())
			default:
				out = append(out, "*")
			}
		default:
			out = append(out, "*")
		}
	}
	return out
}
