package report

import (
	"net/url"
	"slices"
	"strings"

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
