// Package adopt edits the configuration of a stack so that it says what is live, and proves every edit by a plan.
//
// Start at [Solve]: findings in, a [Result] out, which holds an [Outcome] for every finding, the edited files and the [Proof]. The work is
// done by two packages below: solve finds which edit of which expression yields a value, hclfile makes it as a splice of bytes. This
// package puts them in order: it takes the changes one after the other (attempt.go), keeps an edit only when evaluating the edited code
// gives the live value and moves nothing else (effects.go), plans the whole once (prove.go) and, when that fails, finds out which
// edits were at fault (search.go).
//
// What it promises:
//   - No edit without proof: the plan of the edited code has lost the adopted changes and gained nothing, in this stack and in every
//     other stack that reads an edited file.
//   - A change is adopted as a whole or not at all, and a refusal says why in a code of the list in refusal.go, with what to do.
//   - Sensitive values, and values that look like secrets, never enter code.
//   - The same input gives the same result.
package adopt
