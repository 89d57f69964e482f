package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

// tells is how forge bodies tell times: with the year, since they stay.
var tells = teller{at: dateAndTime}

// issueHead heads the rows of [issueRows]. Four columns fit beside each other where issues are read, so that who did it is in sight.
var issueHead = []string{"What differs", "Code", "Live", "Who, when, how"}

// newLine begins a line in a cell.
const newLine = "<br>"

func issueRows(findings []*Finding, limit int, o BodyOptions) []string {
	var out []string
	for _, g := range alike(findings, limit) {
		resource := resourceCell(g[0], o)
		if len(g) > 1 {
			resource = instancesCell(g, o)
		}
		for _, r := range changeRows(g[0], limit) {
			out = append(out, row(stacked(resource, r.path), r.rest))
			resource = sameResource
		}
	}
	return out
}

// sameResource stands where the row above names the resource.
const sameResource = "…"

// stacked puts the parts of a cell that are not empty below each other.
func stacked(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	if len(parts) > 1 && parts[0] == sameResource {
		parts = append([]string{sameResource + " " + parts[1]}, parts[2:]...)
	}
	return strings.Join(parts, newLine)
}

// A changeRow is a row of one finding without what names the finding: the attribute, and the other cells.
type changeRow struct{ path, rest string }

func changeRows(f *Finding, limit int) []changeRow {
	changes := shown(f)
	if len(changes) == 0 {
		return []changeRow{{"", strings.Join([]string{"", fatePhrase(f).cell(), whoCell(explanations(f, ""))}, " | ")}}
	}
	var out []changeRow
	for _, c := range changes {
		path, was, now := changeCells(c, limit)
		out = append(out, changeRow{path, strings.Join([]string{was, now, whoCell(explanations(f, c.Path))}, " | ")})
	}
	return out
}

// alike groups the instances of one resource that changed in the same way by the same hand, so that forty instances are one row and not forty.
// Groups stand where their first finding stood.
func alike(findings []*Finding, limit int) [][]*Finding {
	var out [][]*Finding
	at := map[string]int{}
	for _, f := range findings {
		block, _ := cutInstance(f.Address)
		parts := []string{block, string(f.Kind), f.Reason, f.Severity.Level, f.Severity.Why}
		for _, r := range changeRows(f, limit) {
			parts = append(parts, r.path, r.rest)
		}
		key := strings.Join(parts, "\x00")
		if i, ok := at[key]; ok {
			out[i] = append(out[i], f)
			continue
		}
		at[key] = len(out)
		out = append(out, []*Finding{f})
	}
	return out
}

// cutInstance cuts the key or number of an instance from its address: aws_x.y["a"] is aws_x.y and ["a"].
func cutInstance(address string) (block, key string) {
	if !strings.HasSuffix(address, "]") {
		return address, ""
	}
	i := strings.LastIndex(address, "[")
	if strings.HasSuffix(address, "\"]") {
		i = strings.LastIndex(address[:len(address)-2], "[\"")
	}
	if i <= 0 {
		return address, ""
	}
	return address[:i], address[i:]
}

// instancesCell names several instances of a resource.
func instancesCell(g []*Finding, o BodyOptions) string {
	one := *g[0]
	one.Address, _ = cutInstance(one.Address)
	var keys []phrase
	for i, f := range g {
		if i == 4 && len(g) > 5 {
			keys = append(keys, words(plural(len(g)-i, "more", "more")))
			break
		}
		_, key := cutInstance(f.Address)
		keys = append(keys, code(key))
	}
	return resourceCell(&one, o) + join(words(newLine+"in "+plural(len(g), "instance", "instances")+": "), list(", ", keys...)).cell()
}

// resourceCell names a resource, linked to its code, with what is dangerous about it.
func resourceCell(f *Finding, o BodyOptions) string {
	p := phrase{{kind: kindCode, text: visible(f.Address, codeLimit), link: codeLink(o.Repository, f.Where[""])}}
	var notes []phrase
	if f.Severity.Why != "" {
		if severe(f) {
			notes = append(notes, danger(f.Severity.Why))
		} else {
			notes = append(notes, quoted(f.Severity.Why))
		}
	}
	if r := remark(f); r != "" {
		notes = append(notes, words(r))
	}
	if len(notes) > 0 {
		p = join(p, words(newLine), list("; ", notes...))
	}
	return p.cell()
}

// codeLink leads to a line of the default branch.
func codeLink(repository string, at Place) string {
	if repository == "" || at.File == "" {
		return ""
	}
	link := strings.TrimRight(repository, "/") + "/blob/HEAD/" + pathEscape(at.File)
	if at.Line > 0 {
		link += "#L" + strconv.Itoa(at.Line)
	}
	return safeLink(link)
}

// changeCells are the cells for the path, the code's value and the live value of a change.
func changeCells(c drift.Change, limit int) (path, was, now string) {
	p, w, n := changePhrases(c, limit)
	return p.cell(), w.cell(), n.cell()
}

// changePhrases say a change: where, what was and what is.
func changePhrases(c drift.Change, limit int) (path, was, now phrase) {
	d := differ(c, limit)
	p := code(c.Path)
	if d.inside != "" {
		p = join(p, words(" at "), code(d.inside))
	}
	switch {
	case c.Sensitive:
	case d.mark == '+' && len(d.now) > 0:
		p = join(p, words(" (added)"))
	case d.mark == '-' && len(d.was) > 0:
		p = join(p, words(" (removed)"))
	}
	w, n := codes(d.was, limit), codes(d.now, limit)
	if d.silent {
		w = list(", before ", words("not set"), w)
		d.note = ""
	}
	if d.base != "" {
		w = join(w, words(", last applied "), code(d.base))
	}
	if c.Sensitive {
		w, n = nil, words("changed, sensitive")
		if d.mark == '-' {
			n = words("removed, sensitive")
		}
	}
	if d.note != "" {
		n = join(n, words(" ("+d.note+")"))
	}
	return p, w, n
}

func codes(parts []string, limit int) phrase {
	var out []phrase
	for _, p := range parts {
		out = append(out, phrase{{kind: kindCode, text: visible(p, limit)}})
	}
	return list(", ", out...)
}

// whoCell says who, when, how, with the events, and how sure that is.
func whoCell(why []blame.Attribution) string {
	if len(why) == 0 {
		why = []blame.Attribution{{Verdict: blame.None}}
	}
	var parts []phrase
	for i, a := range why {
		if i == 3 {
			parts = append(parts, words("and "+plural(len(why)-i, "more", "more")))
			break
		}
		verdict := words(" · " + verdictWord(a.Verdict))
		if !names(a.Verdict) {
			parts = append(parts, join(tells.brief(a), verdict))
			continue
		}
		at, via := a.At, a.Via
		a.At, a.Via = time.Time{}, ""
		parts = append(parts, join(tells.brief(a), verdict))
		if a.Verdict == blame.Automation || a.Verdict == blame.OwnApply {
			via = "" // how goes without saying
		}
		parts = append(parts, list(", ", tells.when(at), viaPhrase(via)), eventLinks(a.Events, 2))
	}
	return list(newLine, parts...).cell()
}

func eventLinks(events []blame.EventRef, most int) phrase {
	var parts []phrase
	for i, e := range events {
		if i == most {
			parts = append(parts, words("and "+plural(len(events)-i, "more event", "more events")))
			break
		}
		op := e.Operation
		if op == "" {
			op = e.ID
		}
		parts = append(parts, linked(op, e.Link))
	}
	return list(", ", parts...)
}
