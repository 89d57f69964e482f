package cli

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/pace"
	"github.com/mooringdev/mooring/internal/scan"
)

// checkLogs reads one day of every audit log, all at once: one line for each.
func checkLogs(ctx context.Context, o scan.Options) []check {
	sources := scan.Sources(ctx, o.Config, scan.SourceOptions{Root: o.Root, Env: o.Env, Now: o.Now, Backoff: pace.Backoff{Attempts: 3}})
	if len(sources) == 0 {
		return []check{{"note", "audit logs", "none configured: changes are found, and nobody is named", `add audit "file" "export" { paths = [...] } to .mooring.hcl`}}
	}
	// One day of an API's log tells whether it can be read; files are read whole whatever is asked.
	day := audit.Query{From: o.Now().AddDate(0, 0, -1), To: o.Now(), WriteOnly: true}
	out := make([]check, len(sources))
	var wg sync.WaitGroup
	for i, s := range sources {
		wg.Go(func() { out[i] = checkLog(s, audit.Check(ctx, s, day)) })
	}
	wg.Wait()
	return out
}

// checkLog tells what a look at one log found: who reads, what there is, how long it is kept and how late it is.
func checkLog(s audit.Source, h audit.Health) check {
	what := "audit log " + s.Name()
	if len(h.Problems) > 0 {
		found := h.Problems[0].Text
		if more := len(h.Problems) - 1; more > 0 {
			found += fmt.Sprintf(" (and %s more)", count(more, "problem"))
		}
		return check{"bad", what, found, ""}
	}
	parts := []string{count(h.Stats.Events, "write event") + " of the last day"}
	c := s.Capabilities()
	if c.Provider == "" { // files
		parts[0] = count(h.Stats.Events, "write event")
	}
	if h.Stats.Unreadable > 0 {
		parts = append(parts, fmt.Sprintf("%d unreadable, for example %s", h.Stats.Unreadable, h.Stats.Examples[0]))
	}
	if h.As != "" {
		parts = append(parts, "read as "+h.As)
	}
	if c.Retention > 0 {
		parts = append(parts, "kept "+count(int(c.Retention/(24*time.Hour)), "day"))
	}
	if c.Lag > 0 {
		parts = append(parts, "late by up to "+count(int(c.Lag/time.Minute), "minute"))
	}
	if !c.HasActor {
		parts = append(parts, "it says how and when, not who")
	}
	if m, ok := s.(audit.Metered); ok && m.Spent() != "" {
		parts = append(parts, m.Spent())
	}
	found := strings.Join(parts, "; ")
	if h.Stats.Events == 0 && h.Stats.Unreadable == 0 && c.HasActor {
		return check{"note", what, found, "it can be read; if there should be an event, look at its block in .mooring.hcl"}
	}
	return check{"ok", what, found, ""}
}
