package adopt

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// A fault is what a plan of edited code shows that it should not.
type fault struct {
	code     string
	address  string   // instance that moves; "" when it is none
	paths    []string // what moves there, as paths of changes are written
	wish     *wish    // the wish that was not fulfilled; nil when something else moved
	text     string
	suspects []*wish // those whose edits may have caused it, as far as that is known
	certain  bool    // that each of them did
}

// compare checks the plan q of edited code against the plan p of the code before. Nothing may be in q that is not in p, every granted
// wish must be gone from it, outputs may only move to live values, and no check may fail that passed. What was not known before may be a value of
// an object that is imported.
func compare(p, q *drift.Plan, granted []*wish) []fault {
	var out []fault
	if q.Incomplete != "" {
		return []fault{{code: CodeCollateral, text: "the plan of the edited code is not whole: " + q.Incomplete}}
	}
	before, imported := instancesOf(p), given(q, granted)
	for n := range q.Instances {
		i := &q.Instances[n]
		if !acts(i.Action) {
			continue
		}
		old, now := before[instanceKey{i.Address, i.Deposed}], moves(i)
		moved := func(text string, paths []string) {
			out = append(out, fault{code: CodeCollateral, address: i.Address, paths: paths, text: text})
		}
		switch {
		case old == nil || !acts(old.Action):
			moved(fmt.Sprintf("%s would %s", i.Address, i.Action), leafPaths(now))
			continue
		case rank(i.Action) > rank(old.Action):
			moved(fmt.Sprintf("%s would %s instead of %s", i.Address, i.Action, old.Action), leafPaths(now))
			continue
		}
		for _, w := range granted {
			if text := w.unfulfilled(i, now); text != "" {
				out = append(out, fault{code: CodeUnproved, address: i.Address, wish: w, text: text})
			}
		}
		was := moves(old)
		maps.DeleteFunc(now, func(path, value string) bool {
			v, ok := was[path]
			return ok && (v == value || v == "?" && imported[value]) || wishedFor(granted, i.Address, path)
		})
		if paths := leafPaths(now); len(paths) > 0 {
			moved(fmt.Sprintf("%s would change %s", i.Address, paths[0]), paths)
		}
	}
	out = append(out, compareOutputs(p, q, granted, imported)...)
	return append(out, compareChecks(p, q)...)
}

// unfulfilled says what a plan that moves some leaves of an instance leaves of a wish; "" when nothing.
func (w *wish) unfulfilled(i *drift.Instance, moves map[string]string) string {
	if w.target.Address != i.Address {
		return ""
	}
	if len(moves) == 0 && w.deed == nil { // a mark of secrecy or a type may differ where no value does
		return fmt.Sprintf("%s would still %s, although none of its values differs", i.Address, i.Action)
	}
	for path := range moves {
		if overlaps(w.target.Path, strings.TrimPrefix(leafPath(path), ".")) {
			return fmt.Sprintf("%s would still change %s", i.Address, w.target.Path)
		}
	}
	return ""
}

// leafPaths are the paths of leaves, in order, as paths of changes are written.
func leafPaths(moves map[string]string) []string {
	var out []string
	for _, p := range sortedKeys(moves) {
		out = append(out, leafPath(p))
	}
	return out
}

// leafPath writes a path of leaves as paths of changes are written: the first step is a name.
func leafPath(p string) string {
	if rest, ok := strings.CutPrefix(p, `["`); ok {
		if name, rest, ok := strings.Cut(rest, `"]`); ok {
			return name + rest
		}
	}
	return p
}

func wishedFor(granted []*wish, address, path string) bool {
	return slices.ContainsFunc(granted, func(w *wish) bool {
		return w.target.Address == address && overlaps(w.target.Path, leafPath(path))
	})
}

// compareOutputs lets an output move only where it moved before, or to a value that was adopted.
func compareOutputs(p, q *drift.Plan, granted []*wish, imported map[string]bool) []fault {
	adopted := map[string]bool{"": true}
	maps.Copy(adopted, imported)
	drops := false
	for _, w := range granted {
		drops = drops || w.deed != nil
		values := map[string]string{}
		leaves("", w.target.Want, values)
		for _, v := range values {
			adopted[v] = true
		}
	}
	was := map[string]drift.OutputChange{}
	for _, o := range p.Outputs {
		was[o.Name] = o
	}
	var out []fault
	for _, o := range q.Outputs {
		before, after := map[string]string{}, map[string]string{}
		leaves("", o.Before, before)
		leaves("", o.After, after)
		planned := map[string]string{}
		leaves("", was[o.Name].After, planned)
		kept := map[string]bool{} // an instance that goes moves the others up in a list
		for _, v := range before {
			kept[v] = drops
		}
		for _, path := range sortedKeys(after) {
			v := after[path]
			if renamed(path, v, before, adopted) {
				continue
			}
			if v != before[path] && v != planned[path] && !adopted[v] && !kept[v] && !slices.ContainsFunc(sortedKeys(adopted), func(a string) bool {
				return len(a) > 3 && strings.Contains(v, a[1:])
			}) {
				out = append(out, fault{code: CodeCollateral, text: "output " + o.Name + " would change"})
				break
			}
		}
	}
	return out
}

// renamed tells whether a leaf of an output is one that was there before, under a key that is now an adopted value: a map by name of what was
// renamed.
func renamed(path, value string, before map[string]string, adopted map[string]bool) bool {
	if _, had := before[path]; had {
		return false
	}
	under := slices.ContainsFunc(sortedKeys(adopted), func(a string) bool {
		return strings.HasPrefix(a, "s") && strings.Contains(path, "["+strconv.Quote(a[1:])+"]")
	})
	return under && slices.ContainsFunc(sortedKeys(before), func(p string) bool { return before[p] == value })
}

// compareChecks finds checks that passed and do not any more.
func compareChecks(p, q *drift.Plan) []fault {
	was := map[string]string{}
	for _, c := range p.Checks {
		was[c.Address] = c.Status
	}
	var out []fault
	for _, c := range q.Checks {
		if (c.Status == "fail" || c.Status == "error") && was[c.Address] != c.Status {
			out = append(out, fault{code: CodeCollateral, text: "the check " + c.Address + " would " + c.Status})
		}
	}
	return out
}

// proofOf states what two plans show.
func proofOf(p, q *drift.Plan, way string, plans int) *Proof {
	proof := &Proof{Engine: q.Engine, Version: q.Version, Way: way, Plans: plans, Before: CountsOf(p), After: CountsOf(q)}
	after := instancesOf(q)
	for n := range p.Instances {
		i := &p.Instances[n]
		if !acts(i.Action) {
			continue
		}
		if now := after[instanceKey{i.Address, i.Deposed}]; now == nil || !acts(now.Action) {
			proof.Gone = append(proof.Gone, i.Address)
		} else {
			proof.Remaining = append(proof.Remaining, i.Address)
		}
	}
	slices.Sort(proof.Gone)
	slices.Sort(proof.Remaining)
	return proof
}
