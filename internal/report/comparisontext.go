package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
)

// classTitle says what a class of differences is.
func classTitle(c compare.Class) string {
	switch c {
	case compare.Drift:
		return "Drift between environments"
	case compare.Promotion:
		return "Promotion pending"
	case compare.Skew:
		return "Version skew"
	case compare.Missing:
		return "Missing"
	case compare.Intended:
		return "Intended"
	}
	return "Unexplained"
}

// foldedRows is how many rows of a class that wants nothing are written before the rest is counted.
const foldedRows = 12

// WriteComparisonsText writes comparisons for a terminal: a matrix of environments and attributes, class by class.
func WriteComparisonsText(w io.Writer, r *Comparisons, o TextOptions) error {
	t := newTextWriter(w, o)
	r = RedactComparisons(r)
	for n, g := range r.Groups {
		if n > 0 {
			t.line()
		}
		t.comparison(g)
	}
	for _, warning := range r.Warnings {
		t.wrapped(0, t.style.warn.Render("warning: "), visible(oneLine(warning), proseLimit))
	}
	return t.err
}

func (t *textWriter) comparison(g *compare.Comparison) {
	t.line(t.style.strong.Render(visible(g.Group, codeLimit)))
	t.wrapped(2, "", visible(environmentsLine(g), 0)+"  ("+visible(g.How, proseLimit)+")")
	for _, token := range usedTokens(g) {
		t.wrapped(2, t.style.faint.Render("counts as the same: "), visible(tokenLine(g, token), proseLimit))
	}
	for _, e := range g.Environments {
		if e.Problem != "" {
			t.wrapped(2, t.style.bad.Render("not compared: "), visible(e.Stack+": "+oneLine(e.Problem), proseLimit))
		}
	}
	for _, class := range compare.Classes {
		rows := rowsOf(g, class, false)
		if len(rows) == 0 {
			continue
		}
		t.line()
		t.line("  ", t.style.strong.Render(fmt.Sprintf("%s (%s)", classTitle(class), thousands(len(rows)))))
		cut := len(rows)
		if class == compare.Intended {
			cut = min(cut, foldedRows)
		}
		t.matrix(g, rows[:cut])
		if rest := len(rows) - cut; rest > 0 {
			t.line("    ", t.style.faint.Render("and "+thousands(rest)+" more: --format json lists them all"))
		}
	}
	if accepted := acceptedRows(g); len(accepted) > 0 {
		t.line()
		t.line("  ", t.style.strong.Render("Accepted ("+thousands(len(accepted))+")"))
		for _, d := range accepted {
			t.wrapped(4, "", visible(placeOf(d), codeLimit)+"  "+acceptance(d).text())
		}
	}
	t.line()
	t.wrapped(2, "", comparisonTotals(g))
}

func environmentsLine(g *compare.Comparison) string {
	var names []string
	for _, e := range g.Environments {
		names = append(names, e.Name)
	}
	sep := ", "
	if g.Ordered {
		sep = " > "
	}
	return strings.Join(names, sep)
}

func usedTokens(g *compare.Comparison) []compare.Token {
	return slices.DeleteFunc(slices.Clone(g.Tokens), func(t compare.Token) bool { return t.Used == 0 })
}

func tokenLine(g *compare.Comparison, t compare.Token) string {
	var seen []string
	for _, v := range t.Values {
		if v != "" && !slices.Contains(seen, v) {
			seen = append(seen, v)
		}
	}
	return t.Name + " " + strings.Join(seen, " | ")
}

// rowsOf lists the differences of a class that nobody accepted.
func rowsOf(g *compare.Comparison, class compare.Class, accepted bool) []*compare.Difference {
	var out []*compare.Difference
	for i := range g.Differences {
		if d := &g.Differences[i]; d.Class == class && d.Accepted() == accepted {
			out = append(out, d)
		}
	}
	return out
}

