package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/forge"
)

// DashboardTitle is the title of a repository's dashboard.
const DashboardTitle = "Drift dashboard"

// dashboardBudget leaves room for the list of what waits, which package forge adds.
const dashboardBudget = 40_000

// A StackLine is one stack on the dashboard.
type StackLine struct {
	Result   StackResult
	Since    time.Time // when the present difference was first seen; zero when not known
	LastGood time.Time // the last scan that could judge it; zero for never
}

// DashboardOptions say what the dashboard offers.
type DashboardOptions struct {
	Budget int                   // bytes; 0: a default that leaves room for what package forge adds
	Boxes  bool                  // commands can be given by ticking
	Groups []*compare.Comparison // groups of environments to tell of
	Page   string                // web address of the last scan as one page; "" for none
}

// DashboardBody is the bot's part of the dashboard, without markers: every stack with its state, who made it, its issue and pull request, and
// how old the last good scan is. The numbers of issues are put in by the forge.
func DashboardBody(lines []StackLine, o DashboardOptions) string {
	if o.Budget <= 0 {
		o.Budget = dashboardBudget
	}
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].Result = RedactStack(lines[i].Result)
	}
	slices.SortStableFunc(lines, func(a, b StackLine) int {
		return cmp.Or(urgency(&b.Result)-urgency(&a.Result), cmp.Compare(a.Result.Stack.ID, b.Result.Stack.ID))
	})
	var attention, calm, skipped []StackLine
	for _, l := range lines {
		switch {
		case l.Result.Status == StatusSkipped:
			skipped = append(skipped, l)
		case urgency(&l.Result) > 0:
			attention = append(attention, l)
		default:
			calm = append(calm, l)
		}
	}
	b := &body{top: []string{strings.TrimSpace(dashboardLead(lines).markdown() + " " + pageLink("The last scan", o.Page))}, rest: "; see the report of the run"}
	b.table = func(int) table {
		return table{[]string{"Stack", "State", "Made by", "Issue, pull request", "Last good scan (UTC)"}, dashboardRows(attention)}
	}
	if section := groupsTable(o.Groups); section != "" {
		b.bottom = append(b.bottom, section)
	}
	if o.Boxes {
		b.bottom = append(b.bottom, forge.Box("scan", "Scan all stacks now"))
	}
	b.folds = []fold{
		{title: plural(len(calm), "stack without drift", "stacks without drift"), rows: calmRows(calm)},
		{title: "Decisions in force", rows: allDecisions(lines)},
		{title: plural(len(skipped), "stack that is not planned", "stacks that are not planned"), rows: skippedRows(skipped)},
	}
	return b.render(max(o.Budget, leastBudget))
}

// urgency orders the dashboard: what is dangerous, what drifted, what could not be planned, what is not applied.
func urgency(s *StackResult) int {
	now := wanting(s, attentionNow)
	switch {
	case s.Status == StatusSkipped:
		return 0
	case len(now) > 0 && severe(now[0]):
		return 4
	case len(now) > 0:
		return 3
	case s.Status == StatusFailed:
		return 2
	case s.Status == StatusPending || len(wanting(s, attentionWaiting)) > 0:
		return 1
	}
	return 0
}

func dashboardLead(lines []StackLine) phrase {
	drifted, failed := 0, 0
	var oldest *StackLine
	for i := range lines {
		s := &lines[i].Result
		if s.Status == StatusSkipped {
			continue
		}
		if len(wanting(s, attentionNow)) > 0 {
			drifted++
		}
		if s.Status == StatusFailed {
			failed++
		}
		if oldest == nil || lines[i].LastGood.Before(oldest.LastGood) {
			oldest = &lines[i]
		}
	}
	p := words(thousands(drifted) + " of " + plural(len(lines), "stack", "stacks") + differVerb(drifted) + " from the code.")
	if drifted == 0 {
		p = words("No stack is known to differ from its code (" + plural(len(lines), "stack", "stacks") + ").")
	}
	if failed > 0 {
		p = join(p, words(" "+capital(number(failed))+" could not be planned."))
	}
	if oldest != nil {
		when := "never"
		if !oldest.LastGood.IsZero() {
			when = dateAndTime(oldest.LastGood) + " UTC"
		}
		p = join(p, words(" Oldest good scan: "), code(oldest.Result.Stack.ID), words(", "+when+"."))
	}
	return p
}

