// Package kube turns Kubernetes audit records (audit.k8s.io) into audit events.
//
// [Decode] takes one Event. Only its last stage says what happened, so the others are skipped by [Skip]. A user agent and all but the last source
// address are whatever the client sent.
package kube

import (
	"errors"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Source is the name that events of this log carry.
const Source = "kube"

// Is tells whether a decoded JSON value looks like an audit record.
func Is(v any) bool {
	if tree.Has(v, "verb") && (tree.Has(v, "auditID") || tree.Has(v, "objectRef") || (tree.Has(v, "requestURI") && tree.Has(v, "user"))) {
		return true
	}
	return strings.HasPrefix(tree.String(v, "apiVersion"), "audit.k8s.io/") && tree.String(v, "kind") == "Event"
}

// Skip tells records of early stages, which the record of the last stage repeats.
func Skip(v any) bool {
	switch tree.String(v, "stage") {
	case "RequestReceived", "ResponseStarted":
		return true
	}
	return false
}

// Decode reads one record.
func Decode(v any) (audit.Event, error) {
	when, ok := tree.Time(tree.First(v, "stageTimestamp", "requestReceivedTimestamp", "timestamp"))
	if !ok {
		when, _ = tree.Time(tree.String(v, "metadata", "creationTimestamp"))
	}
	verb := tree.String(v, "verb")
	if verb == "" {
		return audit.Event{}, errors.New("no verb")
	}
	ref := tree.Map(v, "objectRef")
	resource := tree.String(ref, "resource")
	e := audit.Event{
		ID:        tree.String(v, "auditID"),
		Source:    Source,
		Provider:  "kubernetes",
		Time:      when,
		Service:   tree.String(ref, "apiGroup"),
		Operation: strings.TrimSpace(verb + " " + joined(resource, tree.String(ref, "subresource"))),
		Activity:  activity(verb),
		Status:    audit.StatusSuccess,
		UserAgent: tree.String(v, "userAgent"),
		Request:   tree.Get(v, "requestObject"),
		Response:  tree.Get(v, "responseObject"),
		DryRun:    strings.Contains(tree.String(v, "requestURI"), "dryRun=All"),
	}
	if code := tree.Int(v, "responseStatus", "code"); code >= 400 || tree.String(v, "responseStatus", "status") == "Failure" || tree.String(v, "stage") == "Panic" {
		e.Status, e.Error = audit.StatusFailure, tree.First(tree.Get(v, "responseStatus"), "reason", "code")
	}
	if ips := tree.List(v, "sourceIPs"); len(ips) > 0 {
		e.SourceIP = tree.String(ips[len(ips)-1])
	}
	e.Actor = actor(v)
	e.Via = via(e.UserAgent, e.Actor)
	name := tree.String(ref, "name")
	if name == "" { // a create names the object only in its body
		name = firstText(tree.String(e.Response, "metadata", "name"), tree.String(e.Request, "metadata", "name"))
	}
	if resource != "" && name != "" {
		e.Resources = append(e.Resources, audit.Resource{Type: resource, ID: joined(tree.String(ref, "namespace"), name), Name: name})
		if uid := tree.String(ref, "uid"); uid != "" {
			e.Resources = append(e.Resources, audit.Resource{Type: resource, ID: uid})
		}
	}
	return e, nil
}

func joined(a, b string) string {
	return strings.Trim(a+"/"+b, "/")
}

func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func activity(verb string) audit.Activity {
	switch verb {
	case "get", "list", "watch", "head", "options":
		return audit.ActivityRead
	case "create", "post":
		return audit.ActivityCreate
	case "delete", "deletecollection":
		return audit.ActivityDelete
	case "update", "patch", "put":
		return audit.ActivityUpdate
	}
	return audit.ActivityOther
}

// actor: who called, or for whom a service account acted.
func actor(v any) audit.Actor {
	user, other := tree.Map(v, "user"), tree.Map(v, "impersonatedUser")
	who := tree.String(user, "username")
	a := audit.Actor{Name: who, Principal: who, Type: kind(who)}
	if other != nil && a.Type != audit.ActorHuman {
		name := tree.String(other, "username")
		a.Name, a.Type, a.Issuer = name, kind(name), who
	}
	// Managed clusters put the cloud's session into the extra fields.
	if sessions := tree.List(user, "extra", "sessionName"); len(sessions) > 0 && a.Type == audit.ActorRole {
		if session := tree.String(sessions[0]); audit.KindOfName(session) == audit.ActorHuman {
			a.Name, a.Type, a.Session = session, audit.ActorHuman, session
		}
	}
	return a
}

func kind(name string) audit.ActorType {
	switch {
	case name == "":
		return ""
	case strings.HasPrefix(name, "system:serviceaccount:kube-system:"), strings.HasPrefix(name, "system:kube-"), strings.HasPrefix(name, "system:node:"),
		name == "system:apiserver", strings.HasPrefix(name, "system:gcp-"), strings.HasPrefix(name, "eks:"), strings.HasPrefix(name, "aksService"):
		return audit.ActorService
	case strings.HasPrefix(name, "system:serviceaccount:"):
		return audit.ActorMachine
	case strings.HasPrefix(name, "system:"), strings.HasPrefix(name, "arn:"), strings.HasPrefix(name, "kubernetes-"), strings.HasPrefix(name, "kube-"), name == "admin":
		return audit.ActorRole
	}
	if guess := audit.KindOfName(name); guess == audit.ActorMachine {
		return guess
	}
	return audit.ActorHuman
}

func via(agent string, who audit.Actor) audit.Via {
	low := strings.ToLower(agent)
	switch {
	case who.Type == audit.ActorService:
		return audit.ViaService
	case strings.Contains(low, "terraform") || strings.Contains(low, "opentofu") || strings.HasPrefix(low, "hashicorp/"):
		return audit.ViaTerraform
	case strings.HasPrefix(low, "kubectl"):
		return audit.ViaKubectl
	case strings.HasPrefix(low, "mozilla/"):
		return audit.ViaConsole
	case strings.Contains(low, "client-go") || strings.HasPrefix(low, "helm/") || strings.Contains(low, "kubernetes"):
		return audit.ViaSDK
	}
	return audit.ViaUnknown
}
