package report

import "strings"

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
