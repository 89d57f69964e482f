// Package blame joins findings with audit events: which events explain which changes, and how sure that is.
//
// Start with [New]: give it the findings, hand every event to [Explainer.Add] in any order, then ask [Explainer.Explain]. The way of an event:
// identity.go finds the findings it touches, observe.go says what it wrote to each of their cells (an attribute, a map key or one element of a set,
// cells.go), resolve.go finds which writes left the live value behind, reason.go says why nothing did. What one type does differently is data, in
// families/.
//
// The verdicts:
//
//	confirmed   identity and value match                                         names a person
//	likely      identity and key match, the value is hidden, no competitor       names a person
//	ambiguous   several events explain it equally                                lists them
//	possible    only the identity matches, or a later write contradicts          names nobody
//	automation  a service, controller or pipeline did it                         names the service
//	own_apply   this stack's own apply                                           names the run
//	none        nothing, with a reason
//
// Promised: nobody is named below likely; reads, failed calls, dry runs and events of other resources, accounts or regions change nothing; neither
// order nor duplicates of events change a verdict. The package does no I/O and knows no clock.
package blame
