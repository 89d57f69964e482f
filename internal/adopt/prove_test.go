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
		if got := compareOutputs(&drift.Plan{}, q, granted, nil); len(got) != c.faults {
			t.Errorf("%s: %d faults, want %d: %v", name, len(got), c.faults, got)
		}
	}
}

// TestAnActionWithoutAValueIsNoProof: an engine also updates what only became sensitive or took another type. The object that was to be left
// alone is not.
func TestAnActionWithoutAValueIsNoProof(t *testing.T) {
	type m = map[string]drift.Value
	granted := []*wish{{target: solve.Target{Address: "a_b.c", Path: "x", Want: "live"}}}
	plan := func(action drift.Action, code m) *drift.Plan {
		return &drift.Plan{Instances: []drift.Instance{{Address: "a_b.c", Action: action, Live: m{"x": "live", "y": "old"}, Code: code}}}
	}
	before := plan(drift.ActionUpdate, m{"x": "code", "y": "new"})
	for name, c := range map[string]struct {
		after  *drift.Plan
		faults int
	}{
		"gone":                            {plan(drift.ActionNoOp, m{"x": "live", "y": "old"}), 0},
		"another change stays":            {plan(drift.ActionUpdate, m{"x": "live", "y": "new"}), 0},
		"the change itself stays":         {plan(drift.ActionUpdate, m{"x": "code", "y": "new"}), 1},
		"updated, and no value differs":   {plan(drift.ActionUpdate, m{"x": "live", "y": "old"}), 1},
		"an update that was not there so": {plan(drift.ActionUpdate, m{"x": "live", "y": "newer"}), 1},
	} {
		if got := compare(before, c.after, granted); len(got) != c.faults {
			t.Errorf("%s: %d faults, want %d: %v", name, len(got), c.faults, got)
		}
	}
}

// TestABlockWithoutArgumentsCounts: it has no value of its own, and is there or is not.
func TestABlockWithoutArgumentsCounts(t *testing.T) {
	type m = map[string]drift.Value
	granted := []*wish{{target: solve.Target{Address: "a_b.c", Path: "block"}}}
	live := m{"block": []drift.Value{m{"x": "1"}, m{"x": nil}}, "y": "old"}
	plan := func(blocks ...drift.Value) *drift.Plan {
		return &drift.Plan{Instances: []drift.Instance{{Address: "a_b.c", Action: drift.ActionUpdate, Live: live, Code: m{"block": blocks, "y": "new"}}}}
	}
	before := plan(m{"x": "1"})
	if got := compare(before, plan(m{"x": "1"}, m{}), granted); len(got) != 0 {
		t.Errorf("both blocks are in the code: %v", got)
	}
	for name, q := range map[string]*drift.Plan{"one too few": before, "one too many": plan(m{"x": "1"}, m{}, m{})} {
		if got := compare(before, q, granted); len(got) == 0 || got[0].wish == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}
