package compare

import (
	"time"

	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/policy"
)

// A Class says why environments differ.
type Class string

// The classes. Unexplained is what a person has to look at: nothing that is known says why.
const (
	Intended    Class = "intended"          // a variable, a workspace or a condition on the environment decides it
	Promotion   Class = "promotion_pending" // a change reached one environment and not the next
	Drift       Class = "drift"             // one of them was changed outside
	Missing     Class = "missing"           // only some have it
	Skew        Class = "version_skew"      // engine, provider or module are of other versions
	Unexplained Class = "unexplained"
)

// Classes lists the classes, what wants attention first.
var Classes = []Class{Drift, Promotion, Skew, Unexplained, Missing, Intended}

// A Side says where a difference lies.
type Side string

// The sides.
const (
	SideCode Side = "code" // what the configurations say differs
	SideLive Side = "live" // what is there differs, and the configurations say the same
	SideBoth Side = "both" // both do, and not because of one another
)

// Reasons, as programs read them.
const (
	ReasonVariable   = "variable"       // a root variable has another value
	ReasonInput      = "module_input"   // the environments' own calls give a module another value
	ReasonWorkspace  = "workspace"      // the expression reads terraform.workspace
	ReasonOwnCode    = "own_code"       // each environment's own code says so, and did from the beginning
	ReasonData       = "data_source"    // a data source answers otherwise
	ReasonIgnored    = "ignore_changes" // the code leaves it to others
	ReasonCommit     = "commit"         // a commit changed one environment's code
	ReasonNotApplied = "not_applied"    // the code is the same and not applied everywhere
	ReasonOutside    = "changed_outside"
	ReasonDeleted    = "deleted_outside"
	ReasonNotInCode  = "not_in_code" // the configuration has no such block
	ReasonFollows    = "follows"     // another resource differs, which this one refers to
	ReasonVersion    = "version"     // a version differs
	ReasonUnknown    = "unknown"
)

// A Comparison is what comparing one group gave.
type Comparison struct {
	Group        string
	How          string // how the group was found, for people
	Ordered      bool   // the order of the environments is that of promotion
	Environments []Environment
	Tokens       []Token
	Differences  []Difference
	Matched      int // resources that at least two environments have
	Same         int // of those, the ones without a difference that counts
	Chosen       int // values that differ, that no code sets and that the provider chose
}

// An Environment is one stack of a group.
type Environment struct {
	Name      string // dev, prod, ...
	Stack     string
	Problem   string
	Resources int
}

// A Token is a name by which environments differ everywhere. In values it counts as the same.
type Token struct {
	Name   string   // environment, account, region or var.prefix
	Values []string // by environment; "" where there is none
	Used   int      // values in which it stood
}

// A Difference is one attribute of matched instances, or an instance that only some have, or a version.
type Difference struct {
	ID        string // stable over runs
	Address   string // in the first environment that has it
	Addresses []string
	Type      string // "" for a version
	Path      string // "" for an instance as a whole
	Class     Class
	Side      Side
	Reason    string
	Because   string // the reason for people, without values
	Cells     []Cell // by environment
	Apart     []int  // environments that stand apart from the rest
	Sensitive bool
	Decided   []string // names of what decides: var.size, terraform.workspace, data.aws_ami.x
	Places    []Place
	Commit    *Commit
	Age       time.Duration // of the commit
	Findings  []string      // ids of the findings that it comes from
	// Attribution says who made the change outside. Its names obey the same rule as in findings.
	Attribution []blame.Attribution
	Decision    *policy.Decision // a rule or a person accepted it, or raised it
}

// A Cell is one environment's part of a difference.
type Cell struct {
	State CellState
	Code  drift.Value
	Live  drift.Value
	Moved bool // live is not what the code says
}

// CellState tells what an environment has.
type CellState string

// The states. Unknown is the zero value: the environment could not be planned.
const (
	StateUnknown CellState = ""
	StatePresent CellState = "present"
	StateAbsent  CellState = "absent"  // neither code nor cloud
	StatePlanned CellState = "planned" // the code has it, the cloud does not
	StateGone    CellState = "gone"    // the code has it, and somebody deleted it
	StateOrphan  CellState = "orphan"  // the cloud has it, the code does not
)

// A Place is a line of code of one environment.
type Place struct {
	Environment int
	File        string
	Line        int
}

// Accepted tells whether a rule or a person chose to live with the difference.
func (d *Difference) Accepted() bool { return d.Decision != nil && d.Decision.Quiet() }

// Count is how many differences are of a class and not accepted.
func (c *Comparison) Count(class Class) int {
	n := 0
	for i := range c.Differences {
		if c.Differences[i].Class == class && !c.Differences[i].Accepted() {
			n++
		}
	}
	return n
}
