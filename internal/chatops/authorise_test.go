package chatops_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/chatops"
)

// The columns of the grids below are roles; + runs, - is refused, . is not even answered.
var columns = []chatops.Role{
	chatops.RoleUnknown, chatops.RoleNone, chatops.RoleRead, chatops.RoleTriage, chatops.RoleWrite, chatops.RoleMaintain, chatops.RoleAdmin, chatops.Role(99),
}

// grids say, by hand and for each verb, who may.
var grids = map[string]string{
	"stack": `
		          ? none read triage write maintain admin 99
		help      -  -    +     +      +      +       +   -
		explain   -  -    +     +      +      +       +   -
		scan      -  -    -     -      +      +       +   -
		adopt     -  -    -     -      +      +       +   -
		ignore    -  -    -     -      +      +       +   -
		unignore  -  -    -     -      +      +       +   -
		snooze    -  -    -     -      +      +       +   -
		revert    -  -    -     -      -      +       +   -
		planet    -  -    -     -      -      -       -   -`,
	"public stack": `
		help      -  -    +     +      +      +       +   -
		explain   -  -    -     +      +      +       +   -
		scan      -  -    -     -      +      +       +   -
		adopt     -  -    -     -      +      +       +   -
		ignore    -  -    -     -      +      +       +   -
		unignore  -  -    -     -      +      +       +   -
		snooze    -  -    -     -      +      +       +   -
		revert    -  -    -     -      -      +       +   -
		planet    -  -    -     -      -      -       -   -`,
	"no revert": `
		help      -  -    +     +      +      +       +   -
		explain   -  -    +     +      +      +       +   -
		scan      -  -    -     -      +      +       +   -
		adopt     -  -    -     -      +      +       +   -
		ignore    -  -    -     -      +      +       +   -
		unignore  -  -    -     -      +      +       +   -
		snooze    -  -    -     -      +      +       +   -
		revert    -  -    -     -      -      -       -   -
		planet    -  -    -     -      -      -       -   -`,
	"named": `
		help      -  -    +     +      +      +       +   -
		explain   -  -    +     +      +      +       +   -
		scan      -  -    -     -      +      +       +   -
		adopt     -  -    -     -      +      +       +   -
		ignore    -  -    -     -      +      +       +   -
		unignore  -  -    -     -      +      +       +   -
		snooze    -  -    -     -      +      +       +   -
		revert    -  -    -     -      +      +       +   -
		planet    -  -    -     -      -      -       -   -`,
	"help": `
		help      -  -    +     +      +      +       +   -
		explain   -  -    -     -      -      -       -   -
		scan      -  -    -     -      -      -       -   -
		adopt     -  -    -     -      -      -       -   -
		ignore    -  -    -     -      -      -       -   -
		unignore  -  -    -     -      -      -       -   -
		snooze    -  -    -     -      -      -       -   -
		revert    -  -    -     -      -      -       -   -
		planet    -  -    -     -      -      -       -   -`,
	"closed issue": `
		help      -  -    +     +      +      +       +   -
		explain   -  -    -     -      -      -       -   -
		scan      -  -    -     -      +      +       +   -
		adopt     -  -    -     -      -      -       -   -
		ignore    -  -    -     -      -      -       -   -
		unignore  -  -    -     -      +      +       +   -
		snooze    -  -    -     -      -      -       -   -
		revert    -  -    -     -      -      -       -   -
		planet    -  -    -     -      -      -       -   -`,
	"dashboard": `
		help      -  -    +     +      +      +       +   -
		explain   -  -    -     -      -      -       -   -
		scan      -  -    -     -      +      +       +   -
		adopt     -  -    -     -      -      -       -   -
		ignore    -  -    -     -      -      -       -   -
		unignore  -  -    -     -      -      -       -   -
		snooze    -  -    -     -      -      -       -   -
		revert    -  -    -     -      -      -       -   -
		planet    -  -    -     -      -      -       -   -`,
	"nothing": all("-"),
	"silence": all("."),
}

func all(mark string) string {
	var b strings.Builder
	for _, v := range verbs {
		fmt.Fprintf(&b, "%s %s\n", v, strings.Repeat(mark+" ", len(columns)))
	}
	return b.String()
}

var verbs = []chatops.Verb{
	chatops.Help, chatops.Explain, chatops.Scan, chatops.Adopt, chatops.Ignore, chatops.Unignore, chatops.Snooze, chatops.Revert, "planet",
}

