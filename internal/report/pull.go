package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/forge"
)

// PullTitle is the title of a stack's adoption pull request.
func PullTitle(s StackResult) string { return "Adopt what is live in " + title(s.Stack.ID) }

// Separately is the stack as the pull request of one resource alone shows it, and that pull request's title.
func Separately(s StackResult, a Adoption) (alone StackResult, pullTitle string) {
	s.Files, s.Proof, s.Separate = a.Files, a.Proof, nil
	s.Findings = slices.DeleteFunc(slices.Clone(s.Findings), func(f Finding) bool { return f.Address != a.Address })
	return s, "Adopt what is live of " + title(clean(a.Address)) + " in " + title(s.Stack.ID)
}

// PullBody is the bot's part of a stack's adoption pull request, without markers: what merging does, each value, the proof, and what is left out.
func PullBody(s StackResult, o BodyOptions) string {
	s = RedactStack(s)
	now := wanting(&s, attentionNow)
	var adopted, rest []*Finding
	for _, f := range now {
		if f.Adoption.Status == adopt.StatusReady || f.Adoption.Status == adopt.StatusPartial {
			adopted = append(adopted, f)
		}
		if f.Adoption.Status != adopt.StatusReady {
			rest = append(rest, f)
		}
	}
	b := &body{rest: "; see the files of this pull request"}
	lead := join(words("Merging this makes the code say what is live in "), code(s.Stack.ID), words(" for "+plural(len(adopted), "resource", "resources")+
		". Nothing is applied to the cloud by it"))
	if s.Proof != nil {
		lead = join(lead, words("; the next plan has no change left for "+itOrThem(len(adopted))))
	}
	lead = join(lead, words(". See "+reference(forge.KindIssue, s.Stack.ID, "the issue of this stack")+" for the drift itself."))
	b.top = []string{lead.markdown()}
	b.table = func(limit int) table {
		return table{[]string{"What changes", "Was", "Will be", "Made by"}, pullRows(adopted, limit, o)}
	}
	b.bottom = []string{proofPhrase(s.Proof).markdown()}
	if notes := adoptionNotes(adopted); len(notes) > 0 {
		b.bottom = append(b.bottom, join(strong("To know"), words(": "), list("; ", notes...), words(".")).markdown())
	}
	if len(rest) > 0 {
		b.bottom = append(b.bottom, notIncluded(rest).markdown())
	}
	b.folds = []fold{
		{title: "Evidence", rows: evidence(adopted)},
		{title: "Not included, and why", rows: refusalRows(rest)},
	}
	b.footer = "Close this pull request to say \"do not adopt these values\"; push to its branch and Mooring leaves it to you; comment `/drift help` for more."
	return b.render(o.budget())
}

// adoptionNotes are what a person should know besides the edits, each once.
func adoptionNotes(adopted []*Finding) []phrase {
	const limit = 8
	var seen []string
	var out []phrase
	for _, f := range adopted {
		for _, n := range f.Adoption.Notes {
			switch {
			case slices.Contains(seen, n):
				continue
			case len(seen) < limit:
				out = append(out, quoted(n))
			}
			seen = append(seen, n)
		}
	}
	if more := len(seen) - limit; more > 0 {
		out = append(out, words(plural(more, "more like these", "more like these")))
	}
	return out
}

func itOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// becomes says what merging does with a resource as a whole.
func becomes(f *Finding) phrase {
	switch {
	case f.Kind == drift.KindUnmanaged:
		return words("is imported")
	case f.Kind == drift.KindDeleted && f.Successor != "":
		return join(code(f.Successor), words(", made in its place, is imported"))
	case f.Kind == drift.KindDeleted:
		return words("leaves the code: it no longer exists")
	}
	return fatePhrase(f)
}

func pullRows(findings []*Finding, limit int, o BodyOptions) []string {
	var out []string
	for _, f := range findings {
		resource := resourceCell(f, o)
		changes := shown(f)
		if len(changes) == 0 {
			out = append(out, row(stacked(resource, editCell(f, "", o)), "", becomes(f).cell(), whoCell(explanations(f, ""))))
		}
		for _, c := range changes {
			if refused(f, c.Path) {
				continue
			}
			path, was, now := changeCells(c, limit)
			out = append(out, row(stacked(resource, path, editCell(f, c.Path, o)), was, now, whoCell(explanations(f, c.Path))))
			resource = sameResource
		}
	}
	return out
}

