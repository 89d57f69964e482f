package ledger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// object is the name of a made-up resource in the ledger.
func object(id string) string {
	return drift.ResourceID("example/cloud", "cloud_server", func(name string) string {
		if name == "id" {
			return id
		}
		return ""
	})
}

// holds is a stack whose state is named like the first word, holds the objects, and drifts on those that are marked with an address: "i-1=server.a".
func holds(id, state, objects string) report.StackResult {
	s := report.StackResult{Stack: stack.Stack{ID: id}, Status: report.StatusClean, State: state}
	for _, o := range strings.Fields(objects) {
		name, address, drifted := strings.Cut(o, "=")
		s.Held = append(s.Held, object(name))
		if drifted {
			s.Status = report.StatusDrifted
			s.Findings = append(s.Findings, report.Finding{Finding: drift.Finding{
				ID: drift.FindingID(id, address, ""), Address: address, Type: "cloud_server", Kind: drift.KindDrift, Resource: object(name),
				Changes: []drift.Change{{Path: "size", Kind: drift.KindDrift}},
			}})
		}
	}
	slices.Sort(s.Held)
	return s
}

func failed(id string) report.StackResult {
	return report.StackResult{Stack: stack.Stack{ID: id}, Status: report.StatusFailed}
}

// journey is a ledger of scans of a whole repository, one a day.
type journey struct {
	t   *testing.T
	l   ledger.Ledger
	day int
}

func (j *journey) now() time.Time { return t0.AddDate(0, 0, j.day) }

func (j *journey) history() *ledger.History {
	j.t.Helper()
	entries, err := j.l.Entries(j.t.Context())
	if err != nil {
		j.t.Fatal(err)
	}
	return ledger.Fold(entries, j.now())
}

func (j *journey) add(entries ...ledger.Entry) {
	j.t.Helper()
	if err := j.l.Append(j.t.Context(), entries...); err != nil {
		j.t.Fatal(err)
	}
}

// scan records a scan as publishing does, and returns it with the ids that its findings got.
func (j *journey) scan(stacks ...report.StackResult) *report.Results {
	j.t.Helper()
	j.day++
	r := &report.Results{ScannedAt: j.now(), Commit: "c", Stacks: stacks}
	past := j.history()
	moves := ledger.FindMoves(past, r, nil)
	moves.Apply(r)
	past = past.With(moves.Entries)
	if again := ledger.FindMoves(past, r, nil); len(again.Entries) > 0 || len(again.IDs) > 0 {
		j.t.Errorf("day %d: what moved is told twice: %v", j.day, again)
	}
	j.add(append(moves.Entries, ledger.Record(past, r)...)...)
	return r
}

// ignore records that a person ignores a finding, or, with id "", the whole stack.
func (j *journey) ignore(stack, id, address string) {
	j.add(ledger.Entry{At: j.now(), Kind: ledger.KindDecision, Stack: stack, Finding: id, Address: address, Decision: &ledger.Decision{Action: policy.ActionIgnore, By: "ann", Key: "k"}})
}

func first(h *ledger.History, stack, finding string) (since int, ignored bool) {
	at, _ := h.FirstSeen(finding)
	if at.IsZero() {
		return 0, len(h.Decisions(stack, finding)) > 0
	}
	return int(at.Sub(t0).Hours() / 24), len(h.Decisions(stack, finding)) > 0
}

