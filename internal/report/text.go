package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

// TextOptions say how text is laid out. The zero value is plain text, 100 columns wide.
type TextOptions struct {
	Colour bool      // the caller decides: a terminal, and no NO_COLOR
	Width  int       // columns; 0: 100
	Now    time.Time // times of another year than this one are written with theirs; zero: always without
}

// WriteText writes what a scan found for a terminal: one line per stack, then each finding, then what to do.
func WriteText(w io.Writer, r *Results, o TextOptions) error {
	t := newTextWriter(w, o)
	t.results(Redact(r))
	return t.err
}

func newTextWriter(w io.Writer, o TextOptions) *textWriter {
	if o.Width <= 0 {
		o.Width = 100
	}
	t := &textWriter{w: w, width: max(40, o.Width), style: newStyles(o.Colour)}
	t.tell.at = dayAndTime
	if !o.Now.IsZero() {
		t.tell.at = func(at time.Time) string {
			if at.UTC().Year() != o.Now.UTC().Year() {
				return dateAndTime(at)
			}
			return dayAndTime(at)
		}
	}
	return t
}

func (t *textWriter) results(r *Results) {
	t.overview(r)
	for i := range r.Stacks {
		t.stack(&r.Stacks[i])
	}
	t.groups(r.Groups)
	for _, w := range r.Warnings {
		t.line()
		t.wrapped(0, t.style.warn.Render("warning: "), visible(oneLine(w), proseLimit))
	}
	t.line()
	t.advice(r)
	t.line(totals(r))
}

// overview writes one line per stack.
// leastSummary is how much of a line is kept for what follows a stack's id.
const leastSummary = 45

func (t *textWriter) overview(r *Results) {
	ids, states := 0, len("drifted")
	for i := range r.Stacks {
		ids = max(ids, ansi.StringWidth(visible(r.Stacks[i].Stack.ID, 0)))
	}
	ids = min(ids, max(t.width/3, t.width-leastSummary))
	hinted := "" // a hint that many stacks share is said once
	skipped := map[string]int{}
	for i := range r.Stacks {
		s := &r.Stacks[i]
		style := t.style.plain
		if s.Status == StatusSkipped && len(r.Stacks) > 1 {
			skipped[s.Hint]++
			continue
		}
		switch s.Status {
		case StatusClean:
			style = t.style.good
		case StatusDrifted, StatusPending:
			style = t.style.warn
		case StatusFailed:
			style = t.style.bad
		}
		took := ""
		if s.Duration > 0 {
			took = seconds(s.Duration)
		}
		room := t.width - 2 - ids - 2 - states - 2 - len(took) - 2
		sum := summary(s)
		if s.Status == StatusFailed {
			t.wrapped(2, fit(s.Stack.ID, ids)+"  "+style.Render(fit(string(s.Status), states))+"  ", sum) // whole: it is all there is to go by
			if s.Hint != "" && s.Hint != hinted {
				hinted = s.Hint
				t.wrapped(2+ids+2+states+2, "hint: ", visible(oneLine(s.Hint), proseLimit))
			}
			continue
		}
		t.line("  ", fit(s.Stack.ID, ids), "  ", style.Render(fit(string(s.Status), states)), "  ", fit(sum, max(room, 0)), "  ", took)
	}
	for _, why := range slices.Sorted(maps.Keys(skipped)) {
		t.wrapped(2, "", plural(skipped[why], "stack", "stacks")+" not planned: "+visible(oneLine(why), proseLimit))
	}
}

// summary says in a few words how a stack stands.
func summary(s *StackResult) string {
	switch s.Status {
	case StatusFailed:
		for _, d := range s.Diagnostics {
			if d.Severity == "error" && d.File != "" && d.Line > 0 {
				return visible(oneLine(d.Summary), proseLimit) + " in " + visible(d.File+":"+strconv.Itoa(d.Line), codeLimit)
			}
			if d.Severity == "error" {
				return visible(oneLine(d.Summary), proseLimit)
			}
		}
		return "could not be planned"
	case StatusSkipped:
		return visible(oneLine(s.Stack.Skip), proseLimit)
	}
	var parts []string
	if n := len(wanting(s, attentionNow)); n > 0 {
		parts = append(parts, plural(n, "resource", "resources"))
	}
	if n := len(waitingAlone(s)); n > 0 {
		parts = append(parts, plural(n, "resource not applied", "resources not applied"))
	}
	if n := len(moving(s)); n > 0 {
		parts = append(parts, plural(n, "upgrade", "upgrades"))
	}
	return strings.Join(parts, ", ")
}

// stack writes the findings of one stack.
func (t *textWriter) stack(s *StackResult) {
	now := wanting(s, attentionNow)
	waiting := waitingAlone(s)
	decided := wanting(s, attentionDecided)
	if len(now)+len(waiting)+len(decided)+len(s.Stack.Problems)+len(moving(s)) == 0 {
		return
	}
	t.line()
	t.line(t.style.strong.Render(visible(s.Stack.ID, codeLimit)))
	for _, f := range now {
		t.finding(f)
	}
	for _, u := range s.Upgrades {
		t.wrapped(2, "", upgradePhrase(u).text())
		if link := u.Changelog(); link != "" && len(u.Moves) > 0 {
			t.line("    changes: ", link)
		}
	}
	for _, f := range waiting {
		t.line("  ", visible(f.Address, codeLimit), t.style.faint.Render("  not applied"))
		for _, c := range f.Changes {
			if c.Kind == drift.KindPending && !inUpgrade(c) {
				t.line("    ", t.style.faint.Render(changeText(c)))
			}
		}
	}
	for _, f := range decided {
		t.line("  ", visible(f.Address, codeLimit), "  ", t.style.faint.Render(decisionPhrase(f).text()))
	}
	for _, p := range s.Stack.Problems {
		t.wrapped(2, t.style.warn.Render("not read: "), visible(oneLine(p.String()), proseLimit))
	}
	if also := folded(s); also != "" {
		t.line(t.style.faint.Render("  also " + also))
	}
}

