package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// An Annotation is a remark on a line of code.
type Annotation struct {
	Place Place // zero when no line is known
	Title string
	Text  string
}

// Annotations are a scan's remarks, worst first: stacks that could not be planned, what is severe, then the other drift.
func Annotations(r *Results) []Annotation {
	type weighed struct {
		weight int
		Annotation
	}
	var notes []weighed
	for i := range r.Stacks {
		s := &r.Stacks[i]
		for _, d := range s.Diagnostics {
			if d.Severity == "error" {
				notes = append(notes, weighed{2, Annotation{Place{d.File, d.Line}, "Mooring: " + s.Stack.ID + " could not be planned", Plain(d.Summary)}})
			}
		}
		for _, f := range s.Findings {
			if !IsDrift(f) {
				continue
			}
			place := f.Where[""]
			if len(f.Changes) > 0 {
				if p, ok := f.Where[f.Changes[0].Path]; ok {
					place = p
				}
			}
			weight := 0
			if severe(&f) {
				weight = 1
			}
			notes = append(notes, weighed{weight, Annotation{place, "Mooring: " + s.Stack.ID, FindingLine(f)}})
		}
	}
	slices.SortStableFunc(notes, func(x, y weighed) int { return y.weight - x.weight })
	out := make([]Annotation, 0, len(notes))
	for _, n := range notes {
		out = append(out, n.Annotation)
	}
	return out
}

// WriteAnnotations writes a scan as workflow commands of GitHub Actions, one line each, worst first. GitHub shows ten of a step.
func WriteAnnotations(w io.Writer, r *Results) error {
	var b strings.Builder
	for _, a := range Annotations(Redact(r)) {
		b.WriteString("::warning ")
		if a.Place.File != "" {
			fmt.Fprintf(&b, "file=%s,", property(a.Place.File))
			if a.Place.Line > 0 {
				fmt.Fprintf(&b, "line=%d,", a.Place.Line)
			}
		}
		fmt.Fprintf(&b, "title=%s::%s\n", property(a.Title), message(a.Text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// message is text as the message of a workflow command.
func message(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(Plain(text))
}

// property is text as a property of a workflow command.
func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(message(text))
}
