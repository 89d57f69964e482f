package report

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/drift"
)

// maxTrailers is how many people and events a commit message names.
const maxTrailers = 20

// CommitMessage is the message of a stack's adoption commit: what it does, one line per resource, and who made the changes as trailers.
// The one who made a change is no author of the code: they stand in Drift-Actor.
func CommitMessage(s StackResult, fingerprint string) string {
	s = RedactStack(s)
	var lines, actors, events []string
	add := func(list *[]string, key, value string) {
		line := key + ": " + visible(oneLine(value), nameLimit)
		if value != "" && len(*list) < maxTrailers && !slices.Contains(*list, line) {
			*list = append(*list, line)
		}
	}
	adopted := 0
	for _, f := range wanting(&s, attentionNow) {
		if f.Adoption.Status != adopt.StatusReady && f.Adoption.Status != adopt.StatusPartial {
			continue
		}
		var paths []string
		for _, c := range shown(f) {
			if !refused(f, c.Path) {
				paths = append(paths, visible(c.Path, 100))
			}
		}
		if adopted++; adopted <= 50 {
			what := cut(strings.Join(paths, ", "), 200)
			switch f.Kind {
			case drift.KindDeleted:
				what = "it is gone, and goes from the code"
				if f.Successor != "" {
					what = "it is gone, and what was made in its place is imported"
				}
			case drift.KindUnmanaged:
				what = "it was made outside of code, and is imported"
			}
			lines = append(lines, "- "+visible(f.Address, 200)+": "+what)
		}
		for _, a := range f.Attribution {
			if !names(a.Verdict) {
				continue
			}
			who := a.Actor.Name
			if who == "" {
				who = a.Actor.Principal
			}
			if who != "" && a.Actor.Type != audit.ActorService {
				who += " (" + verdictWord(a.Verdict) + ")"
			}
			add(&actors, "Drift-Actor", who)
			for _, e := range a.Events {
				add(&events, "Drift-Event", e.ID)
			}
		}
	}
	if adopted > 50 {
		lines = append(lines, "- and "+plural(adopted-50, "more resource", "more resources"))
	}
	out := PullTitle(s) + "\n\nThe code now says what is live. Nothing is applied by this.\n"
	if len(lines) > 0 {
		out += "\n" + strings.Join(lines, "\n") + "\n"
	}
	trailers := append(actors, events...)
	if fingerprint != "" {
		trailers = append(trailers, "Mooring-Fingerprint: "+visible(fingerprint, 100))
	}
	if len(trailers) > 0 {
		out += "\n" + strings.Join(trailers, "\n") + "\n"
	}
	return strings.NewReplacer("#", "＃").Replace(noMention(out))
}

// noMention keeps a forge from seeing a mention in plain text, where nothing can be escaped: an @ that begins a word is written full width.
func noMention(s string) string {
	var b strings.Builder
	before := ' '
	for _, r := range s {
		inWord := before >= 'a' && before <= 'z' || before >= 'A' && before <= 'Z' || before >= '0' && before <= '9'
		if r == '@' && !inWord {
			r = '＠'
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}
