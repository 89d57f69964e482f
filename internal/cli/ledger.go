package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/forge/github"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

// book is the ledger of a repository; nil outside of one.
func (a *App) book(w *world) *ledger.Ledger {
	if w.repo == nil {
		return nil
	}
	return &ledger.Ledger{Store: &ledger.Branch{Repo: w.repo, Name: w.config.Ledger.Branch, Author: dir.Mooring, Now: a.Now}}
}

// memory is what earlier scans left, and what people decided; nil when there is none. A ledger that does not hold, or cannot be reached, is a
// warning: a scan must not depend on it.
func (a *App) memory(ctx context.Context, w *world) scan.Memory {
	book := a.shared(w)
	if book == nil {
		book = a.book(w)
	}
	if book == nil {
		return nil
	}
	entries, err := book.Entries(ctx)
	if err != nil {
		a.warn("the ledger is left out of account: %v", err)
		return nil
	}
	if len(entries) == 0 {
		return nil
	}
	return ledger.Fold(entries, a.Now())
}

// shared is the ledger on GitHub, for a job that has a token for the repository: a checkout holds it only when all branches were fetched, and
// what somebody decided a minute ago never. It is nil elsewhere.
func (a *App) shared(w *world) *ledger.Ledger {
	for _, name := range []string{"GITHUB_TOKEN", "GH_TOKEN", "INPUT_TOKEN"} {
		token := a.getenv(name)
		if token == "" || a.getenv("GITHUB_REPOSITORY") == "" || w.repo == nil {
			continue
		}
		t, err := a.githubTarget(w, token)
		if err != nil {
			return nil
		}
		client, err := github.New(*t.GitHub)
		if err != nil {
			return nil
		}
		return &ledger.Ledger{Store: client.Ledger(w.config.Ledger.Branch)}
	}
	return nil
}

func (a *App) ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Read or check the memory: what was seen, who did it, what was decided and published",
	}
	var format string
	show := &cobra.Command{
		Use:   "log",
		Short: "List the entries, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entries, err := a.entries(cmd.Context())
			if err != nil {
				return err
			}
			switch format {
			case "json":
				return writeLines(a.Stdout, entries)
			case "text":
				for _, e := range entries {
					fmt.Fprintln(a.Stdout, entryLine(e))
				}
				return nil
			}
			return fmt.Errorf("--format %q: want text or json", format)
		},
	}
	show.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.AddCommand(show, &cobra.Command{
		Use:   "verify",
		Short: "Check that no entry was changed or left out",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entries, err := a.entries(cmd.Context())
			if err != nil {
				return err
			}
			if len(entries) == 0 {
				fmt.Fprintln(a.Stdout, "the ledger is empty")
				return nil
			}
			last := entries[len(entries)-1]
			fmt.Fprintf(a.Stdout, "the chain holds: %d long, the last of %s, its hash %s\n", len(entries), last.At.UTC().Format(time.RFC3339), last.Hash)
			return nil
		},
	}, &cobra.Command{
		Use:   "export",
		Short: "Print the entries as JSON lines",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			entries, err := a.entries(cmd.Context())
			if err != nil {
				return err
			}
			return writeLines(a.Stdout, entries)
		},
	})
	return cmd
}

func (a *App) entries(ctx context.Context) ([]ledger.Entry, error) {
	w, err := a.open(ctx, ".")
	if err != nil {
		return nil, err
	}
	if _, err := w.needRepo("the ledger"); err != nil {
		return nil, err
	}
	entries, err := a.book(w).Entries(ctx)
	var broken *ledger.BrokenError
	if errors.As(err, &broken) {
		return nil, withHint(err, "somebody changed the branch by hand: compare it with its history before you trust it")
	}
	return entries, err
}

func writeLines(w io.Writer, entries []ledger.Entry) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, e := range entries {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func entryLine(e ledger.Entry) string {
	parts := []string{e.At.UTC().Format("2006-01-02 15:04"), fmt.Sprintf("%-11s", e.Kind)}
	for _, s := range []string{e.Stack, e.Address} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	switch {
	case e.Scan != nil:
		parts = append(parts, fmt.Sprintf("%d clean, %d drifted, %d pending, %d failed", len(e.Scan.Clean), len(e.Scan.Drifted), len(e.Scan.Pending), len(e.Scan.Failed)))
	case e.Difference != nil:
		parts = append(parts, e.Difference.Kind, strings.Join(e.Difference.Paths, ", "))
	case e.Attribution != nil:
		parts = append(parts, e.Attribution.Actor, e.Attribution.Verdict)
	case e.Decision != nil:
		parts = append(parts, e.Decision.Action, "by", e.Decision.By)
	case e.Publication != nil:
		parts = append(parts, e.Publication.Action)
	}
	return report.Plain(strings.Join(parts, "  "))
}

func (a *App) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "Try the rules of .mooring.hcl"}
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
