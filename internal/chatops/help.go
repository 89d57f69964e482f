package chatops

import "strings"

// HelpText is the grammar as Markdown: one row for each verb.
func HelpText() string {
	var b strings.Builder
	b.WriteString("| command | what it does | who |\n|---|---|---|\n")
	for _, s := range Verbs {
		b.WriteString("| `" + strings.ReplaceAll(s.Usage(), "|", `\|`) + "` | " + s.Summary + " | " + s.who() + " |\n")
	}
	b.WriteString("\nWhat stands in `[ ]` may be left out. One comment may hold several commands, one a line, the first on its first line. " +
		"An address is written as the engine writes it; with blanks in it, put it in backticks. For example:\n\n```text\n")
	for _, s := range Verbs {
		b.WriteString(s.Example + "\n")
	}
	b.WriteString("```\n")
	return b.String()
}

func (s Spec) who() string {
	switch {
	case s.Verb == Revert:
		return "whom the configuration names, else maintain"
	case s.Needs == RoleRead:
		return "read"
	}
	return s.Needs.String() + " and above"
}
