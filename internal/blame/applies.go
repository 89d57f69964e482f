package blame

import (
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// applySlack is how far a call of an apply may lie outside its recorded window: clocks, and calls that complete late.
const applySlack = time.Minute

// ownApply finds the stack's own apply that an event belongs to. A run id in the user agent or session name says so outright; otherwise the call
// must come from Terraform, within the apply, by the principal that applied. A user agent alone proves nothing: anyone can send one.
func (s *subject) ownApply(e *audit.Event) *Apply {
	for i := range s.Applies {
		a := &s.Applies[i]
		if e.Time.Before(a.From.Add(-applySlack)) || (!a.To.IsZero() && e.Time.After(a.To.Add(applySlack))) {
			continue
		}
		if a.Principal != "" && !samePrincipal(a.Principal, e.Actor) {
			continue
		}
		run := a.Run != "" && (hasWord(e.UserAgent, a.Run) || hasWord(e.Actor.Session, a.Run))
		if run || e.Via == audit.ViaTerraform && (a.Principal != "" || e.Actor.Type != audit.ActorHuman) || a.Principal != "" && a.Principal == e.Actor.Principal && e.Via != audit.ViaConsole && e.Via != audit.ViaCLI {
			return a
		}
	}
	return nil
}

// samePrincipal compares a principal with an actor: the same ARN, or a session of the same role.
func samePrincipal(principal string, a audit.Actor) bool {
	if principal == a.Principal || principal == a.Issuer || subjectName(principal) == subjectName(a.Principal) {
		return true
	}
	role, session := roleOf(principal)
	gotRole, gotSession := roleOf(a.Principal)
	return role != "" && role == gotRole && (session == "" || gotSession == "" || session == gotSession)
}

// subjectName is a principal without the word that says of what sort it is: Google's logs write serviceAccount:deploy@p.iam.gserviceaccount.com.
func subjectName(principal string) string {
	for _, sort := range []string{"serviceAccount:", "user:"} {
		if name, ok := strings.CutPrefix(principal, sort); ok {
			return name
		}
	}
	return principal
}

// roleOf reads account/role and session from an ARN of a role or of a session.
func roleOf(s string) (role, session string) {
	a, ok := parseARN(s)
	if !ok {
		return "", ""
	}
	if rest, ok := strings.CutPrefix(a.resource, "assumed-role/"); ok {
		name, session, _ := strings.Cut(rest, "/")
		return a.account + "/" + name, session
	}
	if strings.HasPrefix(a.resource, "role/") {
		return a.account + "/" + a.name, ""
	}
	return "", ""
}

// hasWord tells whether text holds word between marks that cannot be part of an id.
func hasWord(text, word string) bool {
	for rest := text; ; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		before := i == 0 || !wordByte(rest[i-1])
		end := i + len(word)
		if before && (end == len(rest) || !wordByte(rest[end])) {
			return true
		}
		rest = rest[i+1:]
	}
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
