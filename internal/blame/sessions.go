package blame

import (
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// sessions remember who opened the session that a temporary access key belongs to.
type sessions map[string]opening

// An opening is the call that handed out a key. A key is handed out once: when records disagree about it, nobody is named by it.
type opening struct {
	who      audit.Actor
	at       time.Time
	disputed bool
}

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
	o := opening{who: who, at: e.Time}
	if have, ok := s[key]; ok {
		o.disputed = have.disputed || actorKey(have.who) != actorKey(who)
		if have.at.Before(o.at) {
			o.at = have.at
		}
	}
	s[key] = o
}

// resolve follows a session back to the person who opened it before it was used. A session whose own record tells a person keeps it.
func (s sessions) resolve(a audit.Actor, used time.Time) audit.Actor {
	if a.Type == audit.ActorService || a.AccessKey == "" || a.SourceID != "" || strings.Contains(a.Issuer, "AWSReservedSSO_") {
		return a
	}
	key := a.AccessKey
	for range maxChain {
		o, ok := s[key]
		if !ok || o.disputed || o.at.After(used.Add(skew)) {
			return a
		}
		opener := o.who
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
