package hclfile_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

func parse(src []byte) (*hclsyntax.Body, error) {
	f, diags := hclsyntax.ParseConfig(src, "f.tf", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	return f.Body.(*hclsyntax.Body), nil
}

// statements lists every attribute of a body by a path that does not depend on where it is written, with its text.
func statements(prefix string, src []byte, body *hclsyntax.Body, out map[string]string) {
	for name, a := range body.Attributes {
		out[prefix+name] = string(a.Expr.Range().SliceBytes(src))
	}
	seen := map[string]int{}
	for _, b := range body.Blocks {
		key := b.Type + " " + strings.Join(b.Labels, " ")
		statements(fmt.Sprintf("%s%s#%d.", prefix, key, seen[key]), src, b.Body, out)
		seen[key]++
	}
}

func allBlocks(body *hclsyntax.Body) []*hclsyntax.Block {
	var out []*hclsyntax.Block
	for _, b := range body.Blocks {
		out = append(append(out, b), allBlocks(b.Body)...)
	}
	return out
}

func files(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	entries, err := os.ReadDir("testdata/files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		src, err := os.ReadFile("testdata/files/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = src
		out["crlf "+e.Name()] = bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
	}
	return out
}

// TestEditsTouchNothingElse makes one edit at a random place of a real file: the result parses, every other attribute keeps its text, and
// every line that is not of the edit is there, in order.
func TestEditsTouchNothingElse(t *testing.T) {
	all := files(t)
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		src := all[rapid.SampledFrom(names).Draw(t, "file")]
		body, err := parse(src)
		if err != nil {
			t.Fatal(err)
		}
		blocks := allBlocks(body)
		b := rapid.SampledFrom(blocks).Draw(t, "block")
		text := hclfile.Text{Path: "f.tf", Source: src}
		edits, allowed := edit(t, text, b)
		after, err := hclfile.Apply(src, edits)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(after)
		if err != nil {
			t.Fatalf("%v\n%s", err, after)
		}
		was, now := map[string]string{}, map[string]string{}
		statements("", src, body, was)
		statements("", after, again, now)
		changed := 0
		for path, old := range was {
			if text, ok := now[path]; !ok || text != old {
				changed++
			}
		}
		if changed > allowed {
			t.Fatalf("%d other attributes changed\n%s", changed, after)
		}
		if bytes.Contains(src, []byte("\r\n")) && bytes.Contains(bytes.ReplaceAll(after, []byte("\r\n"), nil), []byte("\n")) {
			t.Fatalf("line ends are mixed\n%q", after)
		}
	})
}

