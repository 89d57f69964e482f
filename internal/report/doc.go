// Package report turns the results of a scan into what people and programs read: text for a terminal, Markdown for GitHub, JSON, SARIF,
// JUnit and one HTML file.
//
// Start with results.go, the shape of everything that is reported, then redact.go and phrase.go, through which every word goes. Each face has
// a file of its own: text.go, summary.go (Markdown), issue.go, pull.go, dashboard.go, note.go, sarif.go, junit.go, html.go, and jsonwrite.go
// with jsonread.go, whose schema is docs/findings.schema.json.
//
// What it promises:
//
//   - It is the only package that redacts and escapes. [Redact] is the one gate for values: each face calls it first. A [phrase] is the one gate
//     for words: text from plans, logs, tags and diagnostics reaches a medium as a span of a phrase and is escaped there for that medium.
//   - No name below the verdict likely is ever shown. Wording is exactly as certain as the verdict.
//   - Bodies for a forge fit their budget by structure: detail goes first, then rows from the end, with a count of what is missing.
//     Headlines, commands and the notes about them always stay. Nothing in an issue changes when nothing changed.
//   - It does no I/O but writing to the io.Writer it is given, and knows no clock: times come in as arguments and are shown in UTC.
package report