func acceptedRows(g *compare.Comparison) []*compare.Difference {
	var out []*compare.Difference
	for _, class := range compare.Classes {
		out = append(out, rowsOf(g, class, true)...)
	}
	return out
}

func placeOf(d *compare.Difference) string {
	if d.Path == "" {
		return d.Address
	}
	return d.Address + " " + d.Path
}

func acceptance(d *compare.Difference) phrase {
	p := join(words("accepted by "), code(d.Decision.By))
	if d.Decision.Reason != "" {
		p = join(p, words(": "), quoted(d.Decision.Reason))
	}
	if !d.Decision.Until.IsZero() {
		p = join(p, words(", until "+date(d.Decision.Until)))
	}
	return p
}

// matrixLayout is how wide the columns of a matrix are; nil columns when they do not fit.
func (t *textWriter) matrixLayout(g *compare.Comparison) (first, column int) {
	const least = 12
	n := len(g.Environments)
	first = min(max(16, t.width*28/100), 28)
	column = (t.width - 4 - first) / max(n, 1)
	if column < least+1 {
		return 0, 0
	}
	return first, min(column, 24)
}

// matrix writes rows: one column per environment, or, when that does not fit, one line per value.
func (t *textWriter) matrix(g *compare.Comparison, rows []*compare.Difference) {
	first, column := t.matrixLayout(g)
	if column > 0 {
		head := "    " + strings.Repeat(" ", first)
		for _, e := range g.Environments {
			head += fit(cut(visible(e.Name, 0), column-1), column)
		}
		t.line(t.style.faint.Render(head))
	}
	last := ""
	for _, d := range rows {
		if d.Address != last {
			last = d.Address
			t.wrapped(2, "", visible(d.Address, codeLimit))
		}
		t.matrixRow(g, d, first, column)
		t.wrapped(6, "", reasonOf(d).text())
		for _, a := range d.Attribution {
			t.wrapped(6, "", t.tell.brief(a).text()+"  "+verdictWord(a.Verdict))
		}
	}
}

func (t *textWriter) matrixRow(g *compare.Comparison, d *compare.Difference, first, column int) {
	label := visible(d.Path, codeLimit)
	if d.Path == "" {
		label = "exists"
	}
	if column > 0 {
		var line string
		if ansi.StringWidth(label) >= first {
			t.wrapped(4, "", label)
			line = "    " + strings.Repeat(" ", first)
		} else {
			line = "    " + fit(label, first)
		}
		for i := range g.Environments {
			text := fit(cut(cellText(d, i), column-1), column)
			if slices.Contains(d.Apart, i) {
				text = t.style.warn.Render(text)
			}
			line += text
		}
		t.line(line)
		return
	}
	t.line("    ", label)
	for _, v := range valuesOf(g, d) {
		t.wrapped(6, "", visible(cellText(d, v[0]), 80)+"  "+t.style.faint.Render(visible(namesOf(g, v), proseLimit)))
	}
}

// cellText is what one environment has: the live value, marked where it is not what the code says.
func cellText(d *compare.Difference, i int) string {
	cell := d.Cells[i]
	switch cell.State {
	case compare.StateUnknown:
		return "?"
	case compare.StateAbsent:
		return "-"
	case compare.StateGone:
		return "deleted"
	case compare.StateOrphan:
		if d.Path == "" {
			return "not in code"
		}
	case compare.StatePlanned:
		if d.Path == "" {
			return "not applied"
		}
		return visible(valueText(lastName(d.Path), cell.Code, 60), 80)
	}
	if d.Path == "" {
		return "yes"
	}
	if d.Sensitive {
		if slices.Contains(d.Apart, i) {
			return "(differs)"
		}
		return Masked
	}
	if cell.Moved && d.Side != compare.SideCode {
		return visible(ownText(d, cell.Live), 80) + "*"
	}
	return visible(ownText(d, cell.Code), 80)
}

