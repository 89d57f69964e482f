package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/forge"
)

// wanted are the classes that somebody has to do something about. What is missing somewhere, or intended, is told and asks for nothing.
var wanted = []compare.Class{compare.Drift, compare.Promotion, compare.Skew, compare.Unexplained}

// Wanted lists the differences of a group that somebody has to do something about and that nobody accepted, in the order of their classes.
func Wanted(g *compare.Comparison) []*compare.Difference {
	var out []*compare.Difference
	for _, class := range wanted {
		out = append(out, rowsOf(g, class, false)...)
	}
	return out
}

// tally counts the differences of a group by class, in words.
func tally(g *compare.Comparison, classes []compare.Class) string {
	said := map[compare.Class]string{
		compare.Drift: "changed outside", compare.Promotion: "waiting to be promoted", compare.Skew: "of other versions", compare.Unexplained: "unexplained",
		compare.Missing: "missing somewhere", compare.Intended: "intended",
	}
	var parts []string
	for _, class := range classes {
		if n := g.Count(class); n > 0 {
			parts = append(parts, thousands(n)+" "+said[class])
		}
	}
	return strings.Join(parts, ", ")
}

// groupState says how a group stands: what asks for attention, and what could not be compared.
func groupState(g *compare.Comparison) phrase {
	p := words(tally(g, wanted))
	if len(p.text()) == 0 {
		p = words("nothing that asks for attention")
	}
	var out []phrase
	for _, e := range g.Environments {
		if e.Problem != "" {
			out = append(out, code(e.Name))
		}
	}
	if len(out) > 0 {
		p = join(p, words("; not compared: "), list(", ", out...))
	}
	return p
}

// GroupTitle is the title of the issue of a group. It says nothing that changes while the issue is open.
func GroupTitle(g *compare.Comparison) string {
	return "Environments of " + title(g.Group) + " differ"
}

// GroupBody is the bot's part of the issue of a group, without markers: a matrix of what asks for attention, what to do about it, and the rest
// in folds. It depends on the differences alone: ages are left out, so that the same differences give the same bytes.
func GroupBody(g *compare.Comparison, o BodyOptions) string {
	b := groupOf(g)
	b.bottom = groupAdvice(redactComparison(g))
	b.footer = "<sub>" + join(words("Group "), code(g.Group), words(" · "), code("mooring compare "+shellWord(g.Group)), words(" shows it all")).markdown() + "</sub>"
	b.rest = "; mooring compare has them"
	return b.render(o.budget())
}

// GroupNote is the comment to leave when what differs changed.
func GroupNote(g *compare.Comparison) string {
	return join(words("What differs changed. It is now: "), groupState(redactComparison(g)), words(".")).markdown()
}

// GroupResolved is the comment with which the issue of a group is closed.
func GroupResolved(g *compare.Comparison) string {
	g = redactComparison(g)
	p := join(words("The environments "), code(environmentsLine(g)), words(" differ in nothing that asks for attention any more."))
	if n := len(acceptedRows(g)); n > 0 {
		p = join(p, words(" "+capital(plural(n, "difference was", "differences were"))+" accepted."))
	}
	return p.markdown()
}

// groupOf is a group as a body: for an issue and for reports.
func groupOf(g *compare.Comparison) *body {
	g = redactComparison(g)
	for i := range g.Differences {
		g.Differences[i].Age = 0 // a date says the same tomorrow
	}
	all := tally(g, compare.Classes)
	if all == "" {
		all = "no differences"
	}
	b := &body{rest: "; the JSON report has them"}
	b.top = []string{join(code(environmentsLine(g)), words(": "+all+".")).markdown()}
	for _, e := range g.Environments {
		if e.Problem != "" {
			b.top = append(b.top, join(words("Not compared: "), code(e.Stack), words(": "), quoted(oneLine(e.Problem))).markdown())
		}
	}
	rows := Wanted(g)
	b.table = func(int) table {
		t := table{head: matrixHead(g)}
		for _, d := range rows {
			t.rows = append(t.rows, matrixLine(g, d, true))
		}
		return t
	}
	for _, class := range []compare.Class{compare.Missing, compare.Intended} {
		found := rowsOf(g, class, false)
		b.folds = append(b.folds, fold{title: classTitle(class) + " (" + thousands(len(found)) + ")", rows: listed(found, func(d *compare.Difference) phrase { return reasonOf(d) })})
	}
	accepted := acceptedRows(g)
	b.folds = append(b.folds, fold{title: "Accepted (" + thousands(len(accepted)) + ")", rows: listed(accepted, acceptance)})
	var same []string
	for _, token := range usedTokens(g) {
		same = append(same, "- as one: "+code(tokenLine(g, token)).markdown())
	}
	b.folds = append(b.folds, fold{title: "Counts as the same", rows: same})
	return b
}

