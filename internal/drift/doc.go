// Package drift is the model of what differs between reality, state and code, and the table that says why.
//
// Three values are known of every attribute of a resource instance: base (last applied state), code (what the engine plans) and live (what
// the provider just read). [Classify] compares them leaf by leaf and gives each difference a [Kind]:
//
//	base=live  base=code  live=code   kind
//	yes        yes        yes         none
//	no         yes        no          drift (row 2)
//	yes        no         no          pending (row 4); drift when the code is known not to have changed: somebody refreshed
//	no         no         yes         converged (row 3); undeclared where the code is silent (row 9) or ignores it (row 7)
//	no         no         no          conflict (row 5)
//	any        -          unknown     pending: the cause lies upstream (row 6)
//
// Two values are equal when they mean the same: see normal.go for the normalisers, each with the name that a change of kind noise carries in
// its Rule. Equality after normalising is an equivalence relation, so the table has no other rows. Cases of whole instances (deleted,
// tainted, deposed, moved, imported, forgotten, added or removed in code) are in instance.go.
//
// Start with classify.go; then instance.go, leaf.go (the walk along the provider's schema and the table), normal.go (what counts as equal),
// cause.go (cascades, data sources, upgrades), ids.go (by which names logs know an object).
//
// The package does no I/O, reads no clock, and imports the standard library only. It promises that the result depends neither on the order
// of its input nor on the order of set elements. Values may be secret: changes say so, and nothing here puts values into errors.
package drift
