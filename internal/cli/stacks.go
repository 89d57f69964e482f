package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
	"github.com/mooringdev/mooring/internal/stack"
)

func (a *App) stacksCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "stacks [DIR]",
		Short: "List the stacks of the repository, and why each is one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open(cmd.Context(), dirArg(args))
			if err != nil {
				return err
			}
			o, err := a.options(w)
			if err != nil {
				return err
			}
			stacks, unclassified, err := stack.Discover(cmd.Context(), o.FS, scan.Discovery(w.config, o.Env))
			if err != nil {
				return err
			}
			switch format {
			case "json":
				return a.stacksJSON(stacks, unclassified)
			case "text":
				return a.stacksText(stacks, unclassified)
			}
			return fmt.Errorf("--format %q: want text or json", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func dirArg(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return "."
}

type stackJSON struct {
	ID            string   `json:"id"`
	Path          string   `json:"path"`
	Workspace     string   `json:"workspace"`
	VarFiles      []string `json:"var_files"`
	BackendConfig []string `json:"backend_config"`
	Why           string   `json:"why"`
	Owners        []string `json:"owners"`
	Skip          string   `json:"skip,omitempty"`
	Terragrunt    bool     `json:"terragrunt,omitempty"`
	Problems      []string `json:"problems,omitempty"`
}

type unclassifiedJSON struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

func (a *App) stacksJSON(stacks []stack.Stack, unclassified []stack.Unclassified) error {
	doc := struct {
		Stacks       []stackJSON        `json:"stacks"`
		Unclassified []unclassifiedJSON `json:"unclassified"`
	}{[]stackJSON{}, []unclassifiedJSON{}}
	for _, s := range stacks {
		j := stackJSON{
			ID: s.ID, Path: s.Path, Workspace: cmp.Or(s.Workspace, stack.DefaultWorkspace), VarFiles: list(s.VarFiles), BackendConfig: list(slices.Clone(s.BackendConfig)),
			Why: s.Why, Owners: list(s.Owners), Skip: s.Skip, Terragrunt: s.Terragrunt,
		}
		for i, setting := range j.BackendConfig {
			j.BackendConfig[i] = report.Setting(setting)
		}
		for _, p := range s.Problems {
			j.Problems = append(j.Problems, p.String())
		}
		doc.Stacks = append(doc.Stacks, j)
	}
	for _, u := range unclassified {
		doc.Unclassified = append(doc.Unclassified, unclassifiedJSON{u.Path, u.Why})
	}
	enc := json.NewEncoder(a.Stdout)
	enc.SetIndent("", " ")
	return enc.Encode(doc)
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (a *App) stacksText(stacks []stack.Stack, unclassified []stack.Unclassified) error {
	t := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	for _, s := range stacks {
		note := s.Why
		if s.Skip != "" {
			note = "not planned: " + s.Skip
		}
		files := strings.Join(s.VarFiles, " ")
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", report.Plain(s.ID), report.Plain(note), report.Plain(files), report.Plain(strings.Join(s.Owners, " ")))
		for _, p := range s.Problems {
			fmt.Fprintf(t, "  %s\t\t\t\n", report.Plain(p.String()))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.Stderr, "%s\n", count(len(stacks), "stack"))
	if len(unclassified) > 0 {
		fmt.Fprintf(a.Stderr, "not taken as stacks (name them in .mooring.hcl if they are):\n")
		for _, u := range unclassified {
			fmt.Fprintf(a.Stderr, "  %s: %s\n", report.Plain(u.Path), report.Plain(u.Why))
		}
	}
	return nil
}

// shardsCommand prints a job matrix.
func (a *App) shardsCommand() *cobra.Command {
	var n int
	cmd := &cobra.Command{
		Use:   "shards",
		Short: "Print a job matrix that scans the stacks in parts",
		Long:  `Print JSON for strategy.matrix of GitHub Actions: {"shard":["1/4","2/4","3/4","4/4"]}. Each job runs mooring scan --shard with its part.`,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 1 {
				return fmt.Errorf("--count %d: want at least 1", n)
			}
			w, err := a.open(cmd.Context(), ".")
			if err != nil {
				return err
			}
			o, err := a.options(w)
			if err != nil {
				return err
			}
			stacks, err := scan.Stacks(cmd.Context(), o)
			if err != nil {
				return err
			}
			return json.NewEncoder(a.Stdout).Encode(jobMatrix(n, len(stacks)))
		},
	}
	cmd.Flags().IntVar(&n, "count", 4, "at most `N` jobs")
	return cmd
}

// completeStacks offers the ids of stacks for a flag.
func (a *App) completeStacks(cmd *cobra.Command, flag string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		w, err := a.open(cmd.Context(), ".")
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		o, err := a.options(w)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		stacks, err := scan.Stacks(cmd.Context(), o)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var ids []string
		for _, s := range stacks {
			ids = append(ids, s.ID+"\t"+s.Why)
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	})
}
