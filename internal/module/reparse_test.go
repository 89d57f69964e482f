package module

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"pgregory.net/rapid"
)

// everyExpression has each kind of expression behind the block that is edited.
const everyExpression = `resource "a" "b" {
  x = 1
  y = "two"
}

locals {
  a = [for k, v in var.m : upper(v) if k != "x"]
  b = { for v in aws_x.y[*].z : v.k => v... }
  c = var.list[*].a[*].b["k"][0]
  d = var.c ? "${var.a}-${1 + 2}" : <<-EOT
    %{ if var.q }yes%{ else }no%{ endif }
    ${join(",", [for x in var.l : x])}
  EOT
  e = !(-var.n > 3) && max(var.l...) == 4
  f = var.l[var.i + 1].name
  g = aws_x.y.*.id
  h = {
    (var.k) = { "q" : null, r = true }
  }
}

dynamic "x" {
  for_each = f(var.a[0]).b
  content {}
}
`

// TestReparseIsParse: reading an edited file from what was read before gives what parsing it anew gives, in every range.
func TestReparseIsParse(t *testing.T) {
	files := [][]byte{[]byte(everyExpression), []byte("\xef\xbb\xbf" + everyExpression), []byte(strings.ReplaceAll(everyExpression, "\n", "\r\n"))}
	for _, src := range files {
		if f := Parse("main.tf", src); f.Errors().HasErrors() {
			t.Fatal(f.Errors())
		}
	}
	files = append(files, realFiles(t)...)
	done := 0
	rapid.Check(t, func(r *rapid.T) {
		src := rapid.SampledFrom(files).Draw(r, "file")
		f := Parse("main.tf", src)
		if f.Body == nil || len(f.Body.Blocks) == 0 {
			return
		}
		// The first block often, so that much is moved.
		block := f.Body.Blocks[rapid.IntRange(0, len(f.Body.Blocks)-1).Draw(r, "block")*rapid.IntRange(0, 1).Draw(r, "not the first")]
		from := rapid.IntRange(block.TypeRange.Start.Byte, block.CloseBraceRange.End.Byte).Draw(r, "from")
		to := min(len(src), from+rapid.IntRange(0, 12).Draw(r, "length"))
		text := rapid.SampledFrom([]string{"", "1", " ", "\n", "\n  new = \"line\"\n", "\n\n  inner {\n    a = 1\n  }\n", "#", "/*", "\"", "}", "{", "<<EOT\n", "${", "ü"}).Draw(r, "text")
		edited := append(append(append([]byte{}, src[:from]...), text...), src[to:]...)
		got, ok := f.reparse(edited)
		if !ok {
			return
		}
		done++
		want := Parse("main.tf", edited)
		if want.Errors().HasErrors() {
			r.Fatalf("what does not parse was read: %v\n%s", want.Errors(), edited)
		}
		if !reflect.DeepEqual(got, want) {
			r.Fatalf("not what parsing gives:\n%s", edited)
		}
	})
	if done == 0 {
		t.Error("no edit was read")
	}
}

// TestReparseKeepsSplatsWhole: what a splat expression repeats refers to its own element, not to that of the text before.
func TestReparseKeepsSplatsWhole(t *testing.T) {
	f := Parse("main.tf", []byte(everyExpression))
	got, ok := f.reparse([]byte(strings.Replace(everyExpression, "x = 1", "x = 100", 1)))
	if !ok {
		t.Fatal("the edit was not read")
	}
	outer := got.Body.Blocks[1].Body.Attributes["c"].Expr.(*hclsyntax.SplatExpr)
	items := map[*hclsyntax.AnonSymbolExpr]bool{}
	_ = hclsyntax.VisitAll(outer, func(n hclsyntax.Node) hcl.Diagnostics {
		if x, ok := n.(*hclsyntax.AnonSymbolExpr); ok {
			items[x] = true
		}
		return nil
	})
	before := f.Body.Blocks[1].Body.Attributes["c"].Expr.(*hclsyntax.SplatExpr)
	if !items[outer.Item] || items[before.Item] {
		t.Errorf("the elements are %v, the expression's own %p", items, outer.Item)
	}
}

// realFiles are configuration files of a project that is kept for tests.
func realFiles(t *testing.T) (out [][]byte) {
	t.Helper()
	names, err := filepath.Glob("../adopt/solve/testdata/repos/*.tar.gz")
	if err != nil || len(names) == 0 {
		t.Fatalf("no projects: %v", err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(h.Name, ".tf") {
			src, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, src)
		}
	}
}
