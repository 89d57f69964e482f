package scan

import (
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/report"
)

// TestCheckTool: results of a newer program, or of another major version, are refused; another version besides is a warning.
func TestCheckTool(t *testing.T) {
	for _, c := range []struct{ name, wrote, reads, want string }{
		{"mooring", "1.4.2", "1.4.2", ""},
		{"mooring", "1.4.2", "1.4.3", "warning"},
		{"mooring", "1.4.3", "1.4.2", "warning"},
		{"mooring", "1.4.3-dev", "1.4.3", "warning"},
		{"mooring", "1.3.9", "1.4.0", "warning"},
		{"mooring", "1.5.0", "1.4.9", "refused"},
		{"mooring", "2.0.0", "1.9.9", "refused"},
		{"mooring", "1.9.9", "2.0.0", "refused"},
		{"mooring", "a fork\x1b[2J", "1.0.0", "warning"},
		{"by hand", "9", "1.0.0", ""},
	} {
		warning, err := CheckTool(&report.Results{Tool: report.Tool{Name: c.name, Version: c.wrote}}, c.reads)
		got := ""
		switch {
		case err != nil:
			got = "refused"
		case warning != "":
			got = "warning"
		}
		if got != c.want || strings.Contains(warning, "\x1b") {
			t.Errorf("%s %s read by %s: %q (%q, %v), want %q", c.name, c.wrote, c.reads, got, warning, err, c.want)
		}
	}
}
