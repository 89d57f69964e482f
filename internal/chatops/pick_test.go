package chatops_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mooringdev/mooring/internal/chatops"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
)

const stackID = "infra/prod"

func result(findings ...report.Finding) report.StackResult {
	s := report.StackResult{Status: report.StatusDrifted, Findings: findings}
	s.Stack.ID = stackID
	return s
}

func finding(address string, changes ...drift.Change) report.Finding {
	f := report.Finding{}
	f.ID, f.Address, f.Kind, f.Action, f.Changes = drift.FindingID(stackID, address, ""), address, drift.KindDrift, "update", changes
	return f
}

func change(path string, live any) drift.Change {
	return drift.Change{Path: path, Kind: drift.KindDrift, Base: "old", Code: "old", Live: live}
}

func world() report.StackResult {
	secret := change("password", "hunter2hunter2")
	secret.Sensitive = true
	return result(
		finding("a_b.web", change("size", "large"), change("rule[0].port", 22.0), change("rule[0].from", "x")),
		finding(`a_b.each["x"]`, change("tags", map[string]any{"a": "b"})),
		finding("a_b.db", secret, change("size", "large")),
	)
}

func TestPick(t *testing.T) {
	for words, want := range map[string]string{
		"a_b.web":                      "a_b.web",
		"a_b.web.size":                 "a_b.web.size",
		"a_b.web.rule":                 "a_b.web.rule",
		"a_b.web.rule.0.port":          "a_b.web.rule[0].port",
		`a_b.each["x"].tags a_b.db`:    `a_b.each["x"].tags a_b.db`,
		"a_b.webb":                     `! no resource that differs has the address a_b.webb. Did you mean "a_b.web"?`,
		"a_b.web.sizes":                `! a_b.web does not differ in sizes. Did you mean "size"?`,
		`a_b.each["x"].tags["a"]`:      `! tags differs as a whole, not by its elements: write a_b.each["x"].tags`,
		"a_b.each":                     `! no resource that differs has the address a_b.each.`,
		"module.other.a_b.web a_b.web": `! no resource that differs has the address module.other.a_b.web.`,
	} {
		var targets []chatops.Target
		for _, w := range strings.Fields(words) {
			target, err := chatops.ParseTarget(w)
			if err != nil {
				t.Fatal(err)
			}
			targets = append(targets, target)
		}
		chosen, err := chatops.Pick(targets, chatops.Candidates(world()))
		var got []string
		for _, c := range chosen {
			got = append(got, c.Target().String())
		}
		text := strings.Join(got, " ")
		if err != nil {
			text = "! " + err.Error()
		}
		if !strings.HasPrefix(text, want) || err == nil && text != want {
			t.Errorf("%s: %s, want %s", words, text, want)
		}
	}
	if _, err := chatops.Pick([]chatops.Target{{Address: "a_b.web"}}, nil); err == nil || !strings.Contains(err.Error(), "nothing in this stack does") {
		t.Errorf("a clean stack: %v", err)
	}
}

// TestStale: what moved since it was shown is found out, by value and not by name; what was never shown counts where it must have been.
func TestStale(t *testing.T) {
	chosen, err := chatops.Pick([]chatops.Target{{Address: "a_b.web"}}, chatops.Candidates(world()))
	if err != nil {
		t.Fatal(err)
	}
	moved := world()
	moved.Findings[0].Changes[0].Live = "huge"
	worse := world()
	worse.Findings[0].Action = "replace"
	told := world()
	told.Findings[0].Decision = &policy.Decision{Action: "ignore"}
	shown := func(s report.StackResult) map[string]string {
		out := map[string]string{}
		for _, f := range s.Findings {
			out[f.ID] = report.Shown(f)
		}
		return out
	}
	for name, c := range map[string]struct {
		shown       map[string]string
		stale, must bool
	}{
		"as shown":                  {shown(world()), false, false},
		"another value":             {shown(moved), true, true},
		"another action":            {shown(worse), true, true},
		"decided meanwhile":         {shown(told), false, false},
		"nothing is known":          {nil, false, true},
		"another finding was shown": {map[string]string{"f_x": "y"}, false, true},
	} {
		if got := len(chatops.Stale(chosen, c.shown, false)) > 0; got != c.stale {
			t.Errorf("%s: stale is %v", name, got)
		}
		if got := len(chatops.Stale(chosen, c.shown, true)) > 0; got != c.must {
			t.Errorf("%s: when it must have been shown, stale is %v", name, got)
		}
	}
}

