// Package driftbench is the public benchmark of adoption: it takes real Terraform projects, applies them to the simulated cloud with a real
// engine, lets somebody change objects there, has Mooring's own scan adopt the changes, and asks an engine that knows nothing of Mooring
// whether the edited code is right.
//
// Start at [Run]. The way of a case: a project is unpacked and made plannable (prepare.go, infer.go), applied once (lab.go); a seed picks
// objects, attributes and other values (pick.go, mutate.go); a round changes them, scans, and plans the edited tree (round.go, judge.go); what
// became of each case is counted (table.go).
//
// What it promises:
//
//   - Equal seeds give equal cases and equal verdicts. Nothing but the seed decides.
//   - Whether a case is adoptable is decided before Mooring sees it, by a static trace of the code (origin.go) that shares no code with the
//     solver. The rule is written at [Origin].
//   - The verdict is not Mooring's: `plan` and `show -json`, with refresh, of the edited tree against the cloud as it was left (judge.go).
//   - Cases of one round lie in different resource blocks. A round in which anything went wrong is run again, one case at a time, and only
//     those single runs count.
//   - What is not measured is counted with its reason: stacks that cannot be planned here, changes that no plan shows.
package driftbench
