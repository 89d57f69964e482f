package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A retake takes the object that a person made in the place of one that is gone. The state still holds the id that is gone, and an engine that
// finds anything under an address in the state passes over an import block for it: the plan would make a second object. So the resource gets
// another name, under which the state holds nothing, and what refers to it follows; under the old name the next refresh finds nothing left.
type retake struct {
	address module.Address
	id      string // of the object that takes the place
	engine  string
	version string

	renamed module.Address // what the resource is called after it
}

// retake is the wish to take the object that a person made in the place of a deleted one; nil when its address is none.
func (in *Input) retake(n int, f drift.Finding) *wish {
	a, err := module.ParseAddress(f.Address)
	if err != nil {
		return nil
	}
	d := &retake{address: a, id: f.Successor, engine: in.Before.Engine, version: in.Before.Version}
	return &wish{finding: n, target: solve.Target{Address: f.Address}, deed: d}
}

func (d *retake) String() string { return d.address.String() }

func (d *retake) instance() string { return d.renamed.String() }

func (d *retake) note() string {
	return fmt.Sprintf("the next apply imports %s as %s: the name is new because the state still holds the object that is gone under the old one; after that, the import block "+
		"and the removed block, where there is one, can go", d.id, d.renamed)
}

func (d *retake) done(w *solve.World) bool {
	return d.renamed.Name != "" && w.Makes(d.renamed.String()) && !w.Makes(d.String())
}

// after is the world in which the object has its new name, with the values that it had under the old one.
func (d *retake) after(w *solve.World, t *module.Tree) *solve.World {
	return w.Renamed(t, d.String(), d.renamed.String())
}

func (d *retake) fault(q *drift.Plan) string {
	all := instancesOf(q)
	if i := all[instanceKey{d.String(), ""}]; i != nil && acts(i.Action) {
		return fmt.Sprintf("%s would still %s", d, i.Action)
	}
	i := all[instanceKey{d.renamed.String(), ""}]
	switch {
	case i == nil || !i.Importing:
		return fmt.Sprintf("the plan would not import %s as %s", d.id, d.renamed)
	case acts(i.Action):
		var differs []string
		for p, v := range moves(i) {
			name, _, _ := strings.Cut(leafPath(p), "[")
			if v != "?" && !slices.Contains(differs, name) {
				differs = append(differs, name)
			}
		}
		slices.Sort(differs)
		return fmt.Sprintf("%s, made in the place of %s, is not as the code says: it would be imported and then %s (%s)", d.id, d, pastTense[i.Action], strings.Join(differs, ", "))
	}
	return ""
}

var pastTense = map[drift.Action]string{drift.ActionUpdate: "updated", drift.ActionReplace: "replaced", drift.ActionCreate: "created", drift.ActionDelete: "deleted"}

// byHand is how a person takes the object where no edit can.
func (d *retake) byHand(why string) solve.Answer {
	return solve.Answer{Reason: solve.Reason{Code: CodeStateHolds, Detail: fmt.Sprintf("%s was made in the place of %s, but the state holds the old one under that address and %s", d.id, d, why)}}
}

func (d *retake) answer(a *attempt) solve.Answer {
	d.renamed = module.Address{}
	t := a.tree
	r := t.Resource(d.String())
	switch {
	case r == nil:
		return solve.Answer{Reason: solve.Reason{Code: CodeNotInCode, Detail: "no block for " + d.String() + " in the code"}}
	case !imports(d.engine, d.version):
		return d.byHand(fmt.Sprintf("%s %s knows no import blocks", d.engine, d.version))
	case d.address.Key != nil || r.Count != nil || r.ForEach != nil:
		return d.byHand("an instance of a repeated resource has no other name to be given")
	case !alone(t, d.address):
		return d.byHand("the module exists more than once, or is not of this repository")
	}
	renamed := d.address
	for n := 2; ; n++ {
		renamed.Name = fmt.Sprintf("%s_%d", d.address.Name, n)
		if t.Resource(renamed.String()) == nil && !slices.ContainsFunc(a.in.Before.Instances, func(i drift.Instance) bool { return i.Address == renamed.String() }) {
			break
		}
	}
	edits, why := d.rename(t, r, renamed.Name)
	if why != "" {
		return d.byHand(why)
	}
	written := d.blocks(t, r, renamed)
	if written == nil {
		return d.byHand("there is no file for an import block")
	}
	d.renamed = renamed
	return solve.Answer{Candidates: []solve.Candidate{{Edits: slices.Concat(edits, written)}}, Reason: solve.Reason{Code: CodeFrozenFile, Detail: "the files of " + d.String() + " must not be edited"}}
}