// finding writes one resource: its address, what is dangerous about it, and a line per change.
func (t *textWriter) finding(f *Finding) {
	remarks := []string{}
	if f.Severity.Why != "" {
		remarks = append(remarks, visible(f.Severity.Why, proseLimit))
	}
	if r := remark(f); r != "" {
		remarks = append(remarks, r)
	}
	if len(shown(f)) == 0 {
		remarks = append(remarks, fate(f))
	}
	style := t.style.plain
	if severe(f) {
		style = t.style.bad
	}
	left, _ := t.columns()
	t.row(2, visible(f.Address, codeLimit), left, style, strings.Join(remarks, "; "))
	changes := shown(f)
	for _, c := range changes {
		t.change(f, c)
	}
	if len(changes) == 0 {
		t.beside("", t.style.plain, explanations(f, ""))
	}
	for _, refusal := range f.Adoption.Refusals {
		at := ""
		if refusal.Path != "" {
			at = visible(refusal.Path, codeLimit) + ": "
		}
		t.wrapped(4, "not adopted: ", at+visible(oneLine(refusal.Detail), proseLimit))
	}
}

// columns are where the second and third column of the findings start.
func (t *textWriter) columns() (who, verdict int) {
	return t.width * 44 / 100, t.width - len("unexplained")
}

// change writes a change beside who made it.
func (t *textWriter) change(f *Finding, c drift.Change) {
	text := changeText(c)
	t.beside(text, markStyle(t.style, text[0]), explanations(f, c.Path))
}

// beside writes a line whose first two characters carry a style, and who, when and how in the columns beside it, or below when it is long.
func (t *textWriter) beside(text string, style lipgloss.Style, why []blame.Attribution) {
	if len(why) == 0 {
		why = []blame.Attribution{{Verdict: blame.None}}
	}
	const indent = 4
	pad := strings.Repeat(" ", indent)
	who, verdict := t.columns()
	narrow := t.width < 100
	if text != "" && (narrow || indent+ansi.StringWidth(text)+2 > who) {
		t.wrapped(indent, style.Render(text[:2]), text[2:])
		text = ""
	}
	for i, a := range why {
		person := t.tell.brief(a).text()
		if narrow {
			t.wrapped(indent+4, "", person+"  "+t.verdict(a.Verdict))
			continue
		}
		line := ""
		if i == 0 && text != "" {
			line = pad + style.Render(text[:2]) + text[2:]
		}
		line += strings.Repeat(" ", max(2, who-ansi.StringWidth(line)))
		if ansi.StringWidth(line)+ansi.StringWidth(person)+2 > verdict {
			t.line(line, person)
			t.line(strings.Repeat(" ", verdict), t.verdict(a.Verdict))
			continue
		}
		line += person
		t.line(line, strings.Repeat(" ", max(2, verdict-ansi.StringWidth(line))), t.verdict(a.Verdict))
	}
}

func (t *textWriter) verdict(v blame.Verdict) string {
	style := t.style.faint
	if v == blame.Confirmed {
		style = t.style.strong
	}
	return style.Render(verdictWord(v))
}

// changeText writes a change in one line: its mark, its path, what was and what is.
func changeText(c drift.Change) string {
	d := differ(c, 80)
	was, now := visible(strings.Join(d.was, ", "), 160), visible(strings.Join(d.now, ", "), 160)
	var b strings.Builder
	fmt.Fprintf(&b, "%c %s  ", d.mark, visible(c.Path, codeLimit))
	if d.inside != "" {
		b.WriteString(visible(d.inside, codeLimit) + "  ")
	}
	switch {
	case was != "" && now != "":
		b.WriteString(was + " -> " + now)
	case was == "" && now == "" || now != "":
		b.WriteString(now)
	default:
		b.WriteString(was)
	}
	if d.base != "" {
		b.WriteString(" (last applied: " + visible(d.base, 160) + ")")
	}
	if c.Sensitive {
		b.WriteString(" changed")
	}
	if d.note != "" {
		b.WriteString(" (" + d.note + ")")
	}
	return b.String()
}

// advice says which command does something about what was found.
func (t *textWriter) advice(r *Results) {
	for i := range r.Stacks {
		s := &r.Stacks[i]
		now := wanting(s, attentionNow)
		ready := 0
		for _, f := range now {
			if f.Adoption.Status == adopt.StatusReady || f.Adoption.Status == adopt.StatusPartial {
				ready++
			}
		}
		if ready > 0 {
			t.line(fmt.Sprintf("%s of %s in %s can be adopted: ", thousands(ready), thousands(len(now)), visible(s.Stack.ID, codeLimit)),
				t.style.strong.Render("mooring adopt --stack "+shellWord(s.Stack.ID)+" --diff"))
		}
	}
}

// totals is the last line.
func totals(r *Results) string {
	out := plural(len(r.Stacks), "stack", "stacks")
	var engine time.Duration
	for i := range r.Stacks {
		engine += r.Stacks[i].EngineTime
	}
	if r.Elapsed > 0 {
		out += " in " + seconds(r.Elapsed)
	}
	if engine > 0 {
		out += " (engine " + seconds(engine) + ")"
	}
	if r.Events.Events > 0 || len(r.Events.Sources) > 0 {
		out += ", " + plural(r.Events.Events, "audit event", "audit events")
	}
	if r.Events.Unreadable > 0 {
		out += ", " + plural(r.Events.Unreadable, "record", "records") + " unreadable"
	}
	return out + "."
}