func refused(f *Finding, path string) bool {
	return slices.ContainsFunc(f.Adoption.Refusals, func(r adopt.Refusal) bool { return covers(r.Path, path) })
}

// editCell says where the code is edited for a change.
func editCell(f *Finding, path string, o BodyOptions) string {
	var parts []phrase
	var seen []adopt.EditRef
	for _, e := range f.Adoption.Edits {
		if e.Path != "" && path != "" && !covers(e.Path, path) && !covers(path, e.Path) {
			continue
		}
		at := adopt.EditRef{File: e.File, Line: e.Line}
		if slices.Contains(seen, at) {
			continue
		}
		seen = append(seen, at)
		if len(parts) == 3 {
			parts = append(parts, words("and more"))
			break
		}
		text := e.File
		if e.Line > 0 {
			text += ":" + strconv.Itoa(e.Line)
		}
		parts = append(parts, phrase{{kind: kindCode, text: visible(text, codeLimit), link: codeLink(o.Repository, Place{e.File, e.Line})}})
	}
	if len(parts) == 0 {
		return ""
	}
	return join(words("edited in "), list(", ", parts...)).cell()
}

// proofPhrase says what planning the edited code showed, and no more than that.
func proofPhrase(p *adopt.Proof) phrase {
	if p == nil {
		return join(strong("Proof"), words(": none. The edited code was not planned; look at it with care."))
	}
	out := join(strong("Proof"), words(" ("+engineName(p.Engine)))
	if p.Version != "" {
		out = join(out, words(" "), quoted(p.Version))
	}
	switch p.Way {
	case "offline":
		out = join(out, words(", planned against the live values that the scan read"))
	case "full":
		out = join(out, words(", planned in full against the cloud"))
	}
	out = join(out, words("): before "+countsText(p.Before, true)+"; after "+countsText(p.After, false)))
	if len(p.Remaining) > 0 {
		var parts []phrase
		for i, a := range p.Remaining {
			if i == 5 && len(p.Remaining) > 6 {
				parts = append(parts, words(plural(len(p.Remaining)-i, "more", "more")))
				break
			}
			parts = append(parts, code(a))
		}
		out = join(out, words(" (no part of this: "), list(", ", parts...), words(")"))
	}
	out = join(out, words("."))
	if len(p.AlsoChecked) > 0 {
		var parts []phrase
		for i, s := range p.AlsoChecked {
			if i == 10 {
				parts = append(parts, words(plural(len(p.AlsoChecked)-i, "more", "more")))
				break
			}
			parts = append(parts, code(s))
		}
		out = join(out, words(" Other stacks that read the same files, planned and found unmoved: "), list(", ", parts...), words("."))
	}
	return out
}

func engineName(s string) string {
	switch s {
	case "tofu":
		return "OpenTofu"
	case "terraform":
		return "Terraform"
	}
	return "the engine"
}

// countsText writes planned actions; before the edit only those there are, after it all of them, since zero is the point.
func countsText(c adopt.Counts, brief bool) string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 || !brief {
			parts = append(parts, strconv.Itoa(n)+" to "+what)
		}
	}
	add(c.Update, "change")
	add(c.Create, "create")
	add(c.Replace, "replace")
	add(c.Delete, "destroy")
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func notIncluded(rest []*Finding) phrase {
	out := words("Not included: ")
	var parts []phrase
	for i, f := range rest {
		if i == 5 && len(rest) > 6 {
			parts = append(parts, words(plural(len(rest)-i, "more resource", "more resources")))
			break
		}
		p := code(f.Address)
		if f.Adoption.Status == adopt.StatusPartial {
			p = join(words("parts of "), p)
		}
		if len(f.Adoption.Refusals) > 0 {
			p = join(p, words(" ("), phrase{{kind: kindProse, text: visible(oneLine(f.Adoption.Refusals[0].Detail), 200)}}, words(")"))
		} else if f.Kind == drift.KindConflict {
			p = join(p, words(" (code and reality both moved: choose one)"))
		}
		parts = append(parts, p)
	}
	return join(out, list(", ", parts...), words("."))
}
