package attribution

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (r *Result) table(failures bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Attribution, seed %d\n\n", r.Seed)
	s := r.Simulated
	fmt.Fprintf(&b, "simulated: %d claims, wrong names %d\n", s.Claims, len(s.WrongNames))
	fmt.Fprintf(&b, "  %-32s %-22s %s\n", "", "names, of which wrong", "people found")
	fmt.Fprintf(&b, "  %-32s %5d  %5d  %5.1f %%  %s\n", "mooring", s.Named, len(s.WrongNames), rate(len(s.WrongNames), s.Named), s.Found)
	for _, l := range r.Baselines {
		fmt.Fprintf(&b, "  %-32s %5d  %5d  %5.1f %%  %s\n", l.Name, l.Named, l.WrongNames, rate(l.WrongNames, l.Named), l.Found)
	}
	part(&b, "precision by verdict", s.Given)
	part(&b, "recall by truth", s.Wanted)
	part(&b, "abstained, by reason", s.Abstained)
	part(&b, "found by log", s.Formats)
	part(&b, "by scenario", s.Scenarios)
	part(&b, "found by family", s.Families)
	fmt.Fprintf(&b, "\nreal records: %d operations, %d names, of which wrong %d; found %s\n", r.Real.Found.Of, r.Real.Named, len(r.Real.WrongNames), r.Real.Found)
	part(&b, "precision by verdict", r.Real.Given)
	part(&b, "found by log", r.Real.Formats)
	if failures {
		for _, f := range append(slices.Clone(r.Real.WrongNames), r.Real.Failures...) {
			fmt.Fprintln(&b, "real:", f)
		}
		for _, f := range append(slices.Clone(s.WrongNames), s.Failures...) {
			fmt.Fprintln(&b, f)
		}
	}
	return b.String()
}

func (s *Share) String() string {
	return fmt.Sprintf("%5.1f %%  %d of %d", 100*s.Rate(), s.Right, s.Of)
}

func part(b *strings.Builder, title string, m map[string]*Share) {
	fmt.Fprintf(b, "  %s\n", title)
	for _, k := range slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[a].Rate(), m[b].Rate()), cmp.Compare(a, b)) }) {
		fmt.Fprintf(b, "    %-42s %s\n", k, m[k])
	}
}

func rate(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}
