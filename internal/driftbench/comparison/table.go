package comparison

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/mooringdev/mooring/internal/compare"
)

// A Score is precision and recall of one class.
type Score struct {
	Class               string
	Cases, Right, Shown int // Shown: how often the class was given to a planted or stray difference
	Precision, Recall   float64
}

// Bar is what every class is measured against.
const Bar = 0.95

// Scores are those of every class that was planted.
func (r *Result) Scores() []Score {
	var out []Score
	for _, class := range []compare.Class{compare.Intended, compare.Promotion, compare.Drift, compare.Missing, compare.Skew} {
		s := Score{Class: string(class)}
		for _, c := range r.Cases {
			if c.Verdict == NotPlanted {
				continue
			}
			if c.Class == s.Class {
				s.Cases++
			}
			for _, shown := range c.Shown {
				if shown == s.Class {
					s.Shown++
					if c.Class == s.Class {
						s.Right++
					}
				}
			}
		}
		for _, d := range r.Stray {
			if d.Class == s.Class {
				s.Shown++
			}
		}
		s.Precision, s.Recall = share(s.Right, s.Shown), share(s.Right, s.Cases)
		out = append(out, s)
	}
	return out
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Planted is how many cases count.
func (r *Result) Planted() int {
	n := 0
	for _, c := range r.Cases {
		if c.Verdict != NotPlanted {
			n++
		}
	}
	return n
}

// Write prints the result as a table.
func (r *Result) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintf(t, "project\tdesign\tenvironments\tresources\tcut\t\n")
	for _, m := range r.Designs {
		note := ""
		if m.Skipped != "" {
			note = "not measured: " + m.Skipped
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\n", m.Project, m.Design, m.Environments, m.Resources, m.Cut, note)
	}
	fmt.Fprintf(t, "\nclass\tcases\tright\tprecision\trecall\t\n")
	for _, s := range r.Scores() {
		note := ""
		if s.Precision < Bar || s.Recall < Bar {
			note = fmt.Sprintf("below %.2f", Bar)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%.3f\t%.3f\t%s\n", s.Class, s.Cases, s.Right, s.Precision, s.Recall, note)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nseed %d: %d cases, %d more could not be applied; %.1f %% of %d differences explained without a person; %.0f s\n",
		r.Seed, r.Planted(), len(r.Cases)-r.Planted(), 100*share(r.Explained, r.Shown), r.Shown, r.Seconds)
	return err
}

// WriteFailures lists every case that is not right, and every difference that nobody planted.
func (r *Result) WriteFailures(w io.Writer) error {
	for _, c := range r.Cases {
		if c.Verdict == Right {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s: %s %s: %s of %s %s: shown as %v: %s\n", c.Verdict, c.Project, c.Design, c.How, c.Key, c.Path, c.Shown, c.Detail); err != nil {
			return err
		}
	}
	for _, s := range r.Stray {
		if _, err := fmt.Fprintf(w, "stray: %s: %s %s %s %s: %s\n", s.Design, s.Class, s.Reason, s.Address, s.Path, s.Because); err != nil {
			return err
		}
	}
	return nil
}
