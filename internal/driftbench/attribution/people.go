package attribution

import (
	"math/rand/v2"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// staff are the people who do things; others only appear in look-alikes, so that a name of theirs is never right.
var (
	staff  = []string{"alice", "bruno", "chioma", "dilara", "emil", "farah", "goran", "hana", "ivo", "jun", "katya", "liam"}
	others = []string{"mallory", "nestor", "oskar", "priya", "quentin", "rosa"}
)

// person makes somebody known to the cloud the way that cloud knows people.
func person(r *rand.Rand, provider, name string) trail.Actor {
	ip := "203.0.113." + string([]byte{'1' + byte(r.IntN(9))})
	if provider == "aws" && r.IntN(4) == 0 {
		return trail.User(name, ip)
	}
	return trail.Person(name+"@example.com", []string{"AdministratorAccess", "PowerUserAccess", "DBA"}[r.IntN(3)], ip)
}

func anyOf(r *rand.Rand, names []string, but ...string) string {
	for {
		name := names[r.IntN(len(names))]
		if !contains(but, name) {
			return name
		}
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// nick is the part of a name that tells people apart: alice of alice@example.com.
func nick(name string) string {
	local, _, _ := strings.Cut(strings.ToLower(name), "@")
	return local
}

// ways in which people make changes.
var ways = []audit.Via{audit.ViaConsole, audit.ViaConsole, audit.ViaCLI, audit.ViaSDK}
