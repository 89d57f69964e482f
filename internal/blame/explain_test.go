package blame_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

var update = flag.Bool("update", false, "rewrite the want files in testdata")

// TestExplain runs every case of testdata/explain: findings.json and events.jsonl in, one line per attribution out.
func TestExplain(t *testing.T) {
	cases, err := filepath.Glob("testdata/explain/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			subjects, now := readFindings(t, section(archive, "findings.json"))
			events, problems := readEvents(t, section(archive, "events.jsonl"))
			if len(problems) > 0 {
				t.Fatalf("events: %v", problems)
			}
			got := render(explain(subjects, events, now))
			if want := string(section(archive, "want")); got != want {
				if *update {
					setSection(archive, "want", got)
					writeArchive(t, name, archive)
					return
				}
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func explain(subjects []blame.Subject, events []audit.Event, now time.Time) map[string][]blame.Attribution {
	opts := blame.Options{Now: now}
	if len(events) > 0 {
		opts.Sources = []blame.Source{{Name: "file", Capabilities: audit.Capabilities{HasActor: true}}}
	}
	x := blame.New(subjects, opts)
	for _, e := range events {
		x.Add(e)
	}
	return x.Explain()
}

func render(all map[string][]blame.Attribution) string {
	ids := make([]string, 0, len(all))
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var b strings.Builder
	for _, id := range ids {
		for _, a := range all[id] {
			fmt.Fprintf(&b, "%s %s %s", id, strings.Join(a.Paths, ","), a.Verdict)
			if a.Reason != "" {
				fmt.Fprintf(&b, " reason=%s", a.Reason)
			}
			if a.Actor.Name != "" {
				fmt.Fprintf(&b, " %s(%s)", a.Actor.Name, a.Actor.Type)
			}
			if a.Via != "" {
				fmt.Fprintf(&b, " via=%s", a.Via)
			}
			for _, e := range a.Events {
				fmt.Fprintf(&b, " %s/%s", e.Operation, e.ID)
			}
			for _, c := range a.Candidates {
				fmt.Fprintf(&b, " ?%s", c.Actor.Name)
			}
			for _, e := range a.Elements {
				fmt.Fprintf(&b, "\n    %s", e)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// memory is a Files of one file.
type memory []byte

func (m memory) Glob(string) ([]string, error)      { return []string{"events.jsonl"}, nil }
func (m memory) Open(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m)), nil }

func readEvents(t testing.TB, text []byte) ([]audit.Event, []string) {
	t.Helper()
	var events []audit.Event
	stats, problems := audit.Collect(context.Background(), []audit.Source{file.New([]string{"events.jsonl"}, memory(text))}, audit.Query{},
		func(e audit.Event) { events = append(events, e) })
	bad := stats.Examples
	for _, p := range problems {
		bad = append(bad, p.Text)
	}
	return events, bad
}

// readFindings reads the findings document of DESIGN section 10, as far as blame needs it.
func readFindings(t testing.TB, text []byte) ([]blame.Subject, time.Time) {
	t.Helper()
	var doc struct {
		ScannedAt time.Time `json:"scanned_at"`
		Stacks    []struct {
			ID       string
			Applies  []blame.Apply
			Findings []struct {
				ID, Address, Type, Kind, Reason, Account, Region string
				IDs                                              []string
				Window                                           drift.Window
				Attributes                                       map[string]any
				Changes                                          []struct {
					Path, Kind       string
					Base, Code, Live any
					Sensitive        bool
				}
			}
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("findings: %v", err)
	}
	var out []blame.Subject
	for _, s := range doc.Stacks {
		for _, f := range s.Findings {
			finding := drift.Finding{ID: f.ID, Address: f.Address, Type: f.Type, Kind: drift.Kind(f.Kind), Reason: f.Reason, Account: f.Account, Region: f.Region,
				IDs: f.IDs, Window: f.Window, Attributes: f.Attributes}
			for _, c := range f.Changes {
				finding.Changes = append(finding.Changes, drift.Change{Path: c.Path, Kind: drift.Kind(c.Kind), Base: c.Base, Code: c.Code, Live: c.Live, Sensitive: c.Sensitive})
			}
			out = append(out, blame.Subject{Finding: finding, Stack: s.ID, Applies: s.Applies})
		}
	}
	return out, doc.ScannedAt
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func setSection(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}
