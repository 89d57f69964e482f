// Package solve inverts expressions: given an expression, where it stands, the value it has and the value wanted, it finds the edits
// of the text that make it say the wanted value.
//
// Start at [World], which knows the values of one configuration, and at [World.Change], which starts from a path of a resource instance.
// The heart is invert (invert.go), which hands each form of expression to its rule; every rule lives in a file of its own (rule_*.go)
// and proposes [Candidate] edits. Adding a rule is adding a file and its line in the table of invert.go.
//
// What it promises:
//   - The law: applying a candidate and evaluating the expression again yields the wanted value. [World.Check] tests it, and callers
//     drop the candidates that fail it; rules need not be right, only useful.
//   - It is pure: no files, no processes, no clock. The files of the stack come through module.Tree.
//   - Candidates come cheapest first: few places, near the resource, no literal in place of a reference.
//   - When there is none, the [Reason] names what stands in the way.
package solve
