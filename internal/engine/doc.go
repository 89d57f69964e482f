// Package engine runs OpenTofu or Terraform: it finds or installs the program, plans a stack, reads the plan, and plans edits of its code.
//
// Start at [Find], then [Engine.Plan], which gives a [Saved] plan to read ([Saved.Read]) and to try edits against ([Saved.Replan]).
//
//	find.go, wish.go, download.go   which engine a stack wants, and where it comes from
//	configuration.go                what must be known of the code before an engine runs
//	tree.go                         the copy of the modules that an engine runs on
//	plan.go                         init, workspace, plan
//	read.go, live.go                the plan file, provider schemas
//	replan.go                       edited code against the live state of a saved plan
//	process.go                      one run of the engine as a process group
//	failure.go, messages.go         what an engine says, and what people can do about it
//
// It promises:
//   - But for [Engine.Apply], the repository's tree and the stack's state are only read. The engine runs on a copy of the modules with its own data directory and
//     lock file, with -lock=false, and is never given a workspace that does not exist (engines would make it).
//   - An engine command that does not succeed is a *[Failure] with diagnostics that name file and line: a result, not a crash.
//   - When the context ends, the engine and its plugins have ended too before a call returns, and no file of the call is left.
//   - Plan files, states and copies stay under Workdir.Temp and are gone after [Saved.Close].
//   - Nothing is concluded from text that is written for people; only the hints beside a failure look at it.
//
// Engines are run with os/exec and not through hashicorp/terraform-exec, which refuses TF_VAR_*, TF_CLI_ARGS* and TF_REATTACH_PROVIDERS in the
// environment that the caller wants the engine to have, knows no -json for init and plan, and kills without an interrupt.
//
// The way engines keep values in a plan file is package planfile's matter; recipes for building engines are package source's.
package engine
