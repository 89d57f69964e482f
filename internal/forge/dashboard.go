package forge

import (
	"fmt"
	"slices"
	"strings"
)

// maxWaiting bounds the list of what waits on the dashboard.
const maxWaiting = 100

const publishCommand = "publish"

// readDashboard takes from the dashboard what people ticked there.
func (p *planner) readDashboard(w *Publication) {
	var boxes []string
	var found *Object
	for _, o := range p.have.find(w.id(), "") {
		if o.Open {
			found = o
			boxes = TickedBoxes(o.Body)
			break
		}
	}
	p.asked = map[id]bool{}
	publish := false
	for _, command := range boxes {
		switch verb, _, _ := strings.Cut(command, " "); verb {
		case publishCommand:
			publish = true
		case "open":
			p.asked[id{Kind(option(command, "kind")), option(command, "stack"), option(command, "item")}] = true
		}
	}
	first := len(p.have.Objects) == 0 || found != nil && found.Marker.Quiet
	p.quiet = p.limits.Quiet && first && !publish
}

// dashboard plans the one dashboard. It is opened before all else and updated after all else, when it is known what waits.
func (p *planner) dashboard(w *Publication) {
	if p.have.IssuesOff != "" {
		p.skip(w, nil, p.have.IssuesOff)
		return
	}
	o := p.primary(w, p.have.find(w.id(), ""))
	body := w.Body + p.waiting() + p.leftover()
	m := Marker{}
	if o != nil {
		m = o.Marker
	}
	m = marker(w, m)
	m.Quiet = p.quiet
	handled := *w
	handled.Handled = append(handled.Handled, publishCommand)
	switch {
	case w.Unknown && o != nil: // a part of the stacks is no picture of all, but better than none
	case o == nil:
		rest := p.actions
		p.actions = nil
		p.open(w, m, body, "")
		p.actions = append(p.actions, rest...)
	case o.has(HoldLabel):
		p.skip(w, o, "held by the label "+HoldLabel)
	case !o.Open:
		p.skip(w, o, "closed by a person: reopen it to have it back")
	default:
		p.update(&handled, o, m, body)
	}
}

// waiting lists what limits left for later, each with a box to open it anyway.
func (p *planner) waiting() string {
	var lines []string
	n := 0
	for _, a := range p.actions {
		if !a.deferred {
			continue
		}
		if n++; n > maxWaiting {
			continue
		}
		extra := []string{"kind=" + string(a.Kind)}
		what := "issue"
		if a.Kind == KindPull {
			what = "adoption pull request"
		}
		if a.Item != "" {
			extra = append(extra, "item="+escapeWord(a.Item))
		}
		lines = append(lines, Box(BoxCommand("open", a.Stack, extra...), fmt.Sprintf("Open the %s for %s (%s)", what, named(a.Stack, a.Item), a.Why)))
	}
	if n == 0 {
		return ""
	}
	head := fmt.Sprintf("\n\n### Waiting\n\n%d of these are not open yet. They follow in later runs; tick a box to have one in the next run.\n\n", n)
	if p.quiet {
		head = fmt.Sprintf("\n\n### Not opened yet\n\nThis is the first run, so nothing but this dashboard was opened. %d would be.\n\n%s\n", n,
			Box(publishCommand, "**Open them**, within the limits of the configuration"))
	}
	if n > maxWaiting {
		lines = append(lines, fmt.Sprintf("\nand %d more.", n-maxWaiting))
	}
	return head + strings.Join(lines, "\n")
}

// named is how the dashboard calls what an object is about.
func named(names ...string) string {
	var out []string
	for _, name := range names {
		if name != "" {
			out = append(out, "`"+strings.ReplaceAll(name, "`", "'")+"`")
		}
	}
	return strings.Join(out, ", ")
}

// leftover says what a run had to leave to the next one.
func (p *planner) leftover() string {
	if len(p.left) == 0 {
		return ""
	}
	var lines []string
	for o := range p.left {
		what := "the issue"
		if o.kind == KindPull {
			what = "the adoption pull request"
		}
		lines = append(lines, "- "+what+" of "+named(o.stack, o.item))
	}
	slices.Sort(lines)
	n := len(lines)
	if n > maxWaiting {
		lines = append(lines[:maxWaiting], fmt.Sprintf("\nand %d more.", n-maxWaiting))
	}
	return fmt.Sprintf("\n\n### Left for the next run\n\nGitHub took no more requests, so the last run stopped with %d left; what they say may be older than this.\n\n", n) + strings.Join(lines, "\n")
}
