package module

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// inputs tells what gives each root variable its value, later winning: the environment, terraform.tfvars, terraform.tfvars.json,
// *.auto.tfvars by name, then -var-file in the order given.
func (l *loader) inputs() map[string]Input {
	out := map[string]Input{}
	for _, kv := range l.options.Env {
		name, value, ok := strings.Cut(kv, "=")
		if name, isVar := strings.CutPrefix(name, "TF_VAR_"); ok && isVar {
			out[name] = Input{Literal: value, From: "TF_VAR_" + name}
		}
	}
	var files []string
	var auto []string
	entries, _ := fs.ReadDir(l.fsys, l.Path) // the root module was read already; without it there are no variable files
	present := map[string]bool{}
	for _, e := range entries {
		present[e.Name()] = true
		if strings.HasSuffix(e.Name(), ".auto.tfvars") || strings.HasSuffix(e.Name(), ".auto.tfvars.json") {
			auto = append(auto, e.Name())
		}
	}
	for _, n := range []string{"terraform.tfvars", "terraform.tfvars.json"} {
		if present[n] {
			files = append(files, n)
		}
	}
	slices.Sort(auto)
	files = append(append(files, auto...), l.options.VarFiles...)
	for _, n := range files {
		name := path.Join(l.Path, n)
		if !fs.ValidPath(name) {
			continue
		}
		f := l.file(l.fsys, "", name)
		if f.Body == nil {
			continue
		}
		for _, a := range sortedAttributes(f.Body) {
			out[a.Name] = Input{Attribute: a, From: f.Path}
		}
	}
	return out
}

// sortedAttributes lists a body's attributes in the order of the text.
func sortedAttributes(b *hclsyntax.Body) []*hclsyntax.Attribute {
	out := make([]*hclsyntax.Attribute, 0, len(b.Attributes))
	for _, a := range b.Attributes {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	return out
}

// VarFiles are the paths of the files that -var-file names, from the repository's root.
func (t *Tree) VarFiles() []string {
	var out []string
	for _, n := range t.options.VarFiles {
		out = append(out, path.Join(t.Path, n))
	}
	return out
}
