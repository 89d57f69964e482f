package report

import (
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/adopt"
)

// TestThePageNumbersLinesAsThePatchDoes: after a hunk of several edits, too.
func TestThePageNumbersLinesAsThePatchDoes(t *testing.T) {
	var before, after []string
	for i := range 40 {
		line := strings.Repeat("x", i+1)
		before = append(before, line)
		switch i {
		case 3, 5:
			after = append(after, "new", line)
		case 30:
			after = append(after, "other")
		default:
			after = append(after, line)
		}
	}
	text := func(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }
	var places []string
	for _, l := range htmlFileOf(adopt.File{Path: "main.tf", Before: text(before), After: text(after)}).Lines {
		if l.Class == "place" {
			places = append(places, l.Parts[0].Text)
		}
	}
	if got := strings.Join(places, "\n"); got != "@@ -1,8 +1,10 @@\n@@ -28,7 +30,7 @@" {
		t.Error(got)
	}
}
