// Package config reads .mooring.hcl.
//
// Start at [Load], which gives a [Config] with every default filled in. The settings themselves (name, type, default, meaning) are
// declared once, as the struct tags in schema.go; decoding, defaults, suggestions and [Reference] all come from there.
//
// What it promises:
//
//   - Everything is optional: without a file, Load gives the defaults.
//   - An unknown name is an error that says which name was probably meant.
//   - 0, false, "" and [] are values, not "unset".
//   - Globs, durations, dates, rule expressions and names are checked at load. The error is an [Error], which shows file, line and
//     the source line of everything that is wrong, not only of the first.
package config

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mooringdev/mooring/internal/policy"
)

// Name is the file's name at the root of a repository.
const Name = ".mooring.hcl"

// A Config is what a repository says about how it wants to be watched.
type Config struct {
	File        string // as given to Load; "" when there is none and all are defaults
	Engine      Engine
	Stacks      Stacks
	Declared    []Stack // stack blocks, in the order of the file
	Audit       []Audit // audit blocks, in the order of the file
	Attribution Attribution
	Rules       []policy.Rule // rule blocks, in the order of the file
	Publish     Publish
	Groups      []Group
	Revert      Revert
	Ledger      Ledger
}

// Engine says which program plans.
type Engine struct {
	Name    string // tofu or terraform; "" to find out
	Version string // exact; "" to find out
}

// Stacks says which of the stacks that discovery finds are watched.
type Stacks struct {
	Include []string // globs of paths; empty: all
	Exclude []string
	MaxAge  time.Duration // a stack is planned at least this often, whatever the audit logs say
}

// Stack is what the file says about one stack.
type Stack struct {
	ID            string // the label: a path, or path@workspace
	Workspace     string
	VarFiles      []string
	BackendConfig []string
	Owners        []string
	Env           map[string]string
	Range         hcl.Range
}

// Identity says how people are shown.
type Identity string

// The identities.
const (
	IdentityFull Identity = "full"
	IdentityRole Identity = "role"
	IdentityHash Identity = "hash"
	IdentityOff  Identity = "off"
)

// Attribution says how changes are attributed to people, and how much of that is shown.
type Attribution struct {
	Identity Identity
	SourceIP bool
	Lookback time.Duration
}

// Publish says what may be opened on the forge.
type Publish struct {
	Issues              string // stack or none
	Groups              string // issue, dashboard or none
	PullRequests        string // stack, resource or none
	MaxOpenIssues       int
	MaxOpenPullRequests int
	PullRequestsPerHour int
	FirstRun            string // quiet or full
	Labels              []string
	Assign              string // owners or none
	AskActor            bool
	Check               string // neutral, failure or none
	WriteInterval       time.Duration
}

// Group names the stacks that are environments of one design.
type Group struct {
	Name   string
	Stacks []string // stack ids
	Range  hcl.Range
}

// Revert says whether, and to whom, /drift revert is open.
type Revert struct {
	Enabled bool
	Allow   []string // logins and teams; empty: whoever maintains the repository
}

// Ledger says where the memory is kept.
type Ledger struct{ Branch string }
