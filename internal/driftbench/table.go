package driftbench

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// row counts cases.
type row struct {
	cases, adoptable, adopted, extra, refused, wrong, collateral, missed, invisible, broken int
	baselines, literal, stub                                                                int // of the adoptable ones, those that the baselines were measured on
	plans, millis                                                                           float64
}

func (w *row) add(c *Case) {
	if c.Verdict == Invisible || c.Verdict == Unplanned {
		w.invisible++
		return
	}
	w.cases++
	w.plans += c.Plans
	w.millis += c.Millis
	if c.Adoptable {
		w.adoptable++
		if c.Literal != "" {
			w.baselines++
		}
		if c.Literal == Adopted {
			w.literal++
		}
		if c.Stub == Adopted {
			w.stub++
		}
	}
	switch c.Verdict {
	case Adopted:
		if c.Adoptable {
			w.adopted++
		} else {
			w.extra++
		}
	case Refused:
		w.refused++
	case Wrong:
		w.wrong++
	case Collateral:
		w.collateral++
	case Missed:
		w.missed++
	case Broken:
		w.broken++
	}
}

const header = "\tcases\tadoptable\tadopted\tpass@1\tbeyond\trefused\twrong\tcollateral\tmissed\tnot run\tinvisible\tplans\tms\tliteral\tstub"

func (w *row) cells() string {
	n := float64(max(w.cases, 1))
	return fmt.Sprintf("\t%d\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.0f\t%s\t%s", w.cases, w.adoptable, w.adopted, share(w.adopted, w.adoptable), w.extra, w.refused,
		w.wrong, w.collateral, w.missed, w.broken, w.invisible, w.plans/n, w.millis/n, share(w.literal, w.baselines), share(w.stub, w.baselines))
}

func share(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", float64(n)/float64(of))
}

// Write prints the tables for people.
func (r *Result) Write(w io.Writer) error {
	p := &printer{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	p.f("driftbench, adoption: seed %d, %d cases, %.0f s\n\n", r.Seed, len(r.Cases), r.Elapsed)
	p.table("project", r.by(func(c *Case) string { return c.Project }), true)
	p.table("provider", r.by((*Case).provider), false)
	p.table("form of the expression", r.by(func(c *Case) string { return c.Form }), false)
	p.table("change", r.by(func(c *Case) string { return c.What }), false)
	p.counts("not adoptable, by the rule, because of", r.Cases, func(c *Case) []string {
		if c.Adoptable || c.Verdict == Invisible {
			return nil
		}
		return []string{c.Why}
	})
	p.counts("refused because of", r.Cases, func(c *Case) []string {
		if c.Verdict != Refused {
			return nil
		}
		return slices.Compact(slices.Sorted(slices.Values(c.Reasons)))
	})
	p.counts("no plan shows the change, or none can be made", r.Cases, func(c *Case) []string {
		if c.Verdict != Invisible && c.Verdict != Unplanned {
			return nil
		}
		return []string{string(c.Verdict) + ": " + c.Form}
	})
	p.misses(r.Cases)
	p.stacks(r.Stacks)
	return cmp.Or(p.err, p.w.Flush())
}

func (r *Result) by(key func(*Case) string) map[string]*row {
	out := map[string]*row{}
	for _, c := range r.Cases {
		k := key(c)
		if out[k] == nil {
			out[k] = &row{}
		}
		out[k].add(c)
	}
	return out
}

// Total is the row of all cases: how many count as adoptable, how many of those were adopted, how many edits were wrong or moved more.
func (r *Result) Total() (adoptable, adopted, wrong, collateral int) {
	var all row
	for _, c := range r.Cases {
		all.add(c)
	}
	return all.adoptable, all.adopted, all.wrong, all.collateral
}

type printer struct {
	w   *tabwriter.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) flush() {
	if p.err == nil {
		p.err = p.w.Flush()
	}
}

func (p *printer) table(name string, rows map[string]*row, total bool) {
	p.f("%s%s\t\n", name, header)
	var all row
	for _, key := range slices.SortedFunc(maps.Keys(rows), func(a, b string) int {
		return cmp.Or(cmp.Compare(rows[b].cases, rows[a].cases), cmp.Compare(a, b))
	}) {
		p.f("%s%s\t\n", key, rows[key].cells())
		all.sum(rows[key])
	}
	if total {
		p.f("all%s\t\n", all.cells())
	}
	p.flush()
	p.f("\n")
}

func (w *row) sum(o *row) {
	for _, pair := range [][2]*int{
		{&w.cases, &o.cases}, {&w.adoptable, &o.adoptable}, {&w.adopted, &o.adopted}, {&w.extra, &o.extra}, {&w.refused, &o.refused}, {&w.wrong, &o.wrong},
		{&w.collateral, &o.collateral}, {&w.missed, &o.missed}, {&w.invisible, &o.invisible}, {&w.broken, &o.broken}, {&w.baselines, &o.baselines}, {&w.literal, &o.literal}, {&w.stub, &o.stub},
	} {
		*pair[0] += *pair[1]
	}
	w.plans += o.plans
	w.millis += o.millis
}

func (p *printer) counts(title string, cases []*Case, keys func(*Case) []string) {
	n := map[string]int{}
	for _, c := range cases {
		for _, k := range keys(c) {
			n[k]++
		}
	}
	p.f("%s:\n", title)
	for _, k := range slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) }) {
		p.f("  %d %s\n", n[k], k)
	}
	p.f("\n")
}

func (p *printer) misses(cases []*Case) {
	p.f("misses:\n")
	for _, c := range cases {
		if c.miss() {
			p.f("  %s  %s  %s  %s  %s (%s, %s)\n      %s\n", c.Verdict, c.Project, c.Stack, c.Address, c.Path, c.What, c.Form, strings.TrimSpace(strings.Join(c.Reasons, ", ")+"  "+c.Detail))
			for line := range strings.Lines(c.Diff) {
				p.f("      %s\n", strings.TrimRight(line, "\r\n"))
			}
		}
	}
	p.f("\n")
}

func (p *printer) stacks(list []Measure) {
	p.f("stacks:\n")
	for _, s := range list {
		if s.Skipped != "" {
			p.f("  skipped  %s  %s: %s\n", s.Project, s.Stack, s.Skipped)
			continue
		}
		p.f("  measured  %s  %s: %d instances, %d blocks cut\n", s.Project, s.Stack, s.Instances, s.Cut)
	}
}
