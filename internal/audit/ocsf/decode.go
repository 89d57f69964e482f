// Package ocsf turns OCSF API Activity records (class 6003), as Security Lake and many SIEMs keep them, into audit events.
//
// [Decode] takes one record of any 1.x version. Records that came from CloudTrail keep what OCSF has no field for under "unmapped", with the path as
// the key; it is put back in its place.
package ocsf

import (
	"errors"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Source is the name that events of this log carry.
const Source = "ocsf"

// Is tells whether a decoded JSON value looks like an OCSF record.
func Is(v any) bool {
	return tree.Has(v, "class_uid") && (tree.Has(v, "api") || tree.Has(v, "metadata"))
}

// Decode reads one record.
func Decode(v any) (audit.Event, error) {
	when, _ := tree.Time(tree.First(v, "time", "time_dt"))
	operation := tree.String(v, "api", "operation")
	if operation == "" {
		return audit.Event{}, errors.New("no api.operation")
	}
	e := audit.Event{
		ID:          tree.String(v, "metadata", "uid"),
		Correlation: tree.First(tree.Get(v, "metadata"), "correlation_uid"),
		Source:      Source,
		Provider:    provider(tree.String(v, "cloud", "provider")),
		Time:        when,
		Service:     tree.String(v, "api", "service", "name"),
		Operation:   operation,
		Activity:    audit.Activity(tree.Int(v, "activity_id")),
		Status:      audit.Status(tree.Int(v, "status_id")),
		Error:       tree.String(v, "api", "response", "error"),
		UserAgent:   tree.String(v, "http_request", "user_agent"),
		SourceIP:    tree.First(tree.Get(v, "src_endpoint"), "ip", "domain"),
		Account:     firstText(tree.String(v, "cloud", "account", "uid"), tree.String(v, "cloud", "account_uid"), tree.String(v, "cloud", "project_uid")),
		Region:      tree.String(v, "cloud", "region"),
		Request:     parameters(v, "request", "requestParameters"),
		Response:    parameters(v, "response", "responseElements"),
		Truncated:   tree.True(v, "metadata", "is_truncated"),
	}
	if e.Status == audit.StatusUnknown {
		e.Status = audit.StatusSuccess
	}
	if e.Error != "" || tree.String(v, "status") == "Failure" {
		e.Status = audit.StatusFailure
	}
	if e.Activity < audit.ActivityCreate || e.Activity > audit.ActivityDelete {
		e.Activity = audit.ActivityOther
	}
	e.DryRun = strings.HasSuffix(e.Error, "DryRunOperation")
	e.Actor, e.Via = actor(v, e)
	for _, r := range tree.List(v, "resources") {
		e.Resources = append(e.Resources, audit.Resource{Type: tree.String(r, "type"), ID: tree.First(r, "uid", "name"), Name: tree.String(r, "name"),
			Account: tree.First(tree.Get(r, "owner", "account"), "uid"), Region: tree.String(r, "region")})
	}
	for _, n := range tree.List(v, "enrichments") {
		if tree.String(n, "type") == "attribute_change" {
			e.Changes = append(e.Changes, audit.AttributeChange{Path: tree.String(n, "name"), Before: tree.Get(n, "data", "before"), After: tree.Get(n, "data", "after")})
		}
	}
	return e, nil
}

func provider(name string) string {
	switch low := strings.ToLower(name); low {
	case "google", "google cloud":
		return "gcp"
	case "microsoft", "microsoft azure":
		return "azure"
	default:
		return low
	}
}

// parameters reads api.request.data, or what unmapped holds of the original field.
func parameters(v any, part, original string) any {
	if data := tree.JSON(v, "api", part, "data"); data != nil {
		return data
	}
	unmapped := tree.Map(v, "unmapped")
	if whole := tree.JSON(unmapped, original); whole != nil {
		return whole
	}
	out := map[string]any{}
	for key, value := range unmapped {
		if path, ok := strings.CutPrefix(key, original+"."); ok {
			put(out, strings.Split(path, "."), value)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func put(m map[string]any, path []string, v any) {
	for _, step := range path[:len(path)-1] {
		inner, ok := m[step].(map[string]any)
		if !ok {
			inner = map[string]any{}
			m[step] = inner
		}
		m = inner
	}
	m[path[len(path)-1]] = v
}

// actor puts the fields of an AWS identity back into CloudTrail's form, where one set of rules reads them; others are read as they are.
func actor(v any, e audit.Event) (audit.Actor, audit.Via) {
	user, session := tree.Get(v, "actor", "user"), tree.Get(v, "actor", "session")
	if e.Provider == "aws" {
		issuer := map[string]any{"arn": tree.String(session, "issuer")}
		if _, name, ok := strings.Cut(tree.String(session, "issuer"), ":role/"); ok {
			issuer["userName"] = name[strings.LastIndexByte(name, '/')+1:]
		}
		record := map[string]any{
			"userAgent": e.UserAgent,
			"userIdentity": map[string]any{
				"type": tree.First(user, "type"), "arn": tree.First(user, "uid_alt", "uid"), "principalId": tree.String(user, "uid"), "userName": tree.String(user, "name"),
				"accessKeyId": tree.First(user, "credential_uid"), "invokedBy": tree.String(v, "actor", "invoked_by"), "sessionContext": map[string]any{"sessionIssuer": issuer},
			},
		}
		if !strings.HasPrefix(tree.String(record, "userIdentity", "arn"), "arn:") {
			tree.Map(record, "userIdentity")["arn"] = tree.String(user, "uid")
		}
		return cloudtrail.Caller(record)
	}
	a := audit.Actor{Name: tree.First(user, "email_addr", "name", "uid"), Principal: tree.First(user, "uid", "email_addr", "name"), InvokedBy: tree.String(v, "actor", "invoked_by")}
	a.Type = audit.KindOfName(a.Name)
	switch tree.Int(user, "type_id") {
	case 1, 2:
		if a.Type == audit.ActorRole {
			a.Type = audit.ActorHuman
		}
	case 3:
		a.Type = audit.ActorService
	}
	if a.Name == "" {
		a.Type = ""
	}
	return a, audit.ViaUnknown
}

func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
