package module

import (
	"io/fs"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A Tree is the configuration of one stack.
type Tree struct {
	Path      string // slash path of the root module from the repository's root; "." for the root itself
	Workspace string
	Root      *Module
	Files     map[string]*File // every file that was read, by path
	Inputs    map[string]Input // what gives each root variable its value, when that is not its default
	// Problems are what could not be read: files that do not parse, modules that are not there. The rest of the tree is usable.
	Problems hcl.Diagnostics

	fsys    fs.FS
	options Options
	parsed  map[string]*File  // files by path, shared between trees
	replace map[string][]byte // content in place of what fsys has
	missing map[string]bool   // deleted files
}

// A File is one file of the configuration.
type File struct {
	Path   string
	Source []byte
	Body   *hclsyntax.Body // nil when it does not parse, or is not configuration
	JSON   bool
	Frozen Frozen // why it must not be edited; "" when it may be
	diags  hcl.Diagnostics
}

// Frozen says why a file must not be edited.
type Frozen string

// The reasons.
const (
	FrozenGenerated Frozen = "generated" // its header says that a program writes it
	FrozenInstalled Frozen = "installed" // it belongs to a module from a registry or another repository
	FrozenSubmodule Frozen = "submodule" // it lies in a git submodule
	FrozenSymlink   Frozen = "symlink"   // it is reached through a symbolic link
)

// A Module is one module of the tree: one call of a directory. A directory that is called twice is two Modules.
type Module struct {
	Path      []string // names of the calls from the root; empty for the root
	Dir       string   // slash path from the repository's root; for installed modules a name that no file of the repository has
	Installed bool     // not part of the repository
	Parent    *Module
	Call      *Call // nil for the root
	Children  map[string]*Module

	Variables map[string]*Variable
	Locals    map[string]*hclsyntax.Attribute
	Outputs   map[string]*Output
	Resources map[string]*Resource // by "type.name", data sources by "data.type.name"
	Calls     map[string]*Call
	Providers []*hclsyntax.Block
	Files     []string // in the order in which the engine reads them
	// Terraform holds the terraform blocks; Imports, Moves and Removals the refactoring blocks.
	Terraform []*hclsyntax.Block
	Imports   []*hclsyntax.Block
	Moves     []*hclsyntax.Block
	Removals  []*hclsyntax.Block
}

// A Variable is an input variable.
type Variable struct {
	Name      string
	Block     *hclsyntax.Block
	Type      hclsyntax.Expression // nil when none is given
	Default   *hclsyntax.Attribute // nil when it must be given
	Sensitive bool
	Ephemeral bool
	NotNull   bool // nullable = false
}

// An Output is an output value.
type Output struct {
	Name      string
	Block     *hclsyntax.Block
	Value     *hclsyntax.Attribute
	Sensitive bool
}

// A Resource is a resource or data block.
type Resource struct {
	Module  *Module
	Data    bool
	Type    string
	Name    string
	Block   *hclsyntax.Block // merged with its overrides
	Count   hclsyntax.Expression
	ForEach hclsyntax.Expression
	// Merged tells that override files changed it: an insertion must respect what they say.
	Merged bool
}

// Key is the name by which the module knows the resource: "type.name", with "data." before data sources.
func (r *Resource) Key() string { return resourceKey(r.Data, r.Type, r.Name) }

func resourceKey(data bool, typ, name string) string {
	if data {
		return "data." + typ + "." + name
	}
	return typ + "." + name
}

// A Call is a module block.
type Call struct {
	Name    string
	Block   *hclsyntax.Block
	Source  string // "" when it is not a literal
	Count   hclsyntax.Expression
	ForEach hclsyntax.Expression
}

// Arguments are the input variables that the call sets.
func (c *Call) Arguments() map[string]*hclsyntax.Attribute {
	out := maps.Clone(c.Block.Body.Attributes)
	for _, meta := range []string{"source", "version", "count", "for_each", "providers", "depends_on", "enabled"} {
		delete(out, meta)
	}
	return out
}

// An Input is what gives a root variable its value.
type Input struct {
	Attribute *hclsyntax.Attribute // in a variable file; nil when it comes from the environment or the command line
	Literal   string               // the text given in the environment, when Attribute is nil
	From      string               // path of the variable file, or the name of the environment variable
}

// Modules returns every module of the tree, parents before children, calls by name.
func (t *Tree) Modules() []*Module {
	var out []*Module
	var walk func(*Module)
	walk = func(m *Module) {
		out = append(out, m)
		for _, name := range slices.Sorted(maps.Keys(m.Children)) {
			walk(m.Children[name])
		}
	}
	if t.Root != nil {
		walk(t.Root)
	}
	return out
}

// Module returns the module at the path of call names, or nil.
func (t *Tree) Module(path []string) *Module {
	m := t.Root
	for _, name := range path {
		if m == nil {
			return nil
		}
		m = m.Children[name]
	}
	return m
}

// Resource returns the block of the resource instance at address, or nil.
func (t *Tree) Resource(address string) *Resource {
	a, err := ParseAddress(address)
	if err != nil {
		return nil
	}
	m := t.Module(a.ModulePath())
	if m == nil {
		return nil
	}
	return m.Resources[resourceKey(a.Data, a.Type, a.Name)]
}

// File returns the file that a range lies in, or nil.
func (t *Tree) File(r hcl.Range) *File { return t.Files[r.Filename] }

// Text is the source text of a range; nil when its file is not known.
func (t *Tree) Text(r hcl.Range) []byte {
	f := t.Files[r.Filename]
	if f == nil || r.Start.Byte > r.End.Byte || r.End.Byte > len(f.Source) {
		return nil
	}
	return f.Source[r.Start.Byte:r.End.Byte]
}

// Frozen tells why a file of the repository must not be edited; "" when it may be. It need not be a file of the configuration.
func (t *Tree) Frozen(name string) Frozen {
	if f := t.Files[name]; f != nil {
		return f.Frozen
	}
	return frozen(t.fsys, submodules(t.fsys), name)
}
