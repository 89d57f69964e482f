package driftbench

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// An Origin is where the value of an attribute comes from, found by following the code without evaluating it.
//
// The rule for what counts as adoptable: the value, at the place that was changed, is made of text in the project's own .tf and .tfvars
// files, through any number of variables, locals, module arguments, module outputs, loops, and functions that can be undone. It is not
// adoptable when any part of it is read from a data source (except those that only render what the code says: policy documents), from
// another resource, from a module that is kept elsewhere, from the environment, from the engine (workspace, paths), from the key or index
// of an instance, or through a function or operator that cannot be undone; when it is sensitive; or when another resource, data source
// or module reads the changed attribute, because that would follow the edit. An argument that the code does not set is adoptable.
//
// Sharing is no excuse: a literal, local or variable that other instances read as well counts as adoptable.
type Origin struct {
	Form string // of the expression that the attribute is set to
	Why  string // what keeps it from being adoptable; "" when it is
}

// place is a directory's code as one call chain sees it.
type place struct {
	l       *lab
	stack   *Stack
	folder  *folder
	parent  *place
	call    string               // label of the call in the parent
	key     any                  // of the instance of that call
	each    hclsyntax.Expression // for_each of the block at hand
	eachKey any
	bound   map[string]bool // names that loops and dynamic blocks bind
}

// placeOf is where the block of an instance is.
func (l *lab) placeOf(s *Stack, i instance) *place {
	p := &place{l: l, stack: s, folder: l.folders[s.Path]}
	for _, c := range i.modules {
		if p.folder == nil {
			return nil
		}
		b := p.folder.calls[c.name]
		if b == nil {
			return nil
		}
		dir, local := p.folder.called(b)
		if !local {
			return nil
		}
		p = &place{l: l, stack: s, folder: l.folders[dir], parent: p, call: c.name, key: c.key}
	}
	if p.folder == nil {
		return nil
	}
	return p
}

// at is the place as an expression of a block sees it.
func (p *place) at(b *hclsyntax.Block, key any) *place {
	inner := *p
	inner.each, inner.eachKey = nil, key
	if a := b.Body.Attributes["for_each"]; a != nil {
		inner.each = a.Expr
	}
	return &inner
}

const tooDeep = 24

// source follows an expression to where the value at path comes from; "" for text alone.
func (p *place) source(x hclsyntax.Expression, path []string, depth int) string {
	if depth > tooDeep {
		return "followed too far"
	}
	switch e := x.(type) {
	case *hclsyntax.LiteralValueExpr:
		return ""
	case *hclsyntax.TemplateExpr:
		return p.all(e.Parts, nil, depth)
	case *hclsyntax.TemplateWrapExpr:
		return p.source(e.Wrapped, path, depth+1)
	case *hclsyntax.ParenthesesExpr:
		return p.source(e.Expression, path, depth+1)
	case *hclsyntax.TemplateJoinExpr:
		return p.source(e.Tuple, nil, depth+1)
	case *hclsyntax.ObjectConsExpr:
		return p.object(e, path, depth)
	case *hclsyntax.TupleConsExpr:
		if len(path) > 0 {
			if n, err := strconv.Atoi(path[0]); err == nil && n >= 0 && n < len(e.Exprs) {
				return p.source(e.Exprs[n], path[1:], depth+1)
			}
		}
		return p.all(e.Exprs, nil, depth)
	case *hclsyntax.ScopeTraversalExpr:
		return p.name(append([]string{e.Traversal.RootName()}, steps(e.Traversal)...), path, depth)
	case *hclsyntax.RelativeTraversalExpr:
		var rest []string
		for _, s := range relative(e.Traversal) {
			rest = append(rest, strings.TrimPrefix(s, "["))
		}
		return p.source(e.Source, append(rest, path...), depth+1)
	case *hclsyntax.IndexExpr:
		key := "*"
		if v, diags := e.Key.Value(nil); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type().IsPrimitiveType() {
			key = fmt.Sprint(plainKey(v))
		} else if c := chain(e.Key); len(c) == 2 && c[0] == "each" && c[1] == "key" && p.eachKey != nil {
			key = fmt.Sprint(p.eachKey)
		}
		return p.source(e.Collection, append([]string{key}, path...), depth+1)
	case *hclsyntax.FunctionCallExpr:
		return p.function(e, path, depth)
	case *hclsyntax.ConditionalExpr:
		return first2(p.source(e.TrueResult, path, depth+1), p.source(e.FalseResult, path, depth+1))
	case *hclsyntax.ForExpr:
		bound := p.binding(e.KeyVar, e.ValVar)
		if why := bound.source(e.ValExpr, nil, depth+1); why != "" {
			return why
		}
		return p.source(e.CollExpr, nil, depth+1)
	case *hclsyntax.SplatExpr:
		return p.source(e.Source, nil, depth+1)
	case *hclsyntax.BinaryOpExpr:
		return "operator"
	case *hclsyntax.UnaryOpExpr:
		return p.source(e.Val, nil, depth+1)
	case *hclsyntax.ObjectConsKeyExpr:
		return p.source(e.Wrapped, path, depth+1)
	}
	return fmt.Sprintf("%T", x)
}

