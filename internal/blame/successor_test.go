package blame_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

// TestMadeInThePlaceOfWhatIsGone: an object that a person made under the name of one that is gone is told with it; one of another name, type,
// region or time, one that a pipeline made or that is gone again, and two that both would fit are not.
func TestMadeInThePlaceOfWhatIsGone(t *testing.T) {
	gone := func(id, typ string, attributes map[string]drift.Value) blame.Subject {
		return blame.Subject{Stack: "infra", Finding: drift.Finding{ID: id, Address: typ + "." + id, Type: typ, Kind: drift.KindDeleted, Account: "111122223333", Region: "eu-west-1",
			IDs: []string{"old-" + id}, Attributes: attributes, Window: drift.Window{From: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}}}
	}
	named := func(name string) map[string]drift.Value {
		return map[string]drift.Value{"name": name, "description": "web"}
	}
	subjects := []blame.Subject{
		gone("lb", "aws_security_group", named("lb")),
		gone("web", "aws_security_group", named("web")),
		gone("twice", "aws_security_group", named("twice")),
		gone("back", "aws_security_group", named("back")),
		gone("early", "aws_security_group", named("early")),
		gone("bot", "aws_security_group", named("bot")),
		gone("far", "aws_security_group", named("far")),
		gone("app", "aws_instance", map[string]drift.Value{"instance_type": "t3.large", "tags": map[string]drift.Value{"Name": "app"}}),
		gone("plain", "aws_instance", map[string]drift.Value{"instance_type": "t3.large"}),
		gone("hidden", "aws_subnet", map[string]drift.Value{"tags": map[string]drift.Value{"Name": "hidden"}}),
	}
	group := func(id, who, name string, minute int) audit.Event {
		return call(id, who, "ec2", "CreateSecurityGroup", minute, map[string]any{"groupName": name, "groupDescription": "web"}, map[string]any{"groupId": "sg-" + id})
	}
	far := group("7", "alice", "far", 8)
	far.Region = "us-east-1"
	early := group("6", "alice", "early", 0)
	early.Time = early.Time.Add(-48 * time.Hour)
	back := call("5", "alice", "ec2", "DeleteSecurityGroup", 5, map[string]any{"groupId": "sg-4"}, nil)
	back.Activity = audit.ActivityDelete
	run := map[string]any{"instanceType": "t3.large", "tagSpecificationSet": map[string]any{"items": []any{map[string]any{"resourceType": "instance",
		"tags": []any{map[string]any{"key": "Name", "value": "app"}}}}}}
	events := []audit.Event{
		group("1", "alice", "lb", 1),
		group("2", "alice", "twice", 2), group("3", "bob", "twice", 3),
		group("4", "alice", "back", 4), back,
		early, far, group("8", "ci-deploy", "bot", 9),
		call("9", "carol", "ec2", "RunInstances", 10, run, map[string]any{"instancesSet": map[string]any{"items": []any{map[string]any{"instanceId": "i-0feed"}}}}),
		call("10", "carol", "ec2", "CreateVpc", 11, map[string]any{"cidrBlock": "10.0.0.0/16"}, map[string]any{"vpc": map[string]any{"vpcId": "vpc-1"}}),
		call("11", "dave", "sqs", "CreateQueue", 12, map[string]any{"queueName": "web"}, map[string]any{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/web"}),
	}
	want := "i-0feed for app\nsg-1 for lb"
	rapid.Check(t, func(t *rapid.T) {
		x := blame.New(subjects, blame.Options{})
		for _, e := range rapid.Permutation(events).Draw(t, "events") {
			x.Add(e)
		}
		var got []string
		for _, u := range x.Unmanaged() {
			if u.Replaces != "" {
				got = append(got, fmt.Sprintf("%s for %s", u.Finding.IDs[0], u.Replaces))
			}
		}
		slices.Sort(got)
		if strings.Join(got, "\n") != want {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	})
}
