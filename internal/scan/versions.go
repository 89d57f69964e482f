package scan

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/module"
)

// lockName is the name of an engine's lock file.
const lockName = ".terraform.lock.hcl"

// used names what goes back to the version that it had: a provider by its source, or a module call by its label; the zero value is everything.
type used struct{ kind, name string }

// withVersions is a file with the versions that an earlier content of it named, and everything else as it is: entries of providers in a lock file;
// source and version of module calls and the constraints of required_providers in code. only limits it to one provider or one call.
func withVersions(now, was []byte, name string, only used) []byte {
	if path.Base(name) == lockName {
		return withBlocks(now, was, name, func(b *hclsyntax.Block) bool {
			return b.Type == "provider" && len(b.Labels) == 1 && (only == (used{}) || only == used{compare.KindProvider, b.Labels[0]})
		})
	}
	if !strings.HasSuffix(name, ".tf") {
		return now
	}
	var edits []edit
	before := topBlocks(was, name)
	for _, b := range topBlocks(now, name) {
		i := slices.IndexFunc(before, func(o *hclsyntax.Block) bool { return o.Type == b.Type && slices.Equal(o.Labels, b.Labels) })
		switch {
		case i < 0:
		case b.Type == "module" && len(b.Labels) == 1 && (only == (used{}) || only == used{compare.KindModule, b.Labels[0]}):
			for _, attribute := range []string{"source", "version"} {
				edits = append(edits, expressionEdit(b.Body.Attributes[attribute], before[i].Body.Attributes[attribute], was)...)
			}
		case b.Type == "terraform" && only.kind != compare.KindModule:
			edits = append(edits, constraintEdits(b.Body, before[i].Body, was, only)...)
		}
	}
	return apply(now, edits)
}

// constraintEdits puts back what required_providers says of providers.
func constraintEdits(now, before *hclsyntax.Body, was []byte, only used) []edit {
	var edits []edit
	for _, b := range now.Blocks {
		for _, o := range before.Blocks {
			if b.Type != "required_providers" || o.Type != b.Type {
				continue
			}
			for name, a := range b.Body.Attributes {
				source := module.StringAt(&hclsyntax.Body{Attributes: objectAttributes(a.Expr)}, "source")
				if only == (used{}) || strings.HasSuffix("/"+only.name, "/"+cmp.Or(source, "hashicorp/"+name)) {
					edits = append(edits, expressionEdit(a, o.Body.Attributes[name], was)...)
				}
			}
		}
	}
	return edits
}

// objectAttributes are the entries of an object expression as if they were attributes of a body.
func objectAttributes(e hclsyntax.Expression) hclsyntax.Attributes {
	out := hclsyntax.Attributes{}
	object, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return out
	}
	for _, item := range object.Items {
		if name := hcl.ExprAsKeyword(item.KeyExpr); name != "" {
			out[name] = &hclsyntax.Attribute{Name: name, Expr: item.ValueExpr}
		}
	}
	return out
}

// An edit puts text in the place of a range of bytes.
type edit struct {
	from, to int
	text     []byte
}

func expressionEdit(now, before *hclsyntax.Attribute, was []byte) []edit {
	if now == nil || before == nil {
		return nil
	}
	at := now.Expr.Range()
	return []edit{{at.Start.Byte, at.End.Byte, before.Expr.Range().SliceBytes(was)}}
}

// withBlocks is a file with the blocks that an earlier content of it had in the place of those with their labels.
func withBlocks(now, was []byte, name string, concerns func(*hclsyntax.Block) bool) []byte {
	before := topBlocks(was, name)
	var edits []edit
	for _, b := range topBlocks(now, name) {
		i := slices.IndexFunc(before, func(o *hclsyntax.Block) bool { return o.Type == b.Type && slices.Equal(o.Labels, b.Labels) })
		if i < 0 || !concerns(b) {
			continue
		}
		at, text := b.Range(), before[i].Range()
		edits = append(edits, edit{at.Start.Byte, b.CloseBraceRange.End.Byte, was[text.Start.Byte:before[i].CloseBraceRange.End.Byte]})
	}
	return apply(now, edits)
}

// apply makes edits that do not overlap.
func apply(text []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.from, a.from) })
	out := bytes.Clone(text)
	for _, e := range edits {
		out = slices.Replace(out, e.from, e.to, e.text...)
	}
	return out
}
