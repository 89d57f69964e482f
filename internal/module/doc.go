// Package module reads the configuration of one stack: its root module, the modules that it calls, and the values that variable
// files and the environment give.
//
// Start at [Load], which returns a [Tree]. A Tree answers three kinds of questions: what is written (Modules and their resources,
// variables, locals, outputs and calls, each with the ranges of its text), where a change of a finding is written ([Tree.Place]), and
// what the code says of an instance, which package drift asks ([Tree] implements drift.Code).
//
// What it promises:
//   - Every file is named by its slash path from the repository's root, also in hcl ranges, so a range is a place to edit.
//   - Both syntaxes give one kind of tree: JSON files are turned into hclsyntax nodes whose ranges lie in the JSON text.
//   - Override files are merged as the engine merges them; the merged attributes keep the range of the file that they come from.
//   - A module whose source is not in the repository is read where init put it, and its files are frozen: [File.Frozen] says why.
//   - A tree never changes. [Tree.With] returns another with some files replaced, sharing what did not change.
package module
