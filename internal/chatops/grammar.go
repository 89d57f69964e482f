package chatops

import (
	"slices"
	"strings"
	"time"
)

// Prefix is the word that begins a command.
const Prefix = "/drift"

// A Verb is what is to be done.
type Verb string

// The verbs.
const (
	Adopt    Verb = "adopt"
	Ignore   Verb = "ignore"
	Unignore Verb = "unignore"
	Snooze   Verb = "snooze"
	Revert   Verb = "revert"
	Scan     Verb = "scan"
	Explain  Verb = "explain"
	Help     Verb = "help"
)

// Scope says what a verb can be about.
type Scope int

// The scopes.
const (
	ScopeNone     Scope = iota // the verb takes no target
	ScopeResource              // addresses of resources
	ScopePath                  // addresses, with or without the path of an attribute
	ScopeStack                 // like ScopePath, or the word "stack" for all of it
)

// Presence says whether a part of a command may or must be there.
type Presence int

// The presences.
const (
	Never Presence = iota
	Optional
	Required
)

// A Spec is the grammar and the meaning of one verb. Parsing, help and documentation come from here.
type Spec struct {
	Verb    Verb
	Scope   Scope
	Targets Presence
	One     bool     // at most one target
	While   Presence // while unchanged
	End     Presence // for 30d, until 2027-01-01
	Bare    bool     // the end may stand without for and until
	Because Presence
	Needs   Role   // the least role in the repository
	Summary string // what it does, one line
	Example string
}

// Verbs is the grammar: every verb, in the order in which help shows them.
var Verbs = []Spec{
	{
		Verb: Adopt, Scope: ScopeResource, Targets: Optional, Needs: RoleWrite,
		Summary: "scan the stack and open or refresh the pull request that makes the code say what is live: of all resources, or of those named; a conflict is adopted only by name",
		Example: `/drift adopt module.web.aws_instance.this["blue"]`,
	},
	{
		Verb: Ignore, Scope: ScopeStack, Targets: Required, While: Optional, End: Optional, Because: Required, Needs: RoleWrite,
		Summary: "leave a resource, one attribute of it, or the whole stack alone; a new value that matters for security speaks up again, with `while unchanged` any new value does",
		Example: `/drift ignore aws_ecs_service.web.desired_count for 30d because the autoscaler sets it`,
	},
	{
		Verb: Unignore, Scope: ScopeStack, Targets: Optional, Because: Optional, Needs: RoleWrite,
		Summary: "take back what was ignored or snoozed: what is named, or everything of the stack",
		Example: `/drift unignore aws_ecs_service.web.desired_count`,
	},
	{
		Verb: Snooze, Scope: ScopePath, Targets: Optional, End: Required, Bare: true, Because: Optional, Needs: RoleWrite,
		Summary: "leave the stack, or what is named, alone for a time",
		Example: `/drift snooze 7d`,
	},
	{
		Verb: Revert, Scope: ScopeResource, Targets: Optional, Because: Optional, Needs: RoleMaintain,
		Summary: "plan again and apply the code to all that drifted, or to what is named: only when enabled in the configuration, only what this issue shows, never a destroy or a replace",
		Example: `/drift revert aws_security_group.web`,
	},
	{
		Verb: Scan, Needs: RoleWrite,
		Summary: "scan this stack now; on the dashboard, every stack",
		Example: `/drift scan`,
	},
	{
		Verb: Explain, Scope: ScopeResource, Targets: Optional, One: true, Needs: RoleRead,
		Summary: "tell who changed what, when and how, and what was ruled out (in a public repository from triage on, since it takes a scan)",
		Example: `/drift explain aws_security_group.web`,
	},
	{
		Verb: Help, Needs: RoleRead,
		Summary: "show this",
		Example: `/drift help`,
	},
}

// Lookup finds the spec of a verb by its whole name, letter case aside.
func Lookup(word string) (Spec, bool) {
	i := slices.IndexFunc(Verbs, func(s Spec) bool { return strings.EqualFold(string(s.Verb), word) })
	if i < 0 {
		return Spec{}, false
	}
	return Verbs[i], true
}

// Usage is the form of the verb, as help shows it: what is in brackets may be left out.
func (s Spec) Usage() string {
	parts := []string{Prefix + " " + string(s.Verb)}
	add := func(p Presence, text string) {
		switch p {
		case Required:
			parts = append(parts, text)
		case Optional:
			parts = append(parts, "["+text+"]")
		case Never:
		}
	}
	target := map[Scope]string{ScopeResource: "<address>", ScopePath: "<address[.path]>", ScopeStack: "<address[.path]>"}[s.Scope]
	if !s.One {
		target += "..."
	}
	if s.Scope == ScopeStack {
		target += "|stack"
	}
	add(s.Targets, target)
	add(s.While, "while unchanged")
	end := "for <30d>|until <2027-01-31>"
	if s.Bare {
		end = "<7d>|until <2027-01-31>"
	}
	add(s.End, end)
	add(s.Because, "because <reason>")
	return strings.Join(parts, " ")
}

// A Target is what a command names: a resource instance, or one of its attributes.
type Target struct {
	Address string // as the engine writes it
	Path    string // of the attribute, as findings write it; "" for the whole resource
}

func (t Target) String() string {
	switch {
	case t.Path == "":
		return t.Address
	case strings.HasPrefix(t.Path, "["):
		return t.Address + t.Path
	}
	return t.Address + "." + t.Path
}

// A Command is one thing that a person asks for.
type Command struct {
	Verb           Verb
	Targets        []Target // empty: all that the verb can be about
	Stack          bool     // the whole stack was named
	WhileUnchanged bool
	Until          time.Time // zero: no end
	Reason         string
	Line           int // of the comment, 1-based
}
