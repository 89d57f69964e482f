package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
)

func (a *App) ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Read or check the memory: what was seen, who did it, what was decided and published",
		Long: `The ledger is a branch of JSON lines, each with the hash of the one before. In a job with a token for the repository it is read from GitHub,
elsewhere from the clone. With a private key in ` + ledgerKey + ` (SSH, or armoured GPG, without passphrase) every addition is signed.`,
	}
	cmd.AddCommand(a.ledgerLog(), a.ledgerVerify(), a.ledgerExport(), a.ledgerStats(), a.ledgerCompact())
	return cmd
}

func (a *App) ledgerLog() *cobra.Command {
	var format string
	cmd := &cobra.Command{
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
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func (a *App) ledgerVerify() *cobra.Command {
	var keys string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that no entry was changed or left out, and who signed",
		Long: `Check the chain of hashes. With --trusted, check every signature too, by the keys in a file: lines as in an allowed_signers or .pub file,
and armoured GPG keys. A signature is of the hash of the entry before it, as 64 letters, in the form of stock tools:

  printf %s HASH | ssh-keygen -Y verify -f allowed_signers -I NAME -n ` + ledger.Namespace + ` -s SIGNATURE
  printf %s HASH | gpg --verify SIGNATURE -`,
		Args: cobra.NoArgs,
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
			if c := entries[0].Checkpoint; c != nil {
				fmt.Fprintf(a.Stdout, "it begins with a checkpoint for %d entries from %s to %s, whose lines have the SHA-256 %s\n",
					c.Entries, c.From.UTC().Format(time.RFC3339), c.To.UTC().Format(time.RFC3339), c.Digest)
			}
			if keys == "" {
				return nil
			}
			return a.verifySignatures(entries, keys)
		},
	}
	cmd.Flags().StringVar(&keys, "trusted", "", "`FILE` of the public keys whose signatures count")
	return cmd
}

func (a *App) verifySignatures(entries []ledger.Entry, file string) error {
	base, err := a.dir()
	if err != nil {
		return err
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(base, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	trusted, err := ledger.ParseTrusted(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	signed, err := ledger.CheckSignatures(entries, trusted)
	switch {
	case err != nil:
		return fmt.Errorf("the ledger: %w", err)
	case signed.Signatures == 0:
		return withHint(errors.New("the ledger is not signed"), "give the key that signs in "+ledgerKey)
	case signed.Unsigned > 0:
		return fmt.Errorf("the last %d entries of the ledger are not signed", signed.Unsigned)
	}
	fmt.Fprintf(a.Stdout, "%s by trusted keys, the last over all entries\n", count(signed.Signatures, "signature"))
	return nil
}

func (a *App) ledgerExport() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the entries as JSON lines, of Mooring's own form or as OCSF events",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "json" && format != "ocsf" {
				return fmt.Errorf("--format %q: want json or ocsf", format)
			}
			entries, err := a.entries(cmd.Context())
			if err != nil {
				return err
			}
			if format == "json" {
				return writeLines(a.Stdout, entries)
			}
			var events []any
			for _, e := range entries {
				if event, known := ledger.OCSF(e); known {
					events = append(events, event)
				}
			}
			return writeLines(a.Stdout, events)
		},
	}
	cmd.Flags().StringVar(&format, "format", "json", "json, or ocsf for events of the Open Cybersecurity Schema Framework")
	return cmd
}

// A stackStats is what the ledger knows of one stack in figures.
type stackStats struct {
	Stack      string     `json:"stack"`
	LastGood   *time.Time `json:"last_good_scan,omitempty"`
	Age        int64      `json:"age_seconds,omitempty"` // since then
	Since      *time.Time `json:"drifted_since,omitempty"`
	Open       int        `json:"open"`
	Reconciled int        `json:"reconciled"`
	Mean       int64      `json:"mean_seconds_to_reconcile,omitempty"`
}

