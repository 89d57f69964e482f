package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

type lineKey struct {
	file        string
	first, last int
}

// commit is the newest commit that changed the text of a range.
func (c *comparing) commit(r hcl.Range) *Commit {
	if c.o.History == nil || r.Filename == "" {
		return nil
	}
	key := lineKey{r.Filename, r.Start.Line, r.End.Line}
	if got, ok := c.commits[key]; ok {
		return got
	}
	got := c.o.History.LastChange(key.file, key.first, key.last)
	c.commits[key] = got
	return got
}

// promoted tells whether a commit gave one of two environments a text that the other does not have yet. It did when the other still says what
// the first said before the commit, in the words of both, and was not touched since. ra and rb are where the values are written.
//
// Where the order of promotion is known, only the earlier environment can be ahead: a later one that was changed alone was changed on purpose.
func (c *comparing) promoted(a, b int, ra, rb []hcl.Range) *verdict {
	if c.o.History == nil {
		return nil
	}
	if v := c.ahead(a, b, ra, rb); v != nil {
		return v
	}
	if c.out.Ordered {
		return nil
	}
	return c.ahead(b, a, rb, ra)
}

// ahead is promoted in one direction.
func (c *comparing) ahead(a, b int, ra, rb []hcl.Range) *verdict {
	for _, at := range ra {
		if at.Filename == "" || slices.Contains(rb, at) {
			continue
		}
		other, ok := c.counterpart(a, b, at, rb)
		if ok && c.sameText(a, c.text(a, at), b, c.text(b, other)) {
			continue
		}
		commit := c.commit(at)
		if commit == nil {
			continue
		}
		if ok {
			if late := c.commit(other); late != nil && !commit.Time.After(late.Time) {
				continue
			}
		}
		was, found, file := c.was(a, at, commit)
		if !file || found != ok || found && !c.sameText(a, was, b, c.text(b, other)) {
			continue
		}
		places := place(a, at)
		if ok {
			places = append(places, place(b, other)...)
		}
		return &verdict{
			class: Promotion, reason: ReasonCommit, commit: commit, places: places,
			because: fmt.Sprintf("a commit changed %s and not %s", c.out.Environments[a].Name, c.out.Environments[b].Name),
		}
	}
	return nil
}

// counterpart is the text of b that stands for the one at r of a: at the same place in the structure of the code. Of one alone it is that.
func (c *comparing) counterpart(a, b int, r hcl.Range, rb []hcl.Range) (hcl.Range, bool) {
	way := c.way(a, r)
	for _, other := range rb {
		if other.Filename != "" && slices.EqualFunc(way, c.way(b, other), func(x, y string) bool { return c.sameText(a, x, b, y) }) {
			return other, true
		}
	}
	return hcl.Range{}, false
}

// way names a place in a file by the blocks, attributes and keys around it, word by word: a word of the language or of a provider may be the
// name of one environment (aws_apigatewayv2_integration), and is the same in all for all that, beside a label that does name it.
func (c *comparing) way(i int, r hcl.Range) []string {
	t := c.stacks[i].Tree
	if t == nil || t.Files[r.Filename] == nil || t.Files[r.Filename].Body == nil {
		return nil
	}
	var words []string
	for _, step := range locate(t.Files[r.Filename].Body, r) {
		words = append(words, strings.Split(step, " ")...)
	}
	return words
}

// was is what stood at a place before a commit: its text, whether it was there, and whether the file was.
func (c *comparing) was(i int, r hcl.Range, commit *Commit) (text string, found, file bool) {
	t := c.stacks[i].Tree
	f := t.Files[r.Filename]
	if f == nil || f.Body == nil || f.JSON {
		return "", false, false
	}
	src, ok := c.o.History.Before(commit, r.Filename)
	if !ok {
		return "", false, false
	}
	parsed, _ := hclsyntax.ParseConfig(src, r.Filename, hcl.InitialPos) // what could be understood of an older file still counts
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return "", false, true
	}
	at, ok := lookUp(body, locate(f.Body, r))
	if !ok || at.End.Byte > len(src) {
		return "", false, true
	}
	return strings.Join(strings.Fields(string(src[at.Start.Byte:at.End.Byte])), " "), true, true
}

