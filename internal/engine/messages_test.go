package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMessageLogKeepsDiagnostics(t *testing.T) {
	stream := `OpenTofu will say something first
{"type":"planned_change","change":{"resource":{"addr":"a.b"}}}
{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"careful","range":{"filename":"b.tf","start":{"line":4}}}}
{"type":"diagnostic","diagnostic":{"severity":"error","summary":"` + strings.Repeat("x", 2*maxLine) + `"}}
{"type":"log","note":"diagnostic"}
{"type":"diagnostic","diagnostic":{"severity":"error","summary":"second","detail":"why","address":"a.b","range":{"filename":"../m/a.tf","start":{"line":2}}}}
{"type":"diagnostic","diagnostic":{"severity":"error","summ`
	want := []Diagnostic{
		{Severity: "error", Summary: "second", Detail: "why\n\nWith a.b.", File: "infra/m/a.tf", Line: 2},
		{Severity: "warning", Summary: "careful", File: "infra/prod/b.tf", Line: 4},
	}
	for _, size := range []int{1, 7, 4096, len(stream)} {
		if size == 1 {
			stream = strings.Replace(stream, strings.Repeat("x", maxLine), "", 1) // byte by byte takes its time
		}
		log := &messageLog{}
		for rest := stream; rest != ""; {
			n := min(size, len(rest))
			if _, err := log.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		got := diagnosticsOf(log.diagnostics, Workdir{Path: "infra/prod"}, func(s string) string { return s })
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("written %d bytes at a time:\n%s", size, d)
		}
	}
}

func TestMessageLogIsBounded(t *testing.T) {
	log := &messageLog{}
	for range 10 * maxDiagnostics {
		if _, err := log.Write([]byte(`{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"again"}}` + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if len(log.diagnostics) != maxDiagnostics {
		t.Errorf("%d diagnostics are kept", len(log.diagnostics))
	}
}

func TestTextDiagnostics(t *testing.T) {
	text := "Initializing...\n\x1b[31m╷\x1b[0m\n│ \x1b[1mError: \x1b[0mFailed to query\n│ \n│ Could not.\n╵\n\nError: Second\r\n\r\nDetail\n  of it\n"
	want := []rawDiagnostic{
		{Severity: "error", Summary: "Failed to query", Detail: "Could not."},
		{Severity: "error", Summary: "Second", Detail: "Detail\n  of it"},
	}
	if d := cmp.Diff(want, textDiagnostics(text)); d != "" {
		t.Error(d)
	}
	if got := textDiagnostics("no such thing"); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}
