package drift

import "time"

// Kind says why a change, or a whole finding, differs. The table is in [Classify].
type Kind string

// The kinds. The empty Kind means "not classified" and never leaves this package.
const (
	KindDrift      Kind = "drift"      // changed outside; the code still says the old value
	KindPending    Kind = "pending"    // the code changed and was not applied
	KindConflict   Kind = "conflict"   // both moved, differently
	KindConverged  Kind = "converged"  // reality already says what the new code says
	KindUndeclared Kind = "undeclared" // changed outside where the code is silent, or ignores it
	KindNoise      Kind = "noise"      // differs in writing, not in meaning
	KindDeleted    Kind = "deleted"    // finding only: the object is gone
	KindUnmanaged  Kind = "unmanaged"  // finding only: exists, and no stack knows it
)

// A Finding is one resource instance of a stack that differs, with its changes.
type Finding struct {
	ID       string // "f_" and 16 hex digits of a hash of stack, address (the one before pending moves; package scan goes further back) and deposed key: stable over runs
	Address  string // resource instance address, as the engine writes it
	Previous string // the address before a pending move; "" otherwise
	Type     string // resource type, e.g. aws_instance
	Provider string // provider source address with host, e.g. registry.opentofu.org/hashicorp/aws
	Resource string // names the object wherever it stands, see [ResourceID]; "" when it has no id
	Kind     Kind   // the strongest kind of its changes: deleted, conflict, drift, undeclared, pending, converged, noise
	Reason   string // why it is of that kind where the kind alone does not say: one of the Reason constants, or ""
	Action   string // what the engine plans: no-op, create, read, update, delete, replace, forget
	IDs      []string
	Account  string // "" when the object does not say
	Region   string // "" when the object does not say
	// Successor is the id of the object that a person made in the place of a deleted one, by the audit log; "" when none is known.
	Successor string
	// Elsewhere is the stack, and the address where it is known, in which the same object stands as well; see [FindTransits].
	Elsewhere string
	Window    Window
	Changes   []Change
	// Attributes are the instance's live values by top-level attribute, sensitive ones included: only package report may print them.
	Attributes map[string]Value
	// SensitivePaths lists the paths of Attributes that are sensitive; a prefix covers what is below it.
	SensitivePaths []string
}

// Window is the time in which the difference came to be, as far as is known. A zero bound is open.
type Window struct{ From, To time.Time }

// A Change is one attribute path of a finding with its three values.
//
// A set is one change at the path of the set itself (sets have no positions); so is a list whose length differs.
// A list of equal length is compared element by element, a map or object key by key.
type Change struct {
	Path      string // block[0].attr, map["key"]; see [ParsePath]
	Kind      Kind
	Rule      string // the row or normaliser that decided, e.g. "row 2", "iam-policy"; kept so that a verdict can be checked
	Base      Value  // last applied state
	Code      Value  // what the code plans; Unknown when known only after apply
	Live      Value  // what the provider just read
	Sensitive bool   // any side is sensitive: never printed, never written into code
}

// Reasons a finding can carry.
const (
	ReasonTainted       = "tainted"         // a failed apply left it tainted
	ReasonDeposed       = "deposed"         // an interrupted create_before_destroy left a deposed object
	ReasonCodeAdded     = "code_added"      // new code, not applied
	ReasonCodeRemoved   = "code_removed"    // code removed, not applied
	ReasonImport        = "import"          // an import block is pending
	ReasonMoved         = "moved"           // a moved block is pending
	ReasonForget        = "forget"          // a removed block is pending
	ReasonElsewhere     = "elsewhere"       // another stack gives the same object up, or takes it up: a move between states that is not finished
	ReasonTriggered     = "triggered"       // replace_triggered_by: the cause is another finding
	ReasonDataSource    = "data_source"     // every differing input traces to a data source whose value changed
	ReasonCascade       = "cascade"         // differs only because a finding upstream does
	ReasonAbsorbed      = "absorbed"        // reality and state agree, the code does not, and the code did not change: somebody refreshed
	ReasonVersionChange = "version_change"  // a provider, module or engine upgrade moved it
	ReasonMustReplace   = "must_replace"    // the plan would destroy and create it again because of this difference
	ReasonIgnoreChanges = "ignore_changes"  // lifecycle.ignore_changes accepts it
	ReasonConfirmedHand = "changed_by_hand" // undeclared, and an audit event by a person confirms it
)
