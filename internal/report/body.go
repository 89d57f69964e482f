package report

import (
	"fmt"
	"strings"

	"github.com/mooringdev/mooring/internal/forge"
)

// Sizes of a body in bytes. GitHub refuses more than 65,536 characters; the default leaves room for what package forge adds.
const (
	DefaultBudget = 56_000
	leastBudget   = 16_000 // what never gets cut always fits in this
)

// BodyOptions say what a body on a forge may refer to. Nothing in them may change from run to run when nothing changed.
type BodyOptions struct {
	Budget        int    // bytes; 0: DefaultBudget
	Repository    string // web address of the repository, for links to code and branches; "" for none
	Branch        string // branch of the stack's adoption pull request; "" when none is offered
	Separate      bool   // each resource has a pull request of its own; Branch is what their branches begin with
	Revert        bool   // the command /drift revert is enabled
	MentionOwners bool   // owners get a live mention
	Dashboard     bool   // the dashboard links the whole scan as one page: an issue links the dashboard, because the page of one scan does not last
}

func (o BodyOptions) budget() int {
	if o.Budget <= 0 {
		return DefaultBudget
	}
	return max(o.Budget, leastBudget)
}

// A body is cut to a budget by its structure: fixed parts stay, the folded parts lose rows first, then the table does.
type body struct {
	top    []string            // paragraphs before the table: always there
	table  func(cap int) table // rows with values up to cap bytes; nil for none
	bottom []string            // paragraphs after the table: always there
	folds  []fold              // most important first
	footer string              // always there
	rest   string              // where the missing rows can be seen
}

type table struct {
	head []string
	rows []string
}

// A fold is a <details> element.
type fold struct {
	title string // Markdown
	rows  []string
	open  bool
}

// valueCaps are how long values in a table may be, tried in turn until all rows fit.
var valueCaps = []int{120, 60, 30}

func (b *body) render(budget int) string {
	const reserve = 300 // for the notes that say what is missing
	fixed := reserve + len(b.footer) + 2
	for _, p := range append(b.top[:len(b.top):len(b.top)], b.bottom...) {
		fixed += len(p) + 2
	}
	left := budget - fixed

	tableText := ""
	if b.table != nil {
		tableText = b.renderTable(left)
		left -= len(tableText) + 2
	}
	folds, dropped := b.renderFolds(left)

	var parts []string
	parts = append(parts, b.top...)
	parts = append(parts, tableText)
	parts = append(parts, b.bottom...)
	parts = append(parts, folds...)
	if dropped > 0 {
		parts = append(parts, "<sub>"+plural(dropped, "detail", "details")+" left out for length"+b.rest+".</sub>")
	}
	parts = append(parts, b.footer)

	var out strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if out.Len() > 0 {
			out.WriteString("\n\n")
		}
		out.WriteString(p)
	}
	out.WriteString("\n")
	return out.String()
}

func (b *body) renderTable(left int) string {
	for i, limit := range valueCaps {
		t := b.table(limit)
		if len(t.rows) == 0 {
			return ""
		}
		text, missing := t.fill(left, b.rest)
		if missing == 0 || i == len(valueCaps)-1 {
			return text
		}
	}
	return ""
}

func (t table) fill(left int, rest string) (text string, missing int) {
	var out strings.Builder
	out.WriteString("| " + strings.Join(t.head, " | ") + " |\n|" + strings.Repeat("---|", len(t.head)))
	for i, r := range t.rows {
		if out.Len()+len(r)+1 > left {
			missing = len(t.rows) - i
			out.WriteString("\n\n" + plural(missing, "more row", "more rows") + " left out for length" + rest + ".")
			break
		}
		out.WriteString("\n" + r)
	}
	return out.String(), missing
}

func (b *body) renderFolds(left int) (out []string, dropped int) {
	for _, f := range b.folds {
		if len(f.rows) == 0 {
			continue
		}
		attr := ""
		if f.open {
			attr = " open"
		}
		head := fmt.Sprintf("<details%s><summary>%s</summary>\n", attr, f.title)
		const tail = "\n\n</details>"
		const more = 120
		size, n := len(head)+len(tail)+more+2, 0
		for n < len(f.rows) && size+len(f.rows[n])+1 <= left {
			size += len(f.rows[n]) + 1
			n++
		}
		if n == 0 {
			dropped += len(f.rows)
			continue
		}
		text := head + "\n" + strings.Join(f.rows[:n], "\n")
		if n < len(f.rows) {
			text += "\n\n" + plural(len(f.rows)-n, "more entry", "more entries") + " left out for length" + b.rest + "."
		}
		text += tail
		left -= len(text) + 2
		out = append(out, text)
	}
	return out, dropped
}

// reference is a reference to an object of a stack on the forge, by a number that the forge puts in; until then it reads as fallback.
// The stack's name in it is escaped further than the forge asks, since it may stand in a table cell.
func reference(kind forge.Kind, stack, fallback string) string {
	head, tail, _ := strings.Cut(forge.Link(kind, stack, fallback), " -->")
	var b strings.Builder
	for _, c := range []byte(head) {
		if c >= 0x80 || c == '|' || c == '`' || c == '\\' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String() + " -->" + tail
}

// row writes one table row.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |" }
