package scan

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine/planfile"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// told is a log that is known by heart.
type told []audit.Event

func (told) Name() string { return "cloudtrail" }
func (told) Capabilities() audit.Capabilities {
	return audit.Capabilities{HasActor: true, HasValues: true}
}
func (l told) Query(context.Context, audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		for _, e := range l {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// lastSeen is when the differences of these tests were there the last time; calls are minutes from then.
var lastSeen = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// did is a successful call of a person to EC2.
func did(who, operation string, minute int, request map[string]any) audit.Event {
	activity := audit.ActivityUpdate
	if strings.HasPrefix(operation, "Delete") {
		activity = audit.ActivityDelete
	}
	return audit.Event{
		ID: fmt.Sprintf("%s-%d", who, minute), Source: "cloudtrail", Provider: "aws", Account: "111122223333", Region: "eu-west-1", Service: "ec2.amazonaws.com",
		Operation: operation, Activity: activity, Status: audit.StatusSuccess, Time: lastSeen.Add(time.Duration(minute) * time.Minute), Request: request,
		Actor: audit.Actor{Name: who + "@example.com", Type: audit.ActorHuman, Principal: "arn:aws:iam::111122223333:user/" + who},
	}
}

func resize(who string, minute int, to string) audit.Event {
	return did(who, "ModifyInstanceAttribute", minute, map[string]any{"instanceId": "i-0abc", "instanceType": map[string]any{"value": to}})
}

func allow(who, operation string, minute int, port string) audit.Event {
	return did(who, operation, minute, map[string]any{"groupId": "sg-01", "ipPermissions": map[string]any{"items": []any{map[string]any{
		"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipRanges": map[string]any{"items": []any{map[string]any{"cidrIp": "0.0.0.0/0"}}},
	}}}})
}

// TestWhoPutItBack: of all who touched an object since its difference was last seen, the one is named who left behind what is there now, and
// nobody when that cannot be told.
func TestWhoPutItBack(t *testing.T) {
	instance := planfile.LiveInstance{Address: "aws_instance.web", Mode: "managed", Type: "aws_instance", Attributes: map[string]drift.Value{
		"id": "i-0abc", "arn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc", "instance_type": "t3.micro", "ebs_optimized": false,
	}}
	group := planfile.LiveInstance{Address: "aws_security_group.web", Mode: "managed", Type: "aws_security_group", Attributes: map[string]drift.Value{
		"id": "sg-01", "arn": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-01", "ingress": []any{map[string]any{"protocol": "tcp", "from_port": 443.0, "to_port": 443.0, "cidr_blocks": []any{"0.0.0.0/0"}}},
	}}
	failed := resize("erin", 5, "t3.micro")
	failed.Status = audit.StatusFailure
	deploys := resize("deploy", 5, "t3.micro")
	deploys.Actor = audit.Actor{Name: "deploy", Type: audit.ActorMachine, Principal: "arn:aws:sts::111122223333:assumed-role/deploy/ci"}
	for name, c := range map[string]struct {
		live    planfile.LiveInstance
		gone    Vanished
		still   *drift.Finding
		events  []audit.Event
		want    string
		recoded bool
	}{
		"one did":                            {live: instance, events: []audit.Event{resize("bob", 5, "t3.micro")}, want: "confirmed bob@example.com [instance_type]"},
		"after somebody tried another":       {live: instance, events: []audit.Event{resize("ann", 3, "t3.nano"), resize("bob", 5, "t3.micro")}, want: "confirmed bob@example.com [instance_type]"},
		"another attribute later":            {live: instance, events: []audit.Event{resize("bob", 5, "t3.micro"), did("ann", "ModifyInstanceAttribute", 9, map[string]any{"instanceId": "i-0abc", "ebsOptimized": false})}, want: "confirmed bob@example.com [instance_type]"},
		"only another attribute":             {live: instance, events: []audit.Event{did("ann", "ModifyInstanceAttribute", 9, map[string]any{"instanceId": "i-0abc", "ebsOptimized": false})}},
		"only another object":                {live: instance, events: []audit.Event{did("ann", "ModifyInstanceAttribute", 9, map[string]any{"instanceId": "i-0abcd", "instanceType": map[string]any{"value": "t3.micro"}})}},
		"two wrote the same":                 {live: instance, events: []audit.Event{resize("bob", 5, "t3.micro"), resize("ann", 9, "t3.micro")}},
		"before it was last seen":            {live: instance, events: []audit.Event{resize("bob", -5, "t3.micro")}},
		"it failed":                          {live: instance, events: []audit.Event{failed}},
		"what is live was written by nobody": {live: instance, events: []audit.Event{resize("bob", 5, "t3.nano")}},
		"a pipeline":                         {live: instance, events: []audit.Event{deploys}, want: "automation deploy [instance_type]"},
		"the code moved, too":                {live: instance, recoded: true, events: []audit.Event{resize("bob", 5, "t3.micro")}},
		"the code moved, the log shows it":   {live: instance, recoded: true, events: []audit.Event{resize("ann", -60, "t3.large"), resize("bob", 5, "t3.micro")}, want: "confirmed bob@example.com [instance_type]"},
		"the code took over what is live":    {live: instance, recoded: true, events: []audit.Event{resize("ann", -60, "t3.micro"), resize("bob", 5, "t3.micro")}},
		"a call that also made a new difference": {
			live:  instance,
			still: &drift.Finding{ID: "f_1", Changes: []drift.Change{{Path: "ebs_optimized", Kind: drift.KindDrift, Base: false, Code: false, Live: true}}},
			events: []audit.Event{resize("bob", 5, "t3.micro"), did("ann", "ModifyInstanceAttribute", 9, map[string]any{
				"instanceId": "i-0abc", "ebsOptimized": true, "instanceType": map[string]any{"value": "t3.micro"},
			})},
			want: "confirmed bob@example.com [instance_type]",
		},
		"an element of a list":           {live: group, events: []audit.Event{allow("bob", "RevokeSecurityGroupIngress", 5, "22")}, want: "likely bob@example.com [ingress]"},
		"the other list":                 {live: group, events: []audit.Event{allow("bob", "RevokeSecurityGroupEgress", 5, "22")}},
		"two at one list":                {live: group, events: []audit.Event{allow("bob", "RevokeSecurityGroupIngress", 5, "22"), allow("ann", "RevokeSecurityGroupIngress", 6, "23")}},
		"made again":                     {live: group, gone: Vanished{Kind: drift.KindDeleted}, events: []audit.Event{did("bob", "CreateSecurityGroup", 5, map[string]any{"groupName": "web", "groupId": "sg-01"})}, want: "confirmed bob@example.com []"},
		"made again, and tagged":         {live: group, gone: Vanished{Kind: drift.KindDeleted}, events: []audit.Event{did("ann", "CreateTags", 7, map[string]any{"resourcesSet": map[string]any{"items": []any{map[string]any{"resourceId": "sg-01"}}}})}},
		"nobody knows who made it again": {live: group, gone: Vanished{Kind: drift.KindDeleted}},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.gone
			v.Stack, v.ID, v.Address, v.Since, v.Recoded = "prod", "f_1", c.live.Address, lastSeen, c.recoded
			if v.Kind == "" {
				v.Kind, v.Paths = drift.KindDrift, []string{"instance_type"}
				if c.live.Type == group.Type {
					v.Paths = []string{"ingress"}
				}
			}
			v.Subject = subjectOf(&v, c.live, c.still, lastSeen.Add(time.Hour))
			s := &report.StackResult{Stack: stack.Stack{ID: "prod"}}
			if c.still != nil {
				s.Findings = []report.Finding{{Finding: *c.still}}
			}
			var got []string
			for _, p := range putBack(t, s, v, c.events, nil) {
				got = append(got, fmt.Sprintf("%s %s %v", p.Attribution.Verdict, p.Attribution.Actor.Name, p.Paths))
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("it was put back by %q, want %q", text, c.want)
			}
		})
	}
}

