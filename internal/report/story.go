package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/blame"
)

// Plain is foreign text made safe for one line of a terminal, a log or a message: control characters, escapes and marks that turn text
// around are gone, and its length is bounded.
func Plain(s string) string { return visible(oneLine(s), proseLimit) }

// FindingLine says what differs in one finding, in one plain line.
func FindingLine(f Finding) string {
	f = redactFinding(f)
	parts := make([]string, 0, len(f.Changes))
	for _, c := range shown(&f) {
		parts = append(parts, c.Path+" "+changeText(c))
	}
	line := f.Address + ": " + string(f.Kind)
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	return Plain(line)
}

// WriteStory tells, for every finding, what happened as a timeline: who, when, from where, which record proves it, and what was ruled out.
func WriteStory(w io.Writer, r *Results, o TextOptions) error {
	r = Redact(r)
	t := teller{at: dayAndTime}
	var b strings.Builder
	for i := range r.Stacks {
		s := &r.Stacks[i]
		for j := range s.Findings {
			tellStory(&b, t, s, &s.Findings[j], newStyles(o.Color))
		}
	}
	if b.Len() == 0 {
		b.WriteString("nothing differs: there is nothing to explain\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func tellStory(b *strings.Builder, t teller, s *StackResult, f *Finding, st styles) {
	fmt.Fprintf(b, "%s  %s\n", st.strong.Render(visible(f.Address, nameLimit)), st.faint.Render(visible(s.Stack.ID, nameLimit)))
	if f.Severity.Why != "" {
		fmt.Fprintf(b, "  %s\n", st.bad.Render(Plain(f.Severity.Why)))
	}
	for _, c := range f.Changes {
		fmt.Fprintf(b, "  %-10s %s  %s\n", c.Kind, visible(c.Path, nameLimit), Plain(changeText(c)))
	}
	told := slices.Clone(f.Attribution)
	slices.SortStableFunc(told, func(x, y blame.Attribution) int { return x.At.Compare(y.At) })
	for _, a := range told {
		about := "the resource"
		if len(a.Paths) > 0 {
			about = strings.Join(a.Paths, ", ")
		}
		fmt.Fprintf(b, "  %s  %s: %s\n", moment(a.At), Plain(about), t.brief(a).text())
		for _, e := range a.Events {
			fmt.Fprintf(b, "      proved by %s %s%s\n", visible(e.Operation, nameLimit), visible(e.ID, nameLimit), signed(e))
		}
	}
	if len(told) == 0 {
		b.WriteString("  nobody was looked for: there are no audit logs\n")
	}
	out := dismissed(f)
	for _, x := range out {
		fmt.Fprintf(b, "  %s  ruled out: %s: %s\n", moment(x.At), visible(x.Event.Operation, nameLimit), Plain(x.Why))
	}
	b.WriteString("\n")
}

// dismissed are the records that were looked at and do not count, each once, in the order of time.
func dismissed(f *Finding) []blame.RuledOut {
	var out []blame.RuledOut
	seen := map[string]bool{}
	for _, a := range f.Attribution {
		for _, x := range a.RuledOut {
			key := x.Event.Source + x.Event.ID + x.Why
			if !seen[key] {
				seen[key] = true
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y blame.RuledOut) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Event.ID, y.Event.ID))
	})
	return out
}

func moment(at time.Time) string {
	if at.IsZero() {
		return strings.Repeat(" ", len("2 Jan 15:04"))
	}
	return fmt.Sprintf("%12s", dayAndTime(at))
}

func signed(e blame.EventRef) string {
	if e.Verified {
		return " (signed log, verified)"
	}
	return ""
}
