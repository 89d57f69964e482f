package report

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

// Plain is foreign text made safe for one line of a terminal, a log or a message: secrets are masked, control characters, escapes and marks
// that turn text around are made visible, and its length is bounded.
func Plain(s string) string { return visible(oneLine(prose(s)), proseLimit) }

// FindingLine says what differs in one finding, in one plain line.
func FindingLine(f Finding) string {
	f = redactFinding(f)
	var parts []string
	for _, c := range shown(&f) {
		parts = append(parts, changeText(c))
	}
	if len(parts) == 0 {
		parts = []string{fate(&f)}
	}
	line := f.Address + ": "
	if f.Severity.Why != "" {
		line += f.Severity.Why + ": "
	}
	return visible(line+strings.Join(parts, "; "), proseLimit)
}

// WriteStory tells, for every finding, what happened in the order of time: who, when, from where, which record proves it, and what was ruled out.
func WriteStory(w io.Writer, r *Results, o TextOptions) error {
	t := newTextWriter(w, o)
	told := false
	r = Redact(r)
	for i := range r.Stacks {
		s := &r.Stacks[i]
		for j := range s.Findings {
			if told {
				t.line()
			}
			told = true
			t.story(s, &s.Findings[j])
		}
	}
	if !told {
		t.line("nothing differs: there is nothing to explain")
	}
	return t.err
}

// A moment is a line of a story.
type moment struct {
	at     time.Time
	about  string
	text   string
	below  []string // records and remarks
	weight int      // orders moments of the same time: explanations before what was ruled out
}

func (t *textWriter) story(s *StackResult, f *Finding) {
	t.line(t.style.strong.Render(visible(f.Address, codeLimit)), "  ", t.style.faint.Render(visible(s.Stack.ID, nameLimit)))
	if f.Severity.Why != "" {
		t.wrappedStyle(2, "", visible(f.Severity.Why, proseLimit), t.style.bad)
	}
	if len(f.Changes) == 0 {
		t.line("  ", fate(f))
	}
	for _, c := range f.Changes {
		text := changeText(c)
		lead := markStyle(t.style, text[0]).Render(text[:2])
		if note := kindNote(f, c); note != "" {
			text += "  [" + note + "]"
		}
		t.wrapped(2, lead, text[2:])
	}
	if r := remark(f); r != "" {
		t.wrapped(2, "", r)
	}
	for _, m := range t.moments(f) {
		when := strings.Repeat(" ", len("20 Nov 15:04"))
		if !m.at.IsZero() {
			when = t.tell.at(m.at)
			when = strings.Repeat(" ", max(0, len("20 Nov 15:04")-ansi.StringWidth(when))) + when
		}
		lead := when + "  "
		if m.about != "" {
			lead += t.style.faint.Render(m.about+":") + " "
		}
		t.wrapped(2, lead, m.text)
		for _, b := range m.below {
			t.wrapped(2+len("20 Nov 15:04")+4, "", b)
		}
	}
	if len(f.Attribution) == 0 && attentionOf(f) == attentionNow {
		t.line("  nobody was looked for: no audit log was read")
	}
	if f.Decision != nil {
		t.wrapped(2, "", decisionPhrase(f).text())
	}
	for _, note := range f.Adoption.Notes {
		t.wrapped(2, "adopting it: ", visible(oneLine(note), proseLimit))
	}
	for _, refusal := range f.Adoption.Refusals {
		t.wrapped(2, "not adopted: ", list(" — ", quoted(refusal.Detail), quoted(refusal.Hint)).text())
	}
}

// kindNote says why a change that is listed is no drift.
func kindNote(f *Finding, c drift.Change) string {
	switch {
	case changeAttention(f, c) == attentionDecided:
		return "decided"
	case c.Kind == drift.KindPending:
		return "not applied"
	case c.Kind == drift.KindConverged:
		return "reality already says so"
	case c.Kind == drift.KindNoise:
		return "only looks different"
	case c.Kind == drift.KindUndeclared && f.Reason != drift.ReasonConfirmedHand:
		return "the code does not set it"
	case c.Kind == drift.KindConflict:
		return "code and reality both moved"
	}
	return ""
}

// moments are what happened to a finding, in the order of time; what has no time comes last.
func (t *textWriter) moments(f *Finding) []moment {
	silent := teller{at: func(time.Time) string { return "" }}
	var out []moment
	seen := map[string]bool{}
	for _, a := range f.Attribution {
		about := ""
		if len(a.Paths) > 0 && len(f.Changes) > 1 {
			about = visible(strings.Join(a.Paths, ", "), nameLimit)
		}
		if a.Verdict == blame.Ambiguous && len(a.Candidates) > 0 {
			for i, c := range a.Candidates {
				text := "either " + withPrincipal(c.Actor).text()
				if i > 0 {
					text = "or " + withPrincipal(c.Actor).text()
				}
				out = append(out, moment{at: c.At, about: about, text: text + ", " + verdictWord(a.Verdict), below: records(c.Events)})
			}
		} else {
			m := moment{at: a.At, about: about, below: records(a.Events)}
			a.At = time.Time{}
			m.text = silent.brief(a).text()
			if names(a.Verdict) && a.Actor.Principal != "" && a.Actor.Principal != a.Actor.Name {
				m.below = append([]string{"as " + visible(a.Actor.Principal, codeLimit)}, m.below...)
			}
			if a.SourceIP != "" {
				m.below = append(m.below, "from "+visible(a.SourceIP, nameLimit))
			}
			m.text += ", " + verdictWord(a.Verdict)
			out = append(out, m)
		}
		for _, x := range a.RuledOut {
			key := x.Event.Source + "\x00" + x.Event.ID + "\x00" + x.Why
			if seen[key] {
				continue
			}
			seen[key] = true
			m := moment{at: x.At, weight: 1}
			x.At = time.Time{}
			m.text = ruledOut(x).text()
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(x, y moment) int {
		return cmp.Or(compareTimes(x.at, y.at), cmp.Compare(x.weight, y.weight))
	})
	return out
}

// compareTimes puts unknown times last.
func compareTimes(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}

// records name the audit records behind a moment.
func records(events []blame.EventRef) []string {
	var out []string
	for i, e := range events {
		if i == 5 {
			return append(out, "and "+plural(len(events)-i, "more record", "more records"))
		}
		text := "record " + visible(e.Operation, nameLimit) + " " + visible(e.ID, nameLimit)
		if e.Source != "" {
			text += " in " + visible(e.Source, nameLimit)
		}
		if e.Verified {
			text += " (signed log, verified)"
		}
		if e.Link != "" {
			text += " " + safeLink(e.Link)
		}
		out = append(out, text)
	}
	return out
}
