// Package migration measures what becomes of findings and decisions when configuration moves, and what is told of upgrades.
//
// A case of a migration is a made-up repository of several stacks: objects with ids, some of which drifted and were decided about, among them objects
// whose names another stack uses as well. It is scanned, one of the [Migrations] takes place, and it is scanned again, by the very functions that a
// scan and a publication use (ledger.FindMoves, ledger.Record). Every finding of the second scan either is one of the first or is not: that
// is known, because the world knows its objects by numbers that the code under test never sees. A case of an upgrade is a plan of a stack with
// and without a new version of a provider or module, among changes by hand and of the code; every planned change either is the upgrade's or not.
//
// Start at [Run]. What it promises: equal seeds give equal cases; no engine is started. What engines and providers really plan with two versions is
// tested in package scan.
package migration
