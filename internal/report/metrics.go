package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// WriteMetrics writes a scan in the text format of Prometheus, for the textfile collector. A stack that could not be planned has no time of a
// last good scan here: alert on the age of that series, and on its absence.
func WriteMetrics(w io.Writer, r *Results) error {
	m := &metrics{}
	at := float64(r.ScannedAt.UnixMilli()) / 1000
	m.family("mooring_scan_timestamp_seconds", "When the scan began.")
	if !r.ScannedAt.IsZero() {
		m.sample("mooring_scan_timestamp_seconds", at)
	}
	m.family("mooring_scan_duration_seconds", "How long the scan took.")
	m.sample("mooring_scan_duration_seconds", r.Elapsed.Seconds())
	m.family("mooring_audit_events", "Audit records that were read.")
	m.sample("mooring_audit_events", float64(r.Events.Events))
	m.family("mooring_stack_status", "1 for the status that the stack has: clean, drifted, pending, failed or skipped.")
	for _, s := range r.Stacks {
		m.sample("mooring_stack_status", 1, "stack", s.Stack.ID, "status", string(s.Status))
	}
	m.family("mooring_stack_last_good_scan_timestamp_seconds", "When the stack was last planned without an error.")
	for _, s := range r.Stacks {
		if s.Status != StatusFailed && s.Status != StatusSkipped && !r.ScannedAt.IsZero() {
			m.sample("mooring_stack_last_good_scan_timestamp_seconds", at, "stack", s.Stack.ID)
		}
	}
	m.family("mooring_stack_duration_seconds", "How long the stack took.")
	for _, s := range r.Stacks {
		m.sample("mooring_stack_duration_seconds", s.Duration.Seconds(), "stack", s.Stack.ID)
	}
	m.family("mooring_drifted_resources", "Resources of the stack that were changed outside the code, less those that a decision accepts.")
	for _, s := range r.Stacks {
		n := 0
		for _, f := range s.Findings {
			if IsDrift(f) {
				n++
			}
		}
		if s.Status != StatusFailed && s.Status != StatusSkipped {
			m.sample("mooring_drifted_resources", float64(n), "stack", s.Stack.ID)
		}
	}
	m.family("mooring_findings", "Findings of the stack by kind.")
	for _, s := range r.Stacks {
		kinds := map[drift.Kind]int{}
		for _, f := range s.Findings {
			kinds[f.Kind]++
		}
		for _, k := range slices.Sorted(maps.Keys(kinds)) {
			m.sample("mooring_findings", float64(kinds[k]), "stack", s.Stack.ID, "kind", string(k))
		}
	}
	_, err := io.WriteString(w, m.String())
	return err
}

type metrics struct{ strings.Builder }

func (m *metrics) family(name, help string) {
	fmt.Fprintf(m, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

func (m *metrics) sample(name string, value float64, labels ...string) {
	m.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		mark := ","
		if i == 0 {
			mark = "{"
		}
		text := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD"))
		fmt.Fprintf(m, `%s%s="%s"`, mark, labels[i], text)
	}
	if len(labels) > 0 {
		m.WriteByte('}')
	}
	fmt.Fprintf(m, " %s\n", strconv.FormatFloat(value, 'f', -1, 64))
}
