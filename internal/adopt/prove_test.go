package adopt

import (
	"testing"

	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
)

// TestOutputsMayFollowAnAdoptedName: an output that lists things by name has what it had under the adopted name, and nothing else.
func TestOutputsMayFollowAnAdoptedName(t *testing.T) {
	type m = map[string]drift.Value
	granted := []*wish{{target: solve.Target{Address: "a_b.c", Path: `tags["Name"]`, Want: "live"}}}
	for name, c := range map[string]struct {
		before, after drift.Value
		faults        int
	}{
		"the same thing under its new name":    {m{"old": "vol-1", "other": "vol-2"}, m{"live": "vol-1", "other": "vol-2"}, 0},
		"another thing under the new name":     {m{"old": "vol-1"}, m{"live": "vol-9"}, 1},
		"another name":                         {m{"old": "vol-1"}, m{"elsewhere": "vol-1"}, 1},
		"another thing under a name that was":  {m{"live": "vol-1"}, m{"live": "vol-9"}, 1},
		"inside: the same thing, its new name": {m{"ids": m{"old": "vol-1"}}, m{"ids": m{"live": "vol-1"}}, 0},
	} {
		q := &drift.Plan{Outputs: []drift.OutputChange{{Name: "ids", Before: c.before, After: c.after}}}
		if got := compareOutputs(&drift.Plan{}, q, granted); len(got) != c.faults {
			t.Errorf("%s: %d faults, want %d: %v", name, len(got), c.faults, got)
		}
	}
}
