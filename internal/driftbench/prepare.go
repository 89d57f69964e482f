package driftbench

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// What is changed in a project so that it can be planned on one machine. Nothing that a case is about is touched.
const (
	stubFolder = "driftbench_modules"      // modules that are kept elsewhere: empty, with the outputs that the code reads
	valuesFile = "driftbench.auto.tfvars"  // values that the repository does not hold
	stateFile  = "driftbench_remote.state" // what other stacks' states are said to hold
)

// prepare makes the root module at dir, and what it calls, plannable.
func prepare(tree string, all map[string]*folder, root string) error {
	for _, dir := range reachable(all, root) {
		f := all[dir]
		for _, name := range sorted(f.files) {
			if err := f.adaptFile(all, tree, root, name); err != nil {
				return fmt.Errorf("prepare %s: %w", name, err)
			}
		}
	}
	if text := all[root].withProviders(); text != "" {
		return write(filepath.Join(tree, filepath.FromSlash(root), "driftbench_providers.tf"), []byte(text))
	}
	return nil
}

// A splice replaces a range of a file.
type splice struct {
	hcl.Range
	text string
}

func spliced(src []byte, list []splice) []byte {
	slices.SortFunc(list, func(a, b splice) int { return b.Start.Byte - a.Start.Byte })
	for _, s := range list {
		src = slices.Concat(src[:s.Start.Byte], []byte(s.text), src[s.End.Byte:])
	}
	return src
}

func whole(b *hclsyntax.Block) hcl.Range {
	return hcl.RangeBetween(b.TypeRange, b.CloseBraceRange)
}

