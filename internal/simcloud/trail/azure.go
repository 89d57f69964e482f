package trail

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
)

// azurePaths is where Resource Manager keeps an attribute, by type; what is not here is properties.camelCase. Source: the resource
// schemas of Azure Resource Manager.
var azurePaths = map[string]map[string]string{
	"azurerm_linux_virtual_machine":   {"size": "properties.hardwareProfile.vmSize", "computer_name": "properties.osProfile.computerName", "license_type": "properties.licenseType"},
	"azurerm_windows_virtual_machine": {"size": "properties.hardwareProfile.vmSize", "license_type": "properties.licenseType"},
	"azurerm_storage_account": {
		"min_tls_version": "properties.minimumTlsVersion", "account_replication_type": "sku.name", "account_tier": "sku.tier", "access_tier": "properties.accessTier",
		"https_traffic_only_enabled": "properties.supportsHttpsTrafficOnly", "public_network_access_enabled": "properties.publicNetworkAccess",
		"allow_nested_items_to_be_public": "properties.allowBlobPublicAccess", "shared_access_key_enabled": "properties.allowSharedKeyAccess",
	},
	"azurerm_network_security_group": {"security_rule": "properties.securityRules"},
	"azurerm_virtual_network":        {"address_space": "properties.addressSpace.addressPrefixes", "dns_servers": "properties.dhcpOptions.dnsServers"},
	"azurerm_subnet":                 {"address_prefixes": "properties.addressPrefixes", "service_endpoints": "properties.serviceEndpoints"},
	"azurerm_key_vault":              {"sku_name": "properties.sku.name", "purge_protection_enabled": "properties.enablePurgeProtection", "soft_delete_retention_days": "properties.softDeleteRetentionInDays"},
	"azurerm_service_plan":           {"sku_name": "sku.name", "worker_count": "sku.capacity"},
}

func azureCalls(c Change) []Call {
	kind := azureType(c.ID)
	call := Call{Service: strings.SplitN(kind, "/", 2)[0], Operation: kind + "/write", Target: c.ID}
	if c.After == nil {
		call.Operation = kind + "/delete"
		return []Call{call}
	}
	body := map[string]any{}
	for _, name := range changed(c) {
		if name == "id" || (c.Before == nil && bare(c.After[name]) == nil) {
			continue
		}
		for _, change := range azureChange(c, name) {
			if change.After != nil {
				put(body, change.Path, change.After)
			}
			if c.Before != nil {
				call.Changes = append(call.Changes, change)
			}
		}
	}
	call.Request = body
	return []Call{call}
}

// azureChange is an attribute's change in Resource Manager's path; tags change one by one.
func azureChange(c Change, name string) []AttributeChange {
	before, after := bare(c.Before[name]), bare(c.After[name])
	if name == "tags" {
		var out []AttributeChange
		was, _ := before.(map[string]any)
		is, _ := after.(map[string]any)
		for _, k := range sortedKeys(union(was, is)) {
			if !equal(was[k], is[k]) {
				out = append(out, AttributeChange{Path: "tags." + k, Before: was[k], After: is[k]})
			}
		}
		return out
	}
	path, ok := azurePaths[c.Type][name]
	switch {
	case ok:
	case name == "location" || name == "zones" || name == "kind":
		path = name
	default:
		path = "properties." + camel(strings.TrimSuffix(name, "_enabled"))
	}
	if name == "account_replication_type" { // Standard and LRS make one SKU
		tier := c.text("account_tier") + "_"
		return []AttributeChange{{Path: path, Before: prefixed(tier, before), After: prefixed(tier, after)}}
	}
	return []AttributeChange{{Path: path, Before: camelTree(before), After: camelTree(after)}}
}

func prefixed(prefix string, v any) any {
	if v == nil {
		return nil
	}
	return prefix + asText(v)
}

// azureType is the type in a resource id: /.../providers/Microsoft.Network/virtualNetworks/v/subnets/s is Microsoft.Network/virtualNetworks/subnets.
func azureType(id string) string {
	parts := strings.Split(strings.Trim(id, "/"), "/")
	i := slices.Index(parts, "providers")
	if i < 0 || i+2 > len(parts)-1 {
		return "Microsoft.Resources/subscriptions/resourceGroups"
	}
	out := parts[i+1]
	for j := i + 2; j < len(parts); j += 2 {
		out += "/" + parts[j]
	}
	return out
}

// Azure writes records as the Activity Log's REST form, one a line: a call starts and ends, in two records of one correlation.
func Azure(records []Record) ([]byte, error) {
	var lines []any
	for _, r := range records {
		if r.Provider != "azure" {
			continue
		}
		end := "Succeeded"
		if r.Error != "" {
			end = "Failed"
		}
		lines = append(lines, azureEvent(r, "Started", r.Time.Add(-time.Second)), azureEvent(r, end, r.Time))
	}
	return jsonLines("azure", lines)
}

