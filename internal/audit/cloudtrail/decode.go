// Package cloudtrail turns AWS CloudTrail records into audit events.
//
// [Decode] takes one record, bare or in the envelope of LookupEvents or EventBridge. Who called is read in actor.go, how in via.go; field names
// are those of https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html.
package cloudtrail

import (
	"errors"
	"regexp"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Source is the name that events of this log carry.
const Source = "cloudtrail"

// Is tells whether a decoded JSON value looks like a CloudTrail record or one of its envelopes.
func Is(v any) bool {
	if tree.Has(v, "eventSource") && tree.Has(v, "eventName") {
		return true
	}
	if tree.Has(v, "CloudTrailEvent") {
		return true
	}
	return tree.Has(v, "detail-type") && tree.Has(tree.Get(v, "detail"), "eventName")
}

// Decode reads one record. Unknown fields are ignored and missing ones leave their part of the event empty; an error means that what
// happened is not known.
func Decode(v any) (audit.Event, error) {
	envelope := v
	if inner, ok := tree.Get(v, "CloudTrailEvent").(string); ok {
		record, err := tree.Parse([]byte(inner))
		if err != nil {
			return audit.Event{}, errors.New("field CloudTrailEvent does not hold JSON")
		}
		v = record
	} else if tree.Has(v, "detail-type") {
		v = tree.Get(v, "detail")
	}
	if tree.Map(v) == nil {
		return audit.Event{}, errors.New("not an object")
	}
	when, ok := tree.Time(tree.String(v, "eventTime"))
	if !ok {
		when, _ = tree.Time(tree.First(envelope, "time", "EventTime"))
	}
	e := audit.Event{
		ID:          tree.String(v, "eventID"),
		Correlation: tree.First(v, "sharedEventID", "requestID"),
		Source:      Source,
		Provider:    "aws",
		Time:        when,
		Service:     tree.String(v, "eventSource"),
		Operation:   tree.String(v, "eventName"),
		Error:       tree.First(v, "errorCode", "errorMessage"),
		UserAgent:   tree.String(v, "userAgent"),
		SourceIP:    tree.String(v, "sourceIPAddress"),
		Region:      tree.String(v, "awsRegion"),
		Account:     tree.String(v, "recipientAccountId"),
		Request:     parameters(tree.Get(v, "requestParameters")),
		Response:    parameters(tree.Get(v, "responseElements")),
		Status:      audit.StatusSuccess,
	}
	if e.Operation == "" {
		return audit.Event{}, errors.New("no eventName")
	}
	if e.Account == "" {
		e.Account = tree.String(v, "userIdentity", "accountId")
	}
	if e.Error != "" {
		e.Status = audit.StatusFailure
	}
	e.DryRun = strings.HasSuffix(e.Error, "DryRunOperation") || tree.True(e.Request, "dryRun")
	e.Activity = activity(v, e.Operation)
	e.Actor, e.Via = Caller(v)
	e.Truncated = cut(e.Request) || cut(e.Response)
	for _, r := range tree.List(v, "resources") {
		id := tree.First(r, "ARN", "arn")
		if id != "" {
			e.Resources = append(e.Resources, audit.Resource{Type: tree.String(r, "type"), ID: id, Account: tree.String(r, "accountId")})
		}
	}
	e.Link = link(e)
	return e, nil
}

// parameters decodes requestParameters and responseElements, which exports through Athena and Panther keep as text.
func parameters(v any) any {
	if s, ok := v.(string); ok {
		if in, ok := tree.Embedded(s); ok {
			return in
		}
	}
	return v
}

// cut recognises the marks that CloudTrail leaves where a field was too large.
func cut(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		s, isText := v.(string)
		return isText && s != ""
	}
	if tree.True(m, "omitted") || tree.True(m, "truncated") {
		return true
	}
	for _, value := range m {
		if s, ok := value.(string); ok && (strings.HasSuffix(s, "...(truncated)") || strings.HasSuffix(s, "[TRUNCATED]")) {
			return true
		}
	}
	return false
}

var readVerbs = []string{
	"Get", "List", "Describe", "Head", "Lookup", "Search", "Query", "Scan", "BatchGet", "Check", "Estimate", "Simulate", "Validate", "View",
	"Preview", "Discover", "Test", "Poll", "Download", "Select", "Filter", "Read", "Assume", "Decode", "Detect", "Verify", "ConsoleLogin", "SwitchRole",
}

var createVerbs = []string{"Create", "Run", "Allocate", "Register", "Import", "Request", "Launch", "Copy", "Restore", "Provision", "Subscribe", "Publish"}

var deleteVerbs = []string{"Delete", "Terminate", "Deregister", "Release", "Unsubscribe", "ScheduleKeyDeletion", "Destroy", "BatchDelete"}

func activity(v any, operation string) audit.Activity {
	switch tree.String(v, "readOnly") {
	case "true":
		return audit.ActivityRead
	case "":
		if hasVerb(operation, readVerbs) {
			return audit.ActivityRead
		}
	}
	switch {
	case hasVerb(operation, createVerbs):
		return audit.ActivityCreate
	case hasVerb(operation, deleteVerbs):
		return audit.ActivityDelete
	}
	return audit.ActivityUpdate
}

func hasVerb(operation string, verbs []string) bool {
	for _, verb := range verbs {
		if strings.HasPrefix(operation, verb) {
			rest := operation[len(verb):]
			if rest == "" || rest[0] < 'a' || rest[0] > 'z' {
				return true
			}
		}
	}
	return false
}

var plain = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// link points at the record in Event history, which keeps it for 90 days.
func link(e audit.Event) string {
	if !plain.MatchString(e.Region) || !plain.MatchString(e.ID) {
		return ""
	}
	return "https://" + e.Region + ".console.aws.amazon.com/cloudtrailv2/home?region=" + e.Region + "#/events/" + e.ID
}
