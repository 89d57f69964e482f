package blame_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

// BenchmarkThousandFindings explains 1,000 findings; one op is one event, of which one in twenty names a finding.
func BenchmarkThousandFindings(b *testing.B) {
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	var subjects []blame.Subject
	for i := range 1000 {
		subjects = append(subjects, blame.Subject{Finding: drift.Finding{ID: fmt.Sprintf("f_%d", i), Type: "aws_instance", Kind: drift.KindDrift,
			IDs: []string{fmt.Sprintf("i-%017x", i)}, Account: "111122223333", Region: "eu-west-1", Window: drift.Window{From: start, To: start.AddDate(0, 0, 1)},
			Changes: []drift.Change{{Path: "instance_type", Kind: drift.KindDrift, Base: "t3.micro", Live: "t3.large"}, {Path: `tags["Env"]`, Kind: drift.KindDrift, Base: "a", Live: "b"}}}})
	}
	x := blame.New(subjects, blame.Options{Now: start.AddDate(0, 0, 1)})
	events := make([]audit.Event, 4096)
	for i := range events {
		id := fmt.Sprintf("i-%017x", i*20)
		events[i] = audit.Event{Source: "cloudtrail", Provider: "aws", Account: "111122223333", Region: "eu-west-1", Service: "ec2.amazonaws.com",
			Operation: "ModifyInstanceAttribute", Activity: audit.ActivityUpdate, Status: audit.StatusSuccess, Time: start.Add(time.Duration(i) * time.Second),
			Actor:    audit.Actor{Name: "alice", Type: audit.ActorHuman, Principal: "arn:aws:iam::111122223333:user/alice"},
			Request:  map[string]any{"instanceId": id, "instanceType": map[string]any{"value": "t3.large"}, "clientToken": "5e2d469d-002a-40b1-9922-a2e7dca03332"},
			Response: map[string]any{"requestId": "5e2d469d-002a-40b1-9922-a2e7dca03332", "_return": "true"}}
	}
	b.ReportAllocs()
	for i := range b.N {
		e := events[i%len(events)]
		e.ID = fmt.Sprintf("e-%d", i)
		x.Add(e)
	}
	if len(x.Explain()) != len(subjects) {
		b.Fatal("not every finding was explained")
	}
}