func putBack(t *testing.T, s *report.StackResult, v Vanished, events []audit.Event, managed []blame.Managed) []report.PutBack {
	t.Helper()
	settings, err := config.Parse(nil, config.Name)
	if err != nil {
		t.Fatal(err)
	}
	a := Attribute(t.Context(), []*report.StackResult{s}, AttributeOptions{
		Sources: []audit.Source{told(events)}, Config: settings, Now: lastSeen.Add(time.Hour), Vanished: []Vanished{v}, Managed: managed, Progress: NoProgress{},
	})
	if len(a.Warnings) > 0 {
		t.Errorf("warnings %q", a.Warnings)
	}
	return s.PutBack
}

// TestWhoTookItAway: what somebody had made beside the code, and is gone, was taken away by who deleted it, not by who deleted something of it.
func TestWhoTookItAway(t *testing.T) {
	managed := []blame.Managed{{Stack: "prod", Address: "aws_security_group.web", Type: "aws_security_group", IDs: []string{"sg-01"}, Account: "111122223333", Region: "eu-west-1"}}
	opened := allow("ann", "AuthorizeSecurityGroupIngress", -60, "22")
	s := &report.StackResult{Stack: stack.Stack{ID: "prod"}}
	settings, err := config.Parse(nil, config.Name)
	if err != nil {
		t.Fatal(err)
	}
	Attribute(t.Context(), []*report.StackResult{s}, AttributeOptions{Sources: []audit.Source{told{opened}}, Config: settings, Now: lastSeen, Managed: managed, Progress: NoProgress{}})
	if len(s.Findings) != 1 {
		t.Fatalf("%d findings of what ann made", len(s.Findings))
	}
	was := s.Findings[0].Finding
	for name, c := range map[string]struct {
		events []audit.Event
		want   string
	}{
		"deleted":         {[]audit.Event{opened, allow("bob", "RevokeSecurityGroupIngress", 5, "22")}, "confirmed bob@example.com"},
		"making unknown":  {[]audit.Event{allow("bob", "RevokeSecurityGroupIngress", 5, "22")}, "confirmed bob@example.com"},
		"another rule":    {[]audit.Event{opened, allow("bob", "RevokeSecurityGroupIngress", 5, "23")}, ""},
		"already earlier": {[]audit.Event{opened, allow("bob", "RevokeSecurityGroupIngress", -5, "22")}, ""},
		"no call":         {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &report.StackResult{Stack: stack.Stack{ID: "prod"}}
			v := Vanished{Stack: "prod", ID: was.ID, Address: was.Address, Kind: drift.KindUnmanaged, Since: lastSeen}
			got := ""
			for _, p := range putBack(t, s, v, c.events, managed) {
				got += fmt.Sprintf("%s %s", p.Attribution.Verdict, p.Attribution.Actor.Name)
			}
			if got != c.want {
				t.Errorf("it was taken away by %q, want %q", got, c.want)
			}
		})
	}
}

// TestRecodedUnlessKnown: without a history nothing is known of the code, and that counts as changed.
func TestRecodedUnlessKnown(t *testing.T) {
	s := &scan{commit: "abc"}
	if !s.recoded(t.Context(), &job{}, "abc") {
		t.Error("code of which nothing is known counts as unchanged")
	}
}
