package solve

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// tuple aligns a wanted list with the elements of a literal one. Sets are aligned by content, lists by their longest common run.
func (s *solver) tuple(sc *Scope, e *hclsyntax.TupleConsExpr, have, want cty.Value) []Candidate {
	if !isList(want) {
		return s.replaceCollection(e, want)
	}
	spare := elements(have)
	vals := make([]cty.Value, len(e.Exprs))
	for i, x := range e.Exprs {
		vals[i] = sc.Eval(x)
		if len(spare) == len(vals) && !have.Type().IsSetType() {
			vals[i] = fill(vals[i], spare[i])
		}
		if !known(vals[i]) && !isMap(vals[i]) && len(spare) != len(vals) {
			return s.because(Unevaluable, "an element of the list at %s is not known", place(e.SrcRange))
		}
	}
	isSet := want.Type().IsSetType() || have != cty.NilVal && have.IsKnown() && have.Type().IsSetType()
	var ops []step
	if isSet {
		ops = alignSet(vals, elements(want))
	} else {
		ops = alignList(vals, elements(want))
	}
	remove := map[int]bool{}
	var insert []hclfile.Item
	var parts [][]Candidate
	t, ok := s.text(e.SrcRange)
	if !ok {
		return nil
	}
	for _, op := range ops {
		switch {
		case op.have >= 0 && op.want >= 0:
			change := s.child(sc, e.Exprs[op.have], vals[op.have], elements(want)[op.want])
			if len(hclsyntax.Variables(e.Exprs[op.have])) > 0 {
				// Another element altogether: a literal in its place.
				change = best(append(change, s.detach(e.Exprs[op.have], elements(want)[op.want])...))
			}
			parts = append(parts, change)
		case op.have >= 0:
			remove[op.have] = true
		default:
			v := elements(want)[op.want]
			after := op.after
			if isSet {
				after = sortedPlace(vals, v)
			}
			it := likeNeighbours(e.Exprs, v)
			it.After = after
			insert = append(insert, it)
		}
	}
	if len(remove) > 0 || len(insert) > 0 {
		parts = append(parts, one(len(remove)+costInsert*len(insert), t.EditTuple(e, remove, insert)...))
	}
	return all(parts...)
}

// A step is one difference between two lists: an element that becomes another (have and want), goes (have alone) or comes (want alone,
// after the element with index after). Equal elements have no step.
type step struct{ have, want, after int }

// alignSet pairs the elements of two sets by content; of those left over, one changed pair or the pairs that are most alike.
func alignSet(have, want []cty.Value) []step {
	usedH, usedW := make([]bool, len(have)), make([]bool, len(want))
	for i, h := range have {
		for j, w := range want {
			if !usedW[j] && same(h, w) {
				usedH[i], usedW[j] = true, true
				break
			}
		}
	}
	var gone, come []int
	for i := range have {
		if !usedH[i] && !slices.ContainsFunc(want, func(w cty.Value) bool { return same(have[i], w) }) {
			gone = append(gone, i)
		}
	}
	for j := range want {
		if !usedW[j] {
			come = append(come, j)
		}
	}
	var out []step
	for len(gone) > 0 && len(come) > 0 {
		bi, bj, score := -1, -1, 0.5
		for i, g := range gone {
			for j, c := range come {
				if l := alike(have[g], want[c]); l > score || len(gone) == 1 && len(come) == 1 {
					bi, bj, score = i, j, l
				}
			}
		}
		if bi < 0 {
			break
		}
		out = append(out, step{have: gone[bi], want: come[bj]})
		gone, come = slices.Delete(gone, bi, bi+1), slices.Delete(come, bj, bj+1)
	}
	for _, g := range gone {
		out = append(out, step{have: g, want: -1})
	}
	for _, c := range come {
		out = append(out, step{have: -1, want: c, after: len(have) - 1})
	}
	return out
}

// alike is how much of two values is the same, from 0 to 1.
func alike(a, b cty.Value) float64 {
	if same(a, b) {
		return 1
	}
	if !isMap(a) || !isMap(b) {
		return 0
	}
	x, y := entries(a), entries(b)
	equal, total := 0.0, 0.0
	for k, v := range x {
		total++
		if w, ok := y[k]; ok {
			equal += alike(v, w)
		} else if v.IsNull() {
			equal++
		}
	}
	for k, w := range y {
		if _, ok := x[k]; !ok && !w.IsNull() {
			total++
		}
	}
	if total == 0 {
		return 0
	}
	return equal / total
}

// alignList finds the longest common subsequence of two lists and pairs, in each gap, what stands at the same place.
func alignList(have, want []cty.Value) []step {
	n, m := len(have), len(want)
	eq := make([][]bool, n)
	for i := range eq {
		eq[i] = make([]bool, m)
		for j := range want {
			eq[i][j] = same(have[i], want[j])
		}
	}
	lcs := make([][]int, n+1)
	for i := range lcs {
		lcs[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if eq[i][j] {
				lcs[i][j] = lcs[i+1][j+1] + 1
			} else {
				lcs[i][j] = max(lcs[i+1][j], lcs[i][j+1])
			}
		}
	}
	var out []step
	var gone, come []int
	flush := func(next int) {
		for len(gone) > 0 && len(come) > 0 {
			out = append(out, step{have: gone[0], want: come[0]})
			gone, come = gone[1:], come[1:]
		}
		for _, g := range gone {
			out = append(out, step{have: g, want: -1})
		}
		for _, c := range come {
			out = append(out, step{have: -1, want: c, after: next - 1})
		}
		gone, come = nil, nil
	}
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && eq[i][j]:
			flush(i)
			i, j = i+1, j+1
		case j >= m || i < n && lcs[i+1][j] >= lcs[i][j+1]:
			gone = append(gone, i)
			i++
		default:
			come = append(come, j)
			j++
		}
	}
	flush(n)
	return out
}

// sortedPlace is the element after which a new one stands: in its place when the strings are sorted, else the last.
func sortedPlace(vals []cty.Value, v cty.Value) int {
	var have []string
	for _, x := range vals {
		s, ok := text(x)
		if !ok {
			return len(vals) - 1
		}
		have = append(have, s)
	}
	s, ok := text(v)
	if !ok || len(have) < 2 || !slices.IsSorted(have) {
		return len(vals) - 1
	}
	i, _ := slices.BinarySearch(have, s)
	return i - 1
}
