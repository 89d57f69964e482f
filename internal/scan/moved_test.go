package scan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// holding is a stack whose state holds objects; those with an address have drifted: "i-1=aws_x.y i-2".
func holding(id, objects string) report.StackResult {
	s := report.StackResult{Stack: stack.Stack{ID: id, Path: id}, Status: report.StatusClean, State: "state of " + objects}
	for _, o := range strings.Fields(objects) {
		name, address, drifted := strings.Cut(o, "=")
		resource := drift.ResourceID("example/aws", "aws_x", func(attribute string) string { return map[string]string{"id": name}[attribute] })
		s.Held = append(s.Held, resource)
		if drifted {
			s.Status = report.StatusDrifted
			s.Findings = append(s.Findings, report.Finding{Finding: drift.Finding{
				ID: drift.FindingID(id, address, ""), Address: address, Type: "aws_x", Kind: drift.KindDrift, Action: "update", Resource: resource,
				Changes: []drift.Change{{Path: "size", Kind: drift.KindDrift, Base: 1.0, Code: 1.0, Live: 2.0}},
			}})
		}
	}
	slices.Sort(s.Held)
	return s
}

// TestIssueFollowsTheStack: what is published about a stack stays with its resources when its directory is renamed, and when its state is split
// or merged: nothing is opened twice, nothing is closed by mistake, nothing is forgotten, and what a person refused stays refused.
func TestIssueFollowsTheStack(t *testing.T) {
	for name, c := range map[string]struct {
		before  []report.StackResult
		between func(d *desk)
		after   []report.StackResult
		open    []int // issues, afterwards
		titles  map[int]string
		says    map[int]string // a comment that it got
	}{
		"a directory is renamed": {
			before: []report.StackResult{holding("infra/web", "1=aws_x.y 2")}, after: []report.StackResult{holding("live/web", "1=aws_x.y 2")},
			open: []int{2}, titles: map[int]string{2: "live/web"}, says: map[int]string{2: "What was `infra/web` is `live/web` now."},
		},
		"a directory is renamed, and the drift is gone": {
			before: []report.StackResult{holding("infra/web", "1=aws_x.y 2")}, after: []report.StackResult{holding("live/web", "1 2")},
			says: map[int]string{2: "matches its code again"},
		},
		"a directory is renamed whose issue a person closed as not planned": {
			before:  []report.StackResult{holding("infra/web", "1=aws_x.y 2")},
			between: func(d *desk) { d.Close(githubtest.Writer, 2, "not_planned") },
			after:   []report.StackResult{holding("live/web", "1=aws_x.y 2")},
		},
		"an address changes whose issue a person closed as not planned": {
			before:  []report.StackResult{holding("infra/web", "1=aws_x.y 2")},
			between: func(d *desk) { d.Close(githubtest.Writer, 2, "not_planned") },
			after:   []report.StackResult{holding("infra/web", "1=module.m.aws_x.y 2")},
		},
		"a state is split, and what drifted stays": {
			before: []report.StackResult{holding("infra/web", "1=aws_x.y 2 3")},
			after:  []report.StackResult{holding("infra/db", "2 3"), holding("infra/web", "1=aws_x.y")},
			open:   []int{2}, titles: map[int]string{2: "infra/web"},
		},
		"a state is split, and what drifted goes": {
			before: []report.StackResult{holding("infra/web", "1=aws_x.y 2 3")},
			after:  []report.StackResult{holding("infra/db", "1=aws_x.y"), holding("infra/web", "2 3")},
			open:   []int{2}, titles: map[int]string{2: "infra/db"},
		},
		"a state is split, and of two that drifted one goes": {
			before: []report.StackResult{holding("infra/web", "1=aws_x.y 2=aws_x.z 3")},
			after:  []report.StackResult{holding("infra/db", "1=aws_x.y"), holding("infra/web", "2=aws_x.z 3")},
			open:   []int{2, 3}, titles: map[int]string{2: "infra/web", 3: "infra/db"},
		},
		"two states become one": {
			before: []report.StackResult{holding("infra/db", "3=aws_x.z 4"), holding("infra/web", "1=aws_x.y 2")},
			after:  []report.StackResult{holding("infra/all", "1=aws_x.y 2 3=aws_x.z 4")},
			open:   []int{2}, titles: map[int]string{2: "infra/all"}, says: map[int]string{3: "duplicate of #2"},
		},
		"a stack is taken out of the repository": {
			before: []report.StackResult{holding("infra/db", "3"), holding("infra/web", "1=aws_x.y 2")}, after: []report.StackResult{holding("infra/db", "3")},
			says: map[int]string{2: "not in the repository any more"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			publish := func(stacks []report.StackResult) {
				t.Helper()
				r := &report.Results{Commit: d.Tip("main"), ScannedAt: d.Now(), Tool: report.Tool{Name: "mooring", Version: "test"}, Stacks: stacks}
				if err := d.publish(r); err != nil {
					t.Fatal(err)
				}
				d.Advance(time.Hour)
			}
			publish(c.before)
			if c.between != nil {
				c.between(d)
			}
			publish(c.after)
			writes := d.Mutations()
			publish(c.after)
			if again := d.Mutations(); again > writes+4 { // the ledger and the dashboard's time
				t.Errorf("publishing again wrote %d times", again-writes)
			}
			open := slices.DeleteFunc(d.Numbers(false, "open"), func(n int) bool { return n == 1 }) // the dashboard
			if !slices.Equal(open, c.open) {
				t.Errorf("open are %v, want %v\n%s", open, c.open, d.Dump())
			}
			for n, title := range c.titles {
				if !strings.Contains(d.Issue(n).Title, title) {
					t.Errorf("#%d is %q", n, d.Issue(n).Title)
				}
			}
			for n, text := range c.says {
				if !strings.Contains(comments(d, n), text) {
					t.Errorf("#%d does not say %q:\n%s", n, text, comments(d, n))
				}
			}
		})
	}
}

func comments(d *desk, number int) string {
	var all []string
	for _, c := range d.Issue(number).Comments {
		all = append(all, c.Body)
	}
	return strings.Join(all, "\n")
}
