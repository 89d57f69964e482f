package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
)

func sarifOf(t interface{ Fatalf(string, ...any) }, r *report.Results) []byte {
	var b bytes.Buffer
	if err := report.WriteSARIF(&b, r); err != nil {
		t.Fatalf("%v", err)
	}
	return b.Bytes()
}

func TestSARIFKeepsItsSchema(t *testing.T) {
	s := schema(t, "testdata/schemas/sarif-schema-2.1.0.json", false)
	validate(t, s, sarifOf(t, sample()))
	validate(t, s, sarifOf(t, &report.Results{}))
	rapid.Check(t, func(t *rapid.T) { validate(t, s, sarifOf(t, anyResults().Draw(t, "results"))) })
}

type sarifLog struct {
	Runs []struct {
		AutomationDetails struct{ ID string }
		Invocations       []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct{ Message struct{ Text string } }
		}
		Results []struct {
			RuleID              string
			Level               string
			PartialFingerprints map[string]string
			Locations           []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine int }
				}
			}
			Suppressions []struct{ Kind string }
		}
	}
}

func readSARIF(t *testing.T, data []byte) sarifLog {
	t.Helper()
	var l sarifLog
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSARIFPointsAtTheCode(t *testing.T) {
	l := readSARIF(t, sarifOf(t, sample()))
	if len(l.Runs) != 4 || l.Runs[1].AutomationDetails.ID != "mooring/infra/prod/" {
		t.Fatalf("expected a run per stack with its category, got %+v", l.Runs)
	}
	var got []string
	for _, r := range l.Runs[1].Results {
		at := r.Locations[0].PhysicalLocation
		got = append(got, fmt.Sprintf("%s %s %s:%d suppressed=%d", r.RuleID, r.Level, at.ArtifactLocation.URI, at.Region.StartLine, len(r.Suppressions)))
	}
	want := []string{
		"mooring/drift error modules/web/main.tf:26 suppressed=0",
		"mooring/deleted error infra/prod:1 suppressed=0",
		"mooring/conflict warning infra/prod:1 suppressed=0",
		"mooring/drift warning infra/prod/db.tf:3 suppressed=0",
		"mooring/drift warning infra/prod/db.tf:3 suppressed=0",
		"mooring/drift warning infra/prod:1 suppressed=0",
		"mooring/drift warning infra/prod:1 suppressed=1",
		"mooring/pending note infra/prod:1 suppressed=0",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("results:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if failed := l.Runs[3].Invocations[0]; failed.ExecutionSuccessful || len(failed.ToolExecutionNotifications) != 1 {
		t.Errorf("a stack that could not be planned must say so: %+v", failed)
	}
}

// TestB24_SARIFFingerprintsIgnoreValues: the same difference keeps its alert when the value moves on, and each difference has its own.
func TestB24_SARIFFingerprintsIgnoreValues(t *testing.T) {
	before, other := sample(), sample()
	other.Stacks[1].Findings[0].Changes[0].Live = []any{}
	other.Stacks[1].Findings[0].Attribution = nil
	prints := func(r *report.Results) (out []string) {
		seen := map[string]bool{}
		for _, run := range readSARIF(t, sarifOf(t, r)).Runs {
			for _, result := range run.Results {
				p := result.PartialFingerprints["primaryLocationLineHash"]
				if seen[p] {
					t.Errorf("fingerprint %s is there twice", p)
				}
				seen[p] = true
				out = append(out, p)
			}
		}
		return out
	}
	if a, b := prints(before), prints(other); strings.Join(a, " ") != strings.Join(b, " ") {
		t.Errorf("fingerprints moved with a value:\n%v\n%v", a, b)
	}
}

// TestB24_SARIFKeepsGitHubsLimits guards rule 24: 20 runs a file, 25,000 results a run, and the count of what is missing.
func TestB24_SARIFKeepsGitHubsLimits(t *testing.T) {
	many := &report.Results{}
	for i := range 45 {
		s := network()
		s.Stack.ID = fmt.Sprintf("stack-%02d", i)
		many.Stacks = append(many.Stacks, s)
	}
	if l := readSARIF(t, sarifOf(t, many)); len(l.Runs) != 1 || l.Runs[0].AutomationDetails.ID != "mooring/" {
		t.Errorf("45 stacks in one file should be one run, got %d", len(l.Runs))
	}
	parts := report.SplitSARIF(many)
	if len(parts) != 3 {
		t.Fatalf("45 stacks should be 3 files, got %d", len(parts))
	}
	for i, want := range []int{20, 20, 5} {
		if l := readSARIF(t, sarifOf(t, parts[i])); len(l.Runs) != want {
			t.Errorf("file %d has %d runs, want %d", i, len(l.Runs), want)
		}
	}

	big := network()
	big.Status = report.StatusDrifted
	for i := range 25_100 {
		big.Findings = append(big.Findings, report.Finding{Finding: drift.Finding{Address: fmt.Sprintf("aws_x.y[%d]", i), Kind: drift.KindDeleted}})
	}
	l := readSARIF(t, sarifOf(t, &report.Results{Stacks: []report.StackResult{big}}))
	if got := len(l.Runs[0].Results); got != 25_000 {
		t.Errorf("%d results in a run", got)
	}
	notes := l.Runs[0].Invocations[0].ToolExecutionNotifications
	if len(notes) != 1 || notes[0].Message.Text != "100 results left out: a run holds at most 25,000" {
		t.Errorf("notes are %+v", notes)
	}
}
