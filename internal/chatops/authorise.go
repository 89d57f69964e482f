package chatops

import "fmt"

// Role is what somebody may do in a repository, least first.
type Role int

// The roles. RoleUnknown is that of somebody about whom GitHub could not be asked, and permits nothing.
const (
	RoleUnknown Role = iota
	RoleNone
	RoleRead
	RoleTriage
	RoleWrite
	RoleMaintain
	RoleAdmin
)

var roleNames = []string{"unknown", "none", "read", "triage", "write", "maintain", "admin"}

func (r Role) String() string {
	if r < 0 || int(r) >= len(roleNames) {
		return roleNames[RoleUnknown]
	}
	return roleNames[r]
}

// RoleOf reads GitHub's answer about somebody: the name of the role, which may be one that an organisation made up, and the coarse permission
// that it amounts to. Where the two differ the lesser counts.
func RoleOf(roleName, permission string) Role {
	least := map[string]Role{"admin": RoleAdmin, "write": RoleWrite, "read": RoleRead, "none": RoleNone}
	most := map[string]Role{"admin": RoleAdmin, "write": RoleMaintain, "read": RoleTriage, "none": RoleNone}
	limit, ok := most[permission]
	if !ok {
		return RoleUnknown
	}
	for role := RoleNone; role <= RoleAdmin; role++ {
		if role.String() == roleName {
			return min(role, limit)
		}
	}
	return least[permission]
}

// Place is where a command was given.
type Place int

// The places. PlaceUnknown is one that could not be looked at, and permits nothing.
const (
	PlaceUnknown   Place = iota
	PlaceForeign         // neither an issue nor a pull request of Mooring's
	PlaceIssue           // the issue of a stack
	PlacePull            // the adoption pull request of a stack
	PlaceDashboard       // the dashboard of the repository
	PlaceGroup           // the issue of a group of environments
)

// Origin says how a command reached Mooring.
type Origin int

// The origins. OriginUnknown permits nothing.
const (
	OriginUnknown Origin = iota
	OriginCreated        // a new comment
	OriginEdited         // an edit of a comment: its text is not what anybody agreed to
	OriginDeleted        // a comment that is gone
	OriginBox            // a box that was ticked
)

// Listing says whether the configuration names somebody for revert.
type Listing int

// The listings. ListingUnknown is when a team could not be asked about, and permits nothing.
const (
	ListingUnknown Listing = iota
	ListingNone            // the configuration names nobody: the role decides
	ListingNamed           // it names this person, or a team of theirs
	ListingOthers          // it names others
)

// A Request is all that decides whether a command may run. The zero value is refused, or not even answered.
type Request struct {
	Origin  Origin
	Bot     bool // by an account of type bot, or by Mooring itself
	Marked  bool // the comment carries a marker of Mooring's
	Changed bool // the comment is not as it was written: edited since

	Place  Place
	Open   bool
	Fork   bool // the head of the pull request is in another repository
	Public bool // everybody can read the repository

	Role          Role
	RevertEnabled bool
	Listing       Listing
}

// Answer is what becomes of a request.
type Answer int

// The answers. Silent is the zero value.
const (
	Silent Answer = iota
	Refuse
	Allow
)

// A Verdict is the answer to a request and why.
type Verdict struct {
	Answer Answer
	Why    string // one sentence, for the person; "" when allowed
}

func refuse(why string, args ...any) Verdict { return Verdict{Refuse, fmt.Sprintf(why, args...)} }

// Authorise decides whether a command may run.
func Authorise(r Request, verb Verb) Verdict {
	spec, known := Lookup(string(verb))
	switch {
	case r.Origin != OriginCreated && r.Origin != OriginBox:
		return Verdict{Silent, "only new comments are commands"}
	case r.Bot:
		return Verdict{Silent, "bots give no commands"}
	case r.Marked:
		return Verdict{Silent, "the comment carries a marker of Mooring's"}
	case !known:
		return refuse("there is no such command")
	case r.Changed:
		return refuse("the comment was edited after it was written: edited comments are not carried out. Write a new one")
	}
	if v := placed(r, verb); v.Answer != Allow {
		return v
	}
	switch {
	case r.Role <= RoleUnknown || r.Role > RoleAdmin:
		return refuse("GitHub could not be asked what you may do in this repository, so nothing was done. Try again later")
	case verb == Revert:
		return mayRevert(r)
	}
	needs := spec.Needs
	if verb == Explain && r.Public {
		needs = RoleTriage // everybody reads a public repository, and an explanation takes a scan
	}
	if r.Role < needs {
		return refuse("`%s %s` needs the role %s in this repository, and yours is %s", Prefix, verb, needs, r.Role)
	}
	return Verdict{Answer: Allow}
}

// placed decides by where the command was given. Help is given everywhere.
func placed(r Request, verb Verb) Verdict {
	switch {
	case verb == Help:
	case r.Place == PlaceUnknown:
		return refuse("GitHub could not be asked what this is, so nothing was done. Try again later")
	case r.Place == PlaceForeign:
		return refuse("commands work on the issues and pull requests that Mooring opened; this is not one of them")
	case r.Place == PlaceGroup:
		return refuse("this issue is about a group of environments: accept a difference by a rule in `.mooring.hcl`, or close the issue as not planned")
	case r.Place == PlaceDashboard && verb != Scan:
		return refuse("the dashboard is about all stacks: give this command on the issue of the stack that you mean")
	case r.Fork:
		return refuse("this pull request comes from a fork, and nothing runs for one")
	case !r.Open && r.Place == PlacePull:
		return refuse("this pull request is closed: give the command on the issue of the stack")
	case !r.Open && verb != Scan && verb != Unignore:
		return refuse("this issue is closed: reopen it, or comment `%s scan` to have the stack looked at again", Prefix)
	}
	return Verdict{Answer: Allow}
}

func mayRevert(r Request) Verdict {
	switch {
	case !r.RevertEnabled:
		return refuse("`%s revert` is not enabled: it applies code, so it takes `enabled = true` in the block `commands { revert { } }` of .mooring.hcl", Prefix)
	case r.Listing == ListingUnknown:
		return refuse("GitHub could not be asked whether you are in a team that may revert, so nothing was done. " +
			"A workflow's own token cannot see teams: use an App's token with *Members: read*, or name users in `allow`")
	case r.Listing == ListingOthers:
		return refuse("`%s revert` is for those whom `allow` names in .mooring.hcl, and you are not among them", Prefix)
	case r.Listing == ListingNamed && r.Role < RoleWrite:
		return refuse("`%s revert` needs the role write in this repository beside being named, and yours is %s", Prefix, r.Role)
	case r.Listing == ListingNone && r.Role < RoleMaintain:
		return refuse("`%s revert` needs the role maintain in this repository, and yours is %s", Prefix, r.Role)
	case r.Listing != ListingNamed && r.Listing != ListingNone:
		return refuse("it is not known whether you may revert, so nothing was done")
	}
	return Verdict{Answer: Allow}
}