// TestRecord: a decision is remembered by finding and path, with what was seen and never a secret, once for each command.
func TestRecord(t *testing.T) {
	o := chatops.Order{
		Command: chatops.Command{Verb: chatops.Ignore, Reason: "why", WhileUnchanged: true, Until: now.Add(day)}, Stack: stackID, By: "will", At: now, Key: "comment 1/1",
	}
	chosen, err := chatops.Pick([]chatops.Target{{Address: "a_b.web", Path: "rule"}, {Address: "a_b.db"}}, chatops.Candidates(world()))
	if err != nil {
		t.Fatal(err)
	}
	entry := func(address string, paths []string, seen map[string]string) ledger.Entry {
		return ledger.Entry{
			At: now, Kind: ledger.KindDecision, Stack: stackID, Finding: drift.FindingID(stackID, address, ""), Address: address,
			Decision: &ledger.Decision{Action: "ignore", By: "will", Reason: "why", Until: now.Add(day), WhileUnchanged: true, Key: "comment 1/1", Paths: paths, Seen: seen},
		}
	}
	want := []ledger.Entry{
		entry("a_b.web", []string{"rule"}, map[string]string{"rule[0].port": policy.Fingerprint(22.0), "rule[0].from": policy.Fingerprint("x")}),
		entry("a_b.db", nil, map[string]string{"size": policy.Fingerprint("large")}),
	}
	got := chatops.Record(o, chosen)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]chatops.Target{{Address: "a_b.db", Path: "password"}}, chatops.Blind(chosen)); diff != "" {
		t.Errorf("what cannot be looked at (-want +got):\n%s", diff)
	}
	if fresh := chatops.Fresh(got, want[:1]); len(fresh) != 1 || fresh[0].Address != "a_b.db" {
		t.Errorf("of two, one of them known, %d are new", len(fresh))
	}
	whole := chatops.Record(o, nil)
	if len(whole) != 1 || whole[0].Finding != "" || whole[0].Decision.Paths != nil {
		t.Errorf("the whole stack: %+v", whole)
	}
}

// TestRoundTrip: what is recorded, policy obeys: silence holds for the values of then, speaks up for new ones where it must, and ends.
func TestRoundTrip(t *testing.T) {
	decide := func(while bool, live any, later time.Duration) *policy.Decision {
		o := chatops.Order{
			Command: chatops.Command{Verb: chatops.Ignore, Reason: "why", WhileUnchanged: while, Until: now.Add(30 * day)}, Stack: stackID, By: "will", At: now, Key: "comment 1/1",
		}
		chosen, err := chatops.Pick([]chatops.Target{{Address: "a_b.web", Path: "size"}}, chatops.Candidates(world()))
		if err != nil {
			t.Fatal(err)
		}
		past := ledger.Fold(chatops.Record(o, chosen), now.Add(later))
		f := world().Findings[0]
		f.Changes[0].Live = live
		return policy.Decide(policy.Subject{Finding: f.Finding}, nil, past.Decisions(stackID, f.ID), now.Add(later))
	}
	for name, c := range map[string]struct {
		got  *policy.Decision
		want bool
	}{
		"as it was":                  {decide(false, "large", day), true},
		"another value":              {decide(false, "huge", day), true},
		"after its end":              {decide(false, "large", 31*day), false},
		"unchanged":                  {decide(true, "large", day), true},
		"while unchanged, and moved": {decide(true, "huge", day), false},
	} {
		if got := c.got.Silences("size"); got != c.want {
			t.Errorf("%s: silent is %v, want %v", name, got, c.want)
		}
		if c.got.Silences("rule[0].port") {
			t.Errorf("%s: another attribute is silent", name)
		}
	}
}

