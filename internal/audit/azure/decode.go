// Package azure turns Azure Activity Log records and Resource Graph change records into audit events.
//
// [Decode] takes the Activity Log as its REST API gives it, as Event Hub and storage export it (upper-case ids, flat names), and resourcechanges
// rows, which alone carry values before and after. Ids are kept as written; comparing them must ignore case.
package azure

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// Source is the name that events of this log carry.
const Source = "azure"

// Is tells whether a decoded JSON value looks like a record of either kind.
func Is(v any) bool {
	if change(v) != nil {
		return true
	}
	if !tree.Has(v, "operationName") {
		return false
	}
	return tree.Has(v, "resourceId") || tree.Has(v, "eventTimestamp") || tree.Has(v, "authorization") || tree.Has(v, "eventDataId") ||
		(tree.Has(v, "category") && tree.Has(v, "time"))
}

func change(v any) map[string]any {
	for _, m := range []map[string]any{tree.Map(v, "properties"), tree.Map(v)} {
		if tree.Has(m, "targetResourceId") && (tree.Has(m, "changeAttributes") || tree.Has(m, "changes")) {
			return m
		}
	}
	return nil
}

// Decode reads one record.
func Decode(v any) (audit.Event, error) {
	if c := change(v); c != nil {
		return decodeChange(v, c), nil
	}
	when, _ := tree.Time(tree.First(v, "eventTimestamp", "time", "submissionTimestamp"))
	operation := text(v, "operationName")
	if operation == "" {
		return audit.Event{}, errors.New("no operationName")
	}
	properties := tree.JSON(v, "properties")
	id := tree.First(v, "resourceId", "resourceUri")
	if id == "" {
		id = tree.String(v, "authorization", "scope")
	}
	e := audit.Event{
		ID:          firstText(tree.First(v, "eventDataId"), tree.String(properties, "eventDataId")),
		Correlation: tree.First(v, "correlationId", "operationId"),
		Source:      Source,
		Provider:    "azure",
		Time:        when,
		Service:     provider(operation),
		Operation:   operation,
		SourceIP:    firstText(tree.String(v, "httpRequest", "clientIpAddress"), tree.String(v, "callerIpAddress")),
		Account:     subscription(id),
		Region:      tree.String(v, "location"),
		Request:     first(properties, "requestbody", "requestBody"),
		Response:    first(properties, "responseBody", "responsebody"),
	}
	e.Status, e.Error = status(v, properties)
	e.Activity = activity(operation)
	e.Actor = actor(v)
	e.Via = via(v, e.Actor)
	if id != "" {
		e.Resources = append(e.Resources, audit.Resource{ID: id, Account: e.Account})
	}
	return e, nil
}

func first(v any, keys ...string) any {
	for _, key := range keys {
		if got := tree.JSON(v, key); got != nil && got != "" {
			return got
		}
	}
	return nil
}

// text reads a field that REST writes as {value, localizedValue} and exports as plain text.
func text(v any, key string) string {
	if s := tree.String(v, key); s != "" {
		return s
	}
	return tree.String(v, key, "value")
}

func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// provider is the resource provider of an operation: Microsoft.Compute of Microsoft.Compute/virtualMachines/write.
func provider(operation string) string {
	name, _, _ := strings.Cut(operation, "/")
	return strings.ToLower(name)
}

var subscriptions = regexp.MustCompile(`(?i)^/subscriptions/([^/]+)`)

