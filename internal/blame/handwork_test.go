package blame_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
)

// call is a successful write by a person.
func call(id, who, service, operation string, minute int, request, response map[string]any) audit.Event {
	return audit.Event{ID: id, Source: "cloudtrail", Provider: "aws", Account: "111122223333", Region: "eu-west-1", Service: service + ".amazonaws.com", Operation: operation,
		Activity: audit.ActivityUpdate, Status: audit.StatusSuccess, Time: time.Date(2026, 11, 20, 10, minute, 0, 0, time.UTC), Request: request, Response: response,
		Actor: audit.Actor{Name: who, Type: audit.KindOfName(who), Principal: "arn:aws:iam::111122223333:user/" + who}}
}

func TestUnmanaged(t *testing.T) {
	managed := []blame.Managed{
		{Stack: "infra", Address: "aws_security_group.web", Type: "aws_security_group", IDs: []string{"sg-01"}, Account: "111122223333", Region: "eu-west-1"},
		{Stack: "infra", Address: "aws_iam_role.app", Type: "aws_iam_role", IDs: []string{"app"}, Account: "111122223333"},
		{Stack: "infra", Address: "aws_iam_role_policy_attachment.ro", Type: "aws_iam_role_policy_attachment", IDs: []string{"app-2023"}, Account: "111122223333",
			Attributes: map[string]any{"role": "app", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		{Stack: "infra", Address: "aws_sqs_queue.jobs", Type: "aws_sqs_queue", IDs: []string{"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs", "arn:aws:sqs:eu-west-1:111122223333:jobs"}, Account: "111122223333"},
	}
	events := []audit.Event{
		call("1", "alice", "ec2", "AuthorizeSecurityGroupIngress", 1, map[string]any{"groupId": "sg-01", "ipProtocol": "tcp", "fromPort": "22", "toPort": "22", "cidrIp": "0.0.0.0/0"},
			map[string]any{"securityGroupRuleSet": map[string]any{"items": []any{map[string]any{"securityGroupRuleId": "sgr-0f"}}}}),
		call("2", "bob", "iam", "AttachRolePolicy", 2, map[string]any{"roleName": "app", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, nil),
		call("3", "carol", "iam", "AttachRolePolicy", 3, map[string]any{"roleName": "app", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, nil),
		call("4", "dave", "iam", "PutRolePolicy", 4, map[string]any{"roleName": "app", "policyName": "tmp"}, nil),
		call("5", "dave", "iam", "DeleteRolePolicy", 5, map[string]any{"roleName": "app", "policyName": "tmp"}, nil),
		call("6", "erin", "iam", "AttachRolePolicy", 6, map[string]any{"roleName": "other", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, nil),
		call("7", "frank", "ec2", "RunInstances", 7, map[string]any{"instanceType": "t3.large"}, map[string]any{"instancesSet": map[string]any{"items": []any{map[string]any{"instanceId": "i-0feed", "vpcId": "vpc-1"}}}}),
		call("71", "frank", "ec2", "DeleteTags", 8, map[string]any{"resourcesSet": map[string]any{"items": []any{map[string]any{"resourceId": "i-0feed"}}}}, nil),
		call("8", "grace", "sqs", "CreateQueue", 8, map[string]any{"queueName": "jobs"}, map[string]any{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}),
		call("9", "ci-deploy", "sqs", "CreateQueue", 9, map[string]any{"queueName": "ci"}, map[string]any{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/ci"}),
	}
	want := strings.Join([]string{
		"aws_iam_role_policy_attachment [app/arn:aws:iam::aws:policy/AdministratorAccess] of aws_iam_role.app by bob",
		"aws_vpc_security_group_ingress_rule [sgr-0f] of aws_security_group.web by alice",
		"aws_instance [i-0feed] of  by frank",
	}, "\n")
	events[7].Activity = audit.ActivityDelete // of a tag: the instance is still there
	rapid.Check(t, func(t *rapid.T) {
		x := blame.New(nil, blame.Options{Managed: managed})
		for _, e := range rapid.Permutation(events).Draw(t, "events") {
			x.Add(e)
		}
		var got []string
		for _, u := range x.Unmanaged() {
			got = append(got, fmt.Sprintf("%s %v of %s by %s", u.Finding.Type, u.Finding.IDs, u.Parent, u.Attribution.Actor.Name))
		}
		if strings.Join(got, "\n") != want {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	})
}

// TestUndone: what people had made is taken away by the call that deletes it, in whatever order the records come; deleting something of it, or
// failing to, takes nothing away.
func TestUndone(t *testing.T) {
	managed := []blame.Managed{{Stack: "infra", Address: "aws_iam_role.app", Type: "aws_iam_role", IDs: []string{"app"}, Account: "111122223333"}}
	made := []audit.Event{
		call("1", "frank", "ec2", "CreateSecurityGroup", 1, map[string]any{"groupName": "tmp"}, map[string]any{"groupId": "sg-0feed"}),
		call("2", "dave", "iam", "PutRolePolicy", 2, map[string]any{"roleName": "app", "policyName": "tmp"}, nil),
	}
	first := blame.New(nil, blame.Options{Managed: managed})
	for _, e := range made {
		first.Add(e)
	}
	gone, names := map[string]string{}, map[string]string{}
	for _, u := range first.Unmanaged() {
		gone[u.Finding.ID], names[u.Finding.ID] = u.Finding.Type, u.Finding.Type
	}
	if len(gone) != 2 {
		t.Fatalf("%d objects were made, want 2", len(gone))
	}
	deleted := func(e audit.Event) audit.Event {
		e.Activity = audit.ActivityDelete
		return e
	}
	failed := deleted(call("3", "erin", "ec2", "DeleteSecurityGroup", 3, map[string]any{"groupId": "sg-0feed"}, nil))
	failed.Status = audit.StatusFailure
	for name, c := range map[string]struct {
		events []audit.Event
		want   string
	}{
		"deleted": {[]audit.Event{deleted(call("3", "erin", "ec2", "DeleteSecurityGroup", 3, map[string]any{"groupId": "sg-0feed"}, nil))}, "aws_security_group by erin"},
		"detached": {[]audit.Event{call("3", "erin", "iam", "DeleteRolePolicy", 3, map[string]any{"roleName": "app", "policyName": "tmp"}, nil)},
			"aws_iam_role_policy by erin"},
		"untagged":       {[]audit.Event{deleted(call("3", "erin", "ec2", "DeleteTags", 3, map[string]any{"resourcesSet": map[string]any{"items": []any{map[string]any{"resourceId": "sg-0feed"}}}}, nil))}, ""},
		"another object": {[]audit.Event{deleted(call("3", "erin", "ec2", "DeleteSecurityGroup", 3, map[string]any{"groupId": "sg-0fee"}, nil))}, ""},
		"it failed":      {[]audit.Event{failed}, ""},
		"made once more": {[]audit.Event{call("3", "erin", "iam", "DeleteRolePolicy", 3, map[string]any{"roleName": "app", "policyName": "tmp"}, nil),
			call("4", "dave", "iam", "PutRolePolicy", 4, map[string]any{"roleName": "app", "policyName": "tmp"}, nil)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				x := blame.New(nil, blame.Options{Managed: managed})
				for _, e := range rapid.Permutation(append(c.events, made...)).Draw(t, "events") {
					x.Add(e)
				}
				var got []string
				for id, a := range x.Undone(gone) {
					got = append(got, fmt.Sprintf("%s by %s", names[id], a.Actor.Name))
				}
				if strings.Join(got, ", ") != c.want {
					t.Fatalf("gone are %q, want %q", got, c.want)
				}
			})
		})
	}
}
