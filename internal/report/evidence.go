package report

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
)

// evidence lists, for each explained difference, the events behind it, the tie or the silence, and what was ruled out.
func evidence(findings []*Finding) []string {
	var out []string
	for _, f := range findings {
		for _, a := range f.Attribution {
			out = append(out, "- "+proofOf(f, a).markdown())
			for _, o := range exclusions(a) {
				out = append(out, "  - "+o.markdown())
			}
		}
	}
	return out
}

// exclusions lists what was ruled out for an attribution, as far as a reader wants to know.
func exclusions(a blame.Attribution) []phrase {
	var out []phrase
	for i, o := range a.RuledOut {
		if i == 5 {
			return append(out, words(plural(len(a.RuledOut)-i, "more event", "more events")+" ruled out"))
		}
		out = append(out, ruledOut(o))
	}
	return out
}

// proofOf says what one attribution rests on.
func proofOf(f *Finding, a blame.Attribution) phrase {
	about := code(f.Address)
	if len(a.Paths) > 0 {
		var paths []phrase
		for i, p := range a.Paths {
			if i == 4 {
				paths = append(paths, words(plural(len(a.Paths)-i, "more", "more")))
				break
			}
			paths = append(paths, code(p))
		}
		about = join(list(", ", paths...), words(" of "), about)
	}
	if len(a.Elements) > 0 {
		var elements []phrase
		for i, e := range a.Elements {
			if i == 3 {
				elements = append(elements, words(plural(len(a.Elements)-i, "more", "more")))
				break
			}
			elements = append(elements, phrase{{kind: kindCode, text: visible(valueText("", expand(e), 80), 100)}})
		}
		about = join(about, words(" ("), list(", ", elements...), words(")"))
	}
	about = join(about, words(": "))
	switch a.Verdict {
	case blame.Confirmed:
		return join(about, eventsBy(a), words(": same object, same value · confirmed"))
	case blame.Likely:
		return join(about, eventsBy(a), words(": same object, same attribute; the log does not show the value, and nothing else fits · likely"))
	case blame.Automation:
		return join(about, eventsBy(a), words(" · automation"))
	case blame.OwnApply:
		return join(about, words("an apply of this stack"), atPhrase(a), words(" · own apply"))
	case blame.Possible:
		return join(about, list(", ", eventLinks(a.Events, 4), words("which touched the object; what was changed is not in the log, so nobody is named · possible")))
	case blame.Ambiguous:
		var parts []phrase
		for i, c := range a.Candidates {
			if i == 5 {
				parts = append(parts, words(plural(len(a.Candidates)-i, "more", "more")))
				break
			}
			p := join(eventLinks(c.Events, 2), words(" by "), withPrincipal(c.Actor))
			if !c.At.IsZero() {
				p = join(p, words(" at "+dateAndTime(c.At)))
			}
			parts = append(parts, p)
		}
		return join(about, list(" and ", parts...), words(" explain it equally · ambiguous"))
	}
	return join(about, reasonPhrase(a.Reason))
}

func eventsBy(a blame.Attribution) phrase {
	p := eventLinks(a.Events, 4)
	if len(p) == 0 {
		p = words("a call")
	}
	return join(p, words(" by "), withPrincipal(a.Actor), atPhrase(a))
}

func atPhrase(a blame.Attribution) phrase {
	p := phrase(nil)
	if !a.At.IsZero() {
		p = words(" at " + dateAndTime(a.At))
	}
	if a.SourceIP != "" {
		p = join(p, words(" from "), code(a.SourceIP))
	}
	return p
}

func ruledOut(o blame.RuledOut) phrase {
	p := words("ruled out: ")
	if o.Event.Operation != "" || o.Event.ID != "" {
		p = join(p, eventLinks([]blame.EventRef{o.Event}, 1))
	}
	if o.Actor.Name != "" || o.Actor.Principal != "" {
		p = join(p, words(" by "), actorPhrase(o.Actor))
	}
	if !o.At.IsZero() {
		p = join(p, words(" at "+dateAndTime(o.At)))
	}
	return join(p, words(": "), quoted(o.Why))
}

func refusalRows(findings []*Finding) []string {
	var out []string
	for _, f := range findings {
		for _, r := range f.Adoption.Refusals {
			p := code(f.Address)
			if r.Path != "" {
				p = code(attributeAddress(f.Address, r.Path))
			}
			p = join(p, words(": "), quoted(r.Detail))
			if r.Hint != "" {
				p = join(p, words(" — "), quoted(r.Hint))
			}
			out = append(out, "- "+p.markdown())
		}
	}
	return out
}