func plainKey(v cty.Value) any {
	if v.Type() == cty.String {
		return v.AsString()
	}
	return v.AsBigFloat().String()
}

func first2(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (p *place) all(list []hclsyntax.Expression, path []string, depth int) string {
	for _, x := range list {
		if why := p.source(x, path, depth+1); why != "" {
			return why
		}
	}
	return ""
}

func (p *place) binding(names ...string) *place {
	inner := *p
	inner.bound = map[string]bool{}
	for name := range p.bound {
		inner.bound[name] = true
	}
	for _, name := range names {
		inner.bound[name] = true
	}
	return &inner
}

func (p *place) object(e *hclsyntax.ObjectConsExpr, path []string, depth int) string {
	if len(path) == 0 {
		for _, item := range e.Items {
			if why := p.source(item.ValueExpr, nil, depth+1); why != "" {
				return why
			}
		}
		return ""
	}
	for _, item := range e.Items {
		if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && k.IsKnown() && !k.IsNull() && k.Type() == cty.String && (k.AsString() == path[0] || path[0] == "*") {
			if why := p.source(item.ValueExpr, path[1:], depth+1); why != "" || path[0] != "*" {
				return why
			}
		}
	}
	return "" // a new key, or one among those that the code computes
}

// undoable are the functions whose argument can be found from the result, or that choose among their arguments.
var undoable = map[string]bool{
	"merge": true, "concat": true, "toset": true, "tolist": true, "tomap": true, "tonumber": true, "tostring": true, "tobool": true, "jsonencode": true, "yamlencode": true,
	"lookup": true, "coalesce": true, "coalescelist": true, "try": true, "join": true, "split": true, "format": true, "flatten": true, "distinct": true, "compact": true,
	"sort": true, "lower": true, "upper": true, "base64encode": true, "file": true, "templatefile": true, "sensitive": false, "nonsensitive": true, "jsondecode": true,
	"yamldecode": true, "element": true, "reverse": true, "trimspace": true, "chomp": true, "formatlist": false, "setunion": true, "values": true, "zipmap": true, "one": true,
}

func (p *place) function(e *hclsyntax.FunctionCallExpr, path []string, depth int) string {
	if !undoable[e.Name] {
		return "function " + e.Name
	}
	switch {
	case e.Name == "merge" && len(path) > 0:
		for n := len(e.Args) - 1; n >= 0; n-- {
			object, ok := e.Args[n].(*hclsyntax.ObjectConsExpr)
			if !ok {
				break
			}
			for _, item := range object.Items {
				if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && k.Type() == cty.String && k.AsString() == path[0] {
					return p.source(item.ValueExpr, path[1:], depth+1)
				}
			}
		}
		return p.all(e.Args, path, depth)
	case e.Name == "lookup" && len(e.Args) > 1:
		return p.all([]hclsyntax.Expression{e.Args[0], e.Args[len(e.Args)-1]}, nil, depth)
	case e.Name == "try", e.Name == "coalesce", e.Name == "tomap", e.Name == "nonsensitive":
		return p.all(e.Args, path, depth)
	case e.Name == "file":
		return "" // the text is in the file
	}
	return p.all(e.Args, nil, depth)
}

// name follows what a name refers to.
func (p *place) name(c, path []string, depth int) string {
	if p.bound[c[0]] {
		return "" // what the loop goes over is followed for itself
	}
	rest := append(append([]string{}, c[min(2, len(c)):]...), path...)
	switch c[0] {
	case "var":
		return p.variable(c[1], rest, depth)
	case "local":
		a := p.folder.locals[c[1]]
		if a == nil {
			return "undeclared"
		}
		return p.source(a.Expr, rest, depth+1)
	case "each":
		if c[1] == "key" {
			return "instance key"
		}
		if p.each == nil {
			return "each"
		}
		key := "*"
		if p.eachKey != nil {
			key = fmt.Sprint(p.eachKey)
		}
		outer := *p
		outer.each = nil
		return outer.source(p.each, append([]string{key}, rest...), depth+1)
	case "count":
		return "instance key"
	case "path", "terraform", "self":
		return "engine"
	case "module":
		return p.output(c, path, depth)
	case "data":
		if len(c) > 2 && documents[c[1]].block != "" {
			return p.document(c[1], c[2], depth)
		}
		return "data source"
	}
	return "resource"
}

func (p *place) variable(name string, rest []string, depth int) string {
	if p.parent == nil {
		if _, env := p.stack.Env["TF_VAR_"+name]; env {
			return "environment"
		}
		return "" // a variable file, or the default
	}
	b := p.parent.folder.calls[p.call]
	if a := b.Body.Attributes[name]; a != nil {
		return p.parent.at(b, p.key).source(a.Expr, rest, depth+1)
	}
	return "" // the default
}

func (p *place) output(c, path []string, depth int) string {
	b := p.folder.calls[c[1]]
	if b == nil {
		return "undeclared"
	}
	dir, _ := p.folder.called(b)
	child := p.l.folders[dir]
	if child == nil || strings.HasPrefix(dir, stubFolder) {
		return "module kept elsewhere"
	}
	rest := c[2:]
	if b.Body.Attributes["count"] != nil || b.Body.Attributes["for_each"] != nil {
		rest = rest[min(1, len(rest)):]
	}
	if len(rest) == 0 {
		return "module as a whole"
	}
	out := child.outputs[rest[0]]
	if out == nil || out.Body.Attributes["value"] == nil {
		return "undeclared"
	}
	inner := &place{l: p.l, stack: p.stack, folder: child, parent: p, call: c[1]}
	return inner.source(out.Body.Attributes["value"].Expr, append(append([]string{}, rest[1:]...), path...), depth+1)
}

// documents are the data sources that only render: the blocks that they are made of, and the argument of one that cases change.
var documents = map[string]struct{ block, argument string }{
	"aws_iam_policy_document": {"statement", "actions"},
	"google_iam_policy":       {"binding", "members"},
}

// document follows a policy document: it is text when it has blocks of its own whose lists are.
func (p *place) document(typ, name string, depth int) string {
	b := p.folder.resources["data."+typ+"."+name]
	if b == nil {
		return "undeclared"
	}
	own := 0
	for _, s := range b.Body.Blocks {
		if s.Type != documents[typ].block {
			return "policy document with other blocks"
		}
		own++
		if a := s.Body.Attributes[documents[typ].argument]; a != nil {
			if why := p.at(b, nil).source(a.Expr, nil, depth+1); why != "" {
				return why
			}
		}
	}
	if own == 0 || b.Body.Attributes["source_policy_documents"] != nil || b.Body.Attributes["override_policy_documents"] != nil {
		return "policy document made of others"
	}
	return ""
}

// form names the kind of an expression, as tables show it.
func form(x hclsyntax.Expression) string {
	switch e := x.(type) {
	case *hclsyntax.LiteralValueExpr:
		return "literal"
	case *hclsyntax.TemplateExpr:
		for _, part := range e.Parts {
			if _, ok := part.(*hclsyntax.LiteralValueExpr); !ok {
				return "template"
			}
		}
		if e.Range().Start.Line != e.Range().End.Line {
			return "heredoc"
		}
		return "literal"
	case *hclsyntax.TemplateWrapExpr:
		return form(e.Wrapped)
	case *hclsyntax.ParenthesesExpr:
		return form(e.Expression)
	case *hclsyntax.ObjectConsExpr:
		return "object"
	case *hclsyntax.TupleConsExpr:
		return "tuple"
	case *hclsyntax.FunctionCallExpr:
		return e.Name + "()"
	case *hclsyntax.ConditionalExpr:
		return "conditional"
	case *hclsyntax.ForExpr:
		return "for"
	case *hclsyntax.SplatExpr:
		return "splat"
	case *hclsyntax.BinaryOpExpr, *hclsyntax.UnaryOpExpr:
		return "operator"
	}
	c := chain(x)
	if len(c) == 0 {
		return "other"
	}
	switch c[0] {
	case "var", "local", "each", "count", "module", "data", "path", "terraform":
		return c[0]
	}
	if len(c) < 3 {
		return "iterator"
	}
	return "resource"
}