func TestWithdrawals(t *testing.T) {
	decided := func(finding, address string, paths ...string) ledger.Entry {
		return ledger.Entry{At: now, Kind: ledger.KindDecision, Stack: stackID, Finding: finding, Address: address, Decision: &ledger.Decision{Action: "ignore", By: "ada", Paths: paths}}
	}
	single := []ledger.Entry{decided("f1", "a_b.web", "size"), decided("f1", "a_b.web", "rule[0].port"), decided("f2", "a_b.db")}
	whole := []ledger.Entry{{At: now, Kind: ledger.KindDecision, Stack: stackID, Decision: &ledger.Decision{Action: "snooze", By: "ada", Until: now.Add(day)}}}
	for words, c := range map[string]struct {
		have []ledger.Entry
		want string
	}{
		"":                    {single, ": "},
		"a_b.web":             {single, "f1: "},
		"a_b.web.size":        {single, "f1: size"},
		"a_b.web.rule a_b.db": {single, "f1: rule[0].port, f2: "},
		"a_b.web.tags":        {single, "! a_b.web.tags is not ignored or snoozed by a comment. Did you mean"},
		"a_b.other":           {single, "! a_b.other is not ignored"},
		"a_b.web#whole":       {whole, "! the whole stack is snoozed, not a_b.web alone: take that back with /drift unignore stack"},
		"#whole":              {whole, ": "},
		"#none":               {nil, "! nothing of this stack is ignored"},
		"a_b.web#none":        {nil, "! nothing of this stack is ignored"},
	} {
		words, _, _ := strings.Cut(words, "#")
		o := chatops.Order{Command: chatops.Command{Verb: chatops.Unignore}, Stack: stackID, By: "will", At: now, Key: "comment 2/1"}
		for _, w := range strings.Fields(words) {
			target, err := chatops.ParseTarget(w)
			if err != nil {
				t.Fatal(err)
			}
			o.Targets = append(o.Targets, target)
		}
		entries, err := chatops.Withdrawals(o, ledger.Fold(c.have, now))
		var got []string
		for _, e := range entries {
			got = append(got, e.Finding+": "+strings.Join(e.Decision.Paths, ", "))
		}
		text := strings.Join(got, ", ")
		if err != nil {
			text = "! " + err.Error()
		}
		if !strings.HasPrefix(text, c.want) || err == nil && text != c.want {
			t.Errorf("%q: %s, want %s", words, text, c.want)
		}
		// What is taken back is gone afterwards.
		if err == nil && len(o.Targets) == 0 {
			if left := ledger.Fold(append(c.have, entries...), now).Decisions(stackID, "f1"); len(left) > 0 {
				t.Errorf("%q leaves %v", words, left)
			}
		}
	}
}

func TestRemembered(t *testing.T) {
	past := ledger.Fold([]ledger.Entry{
		{At: now, Kind: ledger.KindFirstSeen, Stack: stackID, Finding: "f1", Address: "a_b.web", Difference: &ledger.Difference{Kind: "drift", Paths: []string{"size"}}},
		{At: now, Kind: ledger.KindFirstSeen, Stack: stackID, Finding: "f2", Address: "a_b.db", Difference: &ledger.Difference{Kind: "drift", Paths: []string{"size"}}},
		{At: now, Kind: ledger.KindResolved, Stack: stackID, Finding: "f2", Address: "a_b.db"},
		{At: now, Kind: ledger.KindFirstSeen, Stack: "infra/dev", Finding: "f3", Address: "a_b.dev", Difference: &ledger.Difference{Kind: "drift"}},
	}, now)
	want := []chatops.Candidate{{ID: "f1", Address: "a_b.web", Paths: []string{"size"}}}
	if diff := cmp.Diff(want, chatops.Remembered(past, stackID), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
}
