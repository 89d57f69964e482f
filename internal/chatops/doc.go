// Package chatops is how people steer Mooring by comment: the language of /drift, who may say what where, and what a command comes to.
// It is pure: package answer carries commands out.
//
// Start at [Verbs], the table that is the grammar; [Parse] reads comments by it and [HelpText] prints it. [Authorise] decides whether a command
// may run, [Pick] finds what it is about in a stack, and [Record] turns a decision into entries of the ledger.
//
// What it promises:
//
//   - A comment is for Mooring only when its first line that is not blank begins with the word /drift. Quoted and fenced text, indented code and
//     HTML comments never are commands; text in between is for people.
//   - Verbs are whole words. Whatever is not understood runs nothing, not even the commands beside it, and is answered with what was meant.
//   - Nobody may do anything unless every fact that it takes is known: an unknown role, place or state is a refusal.
//   - Every refusal has a reason that a person can act on. Silence is only for bots, for edits, and for what is not addressed to Mooring.
package chatops
