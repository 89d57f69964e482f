package report

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
)

// Identity says how people are shown.
type Identity string

// The ways of showing people, as the configuration names them. The zero value is full.
const (
	IdentityFull Identity = "full"
	IdentityRole Identity = "role" // the role or group they acted in
	IdentityHash Identity = "hash" // a name that stays the same and says nothing
	IdentityOff  Identity = "off"  // that it was a person, a role or a machine
)

// Privacy says what of a person may leave the scan. It is applied to results before anything is written from them.
type Privacy struct {
	Identity Identity
	SourceIP bool   // source addresses may be shown
	Key      string // keys the hashes, so that nobody can try names against them
}

// Apply returns a copy of r that shows no more of people than p allows. Services of the cloud are no people and stay.
func (p Privacy) Apply(r *Results) *Results {
	out := *r
	out.Stacks = each(r.Stacks, func(s StackResult) StackResult {
		s.Applies = each(s.Applies, func(a Apply) Apply {
			a.Principal = p.actor(audit.Actor{Type: audit.ActorMachine, Principal: a.Principal}).Principal
			return a
		})
		s.Findings = each(s.Findings, func(f Finding) Finding {
			f.Attribution = each(f.Attribution, p.attribution)
			return f
		})
		return s
	})
	return &out
}

func (p Privacy) attribution(a blame.Attribution) blame.Attribution {
	a.Actor = p.actor(a.Actor)
	if !p.SourceIP {
		a.SourceIP = ""
	}
	a.Candidates = each(a.Candidates, func(c blame.Candidate) blame.Candidate {
		c.Actor = p.actor(c.Actor)
		return c
	})
	a.RuledOut = each(a.RuledOut, func(o blame.RuledOut) blame.RuledOut {
		o.Actor = p.actor(o.Actor)
		return o
	})
	return a
}

func (p Privacy) actor(a audit.Actor) audit.Actor {
	if p.Identity == IdentityFull || p.Identity == "" || a == (audit.Actor{}) || a.Type == audit.ActorService {
		return a
	}
	// A session of a role is often a person's name, so it goes in every case.
	thing := a.Type == audit.ActorRole || a.Type == audit.ActorMachine
	role := roleOf(a)
	switch p.Identity {
	case IdentityRole:
		if thing && a.Name != "" && a.Name != a.Session {
			role = a.Name
		}
		if role == "" {
			return audit.Actor{Type: a.Type}
		}
		return audit.Actor{Name: role, Type: kindOfThing(a.Type), Principal: withoutSession(a.Principal), Issuer: a.Issuer}
	case IdentityHash:
		return audit.Actor{Name: p.hash(a), Type: a.Type}
	}
	return audit.Actor{Type: a.Type}
}

func kindOfThing(t audit.ActorType) audit.ActorType {
	if t == audit.ActorMachine {
		return t
	}
	return audit.ActorRole
}

func (p Privacy) hash(a audit.Actor) string {
	id := a.Name
	if id == "" {
		id = a.Principal
	}
	mac := hmac.New(sha256.New, []byte(p.Key))
	mac.Write([]byte(strings.ToLower(id)))
	return "actor-" + hex.EncodeToString(mac.Sum(nil))[:10]
}

// roleOf is the role behind an actor, as far as the log tells: the last part of its issuer, or of the principal of an assumed role.
func roleOf(a audit.Actor) string {
	from := a.Issuer
	if from == "" {
		from = withoutSession(a.Principal)
		if !strings.Contains(from, ":assumed-role/") {
			return ""
		}
	}
	return from[strings.LastIndexAny(from, "/:")+1:]
}

// withoutSession takes the session name from the ARN of an assumed role. Any other principal may be a person's own, so nothing of it is kept.
func withoutSession(principal string) string {
	head, tail, ok := strings.Cut(principal, ":assumed-role/")
	if !ok {
		return ""
	}
	role, _, _ := strings.Cut(tail, "/")
	return head + ":assumed-role/" + role
}
