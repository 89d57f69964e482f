package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/mooringdev/mooring/internal/action"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/version"
)

// docsCommand writes the documents that are made from code. A test holds those in docs/ against it.
func (a *App) docsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "docs", Short: "Write the documents that are made from code", Hidden: true}
	cmd.AddCommand(&cobra.Command{
		Use:   "man DIR",
		Short: "Write man pages",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := a.dir()
			if err != nil {
				return err
			}
			dir := args[0]
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(base, dir)
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			date := a.Now()
			header := &doc.GenManHeader{Title: "MOORING", Section: "1", Source: "mooring " + version.Version, Manual: "Mooring", Date: &date}
			return doc.GenManTree(root, header, dir)
		},
	}, &cobra.Command{
		Use:   "configuration",
		Short: "Write docs/configuration.md",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return configurationDocument(a.Stdout) },
	})
	return cmd
}

// configurationDocument is docs/configuration.md.
func configurationDocument(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Made by: mooring docs configuration. A test keeps it equal to the code. -->

Everything is optional. ` + "`.mooring.hcl`" + ` stands at the root of the repository; ` + "`mooring init`" + ` writes one with every setting in comments, and
` + "`mooring config check`" + ` says what is wrong with it, and where. A name that is not known is an error, with the nearest that is.

## Settings

| setting | type | default | meaning |
|---|---|---|---|
`)
	for _, s := range config.Reference() {
		kind := s.Type
		if len(s.OneOf) > 0 {
			kind = "one of " + strings.Join(s.OneOf, ", ")
		}
		if s.Required {
			kind += ", required"
		}
		fallback := ""
		if s.Default != "" {
			fallback = "`" + cell(s.Default) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", cell(s.Name), cell(kind), fallback, cell(s.Meaning))
	}
	b.WriteString("\n## A file with every setting\n\nThis is what `mooring init` writes.\n\n```hcl\n" + string(config.Starter()) + "```\n\n## The action\n\n")
	b.WriteString(action.Markdown())
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is text for a cell of a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}
