package report

import (
	"fmt"
	"io"
)

// DefaultSummary is how long a Markdown report may get, in bytes. A step summary of more than 1,024 KiB is dropped whole by GitHub.
const DefaultSummary = 1_000_000

// MarkdownOptions say how a Markdown report is written.
type MarkdownOptions struct {
	Budget     int    // bytes; 0: DefaultSummary
	Repository string // web address of the repository, for links to code; "" for none
}

// WriteMarkdown writes a scan as Markdown, for the summary of a run: totals, a table of stacks, then a section per stack, the worst first.
// What does not fit the budget is left out section by section, from the end, and counted.
func WriteMarkdown(w io.Writer, r *Results, o MarkdownOptions) error {
	if o.Budget <= 0 {
		o.Budget = DefaultSummary
	}
	o.Budget = max(o.Budget, leastBudget)
	if _, err := io.WriteString(w, summaryText(Redact(r), o)); err != nil {
		return fmt.Errorf("writing Markdown: %w", err)
	}
	return nil
}

func summaryText(r *Results, o MarkdownOptions) string {
	var lines []StackLine
	for i := range r.Stacks {
		lines = append(lines, StackLine{Result: r.Stacks[i]})
	}
	sections := append(sectionsOf(r, o), groupSections(r.Groups)...)
	b := &body{rest: "; the JSON report has them"}
	b.top = []string{"## Drift", join(summaryLead(r), words(" "+totals(r))).markdown()}
	if link := pageLink("This scan", r.Page); link != "" {
		b.top = append(b.top, link)
	}
	for i, warning := range r.Warnings {
		if i == 10 {
			b.top = append(b.top, plural(len(r.Warnings)-i, "more warning", "more warnings")+".")
			break
		}
		b.top = append(b.top, join(words("Warning: "), quoted(warning)).markdown())
	}
	b.table = func(int) table {
		rows := make([]string, 0, len(lines))
		for _, l := range lines {
			s := &l.Result
			state := statePhrase(s)
			if len(state) == 0 {
				state = list(": ", words(string(s.Status)), quoted(s.Stack.Skip))
			}
			rows = append(rows, row(code(s.Stack.ID).cell(), state.cell(), makers(s).cell(), seconds(s.Duration)))
		}
		return table{[]string{"Stack", "State", "Made by", "Took"}, rows}
	}
	// The table may take a third; sections share the rest.
	out := b.render(max(leastBudget, o.Budget/3))
	left := o.Budget - len(out) - 200
	missing := 0
	for _, s := range sections {
		if missing > 0 || len(s)+1 > left {
			missing++
			continue
		}
		out += "\n" + s
		left -= len(s) + 1
	}
	if missing > 0 {
		out += "\n" + plural(missing, "section", "sections") + " left out for length; the JSON report has them.\n"
	}
	return out
}

func summaryLead(r *Results) phrase {
	drifted, failed := 0, 0
	for i := range r.Stacks {
		if len(wanting(&r.Stacks[i], attentionNow)) > 0 {
			drifted++
		}
		if r.Stacks[i].Status == StatusFailed {
			failed++
		}
	}
	text := "No stack differs from its code."
	if drifted > 0 {
		text = thousands(drifted) + " of " + plural(len(r.Stacks), "stack", "stacks") + differVerb(drifted) + " from the code."
	}
	if failed > 0 {
		they := "they"
		if failed == 1 {
			they = "it"
		}
		unknown := capital(number(failed)) + " could not be planned, so whether " + they + " drifted is not known."
		if drifted == 0 {
			text = unknown
		} else {
			text += " " + unknown
		}
	}
	return words(text)
}

// sectionsOf renders a section per stack that has something to tell.
func sectionsOf(r *Results, o MarkdownOptions) []string {
	var out []string
	for want := 4; want >= 1; want-- {
		for i := range r.Stacks {
			s := &r.Stacks[i]
			if urgency(s) != want {
				continue
			}
			links := BodyOptions{Repository: o.Repository}
			now := wanting(s, attentionNow)
			b := &body{top: []string{"### " + code(s.Stack.ID).markdown(), headline(s).markdown()}, rest: "; the JSON report has them"}
			if s.Status == StatusFailed {
				b.bottom = failureParagraphs(s)
			}
			b.bottom = append(b.bottom, upgradeItems(s)...)
			b.table = func(limit int) table {
				return table{issueHead, issueRows(now, limit, links)}
			}
			b.folds = []fold{
				{title: "Why these names, and what was ruled out", rows: evidence(now)},
				{title: "Not adopted, and why", rows: refusalRows(now)},
				{title: alsoTitle(s), rows: alsoRows(s)},
				{title: "Decisions in force", rows: decisionRows(s)},
				{title: "What the engine said", rows: diagnosticRows(s)},
			}
			out = append(out, b.render(DefaultBudget))
		}
	}
	return out
}
