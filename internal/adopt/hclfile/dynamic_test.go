package hclfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestWrapDynamic: the lines of the block keep their text and their line ends, one step further in; text whose indentation counts stays.
func TestWrapDynamic(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"lines": {
			"resource \"a\" \"b\" {\n  # why\n  rule {\n    port = 1 # one\n\n    inner {\n      x = 2\n    }\n  }\n}\n",
			"resource \"a\" \"b\" {\n  # why\n  dynamic \"rule\" {\n    for_each = X\n    content {\n      port = 1 # one\n\n      inner {\n        x = 2\n      }\n    }\n  }\n}\n",
		},
		"one line": {
			"resource \"a\" \"b\" {\n  rule { port = 1 }\n}\n",
			"resource \"a\" \"b\" {\n  dynamic \"rule\" {\n    for_each = X\n    content { port = 1 }\n  }\n}\n",
		},
		"empty": {
			"resource \"a\" \"b\" {\n  rule {}\n}\n",
			"resource \"a\" \"b\" {\n  dynamic \"rule\" {\n    for_each = X\n    content {}\n  }\n}\n",
		},
		"tabs and carriage returns": {
			"resource \"a\" \"b\" {\r\n\trule {\r\n\t\tport = 1\r\n\t}\r\n}\r\n",
			"resource \"a\" \"b\" {\r\n\tdynamic \"rule\" {\r\n\t\tfor_each = X\r\n\t\tcontent {\r\n\t\t\tport = 1\r\n\t\t}\r\n\t}\r\n}\r\n",
		},
		"heredocs": {
			"resource \"a\" \"b\" {\n  rule {\n    x = <<A\n  one\nA\n    y = <<-B\n      two\n    B\n  }\n}\n",
			"resource \"a\" \"b\" {\n  dynamic \"rule\" {\n    for_each = X\n    content {\n      x = <<A\n  one\nA\n      y = <<-B\n        two\n      B\n    }\n  }\n}\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			file, diags := hclsyntax.ParseConfig([]byte(c.before), "main.tf", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			block := file.Body.(*hclsyntax.Body).Blocks[0].Body.Blocks[0]
			got, err := Apply([]byte(c.before), Text{Path: "main.tf", Source: []byte(c.before)}.WrapDynamic(block, "X"))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.SplitAfter(c.after, "\n"), strings.SplitAfter(string(got), "\n")); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if _, diags := hclsyntax.ParseConfig(got, "main.tf", hcl.InitialPos); diags.HasErrors() {
				t.Error(diags)
			}
		})
	}
}
