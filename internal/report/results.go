package report

import (
	"time"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/stack"
)

// Results is what one scan found. Its JSON form (see [WriteJSON] and [ReadJSON]) is the published contract.
type Results struct {
	ScannedAt time.Time
	Tool      Tool
	Commit    string // of the scanned tree; "" outside a repository
	Partial   bool   // only some of the stacks were asked for; the others are not here
	Shard     string // "I/N" when this is part I of a scan in N parts; Partial is set then
	Stacks    []StackResult
	// Groups are the groups of environments that the configuration declares, compared; one that was not scanned whole is not here.
	Groups   []*compare.Comparison
	Warnings []string // of the scan as a whole: a log that could not be read, records that were unreadable, ...
	Events   EventStats
	Elapsed  time.Duration // of the whole scan; 0 when not known
	Page     string        // web address where the scan lies as one page, once somebody put it there; not part of the written results
}

// Tool names the program that scanned.
type Tool struct{ Name, Version string }

// EventStats says what was read of the audit logs.
type EventStats struct {
	Events     int
	Unreadable int
	Sources    []string
}

// Status of a stack.
type Status string

// The statuses of a stack. Pending means that nothing drifted but code is not applied.
const (
	StatusClean   Status = "clean"
	StatusDrifted Status = "drifted"
	StatusPending Status = "pending"
	StatusFailed  Status = "failed"
	StatusSkipped Status = "skipped"
)

// StackResult is one stack of a scan.
type StackResult struct {
	Stack       stack.Stack
	Status      Status
	Engine      Tool
	Duration    time.Duration // of the whole stack
	EngineTime  time.Duration // spent in engine processes
	Diagnostics []engine.Diagnostic
	Hint        string // what a person can do about a failure
	Findings    []Finding
	Applies     []Apply
	Proof       *adopt.Proof
	Files       []adopt.File // verified edits
	// Separate are the edits of single resources, each proved by itself; empty unless pull requests are one per resource.
	Separate []Adoption
	Upgrades []Upgrade // since the stack was last seen clean
	// Held names the objects of the stack's state, sorted; see [drift.ResourceID]. State names the state, wherever it is kept. By them a resource,
	// and a stack, is known again under another address or in another directory. Both are hashes, and empty when they are not known.
	Held    []string
	State   string
	PutBack []PutBack // differences of an earlier scan that are gone, where the log names who made them go
}

// A PutBack is what somebody did by hand that made a difference go.
type PutBack struct {
	Address     string
	Kind        drift.Kind // of the finding that was: deleted (it was made again), unmanaged (it was taken away), else values were put back
	Paths       []string   // none: the object as a whole
	Attribution blame.Attribution
}

// An Adoption is the verified edits of one resource alone.
type Adoption struct {
	Address string
	Files   []adopt.File
	Proof   *adopt.Proof
}

// Apply is one known apply of a stack.
type Apply struct {
	From, To  time.Time
	Run       string
	Principal string
}

// A Finding is a drift finding with what the later stages added.
type Finding struct {
	drift.Finding
	Attribution []blame.Attribution
	Adoption    adopt.Outcome
	Decision    *policy.Decision
	Severity    policy.Severity
	// Where is the place in the code of the resource and, per change path, of the attribute. Zero when not known.
	Where map[string]Place // key "" is the resource block itself
}

// Place is a line of code: slash path from the repository's root and a 1-based line.
type Place struct {
	File string
	Line int
}
