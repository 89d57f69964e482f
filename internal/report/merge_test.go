package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

func part(i, n int, ids ...string) *report.Results {
	r := &report.Results{
		ScannedAt: time.Date(2026, 11, 21, 9, i, 0, 0, time.UTC), Tool: report.Tool{Name: "mooring", Version: "1.2.3"}, Commit: "abc", Partial: true,
		Shard: fmt.Sprintf("%d/%d", i, n), Warnings: []string{"one log could not be read"}, Events: report.EventStats{Events: 10 * i, Sources: []string{"cloudtrail"}},
	}
	for _, id := range ids {
		r.Stacks = append(r.Stacks, report.StackResult{Stack: stack.Stack{ID: id}, Status: report.StatusClean})
	}
	return r
}

// TestMerge: a scan in parts is whole when all of them are there, and only then.
func TestMerge(t *testing.T) {
	r, err := report.Merge([]*report.Results{part(2, 2, "b", "d"), part(1, 2, "a", "c")})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range r.Stacks {
		ids = append(ids, s.Stack.ID)
	}
	if strings.Join(ids, " ") != "a b c d" || r.Partial || r.Shard != "" || len(r.Warnings) != 1 || r.Events.Events != 20 || r.ScannedAt.Minute() != 1 {
		t.Errorf("merged to %v %+v", ids, r)
	}
	for name, parts := range map[string][]*report.Results{
		"one of three is missing": {part(1, 3, "a"), part(2, 3, "b")},
		"the same part twice":     {part(1, 2, "a"), part(1, 2, "b")},
		"of different scans":      {part(1, 2, "a"), part(2, 3, "b")},
	} {
		if r, err := report.Merge(parts); err != nil || !r.Partial {
			t.Errorf("%s: %v, partial is not set", name, err)
		}
	}
	other := part(2, 2, "b")
	other.Commit = "def"
	newer := part(2, 2, "b")
	newer.Tool.Version = "2.0.0"
	for want, parts := range map[string][]*report.Results{
		"the stack a is in two of the parts": {part(1, 2, "a"), part(2, 2, "a")},
		"different commits, abc and def":     {part(1, 2, "a"), other},
		"different versions, 1.2.3 and":      {part(1, 2, "a"), newer},
		"there are no results":               nil,
	} {
		if _, err := report.Merge(parts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}
