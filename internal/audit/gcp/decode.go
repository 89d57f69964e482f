// Package gcp turns Google Cloud audit log entries into audit events.
//
// [Decode] takes a LogEntry with a protoPayload; a row of the BigQuery export, where the payload is called protopayload_auditlog and request, response
// and metadata are text; or a row of Log Analytics, where names are written with underscores. A long operation leaves two entries with one operation id, which becomes the event's Correlation.
package gcp

import (
	"errors"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Source is the name that events of this log carry.
const Source = "gcp"

// payloads are the names that the payload has in an entry, a row of an export, and a row of Log Analytics.
var payloads = []string{"protoPayload", "protopayload_auditlog", "proto_payload"}

// Is tells whether a decoded JSON value looks like an audit log entry.
func Is(v any) bool {
	return tree.Map(v, payloads[0]) != nil || tree.Map(v, payloads[1]) != nil || tree.Map(v, payloads[2]) != nil
}

func payload(v any) map[string]any {
	for _, key := range payloads[:2] {
		if m := tree.Map(v, key); m != nil {
			return m
		}
	}
	m := tree.Map(v, payloads[2])
	if inner := tree.Map(m, "audit_log"); inner != nil {
		m = inner
	}
	return camelCase(m)
}

// free are the fields of a payload whose inside is the service's own.
var free = map[string]bool{"request": true, "response": true, "metadata": true}

// camelCase gives the names of a payload the form that entries have: methodName for method_name.
func camelCase(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for key, value := range m {
		words := strings.Split(key, "_")
		for i, w := range words[1:] {
			if w != "" {
				words[i+1] = strings.ToUpper(w[:1]) + w[1:]
			}
		}
		if !free[key] {
			value = camelCaseIn(value)
		}
		out[strings.Join(words, "")] = value
	}
	return out
}

func camelCaseIn(v any) any {
	switch t := v.(type) {
	case map[string]any:
		return camelCase(t)
	case []any:
		out := make([]any, len(t))
		for i, element := range t {
			out[i] = camelCaseIn(element)
		}
		return out
	}
	return v
}

// Decode reads one entry.
func Decode(v any) (audit.Event, error) {
	p := payload(v)
	when, ok := tree.Time(tree.String(v, "timestamp"))
	if !ok {
		when, _ = tree.Time(tree.First(v, "receiveTimestamp", "receive_timestamp"))
	}
	method := tree.String(p, "methodName")
	if method == "" {
		return audit.Event{}, errors.New("no methodName")
	}
	meta := tree.Get(p, "requestMetadata")
	e := audit.Event{
		ID:          tree.First(v, "insertId", "insert_id"),
		Correlation: tree.String(v, "operation", "id"),
		Source:      Source,
		Provider:    "gcp",
		Time:        when,
		Service:     tree.String(p, "serviceName"),
		Operation:   method,
		Status:      audit.StatusSuccess,
		UserAgent:   tree.String(meta, "callerSuppliedUserAgent"),
		SourceIP:    tree.First(meta, "callerIp", "callerIP"),
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
	if name := tree.String(p, "resourceName"); name != "" {
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

// DecodeText reads an entry from its JSON. What is no audit record is an error.
func DecodeText(text []byte) (audit.Event, error) {
	record, err := tree.Parse(text)
	if err != nil {
		return audit.Event{}, err
	}
	if !Is(record) {
		return audit.Event{}, errors.New("not an audit log entry")
	}
	return Decode(record)
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
	for _, key := range []string{"serviceData", "metadata", "metadataJson", "servicedata_v1_iam"} {
		for _, delta := range tree.List(tree.JSON(p, key), "policyDelta", "bindingDeltas") {
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
	auth := tree.Get(p, "authenticationInfo")
	email := tree.String(auth, "principalEmail")
	subject := tree.String(auth, "principalSubject")
	a := audit.Actor{Name: email, Principal: firstText(subject, email)}
	if a.Name == "" {
		a.Name = subject
	}
	log := tree.First(v, "logName", "log_name")
	switch {
	case strings.Contains(log, "system_event"):
		a.Type = audit.ActorService
		if a.Name == "" || a.Name == "system@google.com" {
			a.Name = tree.String(p, "serviceName")
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
