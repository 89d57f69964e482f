// Package scan is the line from a repository to what people read:
//
//	stack.Discover -> engine.Plan -> drift.Classify -> audit.Collect -> blame.Explain -> policy.Apply -> adopt.Solve -> report -> forge.Sync -> ledger.Append
//
// It is the only package that sees all of it. Start with [Run] in run.go; each later file is one leg of the way: plan.go, attribute.go,
// decide.go, adopt.go give [report.Results]; publications.go and publish.go make the forge say so; memory.go reads and writes the ledger.
//
// What it promises: a stack that fails is a result and leaves the others untouched; a log that cannot be read is a warning and a reason, never
// silence; nothing of the scanned tree is written; whatever was put on disk is gone when Run returns, also when it was cancelled.
package scan
