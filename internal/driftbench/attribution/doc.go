// Package attribution is the public benchmark of attribution: it writes findings and audit logs of which the truth is known, has Mooring explain
// the findings from the logs through its public command, and counts what came back.
//
// Start at [Run]. There are two sorts of cases:
//
//   - Simulated (world.go, scenario.go; stories.go and silence.go hold the scenarios): people, pipelines and services change objects of a simulated cloud, which writes their records. The
//     truth is what was done, kept leaf by leaf (truth.go). Each case is a scenario: one person, two people on one set, a revert, a gap in the
//     log, ... Look-alikes (distract.go) lie beside every record, and the logs are cut, shuffled, doubled and spread over formats (logs.go).
//   - Real (real.go; record.go reads the records, collide.go makes their ids collide): writes of a public collection of audit records. Which attribute of which resource such a record changes was put down by
//     hand, operation by operation, in real.json; the records of others are renamed so that their ids collide.
//
// What it promises: nothing but the seed decides; the truth is never read from the package under test; nobody who only appears in look-alikes is
// ever right; the three baselines (baselines.go) get the same findings and the same logs.
package attribution
