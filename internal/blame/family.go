package blame

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

//go:embed families/*.json
var familyFiles embed.FS

// A family says what the generic rules cannot know of one resource type. All of it is optional; files under families/ hold one service each.
type family struct {
	// Services are the event sources (without .amazonaws.com) that can touch the resource by name.
	Services []string `json:"services"`
	// Words name the type as the API's operations do, where the type's own name does not: "load balancer" for aws_lb.
	Words string `json:"words"`
	// Identity lists alternatives of attributes that together name the object, for ids that only Terraform knows.
	Identity [][]string `json:"identity"`
	// Aliases are further attributes whose value, alone, names the object or a part that belongs to it alone.
	Aliases []string `json:"aliases"`
	// Keys map a place in a request to an attribute.
	Keys []keyRule `json:"keys"`
	// Implied are values that an operation sets by its name alone.
	Implied []impliedRule `json:"implied"`
	// Touches are attributes that an operation writes without its record saying what.
	Touches []touchRule `json:"touches"`
	// Replaces are operations that write the object as a whole: what their request leaves out is empty afterwards. Put and Replace calls need not be
	// listed.
	Replaces []string `json:"replaces"`
	// Singleton lists the operations on an object of which an account and region has one, so that nothing names it.
	Singleton []string `json:"singleton"`
	// Parts are places of a record that tell the parts of one parent apart: a record that has another value there is about another part.
	Parts []partRule `json:"parts"`
	// Create and Delete are operations that make and remove the object.
	Create []string `json:"create"`
	Delete []string `json:"delete"`
	// Only restricts the operations that can touch the object; empty: all of the services.
	Only []string `json:"only"`
	// Version names evidence for hidden values: a place in the response whose value is an attribute's live value.
	Version []versionRule `json:"version"`
	// DataEvents: changes are data events, which are off by default.
	DataEvents bool `json:"data_events"`
	// Silent are attributes that change without any event.
	Silent []string `json:"silent"`
	// DelayDays is how long before the window a call may have been made that took effect in it.
	DelayDays int `json:"delay_days"`
	// Shape selects a comparison of its own: "permissions" for security groups, "records" for DNS records, "tag" for a single tag.
	Shape string `json:"shape"`
	// Like takes over all of another type's family.
	Like string `json:"like"`
}

type keyRule struct {
	Operation string `json:"op"`
	From      string `json:"from"` // path in the request, wrappers left out; "" is the whole request; ends in * to map what is below
	To        string `json:"to"`   // attribute path without positions
	// Mode is "" for what the operation's name implies, or add, remove, set.
	Mode string `json:"mode"`
	// Cut takes the part of the value after the last such mark: Standard_LRS is LRS.
	Cut string `json:"cut"`
}

type touchRule struct {
	Operation string `json:"op"`
	From      string `json:"from"` // only when the request has this place
	To        string `json:"to"`
}

type partRule struct {
	From string `json:"from"` // place in the request
	To   string `json:"to"`   // attribute, or "id" for any id of the finding
}

type impliedRule struct {
	Operation string `json:"op"`
	To        string `json:"to"`
	Value     any    `json:"value"`
}

type versionRule struct {
	Operation string `json:"op"`
	From      string `json:"from"` // path in the response
	To        string `json:"to"`   // attribute
}

var families = sync.OnceValue(func() map[string]*family {
	all := map[string]*family{}
	names, err := fs.Glob(familyFiles, "families/*.json")
	if err != nil {
		panic("blame: embedded families: " + err.Error())
	}
	for _, name := range names {
		text, err := familyFiles.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(text, &all)
		}
		if err != nil {
			panic(fmt.Sprintf("blame: embedded %s: %v", name, err))
		}
	}
	for _, f := range all {
		for f.Like != "" {
			like := all[f.Like]
			if like == nil {
				panic("blame: no family " + f.Like)
			}
			f.inherit(like)
		}
	}
	return all
})

// inherit takes over what the family does not say itself.
func (f *family) inherit(from *family) {
	f.Like = from.Like
	if len(f.Services) == 0 {
		f.Services = from.Services
	}
	if f.Words == "" {
		f.Words = from.Words
	}
	if len(f.Identity) == 0 {
		f.Identity = from.Identity
	}
	f.Aliases = append(f.Aliases, from.Aliases...)
	f.Keys = append(f.Keys, from.Keys...)
	f.Implied = append(f.Implied, from.Implied...)
	f.Parts = append(f.Parts, from.Parts...)
	f.Touches = append(f.Touches, from.Touches...)
	f.Replaces = append(f.Replaces, from.Replaces...)
	f.Version = append(f.Version, from.Version...)
	f.Silent = append(f.Silent, from.Silent...)
	if len(f.Create) == 0 {
		f.Create = from.Create
	}
	if len(f.Delete) == 0 {
		f.Delete = from.Delete
	}
	if len(f.Only) == 0 {
		f.Only = from.Only
	}
	if f.Shape == "" {
		f.Shape = from.Shape
	}
	f.DataEvents = f.DataEvents || from.DataEvents
	f.DelayDays = max(f.DelayDays, from.DelayDays)
}

var noFamily = &family{}

func familyOf(resourceType string) *family {
	if f, ok := families()[resourceType]; ok {
		return f
	}
	return noFamily
}

// servicesOf lists the event sources of a type by the longest prefix that the service table knows.
func servicesOf(resourceType string, f *family) []string {
	if len(f.Services) > 0 {
		return f.Services
	}
	table := services()
	for name := resourceType; name != ""; {
		if s, ok := table[name]; ok {
			return s
		}
		i := strings.LastIndexByte(name, '_')
		if i < 0 {
			break
		}
		name = name[:i]
	}
	return nil
}

//go:embed services.json
var serviceFile []byte

// services maps prefixes of resource types to event sources.
var services = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	if err := json.Unmarshal(serviceFile, &out); err != nil {
		panic("blame: embedded services.json: " + err.Error())
	}
	return out
})
