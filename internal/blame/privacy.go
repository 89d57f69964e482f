package blame

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
)

// Identity says how people are shown.
type Identity string

// The ways to show people. The empty one is IdentityFull.
const (
	IdentityFull Identity = "full" // name and principal
	IdentityRole Identity = "role" // the role they acted in, or that it was a person
	IdentityHash Identity = "hash" // a pseudonym that stays the same
	IdentityOff  Identity = "off"  // nothing
)

// present applies the privacy options to all that is shown of people.
func (x *Explainer) present(a *Attribution) {
	if !x.opts.SourceIP {
		a.SourceIP = ""
	}
	a.Actor = x.mask(a.Actor)
	for i := range a.Candidates {
		a.Candidates[i].Actor = x.mask(a.Candidates[i].Actor)
	}
	for i := range a.RuledOut {
		a.RuledOut[i].Actor = x.mask(a.RuledOut[i].Actor)
	}
}

func (x *Explainer) mask(a audit.Actor) audit.Actor {
	if a == (audit.Actor{}) || a.Type == audit.ActorService {
		return a
	}
	a.AccessKey = ""
	switch x.opts.Identity {
	case IdentityRole:
		return audit.Actor{Name: roleTitle(a), Type: a.Type}
	case IdentityHash:
		sum := sha256.Sum256([]byte(strings.ToLower(a.Name + "\x00" + string(a.Type))))
		return audit.Actor{Name: "person-" + hex.EncodeToString(sum[:6]), Type: a.Type}
	case IdentityOff:
		return audit.Actor{Type: a.Type}
	}
	return a
}

func roleTitle(a audit.Actor) string {
	for _, s := range []string{a.Issuer, a.Principal} {
		if role, _ := roleOf(s); role != "" {
			_, name, _ := strings.Cut(role, "/")
			return name
		}
	}
	return string(a.Type)
}
