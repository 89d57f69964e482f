package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/mooringdev/mooring/internal/compare"
)

var (
	//go:embed page/comparison.html
	comparisonHTML string

	comparisonPage = template.Must(template.Must(template.New("comparison").Parse(comparisonHTML)).Parse(groupsHTML))
)

type (
	htmlComparisons struct {
		Policy                      string
		Style                       template.CSS
		ComparedAt, Commit, Version string
		Groups                      []htmlComparison
		Warnings                    []string
	}
	htmlComparison struct {
		Name, Environments, How, Totals string
		State                           template.HTML
		Notes                           []string
		Classes                         []htmlClass
	}
	htmlClass struct {
		Title string
		Open  bool
		Names []string
		Rows  []htmlDifference
	}
	htmlDifference struct {
		Address, Path string
		Cells         []htmlCell
		Why           template.HTML
	}
	// A htmlCell is what one environment has, or in a matrix of many, what each of them has.
	htmlCell struct {
		Label  string
		Values []htmlHeld
		Apart  bool
	}
	htmlHeld struct{ Text, Of string }
)

// WriteComparisonsHTML writes comparisons as one HTML file that needs no network, no server and no script.
func WriteComparisonsHTML(w io.Writer, r *Comparisons) error {
	r = RedactComparisons(r)
	p := htmlComparisons{
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '" + integrity(pageStyle) + "'",
		Style:  template.CSS(pageStyle), ComparedAt: dateAndTime(r.ComparedAt), Commit: visible(r.Commit, 40), Version: visible(r.Tool.Version, 40),
	}
	for _, warning := range r.Warnings {
		p.Warnings = append(p.Warnings, visible(oneLine(warning), proseLimit))
	}
	for _, g := range r.Groups {
		p.Groups = append(p.Groups, comparisonSection(g))
	}
	if err := comparisonPage.Execute(w, p); err != nil {
		return fmt.Errorf("writing HTML: %w", err)
	}
	return nil
}

func comparisonSection(g *compare.Comparison) htmlComparison {
	out := htmlComparison{Name: visible(g.Group, codeLimit), Environments: visible(environmentsLine(g), 0), How: visible(g.How, proseLimit), Totals: comparisonTotals(g), State: safe(groupState(g))}
	for _, token := range usedTokens(g) {
		out.Notes = append(out.Notes, "counts as the same: "+visible(tokenLine(g, token), proseLimit))
	}
	for _, e := range g.Environments {
		if e.Problem != "" {
			out.Notes = append(out.Notes, "not compared: "+visible(e.Stack+": "+oneLine(e.Problem), proseLimit))
		}
	}
	add := func(title string, open bool, rows []*compare.Difference) {
		if len(rows) == 0 {
			return
		}
		c := htmlClass{Title: title + " (" + thousands(len(rows)) + ")", Open: open}
		if len(g.Environments) > wideMatrix {
			c.Names = []string{"Values"}
		} else {
			for _, e := range g.Environments {
				c.Names = append(c.Names, visible(e.Name, nameLimit))
			}
		}
		for _, d := range rows {
			c.Rows = append(c.Rows, differenceRow(g, d))
		}
		out.Classes = append(out.Classes, c)
	}
	for _, class := range compare.Classes {
		add(classTitle(class), class != compare.Intended, rowsOf(g, class, false))
	}
	add("Accepted", false, acceptedRows(g))
	return out
}

func differenceRow(g *compare.Comparison, d *compare.Difference) htmlDifference {
	row := htmlDifference{Address: visible(d.Address, codeLimit), Path: visible(d.Path, codeLimit)}
	if len(g.Environments) > wideMatrix {
		held := htmlCell{Label: "values"}
		for _, v := range valuesOf(g, d) {
			held.Values = append(held.Values, htmlHeld{cellText(d, v[0]), visible(namesOf(g, v), proseLimit)})
		}
		row.Cells = []htmlCell{held}
	} else {
		for i, e := range g.Environments {
			row.Cells = append(row.Cells, htmlCell{visible(e.Name, nameLimit), []htmlHeld{{cellText(d, i), ""}}, slices.Contains(d.Apart, i)})
		}
	}
	why := reasonOf(d)
	for _, a := range d.Attribution {
		why = join(why, words("; "), teller{at: dateAndTime}.brief(a), words(" ("+verdictWord(a.Verdict)+")"))
	}
	if d.Accepted() {
		why = join(why, words("; "), acceptance(d))
	}
	row.Why = template.HTML(why.html())
	return row
}
