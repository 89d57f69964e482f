package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

// comparison has a difference of every class between n environments; every foreign text is hostile, and secrets are secrets.
func comparison(n int, hostile string) *report.Comparisons {
	g := &compare.Comparison{Group: "web" + hostile, How: "directories beside each other", Ordered: true, Matched: 9, Same: 3, Chosen: 2}
	var cells []compare.Cell
	addresses := make([]string, n)
	for i := range n {
		g.Environments = append(g.Environments, compare.Environment{Name: fmt.Sprintf("env%d", i) + hostile, Stack: fmt.Sprintf("env/%d", i), Resources: 12})
		cells = append(cells, compare.Cell{State: compare.StatePresent, Code: "hunter2-value", Live: "hunter2-value"})
		addresses[i] = "module.web.aws_instance.this[\"" + hostile + "\"]"
	}
	cells[n-1].Live, cells[n-1].Moved = "hunter2-other", true
	g.Environments[0].Problem = "no credentials" + hostile
	g.Tokens = []compare.Token{{Name: "environment", Values: []string{"dev", "prod"}, Used: 3}}
	for i, class := range compare.Classes {
		d := compare.Difference{
			ID: fmt.Sprint("d_", i), Address: addresses[0], Addresses: addresses, Type: "aws_instance", Path: "attribute", Class: class, Side: compare.SideLive, Reason: "variable",
			Because: "because of " + hostile, Cells: cells, Apart: []int{n - 1}, Decided: []string{"var.x"}, Places: []compare.Place{{Environment: 0, File: "main.tf", Line: 3}},
			Commit: &compare.Commit{ID: "0123456789abcdef", Author: "Ann" + hostile, Subject: "change" + hostile, Time: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, Age: 72 * time.Hour, Sensitive: true,
			Attribution: []blame.Attribution{{Verdict: blame.Possible, Actor: audit.Actor{Name: "innocent@example.com", Type: audit.ActorHuman}}},
		}
		g.Differences = append(g.Differences, d)
	}
	accepted := g.Differences[0]
	accepted.Decision = &policy.Decision{Action: policy.ActionIgnore, By: "rule x", Reason: "known" + hostile}
	g.Differences = append(g.Differences, accepted)
	return &report.Comparisons{ComparedAt: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), Groups: []*compare.Comparison{g}, Warnings: []string{"careful" + hostile}}
}

// TestComparisonsAreSafe: no face shows a secret, a name below the verdict likely, or foreign text that is live; text keeps to its width.
func TestComparisonsAreSafe(t *testing.T) {
	const hostile = "<script>alert(1)</script> @everyone | x\n\x1b[31m --> [a](javascript:1)"
	for _, n := range []int{2, 3, 8, 30} {
		r := comparison(n, hostile)
		faces := map[string]*bytes.Buffer{"text": {}, "markdown": {}, "json": {}, "html": {}}
		for name, write := range map[string]func(*bytes.Buffer) error{
			"text":     func(b *bytes.Buffer) error { return report.WriteComparisonsText(b, r, report.TextOptions{Width: 80}) },
			"markdown": func(b *bytes.Buffer) error { return report.WriteComparisonsMarkdown(b, r) },
			"json":     func(b *bytes.Buffer) error { return report.WriteComparisonsJSON(b, r) },
			"html":     func(b *bytes.Buffer) error { return report.WriteComparisonsHTML(b, r) },
		} {
			if err := write(faces[name]); err != nil {
				t.Fatal(err)
			}
		}
		for name, b := range faces {
			text := b.String()
			for _, never := range []string{"hunter2", "innocent@example.com", "\x1b[31m"} {
				if strings.Contains(text, never) {
					t.Errorf("%d environments as %s: %q is in it", n, name, never)
				}
			}
			if name == "html" && strings.Contains(text, "<script>") {
				t.Errorf("the page runs foreign code:\n%s", text)
			}
			if name == "markdown" && strings.Contains(strings.ReplaceAll(text, "`", ""), "<!--") {
				t.Error("a comment opens")
			}
		}
		for line := range strings.Lines(faces["text"].String()) {
			if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > 80 {
				t.Errorf("%d environments: a line of %d columns: %s", n, w, line)
			}
		}
		validate(t, schema(t, "../../docs/comparison.schema.json", false), faces["json"].Bytes())
	}
}

// TestListsShowWhatIsTheirOwn: of a list a matrix shows the elements that not every environment has.
func TestListsShowWhatIsTheirOwn(t *testing.T) {
	g := &compare.Comparison{Group: "web", Environments: []compare.Environment{{Name: "dev"}, {Name: "prod"}}}
	both := []any{"10.0.0.0/8", "192.168.0.0/16"}
	g.Differences = []compare.Difference{{
		Class: compare.Drift, Side: compare.SideLive, Address: "aws_x.y", Addresses: []string{"aws_x.y", "aws_x.y"}, Path: "cidrs", Apart: []int{1},
		Cells: []compare.Cell{
			{State: compare.StatePresent, Code: both, Live: both},
			{State: compare.StatePresent, Code: both, Live: []any{"10.0.0.0/8", "192.168.0.0/16", "0.0.0.0/0"}, Moved: true},
		},
	}}
	var b bytes.Buffer
	if err := report.WriteComparisonsMarkdown(&b, &report.Comparisons{Groups: []*compare.Comparison{g}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "| `nothing more beside 2 others` | `[\"0.0.0.0/0\"] beside 2 others*` |") {
		t.Error(b.String())
	}
}