// TestMoves: what is known of a finding goes with its resource, wherever that goes; what did not move, or is not known to have moved, stays.
func TestMoves(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []report.StackResult
		whole  bool // the decision is about the stack
		after  []report.StackResult
		// of the first finding before: where it is now, whether it is the first one of after still, and its decision
		stack   string
		same    bool
		decided bool
		former  string // ids that the stack had
	}{
		{"nothing moved", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("a", "s", "1=x.a 2")}, "a", true, true, ""},
		{"the address", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("a", "s", "1=module.m.x.b 2")}, "a", true, true, ""},
		{"the directory", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("b", "s", "1=x.a 2")}, "b", true, true, "a"},
		{"the directory and the backend", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("b", "other", "1=x.a 2")}, "b", true, true, "a"},
		{"the directory, with a decision about the stack", []report.StackResult{holds("a", "s", "1=x.a 2")}, true, []report.StackResult{holds("b", "s", "1=x.a 2")}, "b", true, true, "a"},
		{"directory and address", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("b", "s", "1=x.b 2")}, "b", true, true, "a"},
		{"the backend alone", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("a", "t", "1=x.a 2")}, "a", true, true, ""},
		{"to a new stack", []report.StackResult{holds("a", "s", "1=x.a 2 3")}, false, []report.StackResult{holds("b", "t", "1=x.a"), holds("a", "s", "2 3")}, "b", true, true, ""},
		{"to a new stack, with a decision about the old", []report.StackResult{holds("a", "s", "1=x.a 2 3")}, true, []report.StackResult{holds("b", "t", "1=x.a"), holds("a", "s", "2 3")}, "b", true, true, ""},
		{"to an old stack", []report.StackResult{holds("a", "s", "1=x.a 2"), holds("b", "t", "9")}, false, []report.StackResult{holds("b", "t", "1=y.a 9"), holds("a", "s", "2")}, "b", true, true, ""},
		{"to an old stack, with a decision about the first", []report.StackResult{holds("a", "s", "1=x.a 2"), holds("b", "t", "9")}, true, []report.StackResult{holds("b", "t", "1=y.a 9"), holds("a", "s", "2")}, "b", true, true, ""},
		{"two stacks into a new one", []report.StackResult{holds("a", "s", "1=x.a 2"), holds("b", "t", "9=x.z")}, false, []report.StackResult{holds("c", "u", "1=x.a 2 9=x.z")}, "c", true, true, "a b"},
		{"two stacks into one of them", []report.StackResult{holds("a", "s", "1=x.a 2"), holds("b", "t", "9")}, false, []report.StackResult{holds("b", "t", "1=x.a 2 9")}, "b", true, true, "a"},
		{"a decision about one stack of two that become one", []report.StackResult{holds("a", "s", "1=x.a"), holds("b", "t", "9=x.z")}, true, []report.StackResult{holds("c", "u", "1=x.a 9=x.z")}, "c", true, true, "a b"},
		{"one stack into two new ones", []report.StackResult{holds("a", "s", "1=x.a 2 3")}, false, []report.StackResult{holds("c", "u", "1=x.a"), holds("b", "t", "2 3")}, "c", true, true, ""},
		{"two stacks change places", []report.StackResult{holds("a", "s", "1=x.a 2"), holds("b", "t", "9 8")}, false, []report.StackResult{holds("b", "s", "1=x.a 2"), holds("a", "t", "9 8")}, "b", true, true, ""},
		{"two resources change addresses", []report.StackResult{holds("a", "s", "1=x.a 2=x.b")}, false, []report.StackResult{holds("a", "s", "1=x.b 2=x.a")}, "a", true, true, ""},
		{"the directory, and every resource was made again", []report.StackResult{holds("a", "s", "1=x.a")}, true, []report.StackResult{holds("b", "s", "7=x.a")}, "b", false, true, "a"},

		{"made again at its address", []report.StackResult{holds("a", "s", "1=x.a")}, false, []report.StackResult{holds("a", "s", "7=x.a")}, "a", true, true, ""},
		{"another resource under its old address", []report.StackResult{holds("a", "s", "1=x.a")}, false, []report.StackResult{holds("a", "s", "7=x.a 1")}, "a", false, false, ""},
		{"in two stacks at once", []report.StackResult{holds("a", "s", "1=x.a")}, false, []report.StackResult{holds("b", "t", "1=x.a"), holds("a", "s", "1=x.a")}, "b", false, false, ""},
		{"let go, and taken up by two", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("b", "t", "1=x.a 5 6"), holds("c", "u", "1 7 8"), holds("a", "s", "2")}, "b", false, false, ""},
		{"let go, while another has always had one of that name", []report.StackResult{holds("a", "s", "1=x.a 2"), holds("b", "t", "1 9")}, false, []report.StackResult{holds("b", "t", "1=x.a 9"), holds("a", "s", "2")}, "b", false, false, ""},
		{"the old stack could not be planned", []report.StackResult{holds("a", "s", "1=x.a 2")}, false, []report.StackResult{holds("b", "t", "1=x.a 5 6"), failed("a")}, "b", false, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := &journey{t: t, l: ledger.Ledger{Store: &memory{}}}
			j.scan(c.before...)
			from := c.before[0].Stack.ID
			id, address := "", ""
			if len(c.before[0].Findings) > 0 {
				id, address = c.before[0].Findings[0].ID, c.before[0].Findings[0].Address
			}
			if c.whole {
				j.ignore(from, "", "")
			} else {
				j.ignore(from, id, address)
			}
			r := j.scan(c.after...)
			check := func(when string) {
				t.Helper()
				h := j.history()
				now := r.Stacks[0].Findings[0]
				since, ignored := first(h, c.stack, now.ID)
				if (now.ID == id) != c.same || ignored != c.decided {
					t.Errorf("%s: the same finding: %v, ignored: %v, since day %d", when, now.ID == id, ignored, since)
				}
				if want := 2 - boolInt(c.same); since != want {
					t.Errorf("%s: since day %d, want %d", when, since, want)
				}
				if got := strings.Join(h.Formerly(c.stack), " "); got != c.former {
					t.Errorf("%s: formerly %q, want %q", when, got, c.former)
				}
				for _, id := range h.Open() {
					if !slices.ContainsFunc(r.Stacks, func(s report.StackResult) bool {
						return s.Status == report.StatusFailed || slices.ContainsFunc(s.Findings, func(f report.Finding) bool { return f.ID == id })
					}) {
						t.Errorf("%s: %s is open and not there", when, id)
					}
				}
			}
			check("after the move")
			r = j.scan(c.after...)
			check("a day later")
			if _, err := j.l.Compact(t.Context(), j.now().AddDate(0, 0, 1)); err != nil {
				t.Fatal(err)
			}
			check("after compaction")
		})
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestMovedBack: a directory that gets another stack is that stack's own, and what had been there before is not mixed up with it.
func TestMovedBack(t *testing.T) {
	j := &journey{t: t, l: ledger.Ledger{Store: &memory{}}}
	j.scan(holds("a", "s", "1=x.a 2"))
	j.scan(holds("b", "s", "1=x.a 2"))
	r := j.scan(holds("a", "new", "5=x.a"), holds("b", "s", "1=x.a 2"))
	h := j.history()
	if got := h.Formerly("b"); len(got) != 0 {
		t.Errorf("b was formerly %v, which is another stack now", got)
	}
	if one, two := r.Stacks[0].Findings[0].ID, r.Stacks[1].Findings[0].ID; one == two {
		t.Error("two resources have one finding")
	}
	if diff := cmp.Diff([]int{3, 1}, []int{days(h, r.Stacks[0]), days(h, r.Stacks[1])}); diff != "" {
		t.Error(diff)
	}
}

func days(h *ledger.History, s report.StackResult) int {
	since, _ := first(h, s.Stack.ID, s.Findings[0].ID)
	return since
}
