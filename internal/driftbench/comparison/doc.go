// Package comparison measures mooring compare on real projects that keep several environments.
//
// A project's environments are applied, each to a simulated cloud with an account of its own (package driftbench does that). Then a seed draws
// differences of every class and plants them (plant.go): an object is changed or deleted by hand; a variable, an argument of a module call or a
// condition on the workspace is made to decide a value; a commit changes shared code and is applied in the first environments alone; a
// commit changes one environment's own code; a resource is counted by a variable or written in one environment alone; a module is called in
// another version. What the projects themselves show without any of that is measured first and is no case: nobody knows the truth about it.
//
// Start at [Run]. A case is right when mooring compare shows the difference at its place in its class. It counts against precision when a
// difference appears that nobody planted, or in another class; see judge.go.
//
// What it promises: equal seeds give equal cases; the truth is written down when a difference is planted and comes from nothing of package
// compare; a round that cannot be applied is run again in halves, and what cannot be applied alone is counted as not planted.
package comparison
