package action

import (
	"fmt"
	"slices"
	"strings"
)

// A Declaration is an input or an output: one source for action.yml, the documentation and `mooring action --help`. Tests hold them equal.
type Declaration struct {
	Name    string
	Meaning string // one or two sentences
	Default string // of an input; an expression of GitHub Actions stays as it is
	Lines   bool   // an input that may hold several lines
}

// Modes are what a step can do, with what each needs.
func Modes() []Declaration {
	return []Declaration{
		{Name: "scan", Meaning: "look for drift and write the results to a file; needs what planning needs, writes nothing to GitHub"},
		{Name: "publish", Meaning: "make issues and pull requests say what the results say; needs a token, no cloud credentials"},
		{Name: "all", Meaning: "scan and publish in one job"},
		{Name: "comment", Meaning: "answer the /drift command that started the workflow; needs a token and what planning needs"},
		{Name: "prepare", Meaning: "only set the outputs matrix, cache-path and cache-key, for a job matrix and for actions/cache"},
	}
}

// DeclaredInputs are the inputs of action.yml, in its order.
func DeclaredInputs() []Declaration {
	modes := make([]string, 0, 5)
	for _, m := range Modes() {
		modes = append(modes, m.Name+" ("+m.Meaning+")")
	}
	return []Declaration{
		{Name: "mode", Default: "all", Meaning: "What to do: " + strings.Join(modes[:len(modes)-1], ", ") + ", or " + modes[len(modes)-1] + "."},
		{Name: "working-directory", Default: ".", Meaning: "Directory of the repository to scan."},
		{Name: "stacks", Lines: true, Meaning: "Globs of stack ids to look at, one per line or separated by commas. Empty means all."},
		{Name: "events", Lines: true, Meaning: "Globs of audit log files, one per line or separated by commas, besides the sources of .mooring.hcl."},
		{Name: "plans", Lines: true, Meaning: "Plans that were made elsewhere, one STACK=FILE per line: the output of show -json. Those stacks are not planned again."},
		{Name: "engine", Meaning: "tofu, terraform, or the path of a program. Empty means what the repository asks for: the runner's own if it fits, else it is installed."},
		{Name: "concurrency", Meaning: "How many stacks are planned at once. Empty means one per processor."},
		{Name: "shard", Meaning: "Part of the stacks to scan, as I/N (for a job matrix; goes with mode scan). Empty means all."},
		{Name: "shards", Default: "4", Meaning: "At most how many jobs the output matrix of mode prepare has."},
		{Name: "adopt", Default: "true", Meaning: "Whether to work out and prove edits of the code: true or false."},
		{Name: "results", Default: "mooring-results.json", Meaning: "File that scan writes and publish reads, relative to the working directory. For publish it may be a glob: the parts of a scan in shards."},
		{Name: "html", Meaning: "Also write the scan as one HTML page to this file, relative to the working directory; upload it as an artifact, which summary and dashboard link. For publish it is one page of all parts. Empty means no."},
		{Name: "sarif", Meaning: "Also write the scan as SARIF for code scanning to this file, relative to the working directory. Empty means no."},
		{Name: "token", Default: "${{ github.token }}", Meaning: "Token for issues and pull requests, used by modes publish, all and comment."},
		{Name: "dry-run", Default: "false", Meaning: "Print what would be written to GitHub and write nothing: true or false."},
		{Name: "fail-on-drift", Default: "false", Meaning: "Whether the step fails when drift is found: true or false."},
	}
}