func differVerb(n int) string {
	if n == 1 {
		return " differs"
	}
	return " differ"
}

func dashboardRows(lines []StackLine) []string {
	var out []string
	for _, l := range lines {
		s := &l.Result
		refs := reference(forge.KindIssue, s.Stack.ID, "") + " " + reference(forge.KindPull, s.Stack.ID, "")
		out = append(out, row(code(s.Stack.ID).cell(), stateSince(&l).cell(), makers(s).cell(), refs, scanned(l.LastGood).cell()))
	}
	return out
}

// stateSince is the state of a stack, and since when its difference is known.
func stateSince(l *StackLine) phrase {
	p := statePhrase(&l.Result)
	if l.Since.IsZero() {
		return p
	}
	return join(p, words(newLine+"since "+date(l.Since)))
}

func scanned(t time.Time) phrase {
	if t.IsZero() {
		return words("never")
	}
	return words(dateAndTime(t))
}

func statePhrase(s *StackResult) phrase {
	if s.Status == StatusFailed {
		p := words("could not plan")
		for _, d := range s.Diagnostics {
			if d.Severity == "error" {
				return join(p, words(": "), phrase{{kind: kindProse, text: visible(oneLine(d.Summary), 120)}})
			}
		}
		return p
	}
	var parts []phrase
	if now := wanting(s, attentionNow); len(now) > 0 {
		p := words(plural(len(now), "resource", "resources"))
		if severe(now[0]) {
			p = join(p, words(" "), phrase{{kind: kindDanger, text: visible(now[0].Severity.Why, 120)}})
		}
		parts = append(parts, p)
	}
	if n := len(waitingAlone(s)); n > 0 {
		parts = append(parts, words(plural(n, "resource not applied", "resources not applied")))
	}
	if up := moving(s); len(up) > 0 {
		resources := 0
		for _, u := range up {
			resources += u.Resources
		}
		parts = append(parts, words(plural(len(up), "upgrade moves", "upgrades move")+" "+plural(resources, "resource", "resources")))
	}
	return list(", ", parts...)
}

// makers names who made the differences of a stack, as far as they may be named.
func makers(s *StackResult) phrase {
	var parts []phrase
	automation, unknown := false, false
	for _, f := range wanting(s, attentionNow) {
		named := false
		for _, a := range f.Attribution {
			p := actorPhrase(a.Actor)
			switch a.Verdict {
			case blame.Automation:
				automation, named = true, true
				continue
			case blame.Likely:
				p = join(words("probably "), p)
			case blame.Confirmed:
			default:
				continue
			}
			named = true
			if !slices.ContainsFunc(parts, func(q phrase) bool { return q.text() == p.text() }) {
				parts = append(parts, p)
			}
		}
		unknown = unknown || !named
	}
	if len(parts) > 3 {
		parts = append(parts[:3:3], words(plural(len(parts)-3, "more", "more")))
	}
	if automation {
		parts = append(parts, words("automation"))
	}
	if unknown {
		parts = append(parts, words("not known"))
	}
	return list(", ", parts...)
}

func calmRows(lines []StackLine) []string {
	var out []string
	for _, l := range lines {
		out = append(out, "- "+join(code(l.Result.Stack.ID), words(", last good scan "), scanned(l.LastGood)).markdown())
	}
	return out
}

func skippedRows(lines []StackLine) []string {
	var out []string
	for _, l := range lines {
		out = append(out, "- "+join(code(l.Result.Stack.ID), words(": "), quoted(l.Result.Stack.Skip)).markdown())
	}
	return out
}

func allDecisions(lines []StackLine) []string {
	var out []string
	for _, l := range lines {
		for _, r := range decisionRows(&l.Result) {
			out = append(out, r+join(words(" ("), code(l.Result.Stack.ID), words(")")).markdown())
		}
	}
	slices.SortStableFunc(out, strings.Compare)
	return out
}