// contexts are the circumstances, each with the grid that holds in it. Base is a new comment on the open issue of a stack in a private
// repository where revert is enabled and nobody is named.
var contexts = []struct {
	name string
	grid string
	edit func(*chatops.Request)
}{
	{"issue", "stack", func(*chatops.Request) {}},
	{"pull request", "stack", func(r *chatops.Request) { r.Place = chatops.PlacePull }},
	{"a box that was ticked", "stack", func(r *chatops.Request) { r.Origin = chatops.OriginBox }},
	{"public repository", "public stack", func(r *chatops.Request) { r.Public = true }},
	{"revert is off", "no revert", func(r *chatops.Request) { r.RevertEnabled = false }},
	{"revert is off, and the person is named", "no revert", func(r *chatops.Request) { r.RevertEnabled, r.Listing = false, chatops.ListingNamed }},
	{"others are named for revert", "no revert", func(r *chatops.Request) { r.Listing = chatops.ListingOthers }},
	{"the team could not be asked", "no revert", func(r *chatops.Request) { r.Listing = chatops.ListingUnknown }},
	{"no such listing", "no revert", func(r *chatops.Request) { r.Listing = 99 }},
	{"the person is named for revert", "named", func(r *chatops.Request) { r.Listing = chatops.ListingNamed }},
	{"somebody else's issue", "help", func(r *chatops.Request) { r.Place = chatops.PlaceForeign }},
	{"a place that could not be looked at", "help", func(r *chatops.Request) { r.Place = chatops.PlaceUnknown }},
	{"a fork", "help", func(r *chatops.Request) { r.Place, r.Fork = chatops.PlacePull, true }},
	{"closed pull request", "help", func(r *chatops.Request) { r.Place, r.Open = chatops.PlacePull, false }},
	{"closed issue", "closed issue", func(r *chatops.Request) { r.Open = false }},
	{"dashboard", "dashboard", func(r *chatops.Request) { r.Place = chatops.PlaceDashboard }},
	{"closed dashboard", "dashboard", func(r *chatops.Request) { r.Place, r.Open = chatops.PlaceDashboard, false }},
	{"the issue of a group", "help", func(r *chatops.Request) { r.Place = chatops.PlaceGroup }},
	{"edited since", "nothing", func(r *chatops.Request) { r.Changed = true }},
	{"an edit", "silence", func(r *chatops.Request) { r.Origin = chatops.OriginEdited }},
	{"a deletion", "silence", func(r *chatops.Request) { r.Origin = chatops.OriginDeleted }},
	{"an unknown origin", "silence", func(r *chatops.Request) { r.Origin = chatops.OriginUnknown }},
	{"a bot", "silence", func(r *chatops.Request) { r.Bot = true }},
	{"a bot that ticks", "silence", func(r *chatops.Request) { r.Bot, r.Origin = true, chatops.OriginBox }},
	{"a marker", "silence", func(r *chatops.Request) { r.Marked = true }},
	{"a bot on a fork, edited", "silence", func(r *chatops.Request) { r.Bot, r.Fork, r.Changed = true, true, true }},
}

// TestB32_Authorisation holds every role, verb and circumstance against the grids.
func TestB32_Authorisation(t *testing.T) {
	cells := 0
	for _, c := range contexts {
		grid := readGrid(t, grids[c.grid])
		for _, verb := range verbs {
			for i, role := range columns {
				r := chatops.Request{Origin: chatops.OriginCreated, Place: chatops.PlaceIssue, Open: true, RevertEnabled: true, Listing: chatops.ListingNone}
				c.edit(&r)
				r.Role = role
				cells++
				got := chatops.Authorise(r, verb)
				mark := map[chatops.Answer]string{chatops.Allow: "+", chatops.Refuse: "-", chatops.Silent: "."}[got.Answer]
				if want := grid[verb][i]; mark != want {
					t.Errorf("%s, %s by role %s: %s, want %s (%s)", c.name, verb, role, mark, want, got.Why)
				}
				if (got.Why == "") != (got.Answer == chatops.Allow) {
					t.Errorf("%s, %s by role %s: answered %s with the reason %q", c.name, verb, role, mark, got.Why)
				}
			}
		}
	}
	if cells < 400 {
		t.Errorf("only %d cells", cells)
	}
	t.Logf("%d cells", cells)
	if got := chatops.Authorise(chatops.Request{}, chatops.Help); got.Answer == chatops.Allow {
		t.Error("the zero request is allowed")
	}
}

func readGrid(t *testing.T, text string) map[chatops.Verb][]string {
	t.Helper()
	grid := map[chatops.Verb][]string{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == len(columns)+1 {
			grid[chatops.Verb(fields[0])] = fields[1:]
		}
	}
	if len(grid) != len(verbs) {
		t.Fatalf("a grid has %d verbs, want %d:\n%s", len(grid), len(verbs), text)
	}
	return grid
}

// TestRoleOf: what GitHub says of somebody; where its two answers differ, the lesser counts.
func TestRoleOf(t *testing.T) {
	for _, c := range []struct {
		name, permission string
		want             chatops.Role
	}{
		{"admin", "admin", chatops.RoleAdmin},
		{"maintain", "write", chatops.RoleMaintain},
		{"write", "write", chatops.RoleWrite},
		{"triage", "read", chatops.RoleTriage},
		{"read", "read", chatops.RoleRead},
		{"none", "none", chatops.RoleNone},
		{"platform-operator", "write", chatops.RoleWrite},
		{"platform-operator", "admin", chatops.RoleAdmin},
		{"platform-operator", "read", chatops.RoleRead},
		{"admin", "read", chatops.RoleTriage},
		{"read", "admin", chatops.RoleRead},
		{"none", "admin", chatops.RoleNone},
		{"", "write", chatops.RoleWrite},
		{"admin", "", chatops.RoleUnknown},
		{"unknown", "owner", chatops.RoleUnknown},
		{"unknown", "none", chatops.RoleNone},
	} {
		if got := chatops.RoleOf(c.name, c.permission); got != c.want {
			t.Errorf("%q with permission %q is %s, want %s", c.name, c.permission, got, c.want)
		}
	}
}
