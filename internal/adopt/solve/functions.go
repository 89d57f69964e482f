package solve

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// impure functions give another value each time: here they are unknown.
var impure = []string{"timestamp", "plantimestamp", "uuid", "bcrypt", "abspath", "pathexpand"}

// functions is the table of functions for expressions of a module: files are read from the tree, edits included.
func (w *World) functions(*Scope) map[string]function.Function {
	if f := w.funcs["."]; f != nil {
		return f
	}
	table := make(map[string]function.Function, len(languageFunctions))
	for name, f := range languageFunctions {
		table[name] = f
	}
	for _, name := range impure {
		table[name] = function.Unpredictable(languageFunctions[name])
	}
	table["file"] = textFunction(w.readText)
	table["fileexists"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}}, Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			_, err := w.Tree.ReadFile(w.fileAt(args[0].AsString()))
			return cty.BoolVal(err == nil), nil
		}})
	for name, digest := range map[string]string{"filebase64": "base64encode", "filemd5": "md5", "filesha1": "sha1", "filesha256": "sha256",
		"filesha512": "sha512", "filebase64sha256": "base64sha256", "filebase64sha512": "base64sha512"} {
		f := languageFunctions[digest]
		table[name] = textFunction(func(p string) (cty.Value, error) {
			v, err := w.readText(p)
			if err != nil {
				return cty.DynamicVal, err
			}
			return f.Call([]cty.Value{v})
		})
	}
	table["fileset"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			dir := w.fileAt(args[0].AsString())
			names, err := doublestar.Glob(w.Tree.FS(), path.Join(dir, args[1].AsString()), doublestar.WithFilesOnly())
			var out []cty.Value
			for _, n := range names {
				out = append(out, cty.StringVal(strings.TrimPrefix(n, dir+"/")))
			}
			if len(out) == 0 {
				return cty.SetValEmpty(cty.String), err
			}
			return cty.SetVal(out), err
		}})
	table["templatefile"] = w.templateFile(table)
	w.funcs = map[string]map[string]function.Function{".": table}
	return table
}

func textFunction(read func(string) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}}, Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return read(args[0].AsString()) }})
}

// fileAt is the path from the repository's root of a path that code names: relative to the root module.
func (w *World) fileAt(p string) string { return path.Join(w.Tree.Path, p) }

func (w *World) readText(p string) (cty.Value, error) {
	src, err := w.Tree.ReadFile(w.fileAt(p))
	if err != nil {
		return cty.UnknownVal(cty.String), fmt.Errorf("file %s: %w", p, err)
	}
	return cty.StringVal(string(src)), nil
}

// templateFile renders a file of the tree with the language's own template syntax.
func (w *World) templateFile(table map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			src, err := w.readText(args[0].AsString())
			if err != nil {
				return cty.DynamicVal, err
			}
			e := w.parsed[src.AsString()]
			if e == nil {
				parsed, diags := hclsyntax.ParseTemplate([]byte(src.AsString()), args[0].AsString(), hcl.InitialPos)
				if diags.HasErrors() {
					return cty.DynamicVal, diags
				}
				e, w.parsed[src.AsString()] = parsed, parsed
			}
			v, diags := e.Value(&hcl.EvalContext{Variables: entries(args[1]), Functions: table})
			if diags.HasErrors() {
				return cty.DynamicVal, diags
			}
			return v, nil
		}})
}
