package stack

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

const terragruntFile = "terragrunt.hcl"

// A unit is what one terragrunt.hcl says.
type unit struct {
	dir       string
	source    string   // directory of the module it plans; "" when that is elsewhere or not known
	hasSource bool     // a terraform block, its own or of a file it includes, names a source
	includes  []string // files it includes, slash paths from the root
	included  bool     // another unit includes it
	problems  []Problem
}

// leaf says why a unit is a stack, or "" when it is not one.
func (u *unit) leaf(d *dir) string {
	switch {
	case u.included:
		return ""
	case u.hasSource:
		return terragruntFile + " with a source"
	case len(u.includes) > 0 && d.facts != nil:
		return terragruntFile + " with an include, beside its configuration"
	}
	return ""
}

// readTerragrunt reads every terragrunt.hcl of the tree.
func (t *tree) readTerragrunt() map[string]*unit {
	units := map[string]*unit{}
	included := map[string]bool{}
	for _, d := range t.list {
		if !d.has(terragruntFile) {
			continue
		}
		u := t.readUnit(d.path)
		units[d.path] = u
		for _, file := range u.includes {
			included[file] = true
		}
	}
	for p, u := range units {
		u.included = included[path.Join(p, terragruntFile)]
	}
	return units
}

func (t *tree) readUnit(dir string) *unit {
	u := &unit{dir: dir}
	e := &terragruntEval{tree: t, unit: u}
	e.file(path.Join(dir, terragruntFile), true)
	for _, file := range slices.Clone(u.includes) { // one level, as terragrunt itself allows
		e.file(file, false)
	}
	return u
}

// terragruntEval evaluates the few expressions of terragrunt files that name directories. The repository's root is "/".
type terragruntEval struct {
	tree *tree
	unit *unit
}

func (e *terragruntEval) file(name string, own bool) {
	src, err := fs.ReadFile(e.tree.fsys, name)
	if err != nil {
		e.unit.problems = append(e.unit.problems, Problem{File: name, Message: cause(err)})
		return
	}
	parsed, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	e.unit.problems = append(e.unit.problems, problems(name, diags)...)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return
	}
	ctx := &hcl.EvalContext{Functions: e.functions(path.Dir(name)), Variables: map[string]cty.Value{}}
	ctx.Variables["local"] = e.locals(body, ctx)
	for _, b := range body.Blocks {
		switch b.Type {
		case "include":
			if attr := b.Body.Attributes["path"]; own && attr != nil {
				e.unit.includes = append(e.unit.includes, e.paths(attr.Expr, ctx, e.unit.dir)...)
			}
		case "terraform":
			attr := b.Body.Attributes["source"]
			if attr == nil {
				continue
			}
			e.unit.hasSource = true
			if e.unit.source != "" {
				continue
			}
			for _, target := range e.paths(attr.Expr, ctx, e.unit.dir) {
				if e.tree.dirs[target] != nil {
					e.unit.source = target
					break
				}
			}
		}
	}
}

// locals evaluates what can be evaluated of the locals of one file, those that depend on others last.
func (e *terragruntEval) locals(body *hclsyntax.Body, ctx *hcl.EvalContext) cty.Value {
	values := map[string]cty.Value{}
	for range 4 {
		ctx.Variables["local"] = cty.ObjectVal(values)
		for _, b := range body.Blocks {
			if b.Type != "locals" {
				continue
			}
			for name, attr := range b.Body.Attributes {
				if v, diags := attr.Expr.Value(ctx); !diags.HasErrors() {
					values[name] = v
				}
			}
		}
	}
	return cty.ObjectVal(values)
}

// paths are the places inside the repository that an expression names. When the expression depends on something unknown (an
// environment variable that chooses between a release and the working copy), they are the relative paths written in it.
func (e *terragruntEval) paths(expr hclsyntax.Expression, ctx *hcl.EvalContext, dir string) []string {
	if v, diags := expr.Value(ctx); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
		if p, ok := inside(dir, v.AsString()); ok {
			return []string{p}
		}
		return nil
	}
	var found []string
	_ = hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		if lit, ok := n.(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type() == cty.String && strings.HasPrefix(lit.Val.AsString(), ".") {
			if p, ok := inside(dir, lit.Val.AsString()); ok {
				found = append(found, p)
			}
		}
		return nil
	})
	return found
}

