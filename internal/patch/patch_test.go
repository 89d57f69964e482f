package patch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/patch"
)

// TestHunksStandWhereTheySay: the lines at the numbers of each hunk are its lines, before and after, also after a hunk of several edits.
func TestHunksStandWhereTheySay(t *testing.T) {
	var before, after []string
	for i := range 60 {
		line := fmt.Sprintf("line %d\n", i)
		before = append(before, line)
		switch i {
		case 3:
			after = append(after, "more\n", line)
		case 5, 7:
		case 30:
			after = append(after, "other\n")
		case 50:
			after = append(after, line, "last\n")
		default:
			after = append(after, line)
		}
	}
	unified := patch.Unified("a/f", "b/f", strings.Join(before, ""), strings.Join(after, ""))
	hunks, x, y := 0, 0, 0
	for line := range strings.Lines(unified) {
		if strings.HasPrefix(line, "@@") {
			hunks++
			var m, n int
			if _, err := fmt.Sscanf(line, "@@ -%d,%d +%d,%d @@", &x, &m, &y, &n); err != nil {
				t.Fatal(line, err)
			}
			x, y = x-1, y-1
			continue
		}
		if hunks == 0 {
			continue
		}
		if line[0] != '+' {
			if before[x] != line[1:] {
				t.Errorf("line %d before is %q, the patch says %q", x+1, before[x], line)
			}
			x++
		}
		if line[0] != '-' {
			if after[y] != line[1:] {
				t.Errorf("line %d after is %q, the patch says %q", y+1, after[y], line)
			}
			y++
		}
	}
	if hunks != 3 {
		t.Errorf("%d hunks:\n%s", hunks, unified)
	}
}
