package adopt

import (
	"context"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/module"
)

// A declaration is what an edit changes, named so that it is found in every stack that reads the file: the directory of the module instead of
// its place in a tree.
type declaration struct{ file, dir, kind, name string }

// declarationsOf are the declarations that a wish's edits change, in the tree that they are made in.
func (e *effects) declarationsOf(w *wish, t *module.Tree) []declaration {
	var out []declaration
	for _, edit := range w.edits {
		for _, n := range e.touched(edit, t) {
			d := declaration{file: edit.File, kind: n.kind, name: n.name}
			if m := t.Module(n.path()); m != nil && !setsVariables(edit.File) {
				d.dir = m.Dir
			}
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}

// setsVariables tells whether a file sets variables of whatever root reads it.
func setsVariables(name string) bool {
	return strings.HasSuffix(name, ".tfvars") || strings.HasSuffix(name, ".tfvars.json")
}

// path are the calls that lead to a node's module.
func (n node) path() []string {
	if n.module == "" {
		return nil
	}
	return strings.Split(n.module, ".")
}

// reached are the resources of a tree, without instance keys, that changed declarations may move.
func (e *effects) reached(changed []declaration, t *module.Tree) map[string]bool {
	var from []node
	for _, d := range changed {
		if t.Files[d.file] == nil {
			from = append(from, e.files...)
			continue
		}
		for _, m := range t.Modules() {
			if d.dir == "" && m.Parent == nil || d.dir == m.Dir && !m.Installed {
				from = append(from, node{strings.Join(m.Path, "."), d.kind, d.name})
			}
		}
	}
	return e.from(from)
}

// suspect finds, for faults of the stack's own plan, the wishes whose edits may have caused each.
func (s *search) suspect(granted []*wish, faults []fault) {
	for i := range faults {
		f := &faults[i]
		if f.wish != nil {
			f.suspects = []*wish{f.wish}
			continue
		}
		if f.address == "" {
			continue
		}
		for _, w := range granted {
			if w.touches[withoutKeys(f.address)] {
				f.suspects = append(f.suspects, w)
			}
		}
		s.narrow(f, s.in.Tree)
	}
}

// suspectIn does the same for faults of another stack's plan.
func (s *search) suspectIn(o Other, granted []*wish, faults []fault) {
	if o.Tree == nil || len(faults) == 0 {
		return
	}
	if s.others == nil {
		s.others = map[string]*effects{}
	}
	e := s.others[o.Stack]
	if e == nil {
		e = newEffects(o.Tree)
		s.others[o.Stack] = e
	}
	reached := map[*wish]map[string]bool{}
	for _, w := range granted {
		reached[w] = e.reached(w.changed, o.Tree)
	}
	for i := range faults {
		f := &faults[i]
		if f.address == "" {
			continue
		}
		for _, w := range granted {
			if reached[w][withoutKeys(f.address)] {
				f.suspects = append(f.suspects, w)
			}
		}
		s.narrow(f, o.Tree)
	}
}

// narrow keeps of several suspects those that are about the very block and path that moved, where there are such: what else moves there follows.
func (s *search) narrow(f *fault, t *module.Tree) {
	moved := t.Resource(f.address)
	if len(f.suspects) < 2 || moved == nil {
		return
	}
	var out []*wish
	for _, w := range f.suspects {
		r := s.in.Tree.Resource(w.target.Address)
		if r == nil || r.Key() != moved.Key() || r.Module.Dir != moved.Module.Dir {
			continue
		}
		if slices.ContainsFunc(f.paths, func(p string) bool { return overlaps(w.target.Path, p) }) {
			out = append(out, w)
		}
	}
	if len(out) > 0 {
		f.suspects, f.certain = out, true
	}
}

// blame makes the wishes that a plan's faults certainly come from try their next candidates. False when nothing is certain.
func (v verdict) blame() bool {
	found := false
	for _, f := range v.faults {
		switch {
		case f.wish != nil:
			f.wish.blame(f, f.code, false)
		case len(f.suspects) == 1 || f.certain:
			for _, w := range f.suspects {
				w.blame(f, f.code, false)
			}
		default:
			continue
		}
		found = true
	}
	return found
}

// blame makes a wish try its next candidate; with ban, none. What was blamed in a plan is not blamed again for it.
func (w *wish) blame(f fault, code string, ban bool) {
	if w.banned || !w.granted && !ban {
		return
	}
	w.granted = false
	w.blamed = ptr(refuse(w.target.Path, code, f.text))
	w.refusal = w.blamed
	if code == CodeOtherStack && !w.own {
		w.own, w.skip = true, 0 // the candidates that are left are others: none of them has been planned
		return
	}
	w.skip++
	if ban || w.skip > maxSkip {
		w.banned = true
	}
}

// maxSkip bounds how many candidates of one change are planned.
const maxSkip = 4

// bisect plans ever smaller groups of findings until it has one that fails alone: of those that are suspected, when every fault has suspects.
func (s *search) bisect(ctx context.Context, a *attempt, v verdict) error {
	groups := groupsOf(v.suspects(a))
	for len(groups) > 1 && s.tries < s.budget {
		half := slices.Concat(groups[:len(groups)/2]...)
		rest := slices.Concat(groups[len(groups)/2:]...)
		trial := newAttempt(s.in, s.objects, s.effects, half)
		if len(trial.history) == 0 {
			groups = groups[len(groups)/2:]
			continue
		}
		got, err := s.verify(ctx, trial)
		if err != nil {
			return err
		}
		if len(got.faults) == 0 {
			if groups = groupsOf(rest); len(groups) == 0 {
				break
			}
			continue
		}
		groups, v = groupsOf(half), got
		if got.blame() {
			return nil
		}
	}
	if len(groups) > 1 {
		return nil // no tries are left
	}
	newAttempt(s.in, s.objects, s.effects, slices.Concat(groups...))
	for _, g := range groups {
		for _, w := range g {
			w.blame(v.faults[0], v.faults[0].code, false)
		}
	}
	return nil
}

// suspects are the wishes among which the cause of a verdict's first fault is.
func (v verdict) suspects(a *attempt) []*wish {
	if f := v.faults[0]; len(f.suspects) > 0 {
		return f.suspects
	}
	return a.wishes
}