func (a *App) ledgerStats() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Say how old the last good scan of each stack is, since when it drifts, and how long drift lasted on average",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format %q: want text or json", format)
			}
			entries, err := a.entries(cmd.Context())
			if err != nil {
				return err
			}
			return writeStats(a.Stdout, ledger.Fold(entries, a.Now()), a.Now(), format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func writeStats(out io.Writer, h *ledger.History, now time.Time, format string) error {
	stats := struct {
		Stacks     []stackStats `json:"stacks"`
		Reconciled int          `json:"reconciled"`
		Mean       int64        `json:"mean_seconds_to_reconcile,omitempty"`
	}{Stacks: []stackStats{}}
	times, mean := h.Reconciled("")
	stats.Reconciled, stats.Mean = times, int64(mean.Seconds())
	for _, id := range h.Stacks() {
		s := stackStats{Stack: id}
		if at, _ := h.LastGood(id); !at.IsZero() {
			s.LastGood, s.Age = &at, int64(now.Sub(at).Seconds())
		}
		if since := h.Since(id); !since.IsZero() {
			s.Since = &since
		}
		for _, f := range h.Findings(id) {
			if f.Open {
				s.Open++
			}
		}
		n, mean := h.Reconciled(id)
		s.Reconciled, s.Mean = n, int64(mean.Seconds())
		stats.Stacks = append(stats.Stacks, s)
	}
	if format == "json" {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(stats)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STACK\tLAST GOOD SCAN\tDRIFTED SINCE\tOPEN\tRECONCILED\tON AVERAGE WITHIN")
	for _, s := range stats.Stacks {
		good, since, within := "never", "-", "-"
		if s.LastGood != nil {
			good = span(time.Duration(s.Age)*time.Second) + " ago"
		}
		if s.Since != nil {
			since = s.Since.UTC().Format("2006-01-02 15:04")
		}
		if s.Reconciled > 0 {
			within = span(time.Duration(s.Mean) * time.Second)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", report.Plain(s.Stack), good, since, s.Open, s.Reconciled, within)
	}
	if times > 0 {
		fmt.Fprintf(w, "all\t\t\t\t%d\t%s\n", times, span(mean))
	}
	return w.Flush()
}

// span is a duration for people, in its largest two units.
func span(d time.Duration) string {
	d = max(d, 0).Round(time.Minute)
	days, hours, minutes := d/(24*time.Hour), d%(24*time.Hour)/time.Hour, d%time.Hour/time.Minute
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	}
	return fmt.Sprintf("%dm", minutes)
}

func (a *App) ledgerCompact() *cobra.Command {
	var older string
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Fold old entries into one checkpoint from which the chain goes on",
		Long: `Fold the entries that are older than a time into one checkpoint. It carries the hash of the last of them, the SHA-256 of all of them, and what
every later question needs: since when, seen before, decisions, applies, figures. On a branch the old lines stay in the branch's history.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			age, err := config.ParseDuration(older)
			if err != nil {
				return fmt.Errorf("--older-than: %w", err)
			}
			book, err := a.openBook(cmd.Context())
			if err != nil {
				return err
			}
			n, err := book.Compact(cmd.Context(), a.Now().Add(-age))
			if err != nil {
				return err
			}
			if n == 0 {
				fmt.Fprintln(a.Stdout, "nothing to fold")
				return nil
			}
			fmt.Fprintf(a.Stdout, "%d entries became a checkpoint\n", n)
			return nil
		},
	}
	cmd.Flags().StringVar(&older, "older-than", "180d", "age of the entries to fold, such as 90d")
	return cmd
}

// openBook is the ledger of the repository in the current directory: on GitHub in a job with a token for it, else in the clone.
func (a *App) openBook(ctx context.Context) (*ledger.Ledger, error) {
	w, err := a.open(ctx, ".")
	if err != nil {
		return nil, err
	}
	if _, err := w.needRepo("the ledger"); err != nil {
		return nil, err
	}
	if book := a.shared(w); book != nil {
		return book, nil
	}
	return a.book(w), nil
}

func (a *App) entries(ctx context.Context) ([]ledger.Entry, error) {
	book, err := a.openBook(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := book.Entries(ctx)
	var broken *ledger.BrokenError
	if errors.As(err, &broken) {
		return nil, withHint(err, "somebody changed the branch by hand: compare it with its history before you trust it")
	}
	return entries, err
}

func writeLines[T any](w io.Writer, entries []T) error {
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
	case e.Checkpoint != nil:
		parts = append(parts, fmt.Sprintf("stands for %d entries from %s on", e.Checkpoint.Entries, e.Checkpoint.From.UTC().Format("2006-01-02")))
	case e.Signature != nil:
		parts = append(parts, e.Signature.Format, e.Signature.Key)
	case e.Apply != nil:
		parts = append(parts, e.Apply.Principal)
	case e.Publication != nil:
		parts = append(parts, e.Publication.Action)
	}
	return report.Plain(strings.Join(parts, "  "))
}