func subscription(id string) string {
	if m := subscriptions.FindStringSubmatch(id); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

// status: a call leaves Started, Accepted and Succeeded or Failed records with one correlation id. The first two are not known to have had effect.
func status(v, properties any) (audit.Status, string) {
	word := strings.ToLower(firstText(text(v, "status"), tree.String(v, "resultType")))
	code := firstText(text(v, "subStatus"), tree.String(properties, "statusCode"), tree.String(v, "resultSignature"))
	switch {
	case strings.HasPrefix(word, "fail") || strings.HasPrefix(word, "cancel") || word == "error":
		return audit.StatusFailure, firstText(code, word)
	case strings.HasPrefix(word, "succ") || word == "completed" || word == "resolved":
		return audit.StatusSuccess, ""
	}
	return audit.StatusUnknown, ""
}

func activity(operation string) audit.Activity {
	switch op := strings.ToLower(operation); {
	case strings.HasSuffix(op, "/delete"):
		return audit.ActivityDelete
	case strings.HasSuffix(op, "/read"):
		return audit.ActivityRead
	case strings.HasSuffix(op, "/write"):
		return audit.ActivityUpdate
	}
	return audit.ActivityOther
}

var guid = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// actor reads caller and claims. A caller that is a GUID is an application.
func actor(v any) audit.Actor {
	claims := tree.Map(v, "claims")
	if claims == nil {
		claims = tree.Map(v, "identity", "claims")
	}
	upn := firstText(tree.String(v, "caller"), claim(claims, "upn"), claim(claims, "emailaddress"), claim(claims, "unique_name"))
	object := claim(claims, "objectidentifier")
	app := tree.String(claims, "appid")
	a := audit.Actor{Principal: firstText(upn, object, app)}
	switch {
	case strings.Contains(upn, "@"):
		a.Name, a.Type = upn, audit.ActorHuman
	case strings.EqualFold(tree.String(v, "identity", "authorization", "evidence", "principalType"), "User") && tree.String(claims, "name") != "":
		a.Name, a.Type = tree.String(claims, "name"), audit.ActorHuman
	case upn == "" && tree.String(claims, "name") != "": // tokens of applications carry no such claim
		a.Name, a.Type = tree.String(claims, "name"), audit.ActorHuman
		a.Principal = firstText(object, a.Name)
	case strings.HasPrefix(strings.ToLower(upn), "microsoft.") || strings.Contains(strings.ToLower(upn), "azure policy"):
		a.Name, a.Type = upn, audit.ActorService
	case guid.MatchString(upn) || app != "":
		a.Name, a.Type = firstText(tree.String(claims, "app_displayname"), app, upn), audit.ActorMachine
	case upn != "":
		a.Name, a.Type = upn, audit.ActorRole
	}
	return a
}

// claim finds a claim by the last step of its name, which is mostly a URL.
func claim(claims map[string]any, name string) string {
	if s := tree.String(claims, name); s != "" {
		return s
	}
	for key := range claims {
		if strings.HasSuffix(strings.ToLower(key), "/"+name) {
			return tree.String(claims, key)
		}
	}
	return ""
}

// clients are the application ids of Microsoft's own tools.
var clients = map[string]audit.Via{
	"c44b4083-3bb0-49c1-b47d-974e53cbdf3c": audit.ViaConsole,
	"04b07795-8ddb-461a-bbee-02f9e1bf7b46": audit.ViaCLI,
	"1950a258-227b-4e31-a9cf-717495945fc2": audit.ViaCLI,
}

func via(v any, who audit.Actor) audit.Via {
	if who.Type == audit.ActorService {
		return audit.ViaService
	}
	app := firstText(tree.String(v, "claims", "appid"), tree.String(v, "identity", "claims", "appid"))
	return clients[strings.ToLower(app)]
}

// decodeChange reads a resourcechanges row.
func decodeChange(v any, c map[string]any) audit.Event {
	attributes := tree.Map(c, "changeAttributes")
	when, _ := tree.Time(tree.String(attributes, "timestamp"))
	target := tree.String(c, "targetResourceId")
	e := audit.Event{
		ID:          firstText(tree.String(v, "name"), tree.String(attributes, "newResourceSnapshotId"), tree.String(attributes, "correlationId")),
		Correlation: tree.String(attributes, "correlationId"),
		Source:      Source,
		Provider:    "azure",
		Time:        when,
		Operation:   firstText(tree.String(attributes, "operation"), tree.String(c, "targetResourceType")+"/"+tree.String(c, "changeType")),
		Status:      audit.StatusSuccess,
		Account:     subscription(target),
		Resources:   []audit.Resource{{Type: tree.String(c, "targetResourceType"), ID: target}},
	}
	e.Service = provider(e.Operation)
	switch tree.String(c, "changeType") {
	case "Create":
		e.Activity = audit.ActivityCreate
	case "Delete":
		e.Activity = audit.ActivityDelete
	default:
		e.Activity = audit.ActivityUpdate
	}
	e.Actor = changer(attributes)
	e.Via = clientTypes[strings.ToLower(tree.String(attributes, "clientType"))]
	changes := tree.Map(c, "changes")
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		change := changes[path]
		if strings.EqualFold(tree.String(change, "changeCategory"), "System") {
			continue
		}
		after := changed(tree.Get(change, "newValue"))
		if tree.True(change, "isTruncated") {
			after = "(truncated)"
			e.Truncated = true
		}
		e.Changes = append(e.Changes, audit.AttributeChange{Path: path, Before: changed(tree.Get(change, "previousValue")), After: after})
	}
	return e
}

// changed reads a value, which Resource Graph always writes as text, null included.
func changed(v any) any {
	if s, ok := v.(string); ok {
		if s == "null" {
			return nil
		}
		if in, ok := tree.Embedded(s); ok {
			return in
		}
	}
	return v
}

var clientTypes = map[string]audit.Via{
	"azure portal": audit.ViaConsole, "azure cli": audit.ViaCLI, "azure powershell": audit.ViaCLI, "terraform": audit.ViaTerraform, "arm template": audit.ViaSDK,
}

func changer(attributes map[string]any) audit.Actor {
	who := tree.String(attributes, "changedBy")
	a := audit.Actor{Name: who, Principal: who}
	switch strings.ToLower(tree.String(attributes, "changedByType")) {
	case "user":
		a.Type = audit.ActorHuman
	case "application", "managedidentity", "key":
		a.Type = audit.ActorMachine
	case "system":
		a.Type = audit.ActorService
		if who == "" || strings.EqualFold(who, "unspecified") {
			a.Name = "azure"
		}
	}
	if strings.EqualFold(who, "unspecified") && a.Type != audit.ActorService {
		return audit.Actor{}
	}
	return a
}
