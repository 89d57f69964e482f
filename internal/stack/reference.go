package stack

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A reference is a path in an expression, as a doublestar pattern in which "*" stands for what only a plan knows.
type reference struct {
	pattern string
	root    bool // seen from the root module (path.root, path.cwd, or a bare relative path), not from the module's own directory
}

// readsFile are the functions whose first argument is a file.
var readsFile = map[string]bool{
	"file": true, "templatefile": true, "filebase64": true, "filemd5": true, "filesha1": true, "filesha256": true, "filesha512": true,
	"filebase64sha256": true, "filebase64sha512": true,
}

// references lists the paths that a body's expressions read: arguments of file functions, and any text that begins with path.module or
// path.root, which providers take as file names.
func references(body *hclsyntax.Body, locals map[string]hclsyntax.Expression) []reference {
	var list []reference
	add := func(expr hclsyntax.Expression, anyText bool) {
		for _, p := range patterns(expr, locals, 4) {
			if ref, ok := p.reference(anyText); ok {
				list = append(list, ref)
			}
		}
	}
	// Visiting reports diagnostics only of the visitor's own making.
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.FunctionCallExpr:
			switch {
			case readsFile[e.Name] && len(e.Args) > 0:
				add(e.Args[0], true)
			case e.Name == "fileset" && len(e.Args) == 2:
				for _, dir := range patterns(e.Args[0], locals, 4) {
					for _, rest := range patterns(e.Args[1], locals, 4) {
						if ref, ok := dir.reference(true); ok && rest.from == fromText {
							ref.pattern = path.Join(ref.pattern, unescape(rest.text))
							list = append(list, ref)
						}
					}
				}
			}
		case *hclsyntax.TemplateExpr:
			add(e, false)
		}
		return nil
	})
	return list
}

// A pattern is the text of an expression as far as it can be told without planning.
type pattern struct {
	from origin
	text string
}

// origin says what a path begins with.
type origin int

const (
	fromText    origin = iota // text
	fromModule                // path.module
	fromRoot                  // path.root or path.cwd
	fromUnknown               // something only a plan knows: the path could be anywhere
)

// reference is the pattern as a path. anyText takes paths that begin with neither path.module nor path.root.
func (p pattern) reference(anyText bool) (reference, bool) {
	text := strings.TrimLeft(p.text, "/")
	switch {
	case p.from == fromUnknown, text == "", strings.Trim(text, "*/") == "":
		return reference{}, false
	case p.from == fromText && (!anyText || strings.HasPrefix(p.text, "/") || strings.HasPrefix(p.text, "~")):
		return reference{}, false
	}
	return reference{pattern: text, root: p.from != fromModule}, true
}

// patterns are what an expression can be: several when it is a conditional.
func patterns(expr hclsyntax.Expression, locals map[string]hclsyntax.Expression, depth int) []pattern {
	unknown := []pattern{{from: fromUnknown, text: "*"}}
	if depth == 0 {
		return unknown
	}
	switch e := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.String && !e.Val.IsNull() {
			return []pattern{{text: escape(e.Val.AsString())}}
		}
	case *hclsyntax.ParenthesesExpr:
		return patterns(e.Expression, locals, depth)
	case *hclsyntax.TemplateWrapExpr:
		return patterns(e.Wrapped, locals, depth)
	case *hclsyntax.ConditionalExpr:
		return append(patterns(e.TrueResult, locals, depth-1), patterns(e.FalseResult, locals, depth-1)...)
	case *hclsyntax.TemplateExpr:
		whole := []pattern{{}}
		for i, part := range e.Parts {
			var next []pattern
			for _, head := range whole {
				for _, tail := range patterns(part, locals, depth-1) {
					from := head.from
					if i == 0 {
						from = tail.from
					}
					next = append(next, pattern{from: from, text: head.text + tail.text})
				}
			}
			if whole = next; len(whole) > 16 {
				return unknown
			}
		}
		return whole
	case *hclsyntax.ScopeTraversalExpr:
		return traversed(e, locals, depth, unknown)
	}
	return unknown
}

func traversed(e *hclsyntax.ScopeTraversalExpr, locals map[string]hclsyntax.Expression, depth int, unknown []pattern) []pattern {
	if len(e.Traversal) != 2 {
		return unknown
	}
	attr, ok := e.Traversal[1].(hcl.TraverseAttr)
	if !ok {
		return unknown
	}
	switch {
	case e.Traversal.RootName() == "path" && attr.Name == "module":
		return []pattern{{from: fromModule}}
	case e.Traversal.RootName() == "path":
		return []pattern{{from: fromRoot}}
	case e.Traversal.RootName() == "local" && locals[attr.Name] != nil:
		return patterns(locals[attr.Name], locals, depth-1)
	}
	return unknown
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`)

func escape(s string) string { return globEscaper.Replace(s) }

var globUnescaper = strings.NewReplacer(`\\`, `\`, `\*`, `*`, `\?`, `?`, `\[`, `[`, `\{`, `{`)

func unescape(s string) string { return globUnescaper.Replace(s) }
