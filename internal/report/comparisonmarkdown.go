package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/mooringdev/mooring/internal/compare"
)

// wideMatrix is how many environments a Markdown table shows side by side: more do not fit on a phone.
const wideMatrix = 5

// WriteComparisonsMarkdown writes comparisons as Markdown: one table per class.
func WriteComparisonsMarkdown(w io.Writer, r *Comparisons) error {
	var b strings.Builder
	r = RedactComparisons(r)
	for _, g := range r.Groups {
		b.WriteString(comparisonMarkdown(g))
	}
	for _, warning := range r.Warnings {
		b.WriteString("> " + mdText(oneLine(warning)) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func comparisonMarkdown(g *compare.Comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s, %s.\n\n", code(g.Group).markdown(), code(environmentsLine(g)).markdown(), quoted(g.How).markdown())
	for _, token := range usedTokens(g) {
		b.WriteString("- counts as the same: " + code(tokenLine(g, token)).markdown() + "\n")
	}
	for _, e := range g.Environments {
		if e.Problem != "" {
			b.WriteString("- not compared: " + join(code(e.Stack), words(": "), quoted(e.Problem)).markdown() + "\n")
		}
	}
	if len(usedTokens(g)) > 0 {
		b.WriteString("\n")
	}
	for _, class := range compare.Classes {
		rows := rowsOf(g, class, false)
		if len(rows) == 0 {
			continue
		}
		title := fmt.Sprintf("%s (%s)", classTitle(class), thousands(len(rows)))
		if class == compare.Intended {
			b.WriteString("<details><summary>" + title + "</summary>\n\n")
		} else {
			b.WriteString("### " + title + "\n\n")
		}
		markdownMatrix(&b, g, rows)
		if class == compare.Intended {
			b.WriteString("\n</details>\n")
		}
		b.WriteString("\n")
	}
	if accepted := acceptedRows(g); len(accepted) > 0 {
		b.WriteString("<details><summary>Accepted (" + thousands(len(accepted)) + ")</summary>\n\n")
		for _, d := range accepted {
			b.WriteString("- " + join(code(placeOf(d)), words(": "), acceptance(d)).markdown() + "\n")
		}
		b.WriteString("\n</details>\n\n")
	}
	b.WriteString(comparisonTotals(g) + "\n\n")
	return b.String()
}

func markdownMatrix(b *strings.Builder, g *compare.Comparison, rows []*compare.Difference) {
	head := matrixHead(g)
	b.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)) + "\n")
	for _, d := range rows {
		b.WriteString(matrixLine(g, d, false) + "\n")
	}
}

// matrixHead is the first row of a matrix: a column for each environment, or one for the values when there are many.
func matrixHead(g *compare.Comparison) []string {
	head := []string{"what"}
	if len(g.Environments) > wideMatrix {
		return append(head, "values", "why")
	}
	for _, e := range g.Environments {
		head = append(head, code(e.Name).cell())
	}
	return append(head, "why")
}

// matrixLine is the row of a difference. classed says its class, too, for a table that mixes them.
func matrixLine(g *compare.Comparison, d *compare.Difference, classed bool) string {
	what := code(d.Address).cell()
	if d.Path != "" {
		what += "<br>" + code(d.Path).cell()
	}
	cells := []string{what}
	if len(g.Environments) <= wideMatrix {
		for i := range g.Environments {
			cells = append(cells, code(cellText(d, i)).cell())
		}
	} else {
		var parts []string
		for _, v := range valuesOf(g, d) {
			parts = append(parts, join(code(cellText(d, v[0])), words(": "), code(namesOf(g, v))).cell())
		}
		cells = append(cells, strings.Join(parts, "<br>"))
	}
	why := reasonOf(d).cell()
	if classed {
		why = join(strong(classTitle(d.Class)), words(": ")).cell() + why
	}
	for _, a := range d.Attribution {
		why += "<br>" + join(tells.brief(a), words(" ("+verdictWord(a.Verdict)+")")).cell()
	}
	return row(append(cells, why)...)
}
