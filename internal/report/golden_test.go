package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what was rendered with testdata/<name>.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (rewrite it with -update):\n%s", file, d)
	}
}

func TestGolden(t *testing.T) {
	linked := report.BodyOptions{Repository: "https://github.com/acme/infra", Branch: "mooring/adopt/infra-prod", Revert: true, MentionOwners: true}
	text := func(o report.TextOptions) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteText(&b, sample(), o); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
	}
	for name, render := range map[string]func(*testing.T) []byte{
		"terminal.txt":        text(report.TextOptions{Width: 120, Now: now}),
		"terminal-narrow.txt": text(report.TextOptions{Width: 60, Now: now}),
		"terminal-colour.txt": text(report.TextOptions{Width: 120, Now: now, Colour: true}),
		"story.txt": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteStory(&b, sample(), report.TextOptions{Width: 120, Now: now}); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"findings.json": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteJSON(&b, sample()); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"issue.md":        func(*testing.T) []byte { return []byte(report.IssueBody(prod(), linked)) },
		"issue-plain.md":  func(*testing.T) []byte { return []byte(report.IssueBody(prod(), report.BodyOptions{})) },
		"issue-failed.md": func(*testing.T) []byte { return []byte(report.IssueBody(data(), linked)) },
		"summary.md": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteMarkdown(&b, sample(), report.MarkdownOptions{Repository: linked.Repository}); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"findings.sarif": func(t *testing.T) []byte {
			var b, indented bytes.Buffer
			if err := report.WriteSARIF(&b, sample()); err != nil {
				t.Fatal(err)
			}
			if err := json.Indent(&indented, b.Bytes(), "", " "); err != nil {
				t.Fatal(err)
			}
			return indented.Bytes()
		},
		"junit.xml": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteJUnit(&b, sample()); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"annotations.txt": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteAnnotations(&b, sample()); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"ocsf.jsonl": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteOCSF(&b, sample()); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"metrics.prom": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteMetrics(&b, sample()); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"report.html": func(t *testing.T) []byte {
			var b bytes.Buffer
			if err := report.WriteHTML(&b, sample()); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"dashboard.md": func(*testing.T) []byte {
			return []byte(report.DashboardBody([]report.StackLine{
				{Result: network(), LastGood: at("2026-11-21 06:00")},
				{Result: prod(), Since: at("2026-11-20 06:00"), LastGood: at("2026-11-21 06:00")},
				{Result: staging(), Since: at("2026-11-18 06:00"), LastGood: at("2026-11-21 06:00")},
				{Result: data(), Since: at("2026-11-20 06:00"), LastGood: at("2026-11-20 04:00")},
			}, report.DashboardOptions{Boxes: true}))
		},
		"note.md": func(*testing.T) []byte {
			return []byte(report.Note([]report.Item{{Address: "aws_db_instance.main", Path: "password"}, {Address: "aws_gone.x", Path: "a"}}, prod()))
		},
		"putback.md": func(*testing.T) []byte {
			s := network()
			s.PutBack = []report.PutBack{
				{Address: "aws_instance.web", Kind: drift.KindDrift, Paths: []string{"instance_type", `tags["x"]`}, Attribution: blame.Attribution{
					Paths: []string{"instance_type"}, Verdict: blame.Confirmed, Actor: alice, Via: audit.ViaConsole, At: at("2026-11-20 17:03"), Events: []blame.EventRef{ref("e1", "ModifyInstanceAttribute")},
				}},
				{Address: "aws_s3_bucket.logs", Kind: drift.KindDeleted, Attribution: blame.Attribution{Verdict: blame.Likely, Actor: bob, At: at("2026-11-20 18:00")}},
				{Address: "aws_security_group_rule.by_hand", Kind: drift.KindUnmanaged, Attribution: blame.Attribution{Verdict: blame.Automation, Actor: scaler, At: at("2026-11-20 18:01")}},
			}
			return []byte(report.ResolvedNote(s) + " " + report.PutBackNote(s))
		},
		"commit.txt": func(*testing.T) []byte { return []byte(report.CommitMessage(prod(), "9f3c1e")) },
		"pull.md":    func(*testing.T) []byte { return []byte(report.PullBody(prod(), linked)) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, render(t)) })
	}
}