func listed(rows []*compare.Difference, why func(*compare.Difference) phrase) []string {
	var out []string
	for _, d := range rows {
		out = append(out, "- "+join(code(placeOf(d)), words(": "), why(d)).markdown())
	}
	return out
}

// groupAdvice are the paragraphs that say what a reader can do, for the classes that are there.
func groupAdvice(g *compare.Comparison) []string {
	var out []string
	if outside := environmentsApart(g, compare.Drift); len(outside) > 0 {
		var refs []phrase
		line := join(strong("Changed outside"), words(": put it back or adopt it where it happened, in "))
		for _, e := range outside {
			refs = append(refs, code(e.Stack))
		}
		text := join(line, list(", ", refs...)).markdown()
		var links []string
		for _, e := range outside {
			links = append(links, reference(forge.KindIssue, e.Stack, ""))
		}
		out = append(out, text+" "+strings.Join(links, " "))
	}
	if g.Count(compare.Promotion) > 0 {
		out = append(out, join(strong("Waiting to be promoted"), words(": apply where the code is not applied; give the next environment the same change where the code is its own.")).markdown())
	}
	if g.Count(compare.Skew) > 0 {
		out = append(out, join(strong("Other versions"), words(": bring lock files and module versions together, the first environment first.")).markdown())
	}
	return append(out, join(strong("Live with a difference"), words(": a "), code("rule"), words(" block in "), code(".mooring.hcl"), words(" accepts it with a reason and a date; "),
		words("closed as "), strong("not planned"), words(", this issue stays closed for these differences.")).markdown())
}

// environmentsApart are the environments that stand apart in a class.
func environmentsApart(g *compare.Comparison, class compare.Class) []compare.Environment {
	at := map[int]bool{}
	for _, d := range rowsOf(g, class, false) {
		for _, i := range d.Apart {
			at[i] = true
		}
	}
	var out []compare.Environment
	for i, e := range g.Environments {
		if at[i] {
			out = append(out, e)
		}
	}
	return out
}

// maxGroups is how many groups the dashboard lists.
const maxGroups = 50

// groupsTable lists groups for the dashboard, those that ask for attention first; "" without any.
func groupsTable(groups []*compare.Comparison) string {
	if len(groups) == 0 {
		return ""
	}
	groups = each(groups, redactComparison)
	slices.SortStableFunc(groups, func(a, b *compare.Comparison) int {
		if w := len(Wanted(b)) - len(Wanted(a)); w != 0 {
			return w
		}
		return strings.Compare(a.Group, b.Group)
	})
	lines := []string{"### Environments", "", "| Group | Environments | Differs | Issue |", "|---|---|---|---|"}
	for i, g := range groups {
		if i == maxGroups {
			lines = append(lines, "", fmt.Sprintf("and %d more groups.", len(groups)-i))
			break
		}
		lines = append(lines, row(code(g.Group).cell(), code(environmentsLine(g)).cell(), groupState(g).cell(), reference(forge.KindGroup, g.Group, "")))
	}
	return strings.Join(lines, "\n")
}

// groupSections renders a section per group for a Markdown report.
func groupSections(groups []*compare.Comparison) []string {
	var out []string
	for _, g := range groups {
		b := groupOf(g)
		b.top = append([]string{"### Environments of " + code(g.Group).markdown()}, b.top...)
		out = append(out, b.render(DefaultBudget))
	}
	return out
}

// groups writes a line for each group, and where to see more.
func (t *textWriter) groups(groups []*compare.Comparison) {
	for _, g := range groups {
		t.line()
		t.wrapped(0, "", t.style.strong.Render(visible(g.Group, codeLimit))+"  "+visible(environmentsLine(g), proseLimit))
		t.wrapped(2, "", groupState(g).text())
		for _, e := range g.Environments {
			if e.Problem != "" {
				t.wrapped(2, t.style.bad.Render("not compared: "), visible(e.Stack+": "+oneLine(e.Problem), proseLimit))
			}
		}
		if len(Wanted(g)) > 0 {
			t.line("  ", t.style.faint.Render("mooring compare "+visible(shellWord(g.Group), codeLimit)+" shows them"))
		}
	}
}
