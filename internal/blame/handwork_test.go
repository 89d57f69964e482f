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
		call("8", "grace", "sqs", "CreateQueue", 8, map[string]any{"queueName": "jobs"}, map[string]any{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}),
		call("9", "ci-deploy", "sqs", "CreateQueue", 9, map[string]any{"queueName": "ci"}, map[string]any{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/ci"}),
	}
	want := strings.Join([]string{
		"aws_iam_role_policy_attachment [app/arn:aws:iam::aws:policy/AdministratorAccess] of aws_iam_role.app by bob",
		"aws_vpc_security_group_ingress_rule [sgr-0f] of aws_security_group.web by alice",
		"aws_instance [i-0feed] of  by frank",
	}, "\n")
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
