package report_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/report"
)

var sampleLine = regexp.MustCompile(`^(# (HELP|TYPE) mooring_[a-z_]+ .+|mooring_[a-z_]+(\{([a-z]+="([^"\\]|\\["\\n])*",?)+\})? \S+)$`)

// TestLineFormats: whatever a scan holds, what is written for machines line by line stays line by line, and foreign text starts no line.
func TestLineFormats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyResults().Draw(t, "results")
		lines := func(render func(*bytes.Buffer) error) []string {
			var b bytes.Buffer
			if err := render(&b); err != nil {
				t.Fatal(err)
			}
			if b.Len() == 0 {
				return nil
			}
			return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		}
		for _, l := range lines(func(b *bytes.Buffer) error { return report.WriteMetrics(b, r) }) {
			if !sampleLine.MatchString(l) {
				t.Fatalf("no line of the text format: %q", l)
			}
		}
		for _, l := range lines(func(b *bytes.Buffer) error { return report.WriteAnnotations(b, r) }) {
			if !strings.HasPrefix(l, "::warning ") || strings.Contains(l, "\r") {
				t.Fatalf("no workflow command: %q", l)
			}
		}
		for _, l := range lines(func(b *bytes.Buffer) error { return report.WriteOCSF(b, r) }) {
			var event struct {
				ClassUID   int `json:"class_uid"`
				TypeUID    int `json:"type_uid"`
				SeverityID int `json:"severity_id"`
			}
			if err := json.Unmarshal([]byte(l), &event); err != nil || event.ClassUID != 2004 || event.TypeUID != 200401 || event.SeverityID < 0 || event.SeverityID > 5 {
				t.Fatalf("no detection finding (%v): %s", err, l)
			}
		}
	})
}
