package drift

// A Plan is what one engine run says about one stack. Package engine/planfile builds it from a saved plan; nothing here does I/O.
type Plan struct {
	Engine     string // "tofu" or "terraform"
	Version    string // of the engine
	Incomplete string // why this plan must not be classified (errored, deferred, targeted, ...); "" when it is whole
	// Instances holds every managed instance that differs between any two of base, live and code or has a planned action.
	// Instances on which all three agree are only counted, in Clean.
	Instances []Instance
	Clean     int
	// CleanTypes counts the clean instances by resource type; nil when that is not known.
	CleanTypes map[string]int
	// Held names every managed object of the last applied state by its [ResourceID]; nil when that is not known.
	Held []string
	// Lineage tells the state from every other one, wherever it is kept; "" when that is not known.
	Lineage string
	Data    []DataChange
	Outputs []OutputChange
	Checks  []Check
}

// An Instance is one resource instance object as base, live and code show it.
type Instance struct {
	Address      string
	Previous     string // address in base when a move is pending, else ""
	Type         string
	Provider     string
	Deposed      string           // deposed key, else ""
	Base         map[string]Value // nil: not in the last applied state
	Live         map[string]Value // nil: gone, or not created yet
	Code         map[string]Value // nil: the plan deletes or forgets it, or says nothing of it (then Action is ActionNone)
	Action       Action
	ActionReason string   // the engine's own word, e.g. replace_because_tainted; a hint, see the plan JSON format
	ReplacePaths []string // paths that force replacement
	Importing    bool
	Tainted      bool
	Sensitive    []string // paths that the engine, the schema or the state marks sensitive; a prefix covers what is below
	Schema       *Block   // nil when the provider's schema is not known: then nothing is normalised by schema
}

// Action is what the engine plans for an instance.
type Action string

// The actions, weakest first. ActionNone means that the plan does not mention the instance.
const (
	ActionNone    Action = ""
	ActionNoOp    Action = "no-op"
	ActionRead    Action = "read"
	ActionForget  Action = "forget"
	ActionUpdate  Action = "update"
	ActionCreate  Action = "create"
	ActionReplace Action = "replace"
	ActionDelete  Action = "delete"
)

// A DataChange is a data source whose value differs between base and live.
type DataChange struct{ Address string }

// An OutputChange is a root output that the plan moves.
type OutputChange struct {
	Name          string
	Before, After Value
	Sensitive     bool
}

// A Check is the status of a check, precondition or postcondition: pass, fail, error or unknown.
type Check struct{ Address, Status string }

// Code answers what the configuration says of an instance. Package module implements it; a nil Code answers Unspecified and false.
type Code interface {
	// Declares tells whether the configuration sets the attribute or block at path (or anything above or below it).
	Declares(address, path string) Declaration
	// Ignores tells whether lifecycle.ignore_changes of the resource covers path.
	Ignores(address, path string) bool
	// References lists, as addresses without attributes ("data.aws_ami.x", "aws_vpc.main", "module.a.aws_vpc.main"), what the expression
	// at path depends on through variables, locals and module calls.
	References(address, path string) []string
}

// Declaration is the answer of [Code.Declares].
type Declaration int

// The answers. Unspecified is the zero value: the configuration could not be read, so nothing may be concluded.
const (
	Unspecified Declaration = iota
	Declared
	Silent
)
