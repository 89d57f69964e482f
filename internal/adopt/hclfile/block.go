package hclfile

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// ReplaceBlock writes lines in place of a top-level block and of the comments above it that speak of it alone. Lines are written as for
// [Text.InsertBlock].
func (t Text) ReplaceBlock(b *hclsyntax.Block, lines []string) []Edit {
	start, end := t.lineStart(b.TypeRange.Start.Byte), b.CloseBraceRange.End.Byte
	if next := t.lineEnd(end); next >= len(t.Source) || t.blank(next) || t.comment(next) {
		for start > 0 && t.comment(start-1) {
			start = t.lineStart(start - 1)
		}
	}
	if rest := strings.TrimSpace(string(t.Source[end:t.lineEnd(end)])); strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "//") {
		end = t.lineEnd(end) - len(t.Newline())
	}
	text := strings.TrimSuffix(t.topLevel(lines), t.Newline())
	return []Edit{t.edit(start, end, text)}
}

// AddBlock writes lines as a new top-level block: after the given block when there is one, else at the end of the file; with a blank line
// between it and what is around it.
func (t Text) AddBlock(after *hclsyntax.Block, lines []string) []Edit {
	nl := t.Newline()
	at := len(t.Source)
	if after != nil && after.TypeRange.Filename == t.Path {
		at = t.lineEnd(after.CloseBraceRange.End.Byte)
	}
	text := t.topLevel(lines)
	if at > 0 && t.Source[at-1] != '\n' {
		text = nl + text
	}
	if at > 0 && !t.blank(at-1) {
		text = nl + text
	}
	if at < len(t.Source) && !t.blank(at) {
		text += nl
	}
	return []Edit{t.edit(at, at, text)}
}

// topLevel writes lines with the file's line ends; a tab at the head of a line stands for one step of its indentation.
func (t Text) topLevel(lines []string) string {
	unit := t.unit("", "")
	var b strings.Builder
	for _, l := range lines {
		depth := len(l) - len(strings.TrimLeft(l, "\t"))
		b.WriteString(strings.Repeat(unit, depth) + l[depth:] + t.Newline())
	}
	return b.String()
}

// RemoveMember takes the entry that a path of keys leads to out of a JSON document, and with it the objects that are empty without it. Nil when
// there is no such entry.
func (t Text) RemoveMember(root hclsyntax.Expression, keys ...string) []Edit {
	edits, _ := t.removeMemberAt(root, keys)
	return edits
}

func (t Text) removeMemberAt(e hclsyntax.Expression, keys []string) (edits []Edit, empty bool) {
	obj, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok || len(keys) == 0 {
		return nil, false
	}
	i := slices.IndexFunc(obj.Items, func(item hclsyntax.ObjectConsItem) bool {
		v, diags := item.KeyExpr.Value(nil)
		return !diags.HasErrors() && v.Type() == cty.String && v.AsString() == keys[0]
	})
	if i < 0 {
		return nil, false
	}
	if len(keys) > 1 {
		if edits, empty = t.removeMemberAt(obj.Items[i].ValueExpr, keys[1:]); !empty {
			return edits, false
		}
	}
	return t.EditObject(obj, map[int]bool{i: true}, nil), len(obj.Items) == 1
}
