// Package planfile reads what an engine found out about a stack from the plan file it saved.
//
// A saved plan of OpenTofu or Terraform is a zip archive. Its entry tfstate-prev holds the last applied state (base), tfstate the state
// after the refresh (live), and tfplan, a protobuf message, what the code plans (code). [Read] takes base and live from the two states
// and code from the message, and returns the three as a [drift.Plan].
//
// The message is an internal format of the engines. It is read directly only where it is known to mean what it says: plan version 3,
// written by an engine whose message layout was compared (see [layouts]), with provider schemas at hand for every value in it.
// In every other case, an encrypted plan included, Read asks the engine itself through [Input.Show] (`show -json`), which is slower,
// because it starts every provider again, and says the same: a test compares both readings value for value on both engines.
//
// States are streamed. Only instances that differ, or for which something is planned, are decoded and kept.
//
// Start with read.go; then archive.go (the zip), state.go (base and live), tfplan.go and msgpack.go (code), showjson.go (the slow way).
// schemas.go and schemastore.go keep provider schemas, which tell sets from lists and say how the values in the message are typed.
//
// Everything returned holds secrets in clear: marks say which (Instance.Sensitive), errors never quote values.
package planfile
