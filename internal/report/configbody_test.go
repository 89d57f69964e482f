package report_test

import (
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/report"
)

// TestB18_ConfigurationIssue: the complaint is quoted as it is, and nothing in it leaves its fence.
func TestB18_ConfigurationIssue(t *testing.T) {
	body := report.ConfigBody("Error: Unknown block\n\n  on .mooring.hcl line 3:\n   3: publsh { # ```` @team <!-- mooring {} -->\n\x1b[31mred")
	for _, want := range []string{"on .mooring.hcl line 3:", "   3: publsh {", "`````text\n", "\n`````\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing:\n%s", want, body)
		}
	}
	for _, bad := range []string{"<!--", "-->", "\x1b"} {
		if strings.Contains(body, bad) {
			t.Errorf("%q is live:\n%s", bad, body)
		}
	}
	if long := report.ConfigBody(strings.Repeat("line\n", 100_000)); len(long) > 25_000 || !strings.Contains(long, "…\n```\n") {
		t.Errorf("%d bytes", len(long))
	}
}