// locate writes the way from a body to a range: blocks by type and labels, attributes by name, entries of objects by key.
func locate(body *hclsyntax.Body, r hcl.Range) []string {
	for name, a := range body.Attributes {
		if within(a.SrcRange, r) {
			return append([]string{"." + name}, locateIn(a.Expr, r)...)
		}
	}
	for n, b := range body.Blocks {
		if within(hcl.RangeBetween(b.TypeRange, b.CloseBraceRange), r) {
			return append([]string{blockKey(body, n)}, locate(b.Body, r)...)
		}
	}
	return nil
}

// blockKey names a block among its neighbours: type and labels, and a number when there are several.
func blockKey(body *hclsyntax.Body, n int) string {
	b := body.Blocks[n]
	key := b.Type + " " + strings.Join(b.Labels, " ")
	before := 0
	for _, o := range body.Blocks[:n] {
		if o.Type+" "+strings.Join(o.Labels, " ") == key {
			before++
		}
	}
	return fmt.Sprintf("%s#%d", key, before)
}

func locateIn(e hclsyntax.Expression, r hcl.Range) []string {
	object, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	for _, item := range object.Items {
		if key, ok := keyName(item.KeyExpr); ok && within(item.ValueExpr.Range(), r) {
			return append([]string{"{" + key}, locateIn(item.ValueExpr, r)...)
		}
	}
	return nil
}

func keyName(e hclsyntax.Expression) (string, bool) {
	if k, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		if word := hcl.ExprAsKeyword(k.Wrapped); word != "" {
			return word, true
		}
		e = k.Wrapped
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type().FriendlyName() != "string" {
		return "", false
	}
	return v.AsString(), true
}

func within(outer, inner hcl.Range) bool {
	return outer.Start.Byte <= inner.Start.Byte && inner.End.Byte <= outer.End.Byte
}

// lookUp follows what locate wrote, in another body.
func lookUp(body *hclsyntax.Body, way []string) (hcl.Range, bool) {
	if len(way) == 0 {
		return hcl.Range{}, false
	}
	if name, ok := strings.CutPrefix(way[0], "."); ok {
		a := body.Attributes[name]
		if a == nil {
			return hcl.Range{}, false
		}
		return lookIn(a.Expr, way[1:])
	}
	for n, b := range body.Blocks {
		if blockKey(body, n) == way[0] {
			if len(way) == 1 {
				return hcl.RangeBetween(b.TypeRange, b.CloseBraceRange), true
			}
			return lookUp(b.Body, way[1:])
		}
	}
	return hcl.Range{}, false
}

func lookIn(e hclsyntax.Expression, way []string) (hcl.Range, bool) {
	if len(way) == 0 {
		return e.Range(), true
	}
	if object, ok := e.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range object.Items {
			if key, ok := keyName(item.KeyExpr); ok && "{"+key == way[0] {
				return lookIn(item.ValueExpr, way[1:])
			}
		}
	}
	return hcl.Range{}, false
}

// newest is the newest commit of any text that decides a value.
func (c *comparing) newest(i int, address, path string) *Commit {
	t := c.stacks[i].Tree
	if t == nil {
		return nil
	}
	d := t.Decides(address, path)
	ranges := d.Texts
	for _, use := range d.Variables {
		ranges = append(ranges, t.Given(use.Name[len("var."):]).Range)
	}
	if r := t.Resource(address); r != nil && len(ranges) == 0 {
		ranges = append(ranges, r.Block.TypeRange)
	}
	var best *Commit
	for _, r := range ranges {
		if got := c.commit(r); got != nil && (best == nil || got.Time.After(best.Time)) {
			best = got
		}
	}
	return best
}
