package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

func (a *App) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "Try the rules of .mooring.hcl, or have some suggested"}
	cmd.AddCommand(&cobra.Command{
		Use:   "test RESULTS",
		Short: "Say which rule hits which finding of an earlier scan, and why the others do not",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open(cmd.Context(), ".")
			if err != nil {
				return err
			}
			r, err := a.readResults(args[0])
			if err != nil {
				return err
			}
			if len(w.config.Rules) == 0 {
				fmt.Fprintln(a.Stdout, "there are no rules in .mooring.hcl")
				return nil
			}
			hits := 0
			for _, s := range r.Stacks {
				for i := range s.Findings {
					for _, rule := range w.config.Rules {
						for _, m := range policy.Evaluate(scan.Subject(s.Stack, &s.Findings[i]), rule, a.Now()) {
							if m.Holds && !m.Expired {
								hits++
							}
							fmt.Fprintln(a.Stdout, report.Plain(fmt.Sprintf("%-8s rule %s: %s %s", matchWord(m), rule.Name, s.Findings[i].Address, m.Path)))
							if m.Err != nil {
								fmt.Fprintf(a.Stdout, "         %s\n", report.Plain(m.Err.Error()))
							}
						}
					}
				}
			}
			fmt.Fprintf(a.Stderr, "%s\n", count(hits, "hit"))
			return nil
		},
	})
	cmd.AddCommand(a.rulesSuggestCommand())
	return cmd
}

func matchWord(m policy.Match) string {
	switch {
	case m.Err != nil:
		return "error"
	case m.Holds && m.Expired:
		return "expired"
	case m.Holds:
		return "hit"
	}
	return "no"
}
