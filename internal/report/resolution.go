package report

import (
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

// A CodeChange is a commit that touched the code of a stack.
type CodeChange struct {
	Commit string
	Author string
	Link   string // to the commit; "" for none
}

// RevertBy begins the principal of an apply that a person asked for with the command revert.
const RevertBy = "revert by "

// AppliedNote says that an apply took a difference away: who asked for it, when, and in which run.
func AppliedNote(a Apply) string {
	when := words(" at " + a.To.UTC().Format("2006-01-02 15:04") + " UTC")
	run := phrase(nil)
	if safeLink(a.Run) != "" {
		run = join(words(" ("), linked("the run", a.Run), words(")"))
	}
	if who, reverted := strings.CutPrefix(a.Principal, RevertBy); reverted {
		return join(name(who), words(" had it reverted"), when, run, words(".")).markdown()
	}
	by := phrase(nil)
	if a.Principal != "" {
		by = join(words(" by "), name(a.Principal))
	}
	return join(words("The stack was applied"), by, when, run, words(".")).markdown()
}

// ChangedNote says that the code of the stack was changed since, and by whom; "" without changes.
func ChangedNote(changes []CodeChange) string {
	var parts []phrase
	for _, c := range changes {
		parts = append(parts, join(linked(shortCommit(c.Commit), c.Link), words(" by "), name(c.Author)))
	}
	if len(parts) == 0 {
		return ""
	}
	return join(words("Its code was changed since: "), list(", ", parts...), words(".")).markdown()
}

func shortCommit(id string) string { return id[:min(10, len(id))] }

// maxPutBack is how many deeds a comment tells.
const maxPutBack = 5

// PutBackNote says who put back what differed in a stack, when and how, as the log tells it; "" when it tells nothing.
func PutBackNote(s StackResult) string {
	s = RedactStack(s)
	if len(s.PutBack) == 0 {
		return ""
	}
	told := []phrase{words("The audit log says:")} // which also keeps a name from beginning a line
	for i, p := range s.PutBack {
		if i == maxPutBack {
			told = append(told, words("And "+plural(len(s.PutBack)-i, "more was", "more were")+" put back."))
			break
		}
		told = append(told, putBackPhrase(p))
	}
	return list(" ", told...).markdown()
}

func putBackPhrase(p PutBack) phrase {
	what := []phrase{code(p.Address)}
	if len(p.Paths) > 0 {
		what = nil
	}
	for _, path := range p.Paths {
		what = append(what, code(attributeAddress(p.Address, path)))
	}
	does, after := " put ", " back"
	switch p.Kind {
	case drift.KindDeleted:
		does, after = " made ", " again"
	case drift.KindUnmanaged:
		does, after = " took ", " away again"
	}
	a := p.Attribution
	who := actorPhrase(a.Actor)
	if a.Verdict == blame.Likely {
		who = join(words("Probably "), who)
	}
	out := list(", ", join(who, words(does), list(", ", what...), words(after)), tells.when(a.At), viaPhrase(a.Via))
	if len(a.Events) > 0 {
		out = join(out, words(" ("), linked(a.Events[0].Operation, a.Events[0].Link), words(")"))
	}
	return join(out, words(" · "+verdictWord(a.Verdict)+"."))
}

// PutBackAll tells whether every one of some differences was put back by hand.
func PutBackAll(s StackResult, items []Item) bool {
	return len(s.PutBack) > 0 && !slices.ContainsFunc(items, func(i Item) bool {
		return !slices.ContainsFunc(s.PutBack, func(p PutBack) bool {
			return p.Address == i.Address && (i.Path == "" && len(p.Paths) == 0 || slices.Contains(p.Paths, i.Path))
		})
	})
}

// GoneNote is the last comment about a stack that the repository has no more, and that became no other.
func GoneNote(id string) string {
	return join(words("The stack "), code(id), words(" is not in the repository any more, and was not found again under another name. ")).markdown() +
		"What was open here is not looked at from now on."
}