// edit makes one random edit inside a block, and says how many attributes it may change.
func edit(t *rapid.T, text hclfile.Text, b *hclsyntax.Block) ([]hclfile.Edit, int) {
	value := rapid.SampledFrom([]cty.Value{cty.StringVal("new ${value} \"q\""), cty.NumberIntVal(7), cty.True,
		cty.TupleVal([]cty.Value{cty.StringVal("a")}), cty.ObjectVal(map[string]cty.Value{"k": cty.StringVal("v"), "other-key": cty.NumberIntVal(1)})}).Draw(t, "value")
	render := func(indent, unit string) string { return text.Render(value, indent, unit) }
	item := hclfile.Item{Key: "added_key", Value: value}
	var attrs []*hclsyntax.Attribute
	for _, a := range b.Body.Attributes {
		attrs = append(attrs, a)
	}
	slices.SortFunc(attrs, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	switch op := rapid.IntRange(0, 3).Draw(t, "op"); {
	case op == 0 || len(attrs) == 0:
		return text.InsertAttribute(b.Body, "added_attribute", render), 0
	case op == 1:
		return text.InsertBlock(b.Body, nil, []string{"added_block {", "\ta = 1", "", "\tinner {", "\t\tb = 2", "\t}", "}"}), 0
	case op == 2:
		return text.RemoveAttribute(b.Body, rapid.SampledFrom(attrs).Draw(t, "attribute")), 1
	}
	switch e := rapid.SampledFrom(attrs).Draw(t, "attribute").Expr.(type) {
	case *hclsyntax.TupleConsExpr:
		remove, after := pick(t, len(e.Exprs))
		item.After = after
		return text.EditTuple(e, remove, insertions(t, item)), 1
	case *hclsyntax.ObjectConsExpr:
		remove, after := pick(t, len(e.Items))
		item.After = after
		return text.EditObject(e, remove, insertions(t, item)), 1
	default:
		return text.SetLiteral(e, value), 1
	}
}

func pick(t *rapid.T, n int) (map[int]bool, int) {
	remove := map[int]bool{}
	for i := range n {
		if rapid.Bool().Draw(t, "remove") {
			remove[i] = true
		}
	}
	return remove, rapid.IntRange(-1, n-1).Draw(t, "after")
}

func insertions(t *rapid.T, it hclfile.Item) []hclfile.Item {
	var out []hclfile.Item
	for i := range rapid.IntRange(0, 2).Draw(t, "inserted") {
		it.Key = fmt.Sprintf("added_key_%d", i)
		out = append(out, it)
	}
	return out
}

// TestListsSayWhatWasAsked checks removals and insertions by evaluating the list again, for every way of writing one.
func TestListsSayWhatWasAsked(t *testing.T) {
	shapes := []string{"[%s]", "[ %s ]", "[\n  %s\n]", "[\n  %s,\n]", "[%s,]", "[\n  # first\n  %s # last\n]"}
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SampledFrom(shapes).Draw(t, "shape")
		sep := ", "
		if strings.Contains(shape, "\n") && rapid.Bool().Draw(t, "lines") {
			sep = rapid.SampledFrom([]string{",\n  ", ", # note\n  "}).Draw(t, "separator")
		}
		n := rapid.IntRange(1, 4).Draw(t, "n")
		var elems []string
		for i := range n {
			elems = append(elems, fmt.Sprintf("%q", fmt.Sprint("e", i)))
		}
		src := []byte("x = " + fmt.Sprintf(shape, strings.Join(elems, sep)) + "\n")
		body, err := parse(src)
		if err != nil {
			t.Fatal(err)
		}
		text := hclfile.Text{Path: "f.tf", Source: src}
		remove, after := pick(t, n)
		inserted := rapid.IntRange(0, 2).Draw(t, "inserted")
		var items []hclfile.Item
		for i := range inserted {
			items = append(items, hclfile.Item{After: after, Value: cty.StringVal(fmt.Sprint("new", i))})
		}
		out, err := hclfile.Apply(src, text.EditTuple(body.Attributes["x"].Expr.(*hclsyntax.TupleConsExpr), remove, items))
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		again, err := parse(out)
		if err != nil {
			t.Fatalf("%v\nbefore:\n%s\nafter:\n%s", err, src, out)
		}
		v, diags := again.Attributes["x"].Expr.Value(nil)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		var got, want []string
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			got = append(got, e.AsString())
		}
		add := func(at int) {
			for i := range inserted {
				if after == at {
					want = append(want, fmt.Sprint("new", i))
				}
			}
		}
		add(-1)
		for i := range n {
			if !remove[i] {
				want = append(want, fmt.Sprint("e", i))
			}
			add(i)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q\nbefore:\n%s\nafter:\n%s", got, want, src, out)
		}
	})
}

// FuzzSetLiteral writes any string in place of any literal of a text that parses: the text still parses, and says the string.
func FuzzSetLiteral(f *testing.F) {
	for _, src := range []string{"x = \"a\"\n", "x = 1", "x = <<EOT\na\nEOT\n", "x = <<-EOT\n    a\n      b\n    EOT\n", "b \"l\" { x = true }\r\n", "x = null # c\n"} {
		for _, v := range []string{"new", "", "a\nb\n", "${x} %{y} \\ \"\n", "  indented\n", "EOT\n", "1", "true", "\u2028é"} {
			f.Add(src, v)
		}
	}
	f.Fuzz(func(t *testing.T, src, value string) {
		if !cty.StringVal(value).RawEquals(cty.StringVal(strings.ToValidUTF8(value, "?"))) {
			return
		}
		value = cty.StringVal(value).AsString() // normalised, as every value that comes from a provider
		body, err := parse([]byte(src))
		if err != nil || strings.Contains(value, "\r") {
			return
		}
		text := hclfile.Text{Path: "f.tf", Source: []byte(src)}
		for name, a := range body.Attributes {
			if v, diags := a.Expr.Value(nil); diags.HasErrors() || !v.Type().IsPrimitiveType() && !v.IsNull() {
				continue
			}
			out, err := hclfile.Apply([]byte(src), text.SetLiteral(a.Expr, cty.StringVal(value)))
			if err != nil {
				t.Fatal(err)
			}
			again, err := parse(out)
			if err != nil {
				t.Fatalf("%v\n%q", err, out)
			}
			got, diags := again.Attributes[name].Expr.Value(nil)
			if diags.HasErrors() {
				t.Fatalf("%v\n%q", diags, out)
			}
			if s := fmt.Sprint(scalar(got)); strings.ReplaceAll(s, "\r\n", "\n") != value {
				t.Fatalf("wrote %q, reads %q\n%q", value, s, out)
			}
		}
	})
}

func scalar(v cty.Value) any {
	switch {
	case v.IsNull():
		return ""
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Bool:
		return v.True()
	}
	return hclfile.NumberText(v.AsBigFloat())
}
