package report

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/forge"
)

// IssueTitle is the title of a stack's issue. It says nothing that changes while the issue is open.
func IssueTitle(s StackResult) string { return "Drift in " + title(s.Stack.ID) }

// title makes foreign text fit for a title: plain, short, without references.
func title(s string) string {
	s = visible(clean(s), 120)
	return strings.NewReplacer("#", "＃", "@", "＠").Replace(strings.ReplaceAll(s, "`", "'"))
}

// IssueBody is the bot's part of a stack's issue, without markers: a headline, a table, what to do, and evidence in folds.
// It depends on the findings alone: the same findings give the same bytes.
func IssueBody(s StackResult, o BodyOptions) string {
	s = RedactStack(s)
	b := &body{footer: footer(&s, o), rest: "; see the report of the run"}
	b.top = []string{headline(&s).markdown()}
	if s.Status == StatusFailed {
		b.bottom = failureParagraphs(&s)
		b.folds = []fold{{title: "What the engine said", rows: diagnosticRows(&s)}}
		return b.render(o.budget())
	}
	now := wanting(&s, attentionNow)
	b.table = func(limit int) table {
		return table{issueHead, issueRows(now, limit, o)}
	}
	b.bottom = append(upgradeItems(&s), commands(&s, now, o)...)
	b.folds = []fold{
		{title: "What happened when", rows: mermaidTimeline(now)},
		{title: "Why these names, and what was ruled out", rows: evidence(now)},
		{title: "Not adopted, and why", rows: refusalRows(now)},
		{title: alsoTitle(&s), rows: alsoRows(&s)},
		{title: "Decisions in force", rows: decisionRows(&s)},
		{title: "What the engine said", rows: diagnosticRows(&s)},
	}
	return b.render(o.budget())
}

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

// commands are the paragraphs that say what a reader can do.
func commands(s *StackResult, now []*Finding, o BodyOptions) []string {
	if len(now) == 0 {
		return nil
	}
	var out []string
	ready := 0
	for _, f := range now {
		if f.Adoption.Status == adopt.StatusReady || f.Adoption.Status == adopt.StatusPartial {
			ready++
		}
	}
	if ready > 0 {
		out = append(out, keep(s, now, ready, o).markdown())
	} else if why := because(now); len(why) > 0 {
		out = append(out, join(strong("Keep what is live"), words(": change the code by hand; Mooring found no edit that it can prove."), why).markdown())
	} else {
		out = append(out, join(strong("Keep what is live"), words(": change the code so that it says the same.")).markdown())
	}
	apply := join(strong("Put the code back in force"), words(": apply as usual"))
	if o.Revert {
		apply = join(apply, words(", or comment "), code("/drift revert "+now[0].Address))
	}
	if i := slices.IndexFunc(now, func(f *Finding) bool { return f.Reason == drift.ReasonMustReplace }); i >= 0 {
		apply = join(apply, words(". Careful: applying would destroy "), code(now[i].Address), words(" and create it again"))
	}
	out = append(out, join(apply, words(".")).markdown())
	target := ignorable(now)
	out = append(out, join(strong("Live with the difference"), words(": comment "), code("/drift ignore "+target+" because <reason>"), words(".")).markdown())
	return out
}

func keep(s *StackResult, now []*Finding, ready int, o BodyOptions) phrase {
	p := join(strong("Keep what is live"), words(": "))
	switch {
	case o.Separate && o.Branch != "":
		branches := phrase{{kind: kindCode, text: visible(o.Branch, codeLimit) + "-…", link: pullsLink(o)}}
		return join(p, words("merge the pull request of each resource, from the branches "), branches, words(". Each was proved by itself."))
	case o.Branch != "":
		// The number is not known before the pull request is opened: the forge puts it in.
		branch := phrase{{kind: kindCode, text: visible(o.Branch, codeLimit), link: pullsLink(o)}}
		p = join(p, words("merge "+reference(forge.KindPull, s.Stack.ID, join(words("the pull request from "), branch).markdown())))
	default:
		p = join(p, words("run "), code("mooring adopt --stack "+shellWord(s.Stack.ID)+" --write"))
	}
	p = join(p, words(". It edits "))
	p = join(p, fileList(editedFiles(s, now)))
	those := "these resources"
	if ready < len(now) {
		those = plural(ready, "of these resources", "of these resources")
	}
	switch {
	case s.Proof == nil:
		return join(p, words("."))
	case len(s.Proof.Remaining) == 0:
		return join(p, words("; the plan of the edited code has no change left for "+those+" and touches nothing else."))
	}
	return join(p, words("; the plan of the edited code has no change left for "+those+" and no change that was not there before."))
}

func pullsLink(o BodyOptions) string {
	if o.Repository == "" {
		return ""
	}
	return safeLink(strings.TrimRight(o.Repository, "/") + "/pulls?q=is%3Apr+head%3A" + url.QueryEscape(o.Branch))
}

func because(now []*Finding) phrase {
	for _, f := range now {
		for _, r := range f.Adoption.Refusals {
			return join(words(" "), code(f.Address), words(": "), quoted(r.Detail))
		}
	}
	return nil
}

// ignorable picks the change that a reader most likely wants to live with: what automation did, else the least severe.
func ignorable(now []*Finding) string {
	pick := now[len(now)-1]
	for _, f := range now {
		if slices.ContainsFunc(f.Attribution, func(a blame.Attribution) bool { return a.Verdict == blame.Automation }) {
			pick = f
			break
		}
	}
	if changes := shown(pick); len(changes) > 0 {
		return attributeAddress(pick.Address, changes[0].Path)
	}
	return pick.Address
}

func attributeAddress(address, path string) string { return address + "." + path }

func editedFiles(s *StackResult, now []*Finding) []string {
	var out []string
	for _, f := range s.Files {
		out = append(out, f.Path)
	}
	if len(out) == 0 {
		for _, f := range now {
			for _, e := range f.Adoption.Edits {
				if !slices.Contains(out, e.File) {
					out = append(out, e.File)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func fileList(files []string) phrase {
	var parts []phrase
	for i, f := range files {
		if i == 5 && len(files) > 6 {
			parts = append(parts, words(plural(len(files)-i, "more file", "more files")))
			break
		}
		parts = append(parts, code(f))
	}
	if len(parts) < 2 {
		return list("", parts...)
	}
	return join(list(", ", parts[:len(parts)-1]...), words(" and "), parts[len(parts)-1])
}

func footer(s *StackResult, o BodyOptions) string {
	p := join(words("Stack "), code(s.Stack.ID))
	for i, owner := range s.Stack.Owners {
		lead := ", "
		if i == 0 {
			lead = " · owners "
		}
		if i == 10 {
			break
		}
		if o.MentionOwners && mentionable(owner) {
			p = join(p, words(lead+owner))
			continue
		}
		p = join(p, words(lead), code(owner))
	}
	text := join(p, words(" · comment "), code("/drift help"), words(" for more")).markdown()
	if o.Dashboard {
		text += words(" · the whole scan as one page: ").markdown() + reference(forge.KindDashboard, "", "see the dashboard")
	}
	return "<sub>" + text + "</sub>"
}

// mentionable tells whether an owner is a user or a team as GitHub writes them, and nothing else.
func mentionable(s string) bool {
	rest, ok := strings.CutPrefix(s, "@")
	if !ok || rest == "" || len(rest) > 140 || strings.Count(rest, "/") > 1 {
		return false
	}
	return !strings.ContainsFunc(rest, func(r rune) bool {
		return r != '-' && r != '_' && r != '/' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}
