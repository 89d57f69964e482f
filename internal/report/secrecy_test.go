package report_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/report"
)

// faces renders results in every way there is.
func faces(r *report.Results) map[string]string {
	out := bodies(r)
	for name, write := range map[string]func(io.Writer, *report.Results) error{
		"json": report.WriteJSON, "sarif": report.WriteSARIF, "junit": report.WriteJUnit, "html": report.WriteHTML,
		"story": func(w io.Writer, r *report.Results) error { return report.WriteStory(w, r, report.TextOptions{}) },
		"text": func(w io.Writer, r *report.Results) error {
			return report.WriteText(w, r, report.TextOptions{Width: 100})
		},
	} {
		var b bytes.Buffer
		if err := write(&b, r); err != nil {
			panic(err)
		}
		out[name] = b.String()
	}
	for i, s := range r.Stacks {
		out[fmt.Sprint("commit ", i)] = report.CommitMessage(s, "f")
		out[fmt.Sprint("headline ", i)] = report.Headline(s)
		for j, f := range s.Findings {
			out[fmt.Sprint("line ", i, j)] = report.FindingLine(f)
		}
	}
	return out
}

// TestB25_SecretsStayHome puts one secret in every place where one can be, marked or looking like one, and looks for it in every face.
func TestB25_SecretsStayHome(t *testing.T) {
	const canary = "CANARYhunter22"
	marked := "\n\t" + canary + "`|<!--"
	looks := "export DB_PASSWORD=" + canary
	r := sample()
	s := &r.Stacks[1]
	s.Stack.Env = map[string]string{"TF_VAR_x": canary}
	s.Stack.BackendConfig = []string{"secret_key=" + canary}
	s.Hint = looks
	s.Diagnostics = []engine.Diagnostic{{Severity: "error", Summary: "cannot log in with password=" + canary, Detail: looks}}
	r.Stacks[3].Diagnostics = s.Diagnostics
	r.Warnings = []string{"https://user:" + canary + "@example.invalid is down"}
	for i := range s.Findings {
		f := &s.Findings[i]
		f.Attributes = map[string]any{"plain": map[string]any{"deep": []any{"x", marked}}, "password": canary, "json": `{"a":{"password":"` + canary + `"}}`}
		f.SensitivePaths = []string{"plain.deep[1]", "list"}
		f.Changes = append(f.Changes,
			drift.Change{Path: "a", Kind: drift.KindDrift, Base: marked, Code: marked, Live: []any{marked}, Sensitive: true},
			drift.Change{Path: "list[0]", Kind: drift.KindPending, Base: marked, Code: marked, Live: "x"},
			drift.Change{Path: "env", Kind: drift.KindDrift, Code: nil, Live: []any{map[string]any{"name": "DB_PASSWORD", "value": canary}}},
			drift.Change{Path: "user_data", Kind: drift.KindDrift, Code: "x", Live: "#!/bin/sh\n" + looks},
			drift.Change{Path: "plain", Kind: drift.KindDrift, Code: nil, Live: map[string]any{"deep": []any{"x", marked}}},
		)
		f.Attribution = append(f.Attribution, blame.Attribution{Paths: []string{"a"}, Verdict: blame.Confirmed, Actor: alice, Elements: []string{`"` + canary + `"`}})
	}
	for name, face := range faces(r) {
		if i := strings.Index(face, canary); i >= 0 {
			t.Errorf("%s leaks: ...%q", name, face[max(0, i-200):i+20])
		}
		if strings.Contains(face, "ASIAEXAMPLE") {
			t.Errorf("%s holds an access key id", name)
		}
	}
}

// TestNoNameBelowLikely: whatever else is drawn, an actor whose verdict is too weak is in no face.
func TestNoNameBelowLikely(t *testing.T) {
	who := audit.Actor{Name: "mallory-canary", Type: audit.ActorHuman, Principal: "arn:canary/mallory-canary", Session: "mallory-canary", SourceID: "mallory-canary"}
	rapid.Check(t, func(t *rapid.T) {
		r := sample()
		f := &r.Stacks[1].Findings[rapid.IntRange(0, len(r.Stacks[1].Findings)-1).Draw(t, "finding")]
		f.Attribution = []blame.Attribution{{
			Verdict: rapid.SampledFrom([]blame.Verdict{blame.Possible, blame.None, blame.Ambiguous, "", "odd"}).Draw(t, "verdict"), Actor: who, At: now, Via: audit.ViaConsole, SourceIP: "mallory-canary",
			Events: []blame.EventRef{ref("1", "X")}, RuledOut: []blame.RuledOut{{Event: ref("2", "Y"), Actor: who, Why: "failed call"}},
		}}
		for name, face := range faces(r) {
			if strings.Contains(face, "mallory-canary") {
				t.Fatalf("%s names somebody whom nothing proves:\n%s", name, face)
			}
		}
	})
}

// TestTextIsCalm: without colour there is no control character but the line end, and nothing that turns text around.
func TestTextIsCalm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyResults().Draw(t, "results")
		var b bytes.Buffer
		o := report.TextOptions{Width: rapid.IntRange(0, 200).Draw(t, "width"), Now: now}
		if err := report.WriteText(&b, r, o); err != nil {
			t.Fatal(err)
		}
		if err := report.WriteStory(&b, r, o); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.String() {
			if c != '\n' && (unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c)) {
				t.Fatalf("%U in:\n%q", c, b.String())
			}
		}
	})
}
