package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// past is a ledger in memory that scans are recorded in.
type past struct {
	t *testing.T
	l ledger.Ledger
	n int
}

func (p *past) history(at time.Time) *ledger.History {
	p.t.Helper()
	entries, err := p.l.Entries(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return ledger.Fold(entries, at)
}

// scan records a scan on day n of the stack with the findings, and returns the kinds of the entries that it added.
func (p *past) scan(status report.Status, findings ...report.Finding) []ledger.Kind {
	p.t.Helper()
	at := t0.AddDate(0, 0, p.n)
	p.n++
	r := &report.Results{ScannedAt: at, Commit: "c" + at.Format("02"), Stacks: []report.StackResult{{Stack: stack.Stack{ID: "infra/prod"}, Status: status, Findings: findings}}}
	entries := ledger.Record(p.history(at), r)
	if err := p.l.Append(p.t.Context(), entries...); err != nil {
		p.t.Fatal(err)
	}
	kinds := []ledger.Kind{}
	for _, e := range entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func finding(id string, paths ...string) report.Finding {
	f := report.Finding{Finding: drift.Finding{ID: id, Address: "aws_instance." + id, Type: "aws_instance", Kind: drift.KindDrift, Action: "update"}}
	for _, p := range paths {
		f.Changes = append(f.Changes, drift.Change{Path: p, Kind: drift.KindDrift})
	}
	return f
}

func by(f report.Finding, name string) report.Finding {
	f.Attribution = []blame.Attribution{{Verdict: blame.Confirmed, Paths: []string{"size"}, Actor: audit.Actor{Name: name, Type: audit.ActorHuman}, At: t0,
		Events: []blame.EventRef{{ID: "e1", Source: "cloudtrail", Operation: "ModifyInstanceAttribute"}}}}
	return f
}

func TestRecordAddsOnlyWhatIsNew(t *testing.T) {
	p := &past{t: t, l: ledger.Ledger{Store: &memory{}}}
	a, b := finding("a", "size"), finding("b", "tags")
	for n, step := range []struct {
		status   report.Status
		findings []report.Finding
		want     []ledger.Kind
	}{
		{report.StatusClean, nil, []ledger.Kind{"scan"}},
		{report.StatusDrifted, []report.Finding{a}, []ledger.Kind{"first_seen", "scan"}},
		{report.StatusDrifted, []report.Finding{a}, []ledger.Kind{"scan"}},
		{report.StatusDrifted, []report.Finding{by(a, "ada"), b}, []ledger.Kind{"attribution", "first_seen", "scan"}},
		{report.StatusDrifted, []report.Finding{by(a, "ada"), b}, []ledger.Kind{"scan"}},
		{report.StatusFailed, nil, []ledger.Kind{"scan"}}, // a failed read is not "resolved"
		{report.StatusDrifted, []report.Finding{by(finding("a", "size", "ami"), "ada"), b}, []ledger.Kind{"changed", "scan"}},
		{report.StatusDrifted, []report.Finding{b}, []ledger.Kind{"resolved", "scan"}},
		{report.StatusClean, nil, []ledger.Kind{"resolved", "scan"}},
		{report.StatusDrifted, []report.Finding{a}, []ledger.Kind{"first_seen", "scan"}},
	} {
		if diff := cmp.Diff(step.want, p.scan(step.status, step.findings...)); diff != "" {
			t.Errorf("day %d (-want +got):\n%s", n, diff)
		}
	}
	if _, times := p.history(t0).FirstSeen("a"); times != 2 {
		t.Errorf("a appeared %d times, want 2", times)
	}
}

func TestHistory(t *testing.T) {
	p := &past{t: t, l: ledger.Ledger{Store: &memory{}}}
	day := func(n int) time.Time { return t0.AddDate(0, 0, n) }
	p.scan(report.StatusClean)                                               // day 0
	p.scan(report.StatusDrifted, finding("a", "size"))                       // day 1
	p.scan(report.StatusDrifted, finding("a", "size"), finding("b", "size")) // day 2
	p.scan(report.StatusFailed)                                              // day 3
	h := p.history(day(4))

	if at, commit := h.LastClean("infra/prod"); !at.Equal(day(0)) || commit != "c20" {
		t.Errorf("last clean %v at %q", at, commit)
	}
	if at, _ := h.LastGood("infra/prod"); !at.Equal(day(2)) {
		t.Errorf("last good %v", at)
	}
	if at := h.Since("infra/prod"); !at.Equal(day(1)) {
		t.Errorf("since %v", at)
	}
	if diff := cmp.Diff([]string{"a", "b"}, h.Open()); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	if at, _ := h.LastClean("unknown"); !at.IsZero() || !h.Since("unknown").IsZero() || h.Applies("unknown") != nil || h.Decisions("unknown", "unknown") != nil {
		t.Error("an unknown stack has a past")
	}
	// A copy of the past that another engine wrote, or an entry of a later kind, is not in the way.
	ledger.Fold([]ledger.Entry{{Kind: "later"}, {Kind: ledger.KindScan}, {Kind: ledger.KindDecision}}, t0)
}

func TestDecisions(t *testing.T) {
	decide := func(n int, d ledger.Decision) ledger.Entry {
		return ledger.Entry{At: t0.AddDate(0, 0, n), Kind: ledger.KindDecision, Finding: "a", Decision: &d}
	}
	entries := []ledger.Entry{
		decide(0, ledger.Decision{Action: "ignore", By: "ada", Reason: "autoscaling", Paths: []string{"size"}}),
		decide(1, ledger.Decision{Action: "snooze", By: "bob", Until: t0.AddDate(0, 0, 8)}),
		decide(2, ledger.Decision{Action: "ignore", By: "cyd", Reason: "other", Paths: []string{"size"}}),
	}
	at := func(n int, entries ...ledger.Entry) []policy.Decision {
		return ledger.Fold(entries, t0.AddDate(0, 0, n)).Decisions("infra/prod", "a")
	}
	snooze := policy.Decision{Action: "snooze", By: "bob", At: t0.AddDate(0, 0, 1), Until: t0.AddDate(0, 0, 8)}
	ignore := policy.Decision{Action: "ignore", By: "cyd", Reason: "other", At: t0.AddDate(0, 0, 2), Paths: []string{"size"}}
	for name, c := range map[string]struct{ got, want []policy.Decision }{
		"in force":           {at(3, entries...), []policy.Decision{snooze, ignore}},
		"one has ended":      {at(8, entries...), []policy.Decision{ignore}},
		"one taken back":     {at(3, append(entries, decide(3, ledger.Decision{Action: "unignore", Paths: []string{"size"}}))...), []policy.Decision{snooze}},
		"all taken back":     {at(3, append(entries, decide(3, ledger.Decision{Action: "unignore"}))...), nil},
		"another taken back": {at(3, append(entries, decide(3, ledger.Decision{Action: "unignore", Paths: []string{"tags"}}))...), []policy.Decision{snooze, ignore}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What is said about a stack holds for each of its findings, known or not; taking it back takes back what was said about them, too.
func TestStackDecisions(t *testing.T) {
	decide := func(n int, finding string, d ledger.Decision) ledger.Entry {
		return ledger.Entry{At: t0.AddDate(0, 0, n), Kind: ledger.KindDecision, Stack: "infra/prod", Finding: finding, Decision: &d}
	}
	entries := []ledger.Entry{
		decide(0, "a", ledger.Decision{Action: "ignore", By: "ada", Reason: "autoscaling", Seen: map[string]string{"size": "0011"}, WhileUnchanged: true}),
		decide(1, "", ledger.Decision{Action: "snooze", By: "bob", Until: t0.AddDate(0, 0, 8)}),
	}
	ignore := policy.Decision{Action: "ignore", By: "ada", Reason: "autoscaling", At: t0, Seen: map[string]string{"size": "0011"}, WhileUnchanged: true}
	snooze := policy.Decision{Action: "snooze", By: "bob", At: t0.AddDate(0, 0, 1), Until: t0.AddDate(0, 0, 8)}
	back := append(slices.Clone(entries), decide(3, "", ledger.Decision{Action: ledger.ActionUnignore}))
	for name, c := range map[string]struct {
		got, want []policy.Decision
	}{
		"a known finding":  {ledger.Fold(entries, t0.AddDate(0, 0, 2)).Decisions("infra/prod", "a"), []policy.Decision{snooze, ignore}},
		"a new finding":    {ledger.Fold(entries, t0.AddDate(0, 0, 2)).Decisions("infra/prod", "new"), []policy.Decision{snooze}},
		"another stack":    {ledger.Fold(entries, t0.AddDate(0, 0, 2)).Decisions("infra/dev", "new"), nil},
		"after its end":    {ledger.Fold(entries, t0.AddDate(0, 0, 9)).Decisions("infra/prod", "a"), []policy.Decision{ignore}},
		"all taken back":   {ledger.Fold(back, t0.AddDate(0, 0, 3)).Decisions("infra/prod", "a"), nil},
		"the stack itself": {ledger.Fold(entries, t0.AddDate(0, 0, 2)).StackDecisions("infra/prod"), []policy.Decision{snooze}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFindings(t *testing.T) {
	entry := func(kind ledger.Kind, id, address string, paths ...string) ledger.Entry {
		return ledger.Entry{At: t0, Kind: kind, Stack: "infra/prod", Finding: id, Address: address, Difference: &ledger.Difference{Kind: "drift", Paths: paths}}
	}
	h := ledger.Fold([]ledger.Entry{entry(ledger.KindFirstSeen, "b", "a_b.b", "size"), entry(ledger.KindFirstSeen, "a", "a_b.a", "tags"), entry(ledger.KindResolved, "b", "a_b.b")}, t0)
	want := []ledger.Known{{ID: "a", Address: "a_b.a", Kind: drift.KindDrift, Paths: []string{"tags"}, Open: true}, {ID: "b", Address: "a_b.b", Kind: drift.KindDrift, Paths: []string{"size"}}}
	if diff := cmp.Diff(want, h.Findings("infra/prod")); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// Update asks again when somebody else was faster, so that what is to happen once happens once.
func TestUpdateOnce(t *testing.T) {
	store := &memory{}
	one := ledger.Entry{At: t0, Kind: ledger.KindDecision, Finding: "a", Decision: &ledger.Decision{Action: "ignore", Key: "comment 1"}}
	unless := func(have []ledger.Entry) []ledger.Entry {
		if len(have) == 0 {
			// The other is faster than what this one is about to write.
			if err := (&ledger.Ledger{Store: store}).Append(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		if slices.ContainsFunc(have, func(e ledger.Entry) bool { return e.Decision.Key == "comment 1" }) {
			return nil
		}
		return []ledger.Entry{one}
	}
	if err := (&ledger.Ledger{Store: store}).Update(t.Context(), unless); err != nil {
		t.Fatal(err)
	}
	have, err := (&ledger.Ledger{Store: store}).Entries(t.Context())
	if err != nil || len(have) != 1 {
		t.Errorf("%d entries, %v: want one", len(have), err)
	}
}

func TestPublicationsAndApplies(t *testing.T) {
	a := forge.Action{Op: forge.OpOpen, Kind: forge.KindIssue, Stack: "infra/prod", Title: "Drift"}
	entries := ledger.Publications([]forge.Action{a}, t0)
	apply := ledger.Entry{Kind: ledger.KindApply, Stack: "infra/prod", Apply: &ledger.Apply{From: t0, To: t0.Add(time.Minute), Run: "12"}}
	h := ledger.Fold(append(entries, apply), t0)
	if !h.Published(a.Key()) || h.Published("other") {
		t.Error("what was published is not remembered")
	}
	want := []report.Apply{{From: t0, To: t0.Add(time.Minute), Run: "12"}}
	if diff := cmp.Diff(want, h.Applies("infra/prod")); diff != "" {
		t.Errorf("applies (-want +got):\n%s", diff)
	}
}

// TestClockAhead: a scan whose clock was ahead is remembered, and does not make later scans old: they are recorded, and times that lie ahead are
// not known or now.
func TestClockAhead(t *testing.T) {
	now, ahead := t0, t0.AddDate(1, 0, 0)
	entries := []ledger.Entry{
		{At: ahead, Kind: ledger.KindFirstSeen, Stack: "prod", Finding: "f", Address: "a_b.c", Difference: &ledger.Difference{Kind: "drift"}},
		{At: ahead, Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "c1", Drifted: []string{"prod"}, Clean: []string{"dev"}}},
	}
	check := func(t *testing.T, h *ledger.History) {
		t.Helper()
		if !h.Scanned(ahead) || h.Scanned(now) {
			t.Errorf("recorded already: that scan %v, one of now %v", h.Scanned(ahead), h.Scanned(now))
		}
		if since := h.Since("prod"); !since.Equal(now) {
			t.Errorf("it began at %v, want %v", since, now)
		}
		if at, commit := h.LastClean("dev"); !at.IsZero() || commit != "c1" {
			t.Errorf("clean at %v, commit %q", at, commit)
		}
	}
	check(t, ledger.Fold(entries, now))
	later := append(slices.Clone(entries), ledger.Entry{At: now, Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "c2", Clean: []string{"dev"}}})
	if h := ledger.Fold(later, now); !h.Scanned(now) {
		t.Error("a scan of now is not recorded")
	} else if at, commit := h.LastClean("dev"); !at.Equal(now) || commit != "c2" {
		t.Errorf("clean at %v, commit %q", at, commit)
	}
	t.Run("compacted", func(t *testing.T) {
		book := ledger.Ledger{Store: ledger.Dir{Path: t.TempDir()}}
		if err := book.Append(t.Context(), entries...); err != nil {
			t.Fatal(err)
		}
		if n, err := book.Compact(t.Context(), ahead.AddDate(1, 0, 0)); err != nil || n != 2 {
			t.Fatalf("%d compacted, %v", n, err)
		}
		have, err := book.Entries(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		check(t, ledger.Fold(have, now))
	})
}
