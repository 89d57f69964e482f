package driftbench

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mooringdev/mooring/internal/module"
)

// A Verdict is what became of a case.
type Verdict string

// The verdicts. Invisible and unplanned cases count for nothing: no plan shows the change, so there is nothing to adopt.
const (
	Adopted    Verdict = "adopted"    // an edit, after which the arbiter's plan leaves the object alone and moves nothing else
	Refused    Verdict = "refused"    // no edit was offered for all of it
	Wrong      Verdict = "wrong"      // an edit was offered, and the arbiter's plan still changes the object, or cannot be made
	Collateral Verdict = "collateral" // an edit was offered, and something else would move
	Missed     Verdict = "missed"     // the arbiter's plan shows the change, the scan does not call it drift
	Invisible  Verdict = "invisible"  // the arbiter's plan does not show the change
	Unplanned  Verdict = "unplanned"  // no plan of the code as it is can be made any more (prevent_destroy and a change that forces replacement)
	Broken     Verdict = "broken"     // the round could not be run
)

// A Case is one change of one object, and what came of it.
type Case struct {
	Project   string   `json:"project"`
	Stack     string   `json:"stack"`
	Address   string   `json:"address"`
	Path      string   `json:"path"`
	What      string   `json:"what"`
	Form      string   `json:"form"`
	Adoptable bool     `json:"adoptable"`
	Why       string   `json:"why,omitempty"` // why it is not adoptable, by the rule of Origin
	Verdict   Verdict  `json:"verdict"`
	Reasons   []string `json:"reasons,omitempty"` // codes of refusals; for others, what the arbiter saw
	Detail    string   `json:"detail,omitempty"`
	Diff      string   `json:"diff,omitempty"` // of an edit that was wrong or moved more
	Plans     float64  `json:"plans"`          // of the scan and the proof, shared out among the cases of a round
	Millis    float64  `json:"milliseconds"`   // of the scan with adoption, shared out
	Literal   Verdict  `json:"literal"`        // of the baseline that replaces literals
	Stub      Verdict  `json:"stub"`           // of the baseline that writes a new block

	stack   *Stack
	in      instance
	block   string         // the code that it is in: directory and resource, without keys
	after   map[string]any // the object's attributes after the change
	literal *edit          // what the literal baseline would do
}

// miss tells whether a case counts against Mooring.
func (c *Case) miss() bool {
	switch c.Verdict {
	case Wrong, Collateral, Broken:
		return true
	case Refused, Missed:
		return c.Adoptable
	}
	return false
}

// provider is the name that the type of the changed object begins with.
func (c *Case) provider() string {
	typ := c.Address
	if a, err := module.ParseAddress(c.Address); err == nil {
		typ = a.Type
	}
	name, _, _ := strings.Cut(typ, "_")
	return name
}

// An edit is a splice in a file of the tree.
type edit struct {
	file string
	at   hcl.Range
	text string
}
