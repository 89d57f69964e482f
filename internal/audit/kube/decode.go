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
		Activity:  activity(verb, tree.String(ref, "subresource")),
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
	// At level Metadata the log keeps no bodies: what such a write said is not in it.
	e.Truncated = e.Request == nil && (verb == "create" || verb == "update" || verb == "patch")
	e.Resources = touched(ref, verb, &e)
	return e, nil
}

// touched lists the objects that a call acted on: by kind, namespace and name, and by the uid that tells an object from its namesakes of other times
// and other clusters.
func touched(ref map[string]any, verb string, e *audit.Event) []audit.Resource {
	resource := tree.String(ref, "resource")
	if resource == "" {
		return nil
	}
	var out []audit.Resource
	add := func(namespace, name string, uids ...string) {
		if name == "" {
			return
		}
		if resource == "namespaces" { // which the log says to be in itself
			namespace = ""
		}
		out = append(out, audit.Resource{Type: resource, ID: joined(namespace, name), Name: name})
		if uid := firstText(uids...); uid != "" {
			out = append(out, audit.Resource{Type: resource, ID: uid})
		}
	}
	if verb == "deletecollection" { // which names nothing, and answers with what it deleted
		for _, item := range tree.List(e.Response, "items") {
			meta := tree.Map(item, "metadata")
			add(tree.String(meta, "namespace"), tree.String(meta, "name"), tree.String(meta, "uid"))
		}
		return out
	}
	// A create may name the object only in its body. A subresource answers with an object of its own, a delete with a status.
	uid := tree.String(e.Response, "metadata", "uid")
	if sub := tree.String(ref, "subresource"); sub != "" && sub != "status" && sub != "scale" {
		uid = ""
	}
	add(tree.String(ref, "namespace"), firstText(tree.String(ref, "name"), tree.String(e.Response, "metadata", "name"), tree.String(e.Request, "metadata", "name")),
		tree.String(ref, "uid"), uid, tree.String(e.Response, "details", "uid"))
	return out
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

func activity(verb, subresource string) audit.Activity {
	if verb == "create" && subresource != "" { // which makes no object of its own
		switch subresource {
		case "eviction":
			return audit.ActivityDelete
		case "binding":
			return audit.ActivityUpdate
		}
		return audit.ActivityOther // a token, a shell, a connection
	}
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

// actor: who called, or for whom a service account acted. Only a proxy that is a program is believed: a person who may impersonate, or holds a
// credential that several share, could pass off anybody as the one who acted.
func actor(v any) audit.Actor {
	user, other := tree.Map(v, "user"), tree.Map(v, "impersonatedUser")
	who := tree.String(user, "username")
	a := audit.Actor{Name: who, Principal: who, Type: kind(who)}
	if other != nil && (a.Type == audit.ActorMachine || a.Type == audit.ActorService) {
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
	case strings.Contains(low, "client-go") || strings.HasPrefix(low, "helm/") || strings.Contains(low, "kubernetes"), low != "" && who.Type == audit.ActorMachine:
		return audit.ViaSDK
	}
	return audit.ViaUnknown
}
