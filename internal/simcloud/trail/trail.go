// Package trail writes audit records as clouds write them. It turns a change of an object into the calls that make that change
// ([Calls]), and calls into records of the provider's own log ([CloudTrail], [GCP], [Azure], [Kubernetes], [GitHub]).
//
// Which call changes which attribute is data: the tables in the files named after a cloud. A type or attribute without an entry falls back to
// the provider's habit of naming (UpdateThing, things.patch, .../things/write).
//
// The shapes follow real records: see the notes beside each table. Nothing here reads a clock or is random.
package trail

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// An Actor is who makes a change. Make one with [Person], [User], [Pipeline] or [Service].
type Actor struct {
	Name    string // who it is for people: alice@example.com, a role, a service's host name
	Type    audit.ActorType
	Role    string // role that is assumed; "" for an IAM user
	Session string // name of the session; the person for single sign-on
	Host    string // host name of the service that calls, for [Service]
	IP      string
}

// Person is a human who came in by single sign-on with a permission set.
func Person(email, permissionSet, ip string) Actor {
	return Actor{Name: email, Type: audit.ActorHuman, Role: "AWSReservedSSO_" + permissionSet + "_" + digest(permissionSet)[:16], Session: email, IP: ip}
}

// User is a human with long-lived keys of their own.
func User(name, ip string) Actor {
	return Actor{Name: name, Type: audit.ActorHuman, IP: ip}
}

// Pipeline is a machine that assumes a role for one run.
func Pipeline(role, run string) Actor {
	return Actor{Name: role, Type: audit.ActorMachine, Role: role, Session: run, IP: "192.0.2.40"}
}

// Service is a service of the cloud that acts on its own through a service-linked role.
func Service(host, role, session string) Actor {
	return Actor{Name: host, Type: audit.ActorService, Role: role, Session: session, Host: host, IP: host}
}

// A Change is what happened to one object. Before is nil when it was made, After when it was deleted.
type Change struct {
	Type, ID      string
	Account       string // account, project or subscription
	Region        string
	Via           audit.Via // clients send the same request in different shapes
	Before, After map[string]any
}

// object is the object as it is, or was if it is gone.
func (c Change) object() map[string]any {
	if c.After != nil {
		return c.After
	}
	return c.Before
}

// text is an attribute of the object as text.
func (c Change) text(attribute string) string {
	if attribute == "id" {
		if s, ok := c.object()["id"].(string); !ok || s == "" {
			return c.ID
		}
	}
	return asText(c.object()[attribute])
}

func asText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	}
	return fmt.Sprint(v)
}

// A Call is one API call, in the log's own words.
type Call struct {
	Service   string // ec2.amazonaws.com, compute.googleapis.com, Microsoft.Compute
	Operation string
	Read      bool
	Region    string // when the call is logged elsewhere than where the object is, as for global services
	Request   map[string]any
	Response  any
	Resources []Resource
	Target    string            // the object in the log's own spelling, where the log names it
	Changes   []AttributeChange // for logs that hold values before and after
}

// A Resource is an object that a record names.
type Resource struct{ Type, ARN string }

// An AttributeChange is a value before and after, in the cloud's own path.
type AttributeChange struct {
	Path          string
	Before, After any
}

// A Record is a call that was made.
type Record struct {
	Call
	ID       string // unique: derived from what the record says
	Provider string // aws, gcp, azure, kubernetes, github
	Account  string
	Region   string // where the object is
	Actor    Actor
	Via      audit.Via
	Engine   string // version of the engine, when Via is terraform
	Time     time.Time
	Error    string // code of a call that was refused
}

// Seal gives a record its id: equal records in one log are told apart by n.
func (r *Record) Seal(seed int64, n int) {
	h := digest(fmt.Sprint(seed, n, r.Provider, r.Account, r.Region, r.Actor, r.Via, r.Time.UTC(), r.Service, r.Operation, r.Request, r.Response))
	r.ID = uuid(h)
}

func uuid(h string) string {
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// letters is a made-up identifier of capitals and digits, as access keys and principal ids have.
func letters(s string, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	sum := sha256.Sum256([]byte(s))
	var b strings.Builder
	for i := range min(n, len(sum)) {
		b.WriteByte(alphabet[int(sum[i])%len(alphabet)])
	}
	return b.String()
}

// ProviderOf is the cloud of a resource type.
func ProviderOf(typ string) string {
	prefix, _, _ := strings.Cut(typ, "_")
	switch prefix {
	case "aws":
		return "aws"
	case "google":
		return "gcp"
	case "azurerm", "azuread":
		return "azure"
	case "kubernetes":
		return "kubernetes"
	case "github":
		return "github"
	}
	return prefix
}

// Calls are the API calls that make a change, oldest first. Each changed attribute is in one of them.
func Calls(c Change) []Call {
	switch ProviderOf(c.Type) {
	case "aws":
		return awsCalls(c)
	case "gcp":
		return gcpCalls(c)
	case "azure":
		return azureCalls(c)
	case "kubernetes":
		return kubeCalls(c)
	case "github":
		return githubCalls(c)
	}
	return nil
}

// Sorted orders records by time, then by what they are: never by the order in which they were made, which parallel runs leave open.
func Sorted(records []Record) []Record {
	out := slices.Clone(records)
	slices.SortFunc(out, func(a, b Record) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return out
}
