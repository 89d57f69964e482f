// Package hclfile edits configuration as text: it turns "this value here", "this attribute in that block", "this element out of that
// list" into the smallest replacement of bytes.
//
// Start at [Text], a file (or a JSON document inside one) with its notation; its methods return [Edit] values, and [Apply] carries them
// out. Places are hclsyntax nodes whose ranges lie in the file, as package module gives them.
//
// What it promises:
//   - Bytes outside an edit never change: comments, blank lines, alignment, line ends, byte order marks.
//   - New text follows its neighbours: line ends of the file, indentation of the block, alignment of the attributes that it joins,
//     quoting, comma and separator style.
//   - Nothing here evaluates, reads files or decides what to write; package solve does.
package hclfile