func (f *folder) adaptFile(all map[string]*folder, tree, root, name string) error {
	var list []splice
	for _, b := range f.files[name].Blocks {
		switch b.Type {
		case "terraform":
			for _, inner := range b.Body.Blocks {
				if inner.Type == "backend" || inner.Type == "cloud" {
					list = append(list, splice{Range: whole(inner)})
				}
				for _, a := range inner.Body.Attributes {
					if inner.Type == "required_providers" && f.dir == root {
						list = append(list, withoutAliases(a)...)
					}
				}
			}
		case "import":
			list = append(list, splice{Range: whole(b)})
		case "module":
			more, err := f.stub(all, tree, b)
			if err != nil {
				return err
			}
			list = append(list, more...)
		case "data":
			if b.Labels[0] == "terraform_remote_state" {
				more, err := f.remoteState(tree, b)
				if err != nil {
					return err
				}
				list = append(list, more)
			}
		}
		if err := f.missingFiles(tree, b.Body); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	return os.WriteFile(filepath.Join(tree, filepath.FromSlash(name)), spliced(f.src[name], list), 0o644)
}

// stub puts an empty module in the place of one that is kept elsewhere.
func (f *folder) stub(all map[string]*folder, tree string, call *hclsyntax.Block) ([]splice, error) {
	source := call.Body.Attributes["source"]
	if source == nil {
		return nil, nil
	}
	if dir, local := f.called(call); local && all[dir] != nil {
		return nil, nil
	}
	var text strings.Builder
	for _, name := range sorted(call.Body.Attributes) {
		if name == "source" || name == "version" || name == "providers" || metaArguments[name] {
			continue
		}
		fmt.Fprintf(&text, "variable %q {\n  type    = any\n  default = null\n}\n", name)
	}
	outputs := f.shapeOf(func(c []string) []string {
		if len(c) > 2 && c[0] == "module" && c[1] == call.Labels[0] {
			return withoutIndex(c[2:])
		}
		return nil
	})
	for _, name := range sorted(outputs.fields) {
		fmt.Fprintf(&text, "output %q {\n  value = %s\n}\n", name, outputs.fields[name].example(name))
	}
	dir := path.Join(stubFolder, strings.ReplaceAll(path.Join(f.dir, call.Labels[0]), "/", "-"))
	if err := write(filepath.Join(tree, filepath.FromSlash(dir), "main.tf"), []byte(text.String())); err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(filepath.FromSlash("/"+f.dir), filepath.FromSlash("/"+dir))
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	if !strings.HasPrefix(rel, ".") {
		rel = "./" + rel
	}
	list := []splice{{source.Expr.Range(), fmt.Sprintf("%q", rel)}}
	for _, other := range []string{"version", "providers"} {
		if a := call.Body.Attributes[other]; a != nil {
			list = append(list, splice{Range: a.SrcRange})
		}
	}
	return list, nil
}

// withoutAliases takes configuration_aliases out of a required provider: a root gets its configurations in a file of its own.
func withoutAliases(a *hclsyntax.Attribute) []splice {
	object, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	for _, item := range object.Items {
		if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && k.Type() == cty.String && k.AsString() == "configuration_aliases" {
			return []splice{{item.ValueExpr.Range(), "[]"}}
		}
	}
	return nil
}

// shapeOf is what the directory's code takes something for; pick gives the steps of the readings that are of it.
func (f *folder) shapeOf(pick func(chain []string) []string) *shape {
	s := &shape{}
	f.shapeInto(s, pick)
	return s
}

func (f *folder) shapeInto(s *shape, pick func(chain []string) []string) {
	for _, b := range f.blocks {
		expressions(b.Body, func(_ string, x hclsyntax.Expression) {
			for _, c := range chains(x) {
				s.read(pick(c))
			}
		})
	}
}

// remoteState makes a reading of another stack's state a reading of a file.
func (f *folder) remoteState(tree string, b *hclsyntax.Block) (splice, error) {
	outputs := f.shapeOf(func(c []string) []string {
		if len(c) > 4 && c[0] == "data" && c[1] == b.Labels[0] && c[2] == b.Labels[1] {
			if rest := withoutIndex(c[3:]); len(rest) > 1 && rest[0] == "outputs" {
				return rest[1:]
			}
		}
		return nil
	})
	values := map[string]any{}
	for _, name := range sorted(outputs.fields) {
		text := outputs.fields[name].example(name)
		x, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
		if diags.HasErrors() {
			return splice{}, diags
		}
		v, diags := x.Value(nil)
		if diags.HasErrors() {
			return splice{}, diags
		}
		plain, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			return splice{}, err
		}
		typ, err := ctyjson.MarshalType(v.Type())
		if err != nil {
			return splice{}, err
		}
		values[name] = map[string]any{"value": json.RawMessage(plain), "type": json.RawMessage(typ)}
	}
	doc, err := json.Marshal(map[string]any{"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "driftbench", "outputs": values, "resources": []any{}})
	if err != nil {
		return splice{}, err
	}
	name := b.Labels[1] + "." + stateFile
	if err := write(filepath.Join(tree, filepath.FromSlash(f.dir), name), doc); err != nil {
		return splice{}, err
	}
	var keep strings.Builder
	for _, meta := range []string{"count", "for_each"} {
		if a := b.Body.Attributes[meta]; a != nil {
			fmt.Fprintf(&keep, "  %s\n", a.SrcRange.SliceBytes(f.src[a.SrcRange.Filename]))
		}
	}
	return splice{whole(b), fmt.Sprintf("data %q %q {\n%s  backend = \"local\"\n  config = {\n    path = \"${path.module}/%s\"\n  }\n}", b.Labels[0], b.Labels[1], keep.String(), name)}, nil
}

// missingFiles writes the files that code reads and that the archive does not hold.
func (f *folder) missingFiles(tree string, body *hclsyntax.Body) error {
	var failed error
	expressions(body, func(_ string, x hclsyntax.Expression) {
		_ = hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
			call, ok := n.(*hclsyntax.FunctionCallExpr)
			if !ok || len(call.Args) == 0 || !strings.HasPrefix(call.Name, "file") && call.Name != "templatefile" || call.Name == "fileset" || call.Name == "fileexists" {
				return nil
			}
			v, diags := call.Args[0].Value(&hcl.EvalContext{Variables: map[string]cty.Value{
				"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal(f.dir), "root": cty.StringVal(f.dir), "cwd": cty.StringVal(f.dir)}),
			}})
			if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
				return nil
			}
			name := filepath.Clean(filepath.FromSlash(v.AsString()))
			if !filepath.IsLocal(name) {
				return nil
			}
			if _, err := os.Stat(filepath.Join(tree, name)); err != nil {
				failed = write(filepath.Join(tree, name), []byte("{}\n"))
			}
			return nil
		})
	})
	return failed
}