func alsoTitle(s *StackResult) string {
	parts := []string{}
	if n := len(waitingAlone(s)); n > 0 {
		parts = append(parts, plural(n, "resource whose code is not applied", "resources whose code is not applied"))
	}
	if f := folded(s); f != "" {
		parts = append(parts, f)
	}
	return "Also: " + strings.Join(parts, ", ")
}

// alsoRows list what differs and is no drift.
func alsoRows(s *StackResult) []string { return bullets(also(s)) }

// bullets writes phrases as a Markdown list.
func bullets(phrases []phrase) []string {
	out := make([]string, len(phrases))
	for i, p := range phrases {
		out[i] = "- " + p.markdown()
	}
	return out
}

func also(s *StackResult) []phrase {
	var out []phrase
	for i := range s.Findings {
		f := &s.Findings[i]
		if attentionOf(f) == attentionDecided || inItem(s, f) {
			continue
		}
		if len(f.Changes) == 0 && attentionOf(f) == attentionWaiting {
			p := join(code(f.Address), words(": "+fate(f)))
			if f.Elsewhere != "" {
				p = join(p, words(" ("), code(f.Elsewhere), words(")"))
			}
			out = append(out, p)
		}
		for _, c := range f.Changes {
			var what phrase
			switch {
			case attentionOf(f) == attentionNone && f.Reason == drift.ReasonCascade && c.Kind == drift.KindDrift:
				what = words("only follows another resource that differs")
			case inUpgrade(c) && len(moving(s)) > 0:
				continue
			case c.Kind == drift.KindPending:
				d := differ(c, 80)
				what = join(words("the code says "), orText(codes(d.now, 80), "nothing"), words(", applied is "), orText(codes(d.was, 80), "nothing"), words("; not applied"))
			case c.Kind == drift.KindConverged:
				what = words("reality already says what the new code says")
			case c.Kind == drift.KindNoise:
				what = words("differs in writing, not in meaning")
				if c.Rule != "" {
					what = join(what, words(" ("), code(c.Rule), words(")"))
				}
			case c.Kind == drift.KindUndeclared && f.Reason != drift.ReasonConfirmedHand:
				d := differ(c, 80)
				what = join(words("the code does not set it; live is "), orText(codes(d.now, 80), "nothing"))
				if f.Reason == drift.ReasonIgnoreChanges {
					what = join(what, words(", accepted by ignore_changes"))
				}
			default:
				continue
			}
			out = append(out, join(code(attributeAddress(f.Address, c.Path)), words(": "), what))
		}
	}
	return out
}

func orText(p phrase, text string) phrase {
	if len(p) == 0 {
		return words(text)
	}
	return p
}

func decisionRows(s *StackResult) []string {
	var out []string
	for i := range s.Findings {
		f := &s.Findings[i]
		if f.Decision == nil {
			continue
		}
		for _, d := range append([]policy.Decision{*f.Decision}, f.Decision.Others...) {
			targets := []phrase{code(f.Address)}
			if len(d.Paths) > 0 {
				targets = nil
				for _, p := range d.Paths {
					targets = append(targets, code(attributeAddress(f.Address, p)))
				}
			}
			out = append(out, "- "+join(list(", ", targets...), words(": "), decided(&d)).markdown())
		}
	}
	return out
}

func failureParagraphs(s *StackResult) []string {
	var out []string
	if s.Hint != "" {
		out = append(out, join(strong("What to do"), words(": "), quoted(s.Hint)).markdown())
	}
	return append(out, "Until this is solved nobody knows whether this stack drifted. Nothing else about it was changed here.")
}

func diagnosticRows(s *StackResult) []string {
	var out []string
	for _, p := range s.Stack.Problems {
		out = append(out, "- "+quoted(p.String()).markdown())
	}
	for _, d := range s.Diagnostics {
		p := join(words(d.Severity+": "), quoted(d.Summary))
		if d.Severity != "error" && d.Severity != "warning" {
			p = quoted(d.Summary)
		}
		if d.File != "" {
			at := d.File
			if d.Line > 0 {
				at += ":" + strconv.Itoa(d.Line)
			}
			p = join(p, words(" in "), code(at))
		}
		out = append(out, "- "+p.markdown())
		if d.Detail != "" {
			out = append(out, "  "+quoted(d.Detail).markdown())
		}
	}
	return out
}

func pathEscape(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
