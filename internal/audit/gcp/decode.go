// Package gcp turns Google Cloud audit log entries into audit events.
//
// [Decode] takes a LogEntry with a protoPayload, or a row of the BigQuery export, where the payload is called protopayload_auditlog and request,
// response and metadata are text. A long operation leaves two entries with one operation id, which becomes the event's Correlation.
package gcp

import (
	"errors"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Source is the name that events of this log carry.
const Source = "gcp"

// Is tells whether a decoded JSON value looks like an audit log entry.
func Is(v any) bool {
	return payload(v) != nil
}

func payload(v any) map[string]any {
	for _, key := range []string{"protoPayload", "protopayload_auditlog", "proto_payload"} {
		if m := tree.Map(v, key); m != nil {
			if inner := tree.Map(m, "audit_log"); inner != nil {
				return inner
			}
			return m
		}
	}
	return nil
}

// Decode reads one entry.
func Decode(v any) (audit.Event, error) {
	p := payload(v)
	when, ok := tree.Time(tree.String(v, "timestamp"))
	if !ok {
		when, _ = tree.Time(tree.First(v, "receiveTimestamp", "receive_timestamp"))
	}
	method := tree.First(p, "methodName", "method_name")
	if method == "" {
		return audit.Event{}, errors.New("no methodName")
	}
	meta := first(p, "requestMetadata", "request_metadata")
	e := audit.Event{
		ID:          tree.First(v, "insertId", "insert_id"),
		Correlation: tree.String(v, "operation", "id"),
		Source:      Source,
		Provider:    "gcp",
		Time:        when,
		Service:     tree.First(p, "serviceName", "service_name"),
		Operation:   method,
		Status:      audit.StatusSuccess,
		UserAgent:   tree.First(meta, "callerSuppliedUserAgent", "caller_supplied_user_agent"),
		SourceIP:    tree.First(meta, "callerIp", "callerIP", "caller_ip"),
		Account:     project(v),
		Region:      location(v, p),
		Request:     first(p, "request", "requestJson"),
		Response:    first(p, "response", "responseJson"),
	}
	if code := tree.String(p, "status", "code"); code != "" && code != "0" {
		e.Status, e.Error = audit.StatusFailure, code
	}
	e.DryRun = tree.True(e.Request, "validateOnly") || tree.True(e.Request, "dryRun") || tree.True(e.Request, "validate_only")
	e.Activity = activity(v, p, method)
	e.Actor = actor(v, p)
	e.Via = via(e.UserAgent, e.Actor)
	if name := tree.First(p, "resourceName", "resource_name"); name != "" {
		e.Resources = append(e.Resources, audit.Resource{Type: tree.String(v, "resource", "type"), ID: name, Account: e.Account, Region: e.Region})
	}
	for _, key := range []string{"targetLink", "targetId"} {
		if id := tree.String(e.Response, key); id != "" {
			e.Resources = append(e.Resources, audit.Resource{Type: tree.String(v, "resource", "type"), ID: id})
		}
	}
	e.Changes = bindings(p)
	return e, nil
}

func first(v any, keys ...string) any {
	for _, key := range keys {
		if got := tree.JSON(v, key); got != nil {
			return got
		}
	}
	return nil
}

func project(v any) string {
	labels := tree.Map(v, "resource", "labels")
	if id := tree.String(labels, "project_id"); id != "" {
		return id
	}
	name := tree.First(v, "logName", "log_name")
	if rest, ok := strings.CutPrefix(name, "projects/"); ok {
		id, _, _ := strings.Cut(rest, "/")
		return id
	}
	return ""
}

func location(v any, p map[string]any) string {
	for _, list := range [][]any{tree.List(p, "resourceLocation", "currentLocations")} {
		if len(list) > 0 {
			return tree.String(list[0])
		}
	}
	return tree.First(tree.Get(v, "resource", "labels"), "location", "zone", "region")
}

// bindings reads what an IAM call did, which Google writes down as a difference.
func bindings(p map[string]any) []audit.AttributeChange {
	var out []audit.AttributeChange
	for _, path := range [][]string{{"serviceData", "policyDelta", "bindingDeltas"}, {"metadata", "policyDelta", "bindingDeltas"}, {"servicedata_v1_iam", "policyDelta", "bindingDeltas"}} {
		for _, delta := range tree.List(p, path...) {
			binding := map[string]any{"role": tree.String(delta, "role"), "member": tree.String(delta, "member")}
			c := audit.AttributeChange{Path: "bindings", After: binding}
			if tree.String(delta, "action") == "REMOVE" {
				c.Before, c.After = binding, nil
			}
			out = append(out, c)
		}
	}
	return out
}

var (
	readSteps   = []string{"get", "list", "aggregatedlist", "search", "query", "testiampermissions", "read", "batchget", "lookup", "access", "describe", "watch", "getiampolicy"}
	createSteps = []string{"insert", "create"}
	deleteSteps = []string{"delete", "destroy", "remove"}
)

func activity(v any, p map[string]any, method string) audit.Activity {
	last := strings.ToLower(method[strings.LastIndexByte(method, '.')+1:])
	reads := len(tree.List(p, "authorizationInfo")) > 0
	for _, a := range tree.List(p, "authorizationInfo") {
		if kind := tree.String(a, "permissionType"); kind != "ADMIN_READ" && kind != "DATA_READ" {
			reads = false
		}
	}
	switch {
	case reads || hasPrefix(last, readSteps):
		return audit.ActivityRead
	case hasPrefix(last, createSteps):
		return audit.ActivityCreate
	case hasPrefix(last, deleteSteps):
		return audit.ActivityDelete
	}
	return audit.ActivityUpdate
}

func hasPrefix(s string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// actor reads authenticationInfo. Everything in the system_event log was done by Google itself.
func actor(v any, p map[string]any) audit.Actor {
	auth := first(p, "authenticationInfo", "authentication_info")
	email := tree.First(auth, "principalEmail", "principal_email")
	subject := tree.First(auth, "principalSubject", "principal_subject")
	a := audit.Actor{Name: email, Principal: firstText(subject, email)}
	if a.Name == "" {
		a.Name = subject
	}
	log := tree.First(v, "logName", "log_name")
	switch {
	case strings.Contains(log, "system_event"):
		a.Type = audit.ActorService
		if a.Name == "" || a.Name == "system@google.com" {
			a.Name = tree.First(p, "serviceName", "service_name")
		}
	case strings.HasPrefix(email, "system:serviceaccount:"):
		a.Type = audit.ActorMachine
	case strings.HasPrefix(email, "system:"):
		a.Type = audit.ActorService
	case strings.HasSuffix(email, ".gserviceaccount.com") || strings.HasPrefix(subject, "serviceAccount:"):
		a.Type = audit.ActorMachine
		if agent(email) {
			a.Type = audit.ActorService
		}
		// A person who impersonates a service account is named in the delegation.
		for _, d := range tree.List(auth, "serviceAccountDelegationInfo") {
			if who := tree.String(d, "firstPartyPrincipal", "principalEmail"); audit.KindOfName(who) == audit.ActorHuman {
				a.Name, a.Type, a.Issuer = who, audit.ActorHuman, email
			}
		}
	case strings.Contains(subject, "/workloadIdentityPools/"):
		a.Type = audit.ActorMachine
	case strings.Contains(subject, "/workforcePools/"):
		a.Type = audit.ActorHuman
		if i := strings.LastIndex(subject, "/subject/"); email == "" && i >= 0 {
			a.Name = subject[i+len("/subject/"):]
		}
	case strings.Contains(email, "@"):
		a.Type = audit.ActorHuman
	case a.Name != "":
		a.Type = audit.ActorRole
	}
	return a
}

// agent tells Google's own service agents, which act for a service, from the accounts that users make.
func agent(email string) bool {
	return strings.HasPrefix(email, "service-") || strings.HasSuffix(email, "@cloudservices.gserviceaccount.com") ||
		strings.HasSuffix(email, "@system.gserviceaccount.com") || strings.Contains(email, "@gcp-sa-") || strings.HasSuffix(email, "@cloudbuild.gserviceaccount.com")
}

func via(agent string, who audit.Actor) audit.Via {
	low := strings.ToLower(agent)
	switch {
	case who.Type == audit.ActorService:
		return audit.ViaService
	case strings.Contains(low, "terraform/") || strings.Contains(low, "opentofu/") || strings.Contains(low, "terraform-provider"):
		return audit.ViaTerraform
	case strings.HasPrefix(low, "mozilla/"):
		return audit.ViaConsole
	case strings.Contains(low, "gcloud") || strings.Contains(low, "google-cloud-sdk") || strings.Contains(low, "gsutil"):
		return audit.ViaCLI
	case strings.HasPrefix(low, "kubectl/"):
		return audit.ViaKubectl
	case strings.Contains(low, "google-api") || strings.Contains(low, "grpc-") || strings.Contains(low, "gcloud-") || strings.Contains(low, "gax"):
		return audit.ViaSDK
	}
	return audit.ViaUnknown
}

func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
