package migration

import (
	"fmt"
	"io"
	"math/rand"
	"text/tabwriter"

	"github.com/mooringdev/mooring/internal/ledger"
)

// A Case is one migration or upgrade, and what came of it.
type Case struct {
	Class  string // migration or upgrade
	Name   string
	Seed   int64
	Wrong  []string
	counts [3]int // right, told, true
}

// A Result is what was measured.
type Result struct{ Cases []Case }

// Run measures every migration and upgrade, each in as many worlds as rounds says.
func Run(seed int64, rounds int) *Result {
	out := &Result{}
	for round := range rounds {
		for n, m := range Migrations() {
			s := seed*1_000_003 + int64(round)*1009 + int64(n)
			out.Cases = append(out.Cases, migrate(rand.New(rand.NewSource(s)), m, s))
		}
		for n, u := range Upgrades() {
			s := seed*1_000_003 + int64(round)*1009 + int64(n) + 500
			c := Case{Class: "upgrade", Name: u.Name, Seed: s}
			told, truth := upgrade(rand.New(rand.NewSource(s)), u)
			for i := range told {
				c.count(told[i], truth[i], fmt.Sprintf("change %d", i))
			}
			out.Cases = append(out.Cases, c)
		}
	}
	return out
}

func (c *Case) count(told, truth bool, what string) {
	switch {
	case told && truth:
		c.counts[0]++
	case told:
		c.Wrong = append(c.Wrong, what+" is told and not so")
	case truth:
		c.Wrong = append(c.Wrong, what+" is so and not told")
	}
	if told {
		c.counts[1]++
	}
	if truth {
		c.counts[2]++
	}
}

// migrate makes one case of a migration: each finding afterwards is held against those before, with when it was first seen and what was decided.
func migrate(r *rand.Rand, m Migration, seed int64) Case {
	c := Case{Class: "migration", Name: m.Name, Seed: seed}
	w := newWorld(r)
	w.begin()
	first := w.at
	before := map[string]bool{}
	for _, id := range w.known {
		before[id] = true
	}
	m.do(w)
	results, truth := w.scan()
	w.publish(results)
	h := ledger.Fold(w.entry, w.at)
	there := map[string]bool{}
	for _, s := range results.Stacks {
		for _, f := range s.Findings {
			o := truth[s.Stack.ID+" "+f.Address]
			was := w.known[o.serial]
			what := s.Stack.ID + ": " + f.Address
			if there[f.ID] {
				c.Wrong = append(c.Wrong, what+" shares its finding with another")
			}
			there[f.ID] = true
			c.count(before[f.ID] && (was == "" || f.ID == was), was != "", what)
			if was == "" || f.ID != was {
				continue
			}
			if since, _ := h.FirstSeen(f.ID); !since.Equal(first) {
				c.Wrong = append(c.Wrong, what+" is first seen on another day")
			}
			if decided := len(h.Decisions(s.Stack.ID, f.ID)) > 0; decided != o.decided {
				c.Wrong = append(c.Wrong, what+" lost or got a decision")
			}
		}
	}
	failed := false
	for _, s := range w.roots {
		failed = failed || s.failed
	}
	for _, id := range h.Open() {
		if !there[id] && !failed {
			c.Wrong = append(c.Wrong, id+" is open and nowhere")
		}
	}
	return c
}

// A Score is precision and recall of one class: of findings that are told to be earlier ones, of changes that are told to be an upgrade's.
type Score struct {
	Class             string
	Cases, Faultless  int
	Precision, Recall float64
}

// Scores are those of both classes.
func (r *Result) Scores() []Score {
	var out []Score
	for _, class := range []string{"migration", "upgrade"} {
		s, sum := Score{Class: class, Precision: 1, Recall: 1}, [3]int{}
		for _, c := range r.Cases {
			if c.Class != class {
				continue
			}
			s.Cases++
			if len(c.Wrong) == 0 {
				s.Faultless++
			}
			for i := range sum {
				sum[i] += c.counts[i]
			}
		}
		if sum[1] > 0 {
			s.Precision = float64(sum[0]) / float64(sum[1])
		}
		if sum[2] > 0 {
			s.Recall = float64(sum[0]) / float64(sum[2])
		}
		out = append(out, s)
	}
	return out
}

// Write prints the scores, and the cases that went wrong.
func (r *Result) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "class\tcases\tfaultless\tprecision\trecall")
	for _, s := range r.Scores() {
		fmt.Fprintf(t, "%s\t%d\t%d\t%.3f\t%.3f\n", s.Class, s.Cases, s.Faultless, s.Precision, s.Recall)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, c := range r.Cases {
		for _, wrong := range c.Wrong {
			if _, err := fmt.Fprintf(w, "seed %d, %s: %s\n", c.Seed, c.Name, wrong); err != nil {
				return err
			}
		}
	}
	return nil
}