// inside resolves a path that terragrunt would, seen from dir, when it stays in the repository. Remote sources have a scheme or host.
func inside(dir, p string) (string, bool) {
	p, _, _ = strings.Cut(p, "?")
	switch {
	case strings.Contains(p, "::") || strings.Contains(p, "://") || strings.HasPrefix(p, "git@") || strings.HasPrefix(p, "github.com"):
		return "", false
	case strings.HasPrefix(p, "/"):
		p = strings.TrimLeft(path.Clean(p), "/")
	default:
		p = path.Join(dir, p)
	}
	if p == "" {
		p = "."
	}
	return p, fs.ValidPath(p)
}

// functions are terragrunt's functions about places, for a file in dir included by the unit (or the unit's own file).
func (e *terragruntEval) functions(dir string) map[string]function.Function {
	abs := func(p string) cty.Value { return cty.StringVal("/" + strings.TrimPrefix(p, ".")) }
	text := func(f func() cty.Value) function.Function {
		return function.New(&function.Spec{
			VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowNull: true}, Type: function.StaticReturnType(cty.String),
			Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return f(), nil },
		})
	}
	unitDir := e.unit.dir
	return map[string]function.Function{
		"get_repo_root":               text(func() cty.Value { return cty.StringVal("/") }),
		"get_terragrunt_dir":          text(func() cty.Value { return abs(unitDir) }),
		"get_original_terragrunt_dir": text(func() cty.Value { return abs(unitDir) }),
		"get_parent_terragrunt_dir":   text(func() cty.Value { return abs(e.parentDir(dir)) }),
		"get_path_from_repo_root":     text(func() cty.Value { return cty.StringVal(unitDir) }),
		"get_path_to_repo_root":       text(func() cty.Value { return cty.StringVal(relative(unitDir, ".")) }),
		"path_relative_to_include":    text(func() cty.Value { return cty.StringVal(relative(e.parentDir(dir), unitDir)) }),
		"path_relative_from_include":  text(func() cty.Value { return cty.StringVal(relative(unitDir, e.parentDir(dir))) }),
		"find_in_parent_folders":      e.findInParents(),
		"get_env":                     text(func() cty.Value { return cty.UnknownVal(cty.String) }),
		"get_platform":                text(func() cty.Value { return cty.UnknownVal(cty.String) }),
		"get_aws_account_id":          text(func() cty.Value { return cty.UnknownVal(cty.String) }),
		"dirname":                     pathFunction(path.Dir),
		"basename":                    pathFunction(path.Base),
		"try":                         tryfunc.TryFunc,
		"can":                         tryfunc.CanFunc,
		"format":                      stdlib.FormatFunc,
		"join":                        stdlib.JoinFunc,
		"split":                       stdlib.SplitFunc,
		"replace":                     stdlib.ReplaceFunc,
		"element":                     stdlib.ElementFunc,
		"trimprefix":                  stdlib.TrimPrefixFunc,
		"trimsuffix":                  stdlib.TrimSuffixFunc,
		"lower":                       stdlib.LowerFunc,
	}
}

// parentDir is the directory of the file that is included: dir itself when that file asks, else that of the unit's first include.
func (e *terragruntEval) parentDir(dir string) string {
	if dir == e.unit.dir && len(e.unit.includes) > 0 {
		return path.Dir(e.unit.includes[0])
	}
	return dir
}

func (e *terragruntEval) findInParents() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.String}, Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := terragruntFile
			if len(args) > 0 {
				name = args[0].AsString()
			}
			for dir := e.unit.dir; dir != "."; {
				dir = path.Dir(dir)
				if d := e.tree.dirs[dir]; d != nil && (d.has(name) || slices.Contains(d.sub, name)) {
					return cty.StringVal("/" + path.Join(dir, name)), nil
				}
			}
			return cty.UnknownVal(cty.String), nil
		},
	})
}

func pathFunction(f func(string) string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}}, Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.StringVal(f(args[0].AsString())), nil
		},
	})
}

// relative is the way from one directory of the repository to another.
func relative(from, to string) string {
	split := func(p string) []string {
		if p == "." {
			return nil
		}
		return strings.Split(p, "/")
	}
	a, b := split(from), split(to)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	return path.Join(append(slices.Repeat([]string{".."}, len(a)), b...)...)
}
