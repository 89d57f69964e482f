package report

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// An htmlPart is a piece of a line of code of one colour.
type htmlPart struct{ Class, Text string }

// paint splits a line of configuration into parts by what they are. The parts joined are the line. A line is read alone: one in the middle of
// a heredoc is painted as the code that it looks like, which costs a colour and nothing more.
func paint(path, line string) []htmlPart {
	if !strings.HasSuffix(path, ".tf") && !strings.HasSuffix(path, ".tfvars") && !strings.HasSuffix(path, ".tofu") && !strings.HasSuffix(path, ".hcl") {
		return []htmlPart{{"", line}}
	}
	tokens, _ := hclsyntax.LexConfig([]byte(line), "", hcl.InitialPos)
	var out []htmlPart
	at := 0
	add := func(class string, end int) {
		if end <= at || end > len(line) {
			return
		}
		text := line[at:end]
		at = end
		if n := len(out); n > 0 && out[n-1].Class == class {
			out[n-1].Text += text
			return
		}
		out = append(out, htmlPart{class, text})
	}
	for i, token := range tokens {
		add("", token.Range.Start.Byte)
		class := ""
		switch token.Type {
		case hclsyntax.TokenComment:
			class = "comment"
		case hclsyntax.TokenOQuote, hclsyntax.TokenCQuote, hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenOHeredoc, hclsyntax.TokenCHeredoc:
			class = "text"
		case hclsyntax.TokenNumberLit:
			class = "number"
		case hclsyntax.TokenIdent:
			if i == 0 || i+1 < len(tokens) && (tokens[i+1].Type == hclsyntax.TokenEqual || tokens[i+1].Type == hclsyntax.TokenOBrace) {
				class = "name"
			}
		}
		add(class, token.Range.End.Byte)
	}
	add("", len(line))
	return out
}
