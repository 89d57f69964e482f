package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

func (a *App) explainCommand() *cobra.Command {
	var findings, format, stackGlob string
	var events []string
	cmd := &cobra.Command{
		Use:   "explain [ADDRESS]",
		Short: "Tell the story of a resource: what changed, who did it, what was ruled out",
		Long: `Explain the findings of a scan from audit logs. With --findings the results of an earlier scan are explained, offline; without,
the repository is scanned first. With --format json the same document is printed with its attribution filled in.`,
		Example: `  mooring explain --findings results.json --events 'audit/*.json.gz' --format json
  mooring explain aws_security_group.web`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address := ""
			if len(args) > 0 {
				address = args[0]
			}
			if format != "text" && format != "json" {
				return fmt.Errorf("--format %q: want text or json", format)
			}
			r, err := a.explained(cmd.Context(), findings, stackGlob, events)
			if err != nil {
				return err
			}
			if address != "" && !keepOnly(r, address) {
				return withHint(fmt.Errorf("no finding has the address %s", address), "mooring scan lists what differs")
			}
			var b bytes.Buffer
			if format == "json" {
				err = report.WriteJSON(&b, r)
			} else {
				err = report.WriteStory(&b, r, a.textOptions(a.Stdout))
			}
			if err != nil {
				return err
			}
			_, err = a.Stdout.Write(b.Bytes())
			return err
		},
	}
	cmd.Flags().StringVar(&findings, "findings", "", "explain the results in `FILE`; - is standard input")
	cmd.Flags().StringArrayVar(&events, "events", nil, "read the audit log files that match `GLOB`; may be repeated")
	cmd.Flags().StringVar(&stackGlob, "stack", "", "only stacks that match `GLOB`, when there is no --findings")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func (a *App) explained(ctx context.Context, findings, stackGlob string, events []string) (*report.Results, error) {
	globs, err := a.absolute(events)
	if err != nil {
		return nil, err
	}
	if findings == "" {
		w, err := a.open(ctx, ".")
		if err != nil {
			return nil, err
		}
		o, err := a.options(w)
		if err != nil {
			return nil, err
		}
		o.Events = globs
		if stackGlob != "" {
			o.Stacks = []string{stackGlob}
		}
		return a.run(ctx, w, o)
	}
	r, err := a.readResults(findings)
	if err != nil {
		return nil, err
	}
	base, err := a.dir()
	if err != nil {
		return nil, err
	}
	// The configuration of the place is honoured when there is one: how identities are shown is a promise to the people in the logs.
	c, err := config.Load(os.DirFS(base), config.Name)
	if err != nil {
		return nil, err
	}
	cache, err := a.cacheDir()
	if err != nil {
		return nil, err
	}
	sources := scan.Sources(ctx, c, scan.SourceOptions{Root: base, Events: globs, Env: a.Env, Cache: cache, Now: a.Now})
	if len(sources) == 0 {
		return nil, withHint(errors.New("there are no audit logs to read"), "name files with --events GLOB, or audit blocks in .mooring.hcl")
	}
	stacks := make([]*report.StackResult, len(r.Stacks))
	for i := range r.Stacks {
		stacks[i] = &r.Stacks[i]
	}
	done := scan.Attribute(ctx, stacks, scan.AttributeOptions{Sources: sources, Config: c, Now: scannedAt(r, a), Progress: scan.NoProgress{}})
	r.Events = done.Events
	r.Warnings = append(r.Warnings, done.Warnings...)
	for _, w := range done.Warnings {
		a.warn("%s", w)
	}
	return r, ctx.Err()
}

// keepOnly leaves the finding with the address, and tells whether there is one.
func keepOnly(r *report.Results, address string) bool {
	found := false
	for i := range r.Stacks {
		s := &r.Stacks[i]
		s.Findings = slices.DeleteFunc(s.Findings, func(f report.Finding) bool {
			return f.Address != address && !strings.HasPrefix(address, f.Address+".")
		})
		found = found || len(s.Findings) > 0
	}
	r.Stacks = slices.DeleteFunc(r.Stacks, func(s report.StackResult) bool { return len(s.Findings) == 0 })
	return found
}

// scannedAt is the moment that results speak of: later events do not explain them.
func scannedAt(r *report.Results, a *App) time.Time {
	if r.ScannedAt.IsZero() {
		return a.Now()
	}
	return r.ScannedAt
}