// ownText writes what one environment has. Of a list it writes the elements that not every environment has: the others say nothing.
func ownText(d *compare.Difference, v drift.Value) string {
	list, ok := v.([]any)
	if !ok {
		return valueText(lastName(d.Path), v, 60)
	}
	key := func(e drift.Value) string { return quotedText(lastName(d.Path), e, 1<<12) }
	count, environments := map[string]int{}, 0
	for _, cell := range d.Cells {
		value := cell.Code
		if cell.Moved && d.Side != compare.SideCode {
			value = cell.Live
		}
		elements, isList := value.([]any)
		if cell.State == compare.StateUnknown || cell.State == compare.StateAbsent {
			continue
		}
		environments++
		if !isList {
			continue
		}
		seen := map[string]bool{}
		for _, e := range elements {
			if k := key(e); !seen[k] {
				seen[k] = true
				count[k]++
			}
		}
	}
	own := slices.DeleteFunc(slices.Clone(list), func(e any) bool { return count[key(e)] == environments })
	if len(own) == len(list) || len(list) == 0 {
		return valueText(lastName(d.Path), v, 60)
	}
	text := "nothing more"
	if len(own) > 0 {
		text = valueText(lastName(d.Path), own, 60)
	}
	return text + " beside " + plural(len(list)-len(own), "other", "others")
}

// valuesOf groups environments by what they have, in the order of the first of each.
func valuesOf(g *compare.Comparison, d *compare.Difference) [][]int {
	var out [][]int
	for i := range g.Environments {
		at := slices.IndexFunc(out, func(v []int) bool { return cellText(d, v[0]) == cellText(d, i) })
		if at < 0 {
			out = append(out, []int{i})
			continue
		}
		out[at] = append(out[at], i)
	}
	return out
}

func namesOf(g *compare.Comparison, envs []int) string {
	var out []string
	for _, i := range envs {
		out = append(out, g.Environments[i].Name)
	}
	return strings.Join(out, ", ")
}

// reasonOf says why, and which commit.
func reasonOf(d *compare.Difference) phrase {
	p := quoted(d.Because)
	if d.Side != compare.SideCode && d.Path != "" && slices.ContainsFunc(d.Cells, func(c compare.Cell) bool { return c.Moved }) {
		said := map[string]bool{}
		var texts []string
		for _, c := range d.Cells {
			if !c.Moved || d.Sensitive {
				continue
			}
			if text := valueText(lastName(d.Path), c.Code, 60); !said[text] {
				said[text] = true
				texts = append(texts, text)
			}
		}
		if len(texts) > 0 {
			p = join(p, words(" (* the code says "), code(strings.Join(texts, ", ")), words(")"))
		}
	}
	if d.Commit != nil {
		p = join(p, words(": "), commitPhrase(d.Commit, d.Age))
	}
	return p
}

func commitPhrase(c *compare.Commit, age time.Duration) phrase {
	p := join(code(c.ID[:min(7, len(c.ID))]), words(" "), quoted(c.Subject))
	if c.Author != "" {
		p = join(p, words(" by "), name(c.Author))
	}
	if age > 0 {
		return join(p, words(", "+ageText(age)+" ago"))
	}
	return join(p, words(", "+date(c.Time)))
}

func ageText(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return plural(int(d.Hours()/24), "day", "days")
	case d >= 2*time.Hour:
		return plural(int(d.Hours()), "hour", "hours")
	}
	return plural(max(1, int(d.Minutes())), "minute", "minutes")
}

func comparisonTotals(g *compare.Comparison) string {
	parts := []string{plural(g.Matched, "resource", "resources") + " in more than one environment, " + thousands(g.Same) + " without a difference"}
	if g.Chosen > 0 {
		parts = append(parts, plural(g.Chosen, "value", "values")+" that no code sets were left to the provider")
	}
	return strings.Join(parts, "; ") + "."
}
