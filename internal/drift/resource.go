package drift

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// resourceBytes is what is kept of a resource's identity. Among 100,000 resources the chance that any two share it is about one in 60,000.
const resourceBytes = 6

// ResourceID names an object of the world by provider, type and id, wherever in code and state it stands: 8 letters of a hash, so that nothing
// can be read from it. It is "" when the object has no id. get answers the text of an attribute, or "".
//
// Of the provider only the last part of its source counts: the same object is managed through registry.terraform.io/hashicorp/aws and
// registry.opentofu.org/hashicorp/aws. Names that hold the account come before the bare id, which another account may use as well.
func ResourceID(provider, typ string, get func(attribute string) string) string {
	id := ""
	for _, name := range []string{"arn", "self_link", "uid", "id"} {
		if id = get(name); id != "" {
			break
		}
	}
	if id == "" || typ == "" {
		return ""
	}
	provider = provider[strings.LastIndexByte(provider, '/')+1:]
	sum := sha256.Sum256([]byte(provider + "\x00" + typ + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:resourceBytes])
}

// ResourceIDs takes the [ResourceID]s that are written one behind the other apart, and sorts them. What is none ends the list.
func ResourceIDs(joined string) []string {
	const size = resourceBytes * 8 / 6
	var out []string
	for ; len(joined) >= size; joined = joined[size:] {
		if _, err := base64.RawURLEncoding.DecodeString(joined[:size]); err != nil {
			break
		}
		out = append(out, joined[:size])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// resource is the [ResourceID] of the object that an instance is, by what was applied rather than by what is live; "" for what does not exist
// yet and for deposed objects.
func (i *Instance) resource() string {
	attributes := i.Base
	if attributes == nil {
		attributes = i.Live
	}
	if i.Deposed != "" {
		return ""
	}
	return ResourceID(i.Provider, i.Type, func(name string) string {
		if name == "uid" {
			return metadataUID(attributes)
		}
		v, _ := attributes[name].(string)
		return v
	})
}
