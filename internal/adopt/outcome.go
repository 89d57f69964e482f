package adopt

import "github.com/mooringdev/mooring/internal/drift"

// Status says what became of adopting one finding.
type Status string

// The statuses.
const (
	StatusNone    Status = "none"    // nothing to adopt
	StatusReady   Status = "ready"   // every change has a proved edit
	StatusPartial Status = "partial" // some changes have a proved edit, the rest is refused
	StatusRefused Status = "refused"
)

// An Outcome is the adoption of one finding.
type Outcome struct {
	FindingID string
	Status    Status
	Refusals  []Refusal
	Edits     []EditRef // where the code is edited for it
	Notes     []string  // what a person should know, or do besides merging the edits; one sentence each
}

// EditRef is a place that an adoption touches.
type EditRef struct {
	File string // slash path from the repository's root
	Line int    // 1-based, in the file before the edit
	Path string // the change it serves
}

// A Refusal says why a change is not adopted, in a closed list, and what a person can do.
type Refusal struct {
	Path   string // change path; "" for the whole finding
	Code   string // see refusal.go for the list
	Detail string // one sentence with the names in it
	Hint   string // what a person can do
}

// A Result is the adoption of one stack.
type Result struct {
	Outcomes []Outcome
	Files    []File
	Proof    *Proof // nil when there is nothing to prove
}

// A File is one file of the edited tree.
type File struct {
	Path          string // slash path from the repository's root
	Before, After []byte
}

// A Proof is what planning the edited code showed.
type Proof struct {
	Engine, Version string
	Way             string // "offline" (planned against the live values of the scan) or "full"
	Plans           int    // how many plans the search took
	Before, After   Counts
	Gone            []string // addresses whose planned change is gone
	Remaining       []string // addresses whose planned change stays, unchanged by the edit
	AlsoChecked     []string // other stacks that read a touched file, planned and found unmoved
}

// Counts are the planned actions of one plan.
type Counts struct{ Create, Update, Replace, Delete int }

// CountsOf counts the actions of a plan.
func CountsOf(p *drift.Plan) Counts {
	var c Counts
	for _, i := range p.Instances {
		switch i.Action {
		case drift.ActionCreate:
			c.Create++
		case drift.ActionUpdate:
			c.Update++
		case drift.ActionReplace:
			c.Replace++
		case drift.ActionDelete:
			c.Delete++
		}
	}
	return c
}
