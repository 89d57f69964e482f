package report

import (
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

// Headline says in one or two plain sentences what is the matter with a stack, the worst first. It is the same as long as nothing changed.
func Headline(s StackResult) string {
	s = RedactStack(s)
	return headline(&s).text()
}

func headline(s *StackResult) phrase {
	switch s.Status {
	case StatusFailed:
		return failure(s)
	case StatusSkipped:
		if s.Stack.Skip != "" {
			return join(code(s.Stack.ID), words(" was not planned: "), quoted(s.Stack.Skip), words("."))
		}
		return join(code(s.Stack.ID), words(" was not planned."))
	}
	now := wanting(s, attentionNow)
	if len(now) == 0 {
		if up := moving(s); len(up) > 0 && len(waitingAlone(s)) == 0 {
			return join(words("In "), code(s.Stack.ID), words(", "), upgradePhrase(up[0]), words(". Nothing drifted."))
		}
		if waiting := waitingAlone(s); len(waiting) > 0 {
			return join(words("The code of "), code(s.Stack.ID), words(" is not applied: "+plural(len(waiting), "resource waits", "resources wait")+". Nothing drifted."))
		}
		return join(code(s.Stack.ID), words(" matches its code."))
	}
	p := story(now[0])
	switch more := len(now) - 1; {
	case more == 1:
		p = join(p, words(" One more resource of "), code(s.Stack.ID), words(" differs from the code."))
	case more > 1:
		p = join(p, words(" "+capital(number(more))+" more resources of "), code(s.Stack.ID), words(" differ from the code."))
	}
	return p
}

func failure(s *StackResult) phrase {
	p := join(code(s.Stack.ID), words(" could not be planned"))
	for _, d := range s.Diagnostics {
		if d.Severity == "error" {
			return join(p, words(": "), quoted(strings.TrimRight(d.Summary, ".")), words("."))
		}
	}
	return join(p, words("."))
}

// story tells one finding as a sentence.
func story(f *Finding) phrase {
	var a blame.Attribution
	changes := shown(f)
	if len(changes) > 0 {
		if ex := explanations(f, changes[0].Path); len(ex) > 0 {
			a = ex[0]
		}
	} else if ex := explanations(f, ""); len(ex) > 0 {
		a = ex[0]
	}
	when := words("")
	if !a.At.IsZero() {
		when = words(" (" + a.At.UTC().Format("2 Jan 2006, 15:04") + " UTC)")
	}
	how := phrase(nil)
	switch a.Via {
	case audit.ViaConsole:
		how = words(" in the console")
	case audit.ViaCLI:
		how = words(" from the command line")
	case audit.ViaKubectl:
		how = words(" with kubectl")
	case audit.ViaTerraform:
		how = words(" with terraform")
	case audit.ViaSDK:
		how = words(" through the API")
	}
	if f.Severity.Why != "" {
		return join(code(f.Address), words(" "), quoted(strings.TrimRight(f.Severity.Why, ".")), words(": "), clause(f, a, how, when), words("."))
	}
	if len(changes) == 0 {
		if names(a.Verdict) && f.Kind == drift.KindDeleted {
			return join(subject(a), words(" deleted "), code(f.Address), how, when, words("."))
		}
		if f.Kind == drift.KindDeleted || f.Kind == drift.KindUnmanaged {
			return join(code(f.Address), words(" "), fatePhrase(f), words(": "), clause(f, a, how, when), words("."))
		}
		return join(code(f.Address), words(": "), fatePhrase(f), words("."))
	}
	what := join(code(changes[0].Path), words(" of "), code(f.Address))
	if len(changes) > 1 {
		what = join(words(plural(len(changes), "attribute", "attributes")+" of "), code(f.Address))
	}
	if names(a.Verdict) {
		d := differ(changes[0], 60)
		if len(changes) == 1 && len(d.was) == 1 && len(d.now) == 1 {
			what = join(what, words(" from "), code(d.was[0]), words(" to "), code(d.now[0]))
		}
		return join(subject(a), words(" changed "), what, how, when, words("."))
	}
	verb := " differs from the code: "
	if len(changes) > 1 {
		verb = " differ from the code: "
	}
	return join(what, words(verb), clause(f, a, how, when), words("."))
}

// subject begins a sentence with who did it, no surer than the verdict.
func subject(a blame.Attribution) phrase {
	switch a.Verdict {
	case blame.Likely:
		return join(words("Probably "), actorPhrase(a.Actor))
	case blame.OwnApply:
		return words("An apply of this stack")
	}
	p := actorPhrase(a.Actor)
	if len(p) > 0 && p[0].kind == kindWords {
		p = append(words(capital(p[0].text)), p[1:]...)
	}
	return p
}

// clause says who did it after a colon.
func clause(f *Finding, a blame.Attribution, how, when phrase) phrase {
	verb := "changed it"
	switch f.Kind {
	case drift.KindDeleted:
		verb = "deleted it"
	case drift.KindUnmanaged:
		verb = "made it"
	}
	switch a.Verdict {
	case blame.Confirmed, blame.Automation:
		return join(actorPhrase(a.Actor), words(" "+verb), how, when)
	case blame.Likely:
		return join(words("probably "), actorPhrase(a.Actor), words(" "+verb), how, when)
	case blame.OwnApply:
		return join(words("an apply of this stack "+verb), when)
	case blame.Ambiguous:
		return words(number(max(2, len(a.Candidates))) + " recorded changes fit equally")
	case blame.Possible:
		return words("the audit log shows calls that touched it, and not what they changed")
	}
	return join(words("who "+verb+" is not known, "), reasonPhrase(a.Reason))
}

// number writes small numbers as words, as sentences do.
func number(n int) string {
	small := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n >= 0 && n < len(small) {
		return small[n]
	}
	return thousands(n)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
