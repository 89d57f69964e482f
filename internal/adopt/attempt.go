package adopt

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A wish is one change that shall be adopted.
type wish struct {
	finding int // index in Input.Findings
	target  solve.Target
	deed    deed     // when it is more than a value; then target has only the address
	skip    int      // candidates that have failed a plan
	banned  bool     // no longer tried
	own     bool     // an edit moved another stack: only what leaves other stacks alone is tried
	secrets []string // texts that no edit may hold
	refusal *Refusal
	blamed  *Refusal // what the last plan of one of its candidates showed
	granted bool
	edits   []hclfile.Edit // in the file as it was when the edit was made
	places  []EditRef      // in the file before all edits
	files   []string
	touches map[string]bool // resources, without instance keys, that the edits may move
	changed []declaration   // whose text the edits change
}

// An attempt is the code with every edit that could be made, before any plan.
type attempt struct {
	in      *Input
	tree    *module.Tree
	world   *solve.World
	effects *effects
	history map[string][][]hclfile.Edit // per file, the edits of each step
	wishes  []*wish
}

// newAttempt grants as many wishes as it can, one after the other, each on the code that the ones before have left. What waits for
// another resource to be adopted is tried again at the end.
func newAttempt(in *Input, objects *solve.Objects, eff *effects, wishes []*wish) *attempt {
	a := &attempt{in: in, tree: in.Tree, world: solve.NewWorld(in.Tree, objects), effects: eff, history: map[string][][]hclfile.Edit{}, wishes: wishes}
	for _, w := range wishes {
		w.granted, w.edits, w.places, w.files, w.touches, w.changed = false, nil, nil, nil, nil, nil
		if !w.banned {
			w.refusal = nil
		}
	}
	for _, detach := range []bool{false, false, true} {
		for _, w := range wishes {
			if !w.granted && !w.banned {
				a.grant(w, detach)
			}
		}
	}
	return a
}

