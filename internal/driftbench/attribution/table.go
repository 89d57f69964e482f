package attribution

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// promised is how often an answer of a verdict claims to be right.
var promised = map[string]float64{"confirmed": 0.99, "likely": 0.90}

// Write prints a result for people.
func (r *Result) Write(out io.Writer, failures bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Attribution, seed %d\n\n", r.Seed)
	r.people(&b)
	r.Simulated.details(&b)
	fmt.Fprintf(&b, "\n  real records: %d operations, each hidden among all others with colliding ids; %d answers name somebody, of which wrong %d\n", r.Real.Found.Of, r.Real.Named,
		len(r.Real.WrongNames))
	fmt.Fprintf(&b, "    %-42s %s\n", "found", r.Real.Found)
	part(&b, "real: precision by verdict", r.Real.Given)
	part(&b, "real: found by log", r.Real.Formats)
	part(&b, "real: found by resource type", r.Real.Families)
	if failures {
		failed(&b, "simulated", r.Simulated)
		failed(&b, "real", r.Real)
	}
	b.WriteByte('\n')
	_, err := io.WriteString(out, b.String())
	return err
}

// people compares with the rules that others use.
func (r *Result) people(b *strings.Builder) {
	s := r.Simulated
	fmt.Fprintf(b, "  simulated: %d answers about %d objects\n", s.Claims, r.Objects)
	fmt.Fprintf(b, "  %-44s %6s  %-16s %s\n", "", "names", "wrong person", "changes by people that the log shows: found")
	line := func(name string, named, wrong int, found *Share) {
		fmt.Fprintf(b, "  %-44s %6d  %5d  %5.1f %%   %s\n", name, named, wrong, rate(wrong, named), found)
	}
	line("mooring", s.Named, len(s.WrongNames), s.Found)
	for _, l := range r.Baselines {
		line(l.Name, l.Named, l.WrongNames, l.Found)
	}
}

func (s *Score) details(b *strings.Builder) {
	part(b, "precision by verdict", s.Given)
	part(b, "recall by what is true", s.Wanted)
	part(b, "abstained with an honest reason, by reason", s.Abstained)
	s.calibration(b)
	part(b, "by scenario", s.Scenarios)
	part(b, "found by log format", s.Formats)
	part(b, "found by resource family", s.Families)
	fmt.Fprintf(b, "  undecidable: %d cases whose log cannot be told from another story; %d of them name nobody\n", s.Undecidable.Of, s.Undecidable.Right)
}

// calibration says how often a verdict is right beside how often it claims to be.
func (s *Score) calibration(b *strings.Builder) {
	fmt.Fprintln(b, "  calibration")
	gap, n := 0.0, 0
	for _, verdict := range []string{"confirmed", "likely"} {
		share := s.Given[verdict]
		if share == nil {
			continue
		}
		gap += math.Max(0, promised[verdict]-share.Rate()) * float64(share.Of)
		n += share.Of
		fmt.Fprintf(b, "    %-42s claims %4.1f %%, is right %s\n", verdict, 100*promised[verdict], share)
	}
	fmt.Fprintf(b, "    %-42s %5.2f %%\n", "overconfidence, weighed by answers", 100*gap/math.Max(1, float64(n)))
}

func failed(b *strings.Builder, title string, s *Score) {
	if len(s.WrongNames)+len(s.Failures) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s: what went wrong\n", title)
	for _, f := range slices.Concat(s.WrongNames, s.Failures) {
		fmt.Fprintln(b, "    "+f)
	}
}

// WriteSummary prints several results as one, with the bars that are to be met.
func WriteSummary(out io.Writer, all []*Result) error {
	var b strings.Builder
	sum, seeds := newScore(), make([]string, 0, len(all))
	for _, r := range all {
		seeds = append(seeds, fmt.Sprint(r.Seed))
		for _, s := range []*Score{r.Simulated, r.Real} {
			sum.Claims, sum.Named = sum.Claims+s.Claims, sum.Named+s.Named
			sum.WrongNames = append(sum.WrongNames, s.WrongNames...)
			merge(sum.Given, s.Given)
			merge(sum.Abstained, s.Abstained)
			sum.Found.plus(s.Found)
		}
	}
	abstained := &Share{}
	for _, s := range sum.Abstained {
		abstained.plus(s)
	}
	fmt.Fprintf(&b, "Attribution, all of seeds %s: %d answers\n\n", strings.Join(seeds, ", "), sum.Claims)
	confirmed := sum.Given["confirmed"]
	if confirmed == nil {
		confirmed = &Share{}
	}
	fmt.Fprintf(&b, "  %-46s %-28s %s\n", "precision of confirmed", confirmed, bar(">= 99 %", confirmed.Rate() >= 0.99))
	fmt.Fprintf(&b, "  %-46s %5d of %-20d %s\n", "wrong person named", len(sum.WrongNames), sum.Named, bar("0", len(sum.WrongNames) == 0))
	fmt.Fprintf(&b, "  %-46s %-28s %s\n", "changes by people that a log shows: found", sum.Found, bar(">= 95 %", sum.Found.Rate() >= 0.95))
	fmt.Fprintf(&b, "  %-46s %-28s %s\n\n", "abstained with an honest reason", abstained, bar("all", abstained.Right == abstained.Of))
	_, err := io.WriteString(out, b.String())
	return err
}

func bar(aim string, met bool) string {
	if met {
		return "aim " + aim + ": met"
	}
	return "aim " + aim + ": MISSED"
}

func (s *Share) plus(o *Share) { s.Right, s.Of = s.Right+o.Right, s.Of+o.Of }

func merge(into, from map[string]*Share) {
	for k, s := range from {
		in(into, k).plus(s)
	}
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
