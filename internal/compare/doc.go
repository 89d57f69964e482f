// Package compare holds stacks of one design against each other: dev, staging and prod.
//
// Start with input.go (a [Stack] as a scan saw it) and result.go (a [Comparison]); [Groups] finds which stacks belong together, [Run] compares
// them. The way of a comparison: the names by which environments differ are found (tokens.go), instances are matched across stacks by
// structure (match.go), every attribute that differs becomes a row (rows.go), and each row gets a class, a reason and evidence (classify.go for
// what code says, live.go for what is there, decided.go, promotion.go, presence.go; follow.go for what refers to another difference). Versions of engines, providers and modules are compared beside them (versions.go); rules of the configuration
// apply last (decide.go).
//
// Code is compared with code and live with live, never one with the other: what a configuration says of an instance is one fact, what is
// there is another, and a difference says in which of the two it lies ([Difference].Side).
//
// The package does no I/O and reads no clock. It promises that the result depends neither on the order of instances nor on that of maps, and
// that values of sensitive attributes decide only whether they differ: they are in no reason and no token.
package compare
