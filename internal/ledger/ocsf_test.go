package ledger_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/ledger"
)

// TestOCSF: each kind of entry becomes an event of the class that fits it, with what the class requires, and holds the entry itself.
func TestOCSF(t *testing.T) {
	for name, c := range map[string]struct {
		entry ledger.Entry
		typ   float64
		has   []string
	}{
		"appeared": {ledger.Entry{Kind: ledger.KindFirstSeen, Difference: &ledger.Difference{Kind: "drift", Paths: []string{"size"}}}, 200401, []string{"finding_info", "resources"}},
		"changed":  {ledger.Entry{Kind: ledger.KindChanged}, 200402, []string{"finding_info"}},
		"gone":     {ledger.Entry{Kind: ledger.KindResolved}, 200403, []string{"finding_info"}},
		"who": {ledger.Entry{Kind: ledger.KindAttribution, Attribution: &ledger.Attribution{Verdict: "confirmed", Actor: "ada@example.com", Events: []ledger.Event{{ID: "e1", Operation: "PutX"}}}},
			200402, []string{"finding_info", "evidences", "message"}},
		"said":      {ledger.Entry{Kind: ledger.KindDecision, Decision: &ledger.Decision{Action: "ignore", By: "ada", Reason: "autoscaling"}}, 200402, []string{"comment", "message"}},
		"scanned":   {ledger.Entry{Kind: ledger.KindScan, Scan: &ledger.Scan{Commit: "c1"}}, 600702, []string{"scan"}},
		"published": {ledger.Entry{Kind: ledger.KindPublication, Publication: &ledger.Publication{Key: "k", Action: "open issue"}}, 600303, []string{"actor", "api", "src_endpoint"}},
		"applied":   {ledger.Entry{Kind: ledger.KindApply, Apply: &ledger.Apply{Principal: "arn:x"}}, 600303, []string{"actor", "api", "src_endpoint"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.entry
			e.Stack, e.Finding, e.Address, e.At, e.Seq, e.Hash = "infra/prod", "f_1", "aws_instance.web", t0, 7, "abc"
			event, ok := ledger.OCSF(e)
			if !ok {
				t.Fatal("the kind is not known")
			}
			text, err := json.Marshal(event)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if got["type_uid"] != c.typ || got["class_uid"].(float64)*100+got["activity_id"].(float64) != c.typ || got["category_uid"].(float64) != float64(int(c.typ)/100000) {
				t.Errorf("type %v, class %v, activity %v, category %v; want type %v", got["type_uid"], got["class_uid"], got["activity_id"], got["category_uid"], c.typ)
			}
			if got["time"] != float64(t0.UnixMilli()) {
				t.Errorf("time is %v", got["time"])
			}
			for _, field := range append(c.has, "metadata", "severity_id") {
				if got[field] == nil {
					t.Errorf("%s is missing: %s", field, text)
				}
			}
			var back struct{ Unmapped ledger.Entry }
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e, back.Unmapped); diff != "" {
				t.Errorf("the entry was lost (-want +got):\n%s", diff)
			}
		})
	}
	if _, ok := ledger.OCSF(ledger.Entry{Kind: "later"}); ok {
		t.Error("an unknown kind became an event")
	}
}