// imports tells whether an engine knows import blocks.
func imports(engine, version string) bool {
	if engine == "tofu" {
		return atLeast(version, "1.6.0")
	}
	return atLeast(version, "1.5.0")
}

// rename gives the resource another name in its blocks and wherever its module refers to it. why is what speaks against it.
func (d *retake) rename(t *module.Tree, r *module.Resource, name string) (edits []hclfile.Edit, why string) {
	m := r.Module
	for _, b := range slices.Concat(m.Moves, m.Removals, t.Root.Imports) {
		for _, a := range b.Body.Attributes {
			if strings.Contains(string(t.Text(a.Expr.Range())), r.Key()) {
				return nil, fmt.Sprintf("a %s block speaks of it (%s:%d)", b.Type, b.TypeRange.Filename, b.TypeRange.Start.Line)
			}
		}
	}
	for _, file := range m.Files {
		f := t.Files[file]
		if f == nil || f.Body == nil {
			continue
		}
		for _, b := range f.Body.Blocks {
			if b.Type != "resource" || !slices.Equal(b.Labels, []string{r.Type, r.Name}) {
				continue
			}
			if f.Frozen != "" || f.JSON {
				return nil, file + " is not edited for a new name"
			}
			label := b.LabelRanges[1]
			text := name
			if f.Source[label.Start.Byte] == '"' {
				text = quoteLiteral(name)
			}
			edits = append(edits, hclfile.Edit{File: file, Start: label.Start.Byte, End: label.End.Byte, New: text})
		}
	}
	for _, at := range solve.Mentions(t, m, r.Key(), nil) {
		f := t.Files[at.Range.Filename]
		text := string(f.Source[at.Range.Start.Byte:at.Range.End.Byte])
		if f.JSON || f.Frozen != "" || !strings.HasPrefix(text, r.Key()) {
			return nil, fmt.Sprintf("it is referred to where no name is edited (%s:%d)", at.Range.Filename, at.Range.Start.Line)
		}
		start := at.Range.Start.Byte + len(r.Type) + 1
		edits = append(edits, hclfile.Edit{File: at.Range.Filename, Start: start, End: start + len(r.Name), New: name})
	}
	return edits, ""
}

// blocks are the import block and, where the engine has it, the removed block that lets go of the old address.
func (d *retake) blocks(t *module.Tree, r *module.Resource, renamed module.Address) []hclfile.Edit {
	file := t.Files[r.Block.TypeRange.Filename]
	text := hclfile.Text{Path: file.Path, Source: file.Source}
	wanted := []string{"import {", "\tto = " + renamed.String(), "\tid = " + quoteLiteral(d.id), "}"}
	forgotten := removedBlock(d.engine, d.version, r.Key())
	if r.Module.Parent == nil {
		if forgotten != nil {
			wanted = slices.Concat(wanted, []string{""}, forgotten)
		}
		return text.AddBlock(r.Block, wanted)
	}
	root, last := importsFile(t, t.Root, d.address.Modules[0].Name)
	if root == nil {
		return nil
	}
	out := (hclfile.Text{Path: root.Path, Source: root.Source}).AddBlock(last, wanted)
	if forgotten != nil {
		out = append(out, text.AddBlock(r.Block, forgotten)...)
	}
	return out
}

// given are the leaves of the objects that wishes import: what refers to them may take these values.
func given(q *drift.Plan, granted []*wish) map[string]bool {
	out := map[string]bool{}
	for _, w := range granted {
		d, ok := w.deed.(*retake)
		if !ok {
			continue
		}
		if i := instancesOf(q)[instanceKey{d.renamed.String(), ""}]; i != nil && i.Importing {
			values := map[string]string{}
			leaves("", i.Live, values)
			for _, v := range values {
				out[v] = true
			}
		}
	}
	return out
}
