package adopt

import (
	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
)

// The codes of refusals. The list is closed: reports and the ledger may rely on it. Codes of package solve are among them.
const (
	CodeSensitive    = "sensitive"            // the value is sensitive, or looks like a secret
	CodeConflict     = "conflict"             // code and reality both moved: a person decides
	CodeDeleted      = "deleted"              // the object is gone: recreate it, or drop it from the code
	CodeStateHolds   = "state_holds_old"      // an object was made in the place of one that is gone, and the state still has that one under the address
	CodeReferenced   = "still_referenced"     // the object is gone, and other code refers to its resource
	CodeUnmanaged    = "unmanaged"            // no stack knows the object
	CodeUnproved     = "not_proved"           // the plan of the edited code still has the change
	CodeCollateral   = "moves_something_else" // every edit that was found moves something else too
	CodeOtherStack   = "moves_another_stack"  // the edit would move another stack that reads the same file
	CodePlanFailed   = "plan_failed"          // the edited code could not be planned
	CodeNoPlan       = "cannot_plan"          // there is no way to plan the edited code, so nothing can be proved
	CodeService      = "kept_by_a_service"    // a service of the cloud moves the value by itself
	CodeOutsideCode  = solve.OutsideCode
	CodeDataSource   = solve.DataSource
	CodeReference    = solve.Reference
	CodeFrozenFile   = solve.FrozenFile
	CodeInstanceKey  = solve.InstanceKey
	CodeNoInverse    = solve.NoInverse
	CodeUnevaluable  = solve.Unevaluable
	CodeBlockUnclear = solve.BlockUnclear
	CodeNotInCode    = solve.NotInCode
	CodeNotSettable  = solve.NotSettable
	CodeNoCandidate  = solve.NoCandidate
	CodeUnwritable   = solve.Unwritable
)

// hints say what a person can do about each refusal.
var hints = map[string]string{
	CodeSensitive:    "put the value in your secret store and refer to it, or revert the change",
	CodeConflict:     "decide which value is right: apply the code, or adopt this finding by name",
	CodeDeleted:      "recreate it by applying the code, or drop it: remove its block from the code",
	CodeStateHolds:   "make the state forget the old one (state rm with the address), write an import block with the new id, and plan",
	CodeReferenced:   "change what refers to it first, at the places named; or recreate it by applying the code",
	CodeUnmanaged:    "import it with an import block, or remove it",
	CodeUnproved:     "edit the code by hand, or revert the change",
	CodeCollateral:   "give this instance a value of its own, or bring the others to the same value",
	CodeOtherStack:   "give this stack a value of its own, for instance in its variable file",
	CodePlanFailed:   "edit the code by hand; the plan's message says what it did not like",
	CodeNoPlan:       "run the scan where the stack can be planned",
	CodeService:      "leave the value to it: name it in lifecycle.ignore_changes, or comment /drift ignore; naming the resource adopts it all the same",
	CodeOutsideCode:  "change the value where it is kept: the environment, the CI settings or the secret store",
	CodeDataSource:   "let the data source follow, revert the change, or write the value into the code by hand",
	CodeReference:    "adopt the resource that the value comes from, or refer to another one",
	CodeFrozenFile:   "change what generates or provides the file, or the arguments that it is given",
	CodeInstanceKey:  "rename the key in the code and add a moved block",
	CodeNoInverse:    "edit the expression by hand",
	CodeUnevaluable:  "edit the expression by hand, or apply what is pending first",
	CodeBlockUnclear: "edit the block by hand",
	CodeNotInCode:    "the code for it is gone or did not parse: look at the diagnostics of the stack",
	CodeNotSettable:  "only the provider can set it: revert the change, or ignore it",
	CodeNoCandidate:  "edit the code by hand, or revert the change",
	CodeUnwritable:   "edit the code by hand, or revert the change",
}

func refuse(path, code, detail string) Refusal {
	return Refusal{Path: path, Code: code, Detail: detail, Hint: hints[code]}
}

// Refuse is the outcome for a finding that is not adopted as a whole.
func Refuse(f drift.Finding, code, detail string) Outcome {
	return Outcome{FindingID: f.ID, Status: StatusRefused, Refusals: []Refusal{refuse("", code, detail)}}
}
