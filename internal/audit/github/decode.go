// Package github turns entries of a GitHub organisation's audit log into audit events.
//
// [Decode] takes one entry as the API, the export and log streaming write it. What changed stands beside who changed it, so the entry's own fields,
// without those that say who and when, are the event's request.
package github

import (
	"errors"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Source is the name that events of this log carry.
const Source = "github"

// Is tells whether a decoded JSON value looks like an entry.
func Is(v any) bool {
	action := tree.String(v, "action")
	if !strings.Contains(action, ".") || strings.ContainsAny(action, " /:") {
		return false
	}
	return tree.Has(v, "created_at") || tree.Has(v, "@timestamp") || tree.Has(v, "_document_id") || (tree.Has(v, "actor") && (tree.Has(v, "org") || tree.Has(v, "repo")))
}

// about are the fields that say who, when and where.
var about = map[string]bool{
	"action": true, "actor": true, "actor_id": true, "actor_ip": true, "actor_is_bot": true, "actor_location": true, "created_at": true, "@timestamp": true,
	"_document_id": true, "user_agent": true, "hashed_token": true, "token_id": true, "token_scopes": true, "programmatic_access_type": true, "business": true,
	"business_id": true, "request_id": true, "operation_type": true, "external_identity_nameid": true, "external_identity_username": true,
}

// Decode reads one entry.
func Decode(v any) (audit.Event, error) {
	if tree.Map(v) == nil {
		return audit.Event{}, errors.New("not an object")
	}
	when, _ := tree.Time(tree.First(v, "created_at", "@timestamp", "timestamp"))
	action := tree.String(v, "action")
	request := map[string]any{}
	for key, value := range tree.Map(v) {
		if !about[key] && !strings.HasPrefix(key, "p_") {
			request[key] = value
		}
	}
	service, _, _ := strings.Cut(action, ".")
	e := audit.Event{
		ID:        tree.First(v, "_document_id", "request_id"),
		Source:    Source,
		Provider:  "github",
		Time:      when,
		Service:   service,
		Operation: action,
		Activity:  activity(action),
		Status:    audit.StatusSuccess,
		UserAgent: tree.String(v, "user_agent"),
		SourceIP:  tree.String(v, "actor_ip"),
		Account:   organisation(v),
		Request:   request,
		Actor:     actor(v),
	}
	e.Via = via(e.UserAgent, e.Actor, tree.String(v, "programmatic_access_type"))
	for _, key := range []string{"repo", "team", "user", "environment_name", "ruleset_name"} {
		if id := tree.String(v, key); id != "" {
			e.Resources = append(e.Resources, audit.Resource{Type: key, ID: id})
		}
	}
	return e, nil
}

// organisation is text, or a list when an entry belongs to several.
func organisation(v any) string {
	if s := tree.String(v, "org"); s != "" {
		return s
	}
	for _, o := range tree.List(v, "org") {
		return tree.String(o)
	}
	owner, _, _ := strings.Cut(tree.String(v, "repo"), "/")
	return owner
}

func activity(action string) audit.Activity {
	_, what, _ := strings.Cut(action, ".")
	word, _, _ := strings.Cut(what, "_")
	switch word {
	case "create", "add", "invite":
		return audit.ActivityCreate
	case "destroy", "delete", "remove", "revoke":
		return audit.ActivityDelete
	case "clone", "fetch", "download", "access":
		if action != "repo.access" {
			return audit.ActivityRead
		}
	}
	if strings.HasPrefix(action, "git.") || strings.HasPrefix(action, "workflows.") || strings.HasPrefix(action, "api.") {
		return audit.ActivityRead // about content and runs, not about settings
	}
	return audit.ActivityUpdate
}

func actor(v any) audit.Actor {
	name := tree.String(v, "actor")
	a := audit.Actor{Name: name, Principal: name, Type: audit.ActorHuman, Session: tree.First(v, "external_identity_nameid")}
	switch {
	case name == "":
		return audit.Actor{}
	case name == "github-staff" || name == "web-flow" || name == "GitHub System":
		a.Type = audit.ActorService
	case tree.True(v, "actor_is_bot"), strings.HasSuffix(name, "[bot]"), strings.Contains(tree.String(v, "programmatic_access_type"), "server-to-server"),
		audit.KindOfName(name) == audit.ActorMachine:
		a.Type = audit.ActorMachine
	}
	return a
}

func via(agent string, who audit.Actor, access string) audit.Via {
	low := strings.ToLower(agent)
	switch {
	case who.Type == audit.ActorService:
		return audit.ViaService
	case strings.Contains(low, "terraform") || strings.Contains(low, "opentofu"):
		return audit.ViaTerraform
	case strings.HasPrefix(low, "mozilla/"):
		return audit.ViaConsole
	case strings.HasPrefix(low, "github cli"):
		return audit.ViaCLI
	case access != "" || strings.Contains(low, "go-github") || strings.Contains(low, "octokit"):
		return audit.ViaSDK
	}
	return audit.ViaUnknown
}