// DeclaredOutputs are the outputs of action.yml, in its order.
func DeclaredOutputs() []Declaration {
	out := []Declaration{
		{Name: "drifted", Meaning: "true when at least one stack drifted."},
		{Name: "stacks", Meaning: "How many stacks were looked at."},
		{Name: "findings", Meaning: "How many resources drifted."},
		{Name: "failed", Meaning: "How many stacks could not be planned."},
		{Name: "results-path", Meaning: "Path of the results file."},
	}
	for _, k := range countedKinds {
		out = append(out, Declaration{Name: string(k), Meaning: fmt.Sprintf("How many findings are of kind %s.", k)})
	}
	return append(out,
		Declaration{Name: "matrix", Meaning: "Of mode prepare: JSON for strategy.matrix, with one shard per job."},
		Declaration{Name: "cache-path", Meaning: "Of mode prepare: the directory of engines, provider plugins and schemas, for actions/cache."},
		Declaration{Name: "cache-key", Meaning: "Of mode prepare: a key that changes with the lock files, for actions/cache."},
	)
}

// Help is the long help of mooring action.
func Help() string {
	var b strings.Builder
	b.WriteString("Run as a step of GitHub Actions. Inputs are read from INPUT_... variables, as the runner sets them; outputs, the summary and annotations\ngo where the runner looks for them.\n\nInputs:\n")
	entries(&b, DeclaredInputs())
	b.WriteString("\nOutputs:\n")
	entries(&b, DeclaredOutputs())
	return strings.TrimRight(b.String(), "\n")
}

func entries(b *strings.Builder, list []Declaration) {
	for _, d := range list {
		text := d.Meaning
		if d.Default != "" {
			text += " Default: " + d.Default
		}
		fmt.Fprintf(b, "  %-18s %s\n", d.Name, wrap(text, 100, strings.Repeat(" ", 21)))
	}
}

// wrap breaks text into lines of at most width characters, the second and later ones indented.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteString("\n" + indent)
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// Markdown is the inputs and outputs as two tables.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| input | default | meaning |\n|---|---|---|\n")
	for _, d := range DeclaredInputs() {
		fallback := ""
		if d.Default != "" {
			fallback = "`" + d.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d.Name, fallback, d.Meaning)
	}
	b.WriteString("\n| output | meaning |\n|---|---|\n")
	for _, d := range DeclaredOutputs() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", d.Name, d.Meaning)
	}
	return b.String()
}

// Manifest is the text of action.yml.
func Manifest() string {
	var b strings.Builder
	b.WriteString(`# Written from internal/action/declare.go by: go test ./internal/action -update
name: Mooring
description: Find drift in Terraform and OpenTofu stacks, say who changed what, and open issues and pull requests that reconcile code with reality.
author: mooringdev
branding:
  icon: anchor
  color: blue
inputs:
`)
	for _, d := range DeclaredInputs() {
		fallback := quoted(d.Default)
		if strings.HasPrefix(d.Default, "${{") {
			fallback = d.Default
		}
		fmt.Fprintf(&b, "  %s:\n    description: %s\n    default: %s\n", d.Name, quoted(d.Meaning), fallback)
	}
	b.WriteString("outputs:\n")
	for _, d := range DeclaredOutputs() {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n    value: ${{ steps.mooring.outputs.%s }}\n", d.Name, quoted(d.Meaning), d.Name)
	}
	b.WriteString(`runs:
  using: composite
  steps:
    - id: mooring
      shell: bash
      env:
`)
	for _, d := range DeclaredInputs() {
		fmt.Fprintf(&b, "        INPUT_%s: ${{ inputs.%s }}\n", strings.ToUpper(strings.ReplaceAll(d.Name, "-", "_")), d.Name)
	}
	b.WriteString("      run: exec bash \"$GITHUB_ACTION_PATH/scripts/action.sh\"\n")
	return b.String()
}

// quoted is text as a YAML string.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// oneLine are the inputs that are one line each.
func oneLine() []string {
	var names []string
	for _, d := range DeclaredInputs() {
		if !d.Lines {
			names = append(names, d.Name)
		}
	}
	return names
}

func isMode(name string) bool {
	return slices.ContainsFunc(Modes(), func(m Declaration) bool { return m.Name == name })
}

func modeNames() string {
	names := make([]string, 0, 5)
	for _, m := range Modes() {
		names = append(names, m.Name)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
