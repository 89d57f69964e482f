package hclfile

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// WrapDynamic turns a nested block into a dynamic one that goes over forEach. The lines inside keep their text, one step further in; those
// of a heredoc whose indentation counts stay where they are.
func (t Text) WrapDynamic(b *hclsyntax.Block, forEach string) []Edit {
	nl := t.Newline()
	start, open, closing := b.TypeRange.Start.Byte, b.OpenBraceRange.Start.Byte, b.CloseBraceRange.Start.Byte
	outer := t.indent(start)
	unit := t.unit(outer, t.inner(b.Body))
	head := `dynamic "` + b.Type + `" {` + nl + outer + unit + "for_each = " + forEach + nl + outer + unit + "content {"
	edits := []Edit{t.edit(start, open+1, head)}
	if t.lineStart(open) != t.lineStart(closing) {
		for at := t.lineEnd(open); at < closing; at = t.lineEnd(at) {
			if !t.blank(at) && !t.verbatim(b.Body, at) {
				edits = append(edits, t.edit(at, at, unit))
			}
		}
	}
	return append(edits, t.edit(closing+1, closing+1, nl+outer+"}"))
}

// verbatim tells whether the line that starts at an offset is text of a heredoc that is written without "-".
func (t Text) verbatim(body *hclsyntax.Body, line int) bool {
	found := false
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		e, ok := n.(*hclsyntax.TemplateExpr)
		if !ok || e.SrcRange.Filename != t.Path {
			return nil
		}
		from := e.SrcRange.Start.Byte
		text := t.Source[from:]
		if bytes.HasPrefix(text, []byte("<<")) && !strings.HasPrefix(string(text), "<<-") && from < line && line < e.SrcRange.End.Byte {
			found = true
		}
		return nil
	})
	return found
}