// grant makes the first edit that evaluation finds right and harmless. A literal in place of a reference is only tried with detach: what
// is referred to may be adopted meanwhile.
func (a *attempt) grant(w *wish, detach bool) {
	answer := a.answer(w)
	skip := w.skip
	if answer.Satisfied {
		if skip == 0 {
			w.granted, w.refusal = true, nil
			return
		}
		skip--
	}
	if len(answer.Candidates) == 0 {
		w.refusal = ptr(refuse(w.target.Path, answer.Reason.Code, answer.Reason.Detail))
		return
	}
	var collateral string
	told := false
	for _, c := range answer.Candidates {
		if tells(c.Edits, w.secrets) {
			told = true
			continue
		}
		if c.Detached && !detach || w.own && !a.ownOnly(c) {
			continue
		}
		tree, err := a.edited(c)
		if err != nil {
			continue
		}
		world := a.after(w, tree)
		if !w.done(world) {
			continue
		}
		touched := a.effects.of(c.Edits, a.tree, withoutKeys(w.target.Address))
		if moved := a.moved(world, touched); moved != "" {
			collateral = moved
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		w.granted = true
		a.take(w, c, tree, world, touched)
		return
	}
	switch {
	case w.blamed != nil:
		w.refusal = w.blamed
	case told:
		w.refusal = ptr(refuse(w.target.Path, CodeSensitive, "an edit would write a part of "+w.target.Path+" that is sensitive"))
	case collateral != "":
		w.refusal = ptr(refuse(w.target.Path, CodeCollateral, "every edit that was found also moves "+collateral))
	default:
		w.refusal = ptr(refuse(w.target.Path, CodeNoCandidate, "no edit of the expression gives the live value"))
	}
}

// answer finds the edits for a wish in the code as it is now.
func (a *attempt) answer(w *wish) solve.Answer {
	if w.deed != nil {
		return w.deed.answer(a)
	}
	return a.world.Change(w.target)
}

// after is the world in which a wish is fulfilled by an edited tree.
func (a *attempt) after(w *wish, tree *module.Tree) *solve.World {
	if r, ok := w.deed.(*retake); ok {
		return r.after(a.world, tree)
	}
	if w.deed != nil {
		return a.world.With(tree)
	}
	return a.world.After(tree, w.target)
}

// done tells whether the code of a world says what the wish is.
func (w *wish) done(world *solve.World) bool {
	if w.deed != nil {
		return w.deed.done(world)
	}
	return world.Check(w.target)
}

// ownOnly tells whether a candidate can be expected to leave other stacks alone: the value stands in files of the root module.
func (a *attempt) ownOnly(c solve.Candidate) bool {
	return c.Own || !slices.ContainsFunc(c.Edits, func(e hclfile.Edit) bool {
		return path.Dir(e.File) != a.in.Tree.Path && !slices.Contains(a.in.Tree.VarFiles(), e.File)
	})
}

func ptr[T any](v T) *T { return &v }

// edited is the tree with a candidate's edits, when they can be made and the files parse.
func (a *attempt) edited(c solve.Candidate) (*module.Tree, error) {
	files, err := a.editedWith(c.Edits)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree.With(files)
	if err != nil {
		return nil, err
	}
	for name := range files {
		if f := tree.Files[name]; f != nil && f.Errors().HasErrors() {
			return nil, f.Errors()
		}
	}
	return tree, nil
}

// editedWith are the files that edits change, with the edits.
func (a *attempt) editedWith(all []hclfile.Edit) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, edits := range hclfile.ByFile(all) {
		if why := a.tree.Frozen(name); why != "" {
			return nil, fmt.Errorf("%s must not be edited: %s", name, why)
		}
		src, err := a.tree.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if files[name], err = hclfile.Apply(src, edits); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (a *attempt) take(w *wish, c solve.Candidate, tree *module.Tree, world *solve.World, touched map[string]bool) {
	w.refusal, w.edits, w.touches = nil, c.Edits, touched
	w.changed = a.effects.declarationsOf(w, a.tree)
	for name, edits := range hclfile.ByFile(c.Edits) {
		for _, e := range edits {
			w.places = append(w.places, EditRef{File: name, Line: a.originalLine(name, e.Start), Path: w.target.Path})
		}
		w.files = append(w.files, name)
		a.history[name] = append(a.history[name], edits)
	}
	slices.Sort(w.files)
	slices.SortFunc(w.places, func(x, y EditRef) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	w.places = slices.Compact(w.places)
	a.tree, a.world = tree, world
}

// originalLine is the line, in the file before all edits, of an offset in the file as it is now.
func (a *attempt) originalLine(name string, offset int) int {
	for _, step := range slices.Backward(a.history[name]) {
		shift := 0
		for _, e := range slices.SortedFunc(slices.Values(step), func(x, y hclfile.Edit) int { return cmp.Compare(x.Start, y.Start) }) {
			switch at := e.Start + shift; {
			case offset >= at+len(e.New):
				shift += len(e.New) - (e.End - e.Start)
				continue
			case offset >= at:
				offset = e.Start + shift
			}
			break
		}
		offset -= shift
	}
	src, err := a.in.Tree.ReadFile(name)
	if err != nil {
		return 1
	}
	return bytes.Count(src[:min(max(offset, 0), len(src))], []byte("\n")) + 1
}

// files are the edited files: content by path.
func (a *attempt) files() map[string][]byte {
	out := map[string][]byte{}
	for name := range a.history {
		if src, err := a.tree.ReadFile(name); err == nil {
			out[name] = src
		}
	}
	return out
}

// moved names an instance that an edit would move although nobody asked: "" when there is none.
func (a *attempt) moved(after *solve.World, touched map[string]bool) string {
	for _, key := range slices.Sorted(maps.Keys(touched)) {
		r := a.effects.resources[key]
		if r == nil || r.Data && solve.Renders(r.Type) {
			continue // what only renders its arguments moves nothing but those that read it
		}
		lost, ok := a.world.Lost(after, r)
		if !ok {
			return "the number or the names of the instances of " + key
		}
		for _, address := range lost {
			if !a.wanted(after, address, "") {
				return address
			}
		}
		for _, address := range a.world.InstancesOf(r) {
			if slices.Contains(lost, address) {
				continue
			}
			for _, path := range a.world.Differences(after, address) {
				if !a.wanted(after, address, path) {
					return address
				}
			}
		}
	}
	return ""
}

// wanted tells whether a difference is one that was asked for, and is now as it was asked for.
func (a *attempt) wanted(after *solve.World, address, path string) bool {
	for _, w := range a.wishes {
		if w.target.Address == address && overlaps(w.target.Path, path) && w.done(after) {
			return true
		}
	}
	return false
}

// overlaps tells whether one path leads to or through the other.
func overlaps(a, b string) bool {
	x, y := module.SplitPath(a), module.SplitPath(b)
	n := min(len(x), len(y))
	return slices.Equal(x[:n], y[:n])
}

// wishesOf are the changes of the findings that shall be adopted, and the refusals of those that may not be.
func wishesOf(in *Input) (wishes []*wish, refused map[int][]Refusal) {
	refused = map[int][]Refusal{}
	instances := instancesOf(in.Before)
	for n, f := range in.Findings {
		named := slices.Contains(in.Only, f.Address)
		if in.Only != nil && !named {
			continue
		}
		switch f.Kind {
		case drift.KindDeleted:
			w := in.drop(n, f)
			if f.Successor != "" {
				w = in.retake(n, f)
			}
			if named && w != nil {
				wishes = append(wishes, w)
			} else {
				refused[n] = append(refused[n], deletedOffers(in.Tree, f))
			}
			continue
		case drift.KindUnmanaged:
			if w := in.bring(n, f); named && w != nil {
				wishes = append(wishes, w)
			} else {
				refused[n] = append(refused[n], unmanagedOffer(f))
			}
			continue
		}
		i := instances[instanceKey{f.Address, ""}]
		for _, c := range f.Changes {
			secrets, open := hidden(f, c)
			switch {
			case c.Kind == drift.KindConflict && !named:
				refused[n] = append(refused[n], refuse(c.Path, CodeConflict, "the code has changed too, and was not applied"))
				continue
			case c.Kind != drift.KindDrift && c.Kind != drift.KindConflict:
				continue
			case c.Sensitive && !open:
				refused[n] = append(refused[n], refuse(c.Path, CodeSensitive, "the value of "+c.Path+" is sensitive"))
				continue
			case looksSecret(c.Path, c.Live, c.Code):
				refused[n] = append(refused[n], refuse(c.Path, CodeSensitive, "the value of "+c.Path+" looks like a secret"))
				continue
			}
			w := &wish{finding: n, secrets: secrets, target: solve.Target{Address: f.Address, Path: c.Path, Want: c.Live}}
			if i != nil {
				w.target.Code, w.target.Schema = i.Code, in.schemaOf(i)
			}
			wishes = append(wishes, w)
		}
	}
	return wishes, refused
}

// unmanagedOffer describes what can be done about an object that no stack knows.
func unmanagedOffer(f drift.Finding) Refusal {
	r := refuse("", CodeUnmanaged, f.Address+" is not in the code")
	if len(f.IDs) > 0 && f.Address != "" {
		r.Detail = fmt.Sprintf("%s %s is not in the code", f.Type, f.IDs[0])
		r.Hint = fmt.Sprintf("take it into the code as %s: run mooring adopt '%s', or comment /drift adopt %s; or remove it", f.Address, f.Address, f.Address)
	}
	return r
}

// deletedOffers describes what can be done about an object that is gone.
func deletedOffers(t *module.Tree, f drift.Finding) Refusal {
	r := refuse("", CodeDeleted, f.Address+" is gone")
	if f.Successor != "" {
		r.Detail = fmt.Sprintf("%s is gone, and %s was made by hand in its place", f.Address, f.Successor)
		r.Hint = fmt.Sprintf("take %s into the code in its place: run mooring adopt '%s', or comment /drift adopt %s; or remove it and recreate the old one by applying the code, which needs no edit",
			f.Successor, f.Address, f.Address)
		return r
	}
	if file, line, ok := t.Place(f.Address, ""); ok {
		r.Hint = fmt.Sprintf("recreate it by applying the code, which needs no edit; or drop it from the code (%s:%d): run mooring adopt '%s', or comment /drift adopt %s",
			file, line, f.Address, f.Address)
	}
	return r
}
