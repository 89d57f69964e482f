package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/report"
)

func (a *App) initCommand() *cobra.Command {
	var force, dryRun bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a starter configuration and workflow",
		Long:  "Write .mooring.hcl and .github/workflows/drift.yml, both commented, into the repository. Files that exist are left alone.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.open(cmd.Context(), ".")
			if err != nil {
				return err
			}
			files := []struct {
				path string
				text []byte
			}{
				{config.Name, config.Starter()},
				{filepath.Join(".github", "workflows", "drift.yml"), config.StarterWorkflow()},
			}
			for _, f := range files {
				path := filepath.Join(w.root, f.path)
				if dryRun {
					fmt.Fprintf(a.Stdout, "# %s\n%s\n", f.path, f.text)
					continue
				}
				if _, err := os.Lstat(path); err == nil && !force {
					fmt.Fprintf(a.Stdout, "%s exists and was left alone (--force replaces it)\n", f.path)
					continue
				}
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					return err
				}
				if err := os.WriteFile(path, f.text, 0o644); err != nil {
					return err
				}
				fmt.Fprintf(a.Stdout, "wrote %s\n", f.path)
			}
			if !dryRun {
				fmt.Fprintln(a.Stdout, "\nnext: mooring doctor, then mooring scan; when they say what you expect, put the sign-in to your cloud into\n.github/workflows/drift.yml, where a comment marks the place, and commit both files")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace files that exist")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the files, and write nothing")
	return cmd
}

func (a *App) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Check or explain the configuration"}
	cmd.AddCommand(&cobra.Command{
		Use:   "check [FILE]",
		Short: "Check .mooring.hcl and say what is wrong with it, and where",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := config.Name
			var fsys fs.FS
			if len(args) > 0 {
				base, err := a.dir()
				if err != nil {
					return err
				}
				path := args[0]
				if !filepath.IsAbs(path) {
					path = filepath.Join(base, path)
				}
				fsys, name = os.DirFS(filepath.Dir(path)), filepath.Base(path)
				if _, err := os.Stat(path); err != nil {
					return err
				}
			} else {
				w, err := a.open(cmd.Context(), ".")
				if err != nil {
					return err
				}
				fsys = os.DirFS(w.root)
			}
			c, err := config.Load(fsys, name)
			if err != nil {
				return err
			}
			if c.File == "" {
				fmt.Fprintln(a.Stdout, "there is no .mooring.hcl: every setting has its default")
				return nil
			}
			fmt.Fprintf(a.Stdout, "%s is sound\n", c.File)
			return nil
		},
	}, &cobra.Command{
		Use:   "reference",
		Short: "List every setting, its type, default and meaning",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			t := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
			for _, s := range config.Reference() {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Name, s.Type, s.Default, s.Meaning)
			}
			return t.Flush()
		},
	})
	return cmd
}

func (a *App) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the set-up: repository, configuration, engine, state of every stack, credentials, audit logs, token",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks, err := a.examine(cmd.Context())
			if err != nil {
				return err
			}
			bad := false
			for _, c := range checks {
				fmt.Fprintf(a.Stdout, "%-7s %s: %s\n", c.state, c.what, report.Plain(c.found))
				if c.hint != "" {
					fmt.Fprintf(a.Stdout, "        hint: %s\n", report.Plain(c.hint))
				}
				bad = bad || c.state == "bad"
			}
			if bad {
				return errors.New("the set-up needs attention: see the lines marked bad")
			}
			return nil
		},
	}
}