func azureEvent(r Record, status string, at time.Time) map[string]any {
	id := uuid(digest(r.ID + status))
	m := map[string]any{
		"id":     r.Target + "/events/" + id + "/ticks/" + fmt.Sprint(at.UnixMicro()*10+621355968000000000),
		"caller": azureCaller(r), "correlationId": r.ID, "operationId": uuid(digest("operation" + r.ID)), "eventDataId": id, "level": "Informational",
		"eventTimestamp": at.UTC().Format("2006-01-02T15:04:05.0000000Z"), "submissionTimestamp": at.Add(90 * time.Second).UTC().Format("2006-01-02T15:04:05.0000000Z"),
		"authorization":  map[string]any{"action": r.Operation, "scope": r.Target},
		"claims":         azureClaims(r),
		"httpRequest":    map[string]any{"clientRequestId": uuid(digest("client" + r.ID)), "clientIpAddress": r.Actor.IP, "method": azureMethod(r)},
		"resourceId":     r.Target,
		"subscriptionId": r.Account,
	}
	for key, value := range map[string]string{"operationName": r.Operation, "status": status, "category": "Administrative", "eventName": map[bool]string{true: "BeginRequest", false: "EndRequest"}[status == "Started"], "resourceProviderName": r.Service} {
		m[key] = map[string]any{"value": value, "localizedValue": value}
	}
	properties := map[string]any{"entity": r.Target, "message": r.Operation, "eventCategory": "Administrative"}
	if status == "Started" && len(r.Request) > 0 {
		if body, err := json.Marshal(r.Request); err == nil {
			properties["requestbody"] = string(body)
		}
	}
	if r.Error != "" && status == "Failed" {
		properties["statusCode"] = "Forbidden"
	}
	m["properties"] = properties
	return m
}

func azureMethod(r Record) string {
	if strings.HasSuffix(r.Operation, "/delete") {
		return "DELETE"
	}
	return "PUT"
}

func azureCaller(r Record) string {
	if r.Actor.Type == audit.ActorHuman {
		return r.Actor.Name
	}
	return uuid(digest("principal" + r.Actor.Name))
}

// azureApps are the client applications that a token was issued to.
var azureApps = map[audit.Via]string{
	audit.ViaConsole: "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", audit.ViaCLI: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
}

func azureClaims(r Record) map[string]any {
	claims := map[string]any{"ipaddr": r.Actor.IP, "http://schemas.microsoft.com/identity/claims/objectidentifier": uuid(digest("object" + r.Actor.Name))}
	if r.Actor.Type == audit.ActorHuman {
		claims["name"] = r.Actor.Name
		claims["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"] = r.Actor.Name
		claims["idtyp"] = "user"
	} else {
		claims["idtyp"] = "app"
	}
	if app, ok := azureApps[r.Via]; ok {
		claims["appid"] = app
	} else {
		claims["appid"] = uuid(digest("app" + r.Actor.Name))
	}
	return claims
}

// AzureChanges writes records as rows of Resource Graph's resourcechanges, one a line: values are text, nothing is "null".
func AzureChanges(records []Record) ([]byte, error) {
	var lines []any
	for _, r := range records {
		if r.Provider != "azure" || r.Error != "" || r.Read {
			continue
		}
		kind := map[bool]string{true: "Delete", false: "Update"}[strings.HasSuffix(r.Operation, "/delete")]
		if kind == "Update" && len(r.Changes) == 0 {
			kind = "Create"
		}
		changes := map[string]any{"properties.provisioningState": map[string]any{"previousValue": "Updating", "newValue": "Succeeded", "propertyChangeType": "Update", "changeCategory": "System"}}
		for _, c := range r.Changes {
			change := "Update"
			switch {
			case c.Before == nil:
				change = "Insert"
			case c.After == nil:
				change = "Remove"
			}
			changes[c.Path] = map[string]any{"previousValue": azureText(c.Before), "newValue": azureText(c.After), "propertyChangeType": change, "changeCategory": "User"}
		}
		actor := map[audit.ActorType]string{audit.ActorHuman: "User", audit.ActorMachine: "Application", audit.ActorService: "System"}[r.Actor.Type]
		client := map[audit.Via]string{audit.ViaConsole: "Azure Portal", audit.ViaCLI: "Azure CLI", audit.ViaService: "Unknown"}[r.Via]
		if client == "" {
			client = "Unknown"
		}
		lines = append(lines, map[string]any{
			"name": r.ID, "targetResourceId": r.Target, "targetResourceType": strings.ToLower(azureType(r.Target)), "changeType": kind,
			"changeAttributes": map[string]any{
				"timestamp": r.Time.UTC().Format("2006-01-02T15:04:05.000+00:00"), "correlationId": r.ID, "changedBy": azureCaller(r), "changedByType": actor, "clientType": client,
				"operation": strings.ToLower(r.Operation), "changesCount": len(changes),
			},
			"changes": changes,
		})
	}
	return jsonLines("azure resourcechanges", lines)
}

func azureText(v any) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case string:
		return x
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
