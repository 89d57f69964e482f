package blame

import (
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// sessions remember who opened the session that a temporary access key belongs to.
type sessions map[string]audit.Actor

// Bounds: chains of roles are short; half a million open sessions would be 100 MB.
const (
	maxChain    = 5
	maxSessions = 300_000
)

// see notes calls that hand out temporary credentials.
func (s sessions) see(e *audit.Event) {
	if e.Provider != "aws" || e.Status == audit.StatusFailure || !strings.HasPrefix(e.Service, "sts.") || len(s) >= maxSessions {
		return
	}
	key := tree.String(e.Response, "credentials", "accessKeyId")
	if key == "" || e.Actor.Type == audit.ActorService {
		return
	}
	who := e.Actor
	if id := tree.String(e.Request, "sourceIdentity"); id != "" {
		who = audit.Actor{Name: id, Type: audit.ActorHuman, SourceID: id, Principal: who.Principal}
		if audit.KindOfName(id) == audit.ActorMachine {
			who.Type = audit.ActorMachine
		}
	}
	s[key] = who
}

// resolve follows a session back to the person who opened it. A session whose own record tells a person keeps it.
func (s sessions) resolve(a audit.Actor) audit.Actor {
	if a.Type == audit.ActorService || a.AccessKey == "" || a.SourceID != "" || strings.Contains(a.Issuer, "AWSReservedSSO_") {
		return a
	}
	key := a.AccessKey
	for range maxChain {
		opener, ok := s[key]
		if !ok {
			return a
		}
		if opener.Type == audit.ActorHuman || opener.Type == audit.ActorMachine {
			a.Name, a.Type = opener.Name, opener.Type
			if opener.Type == audit.ActorHuman {
				return a
			}
		}
		if opener.AccessKey == "" || opener.AccessKey == key {
			return a
		}
		key = opener.AccessKey
	}
	return a
}
