package drift

import (
	"cmp"
	"slices"
	"strings"
)

// idAttributes are the attributes by which clouds and logs name an object, in order of preference, whatever its type.
var idAttributes = []string{
	"id", "arn", "self_link", "resource_id", "unique_id", "uid", "uuid", "node_id", "instance_id", "principal_id", "object_id", "self_link_unique", "urn",
}

// maxID is the length up to which a text is taken for an id.
const maxID = 2048

// Identify tells under which ids an object of a type is known, and in which account and region it lies, from its attributes alone.
// sensitive lists paths whose values must not be used.
func Identify(typ string, attributes map[string]Value, sensitive []string) (ids []string, account, region string) {
	var paths []Path
	for _, s := range sensitive {
		if p, err := ParsePath(s); err == nil {
			paths = append(paths, p)
		}
	}
	return identify(typ, attributes, paths)
}

// identify tells under which ids an object is known, and in which account and region it lies, from its attributes alone. Account is an AWS
// account, a Google project or an Azure subscription. Ids that only one type of resource has are put together by package blame.
func identify(typ string, attributes map[string]Value, sensitive []Path) (ids []string, account, region string) {
	for _, name := range idAttributes {
		if v := text(attributes, name, sensitive); v != "" && !slices.Contains(ids, v) {
			ids = append(ids, v)
		}
	}
	if uid := metadataUID(attributes); uid != "" && !slices.Contains(ids, uid) {
		ids = append(ids, uid)
	}
	for _, id := range ids {
		a, r := placeOf(id)
		account, region = cmp.Or(account, a), cmp.Or(region, r)
	}
	attr := func(names ...string) string {
		for _, name := range names {
			if v := text(attributes, name, sensitive); v != "" {
				return v
			}
		}
		return ""
	}
	switch family, _, _ := strings.Cut(typ, "_"); family {
	case "google":
		account = cmp.Or(attr("project"), account)
		region = cmp.Or(attr("region"), regionOfZone(attr("zone")), region, attr("location"))
		region = region[strings.LastIndexByte(region, '/')+1:]
	case "azurerm", "azapi", "azuread":
		region = cmp.Or(attr("location"), region)
	default:
		account = cmp.Or(account, attr("owner_id", "account_id"))
		region = cmp.Or(region, attr("region"), regionOfZone(attr("availability_zone")))
	}
	return ids, account, region
}

func text(attributes map[string]Value, name string, sensitive []Path) string {
	v, ok := attributes[name].(string)
	path := Path{{Kind: StepName, Name: name}}
	if !ok || len(v) > maxID || slices.ContainsFunc(sensitive, path.overlaps) {
		return ""
	}
	return v
}

// metadataUID is the uid of a Kubernetes object.
func metadataUID(attributes map[string]Value) string {
	list, _ := attributes["metadata"].([]Value)
	if len(list) != 1 {
		return ""
	}
	metadata, _ := list[0].(map[string]Value)
	uid, _ := metadata["uid"].(string)
	return uid
}

// placeOf reads account and region from an ARN, a Google self link or an Azure id.
func placeOf(id string) (account, region string) {
	if strings.HasPrefix(id, "arn:") {
		if parts := strings.SplitN(id, ":", 6); len(parts) == 6 {
			return parts[4], parts[3]
		}
		return "", ""
	}
	parts := strings.Split(id, "/")
	for i := 0; i+1 < len(parts); i++ {
		switch strings.ToLower(parts[i]) {
		case "subscriptions":
			if i == 1 && parts[0] == "" {
				return strings.ToLower(parts[2]), ""
			}
		case "projects":
			account = cmp.Or(account, parts[i+1])
		case "regions", "locations":
			region = cmp.Or(region, parts[i+1])
		case "zones":
			region = cmp.Or(region, regionOfZone(parts[i+1]))
		}
	}
	if account == "" {
		return "", "" // "regions/x" alone is somebody else's path
	}
	return account, region
}

// regionOfZone cuts the zone from its name: eu-west-1a and us-west-2-lax-1a (AWS), europe-west1-b (Google).
func regionOfZone(zone string) string {
	zone = zone[strings.LastIndexByte(zone, '/')+1:]
	parts := strings.Split(zone, "-")
	for i, part := range parts {
		if part != "" && isDigits(part[:1]) {
			digits := strings.TrimRight(part, "abcdefghijklmnopqrstuvwxyz")
			return strings.Join(append(parts[:i:i], digits), "-")
		}
	}
	if last := len(parts) - 1; last > 0 && len(parts[last]) == 1 {
		return strings.Join(parts[:last], "-")
	}
	return zone
}
