// Package simcloud is a cloud that fits in a process: it serves any provider's schema over the plugin protocol to a real engine, keeps the
// live objects, lets a test change one as a named person, and writes the audit records that the real cloud would have written.
//
// Start at [New], then [Cloud.Serve], whose answer goes into TF_REATTACH_PROVIDERS of a tofu or terraform process, and [Cloud.Change].
// What it knows of resource types is data: package facts for values, package trail for audit records, package schema for schemas.
//
// It promises: no network beyond a socket on this machine, no clock and no chance (equal seeds, code and changes give equal ids and
// records), values that the schema allows, and a provider that behaves as the real ones do where engines and Mooring can tell: values
// known only after apply, attributes that the cloud fills in, defaults, sets, JSON that is rewritten, default tags, aliases, import.
package simcloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// Options are what a cloud starts from. The zero value is usable.
type Options struct {
	Seed         int64
	Account      string    // AWS account; "111122223333" when empty
	Region       string    // where a provider without a region works; "eu-west-1" when empty
	Project      string    // Google project; "acme-prod" when empty
	Subscription string    // Azure subscription; a fixed one when empty
	Start        time.Time // when the first apply happens; 2026-11-01 09:00 UTC when zero
	Applier      trail.Actor
}

// A Cloud holds live objects. It is safe for concurrent use.
type Cloud struct {
	opts      Options
	providers map[string]*schema.Provider // by source
	types     map[string]*schema.Object   // by resource type, over all providers
	owner     map[string]string           // resource type -> source

	mu      sync.Mutex
	objects map[objectKey]*Object
	made    map[string]time.Time // when the id or ARN of an object came to be
	applier By
	records []trail.Record
	deeds   []Deed
	file    string // where every change is saved; "" for nowhere
}

// objectKey is what makes an object unique: names are reused across accounts and regions.
type objectKey struct{ typ, account, region, id string }

// An Object is something that exists in the cloud.
type Object struct {
	Type     string
	ID       string
	Provider string // source of the provider: hashicorp/aws
	Account  string
	Region   string
	Value    cty.Value
	Created  time.Time
	Modified time.Time
}

// Attributes are the object's live values in plain Go: string, bool, int64 (float64 where there is a fraction), []any, map[string]any, nil.
func (o Object) Attributes() map[string]any {
	m, _ := schema.Plain(o.Value).(map[string]any)
	return m
}

func (o Object) key() objectKey { return objectKey{o.Type, o.Account, o.Region, o.ID} }

// New makes an empty cloud of the given providers.
func New(opts Options, providers ...*schema.Provider) (*Cloud, error) {
	opts.Account = cmp.Or(opts.Account, "111122223333")
	opts.Region = cmp.Or(opts.Region, "eu-west-1")
	opts.Project = cmp.Or(opts.Project, "acme-prod")
	opts.Subscription = cmp.Or(opts.Subscription, "8d4f2c1e-6b7a-4f3d-9e21-5a0c7b3d8e14")
	if opts.Start.IsZero() {
		opts.Start = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	}
	if opts.Applier.Name == "" {
		opts.Applier = trail.Pipeline("deploy", "apply-1")
	}
	c := &Cloud{
		opts: opts, providers: map[string]*schema.Provider{}, types: map[string]*schema.Object{}, owner: map[string]string{},
		objects: map[objectKey]*Object{}, made: map[string]time.Time{},
	}
	c.applier = By{Actor: opts.Applier, Via: audit.ViaTerraform, At: opts.Start}
	for _, p := range providers {
		if _, twice := c.providers[p.Source]; twice {
			return nil, fmt.Errorf("simulated cloud: two schemas of provider %s", p.Source)
		}
		c.providers[p.Source] = p
		for name, o := range p.Resources {
			c.types[name] = o
			c.owner[name] = p.Source
		}
	}
	return c, nil
}

// ApplyAs says who runs the engine from now on, and when: its own records name that actor, a few seconds apart.
func (c *Cloud) ApplyAs(actor trail.Actor, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.applier = By{Actor: actor, Via: audit.ViaTerraform, At: at}
}

// Object gives one live object. The id may be its id, its ARN or its name, if that is unique in the cloud.
func (c *Cloud) Object(typ, id string) (Object, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, err := c.find(typ, id, "")
	if err != nil {
		return Object{}, err
	}
	return *o, nil
}

// Objects gives all live objects, sorted by type, account, region and id.
func (c *Cloud) Objects() []Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sorted()
}

func (c *Cloud) sorted() []Object {
	keys := slices.SortedFunc(maps.Keys(c.objects), func(a, b objectKey) int {
		return cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region), cmp.Compare(a.id, b.id))
	})
	out := make([]Object, 0, len(keys))
	for _, k := range keys {
		out = append(out, *c.objects[k])
	}
	return out
}

// find looks an object up by id, else by another name that is unique.
func (c *Cloud) find(typ, id, region string) (*Object, error) {
	if _, known := c.types[typ]; !known {
		return nil, fmt.Errorf("simulated cloud: no provider has a resource type %q", typ)
	}
	var byID, byName []*Object
	for k, o := range c.objects {
		if k.typ != typ || (region != "" && k.region != region) {
			continue
		}
		switch {
		case k.id == id:
			byID = append(byID, o)
		case slices.Contains(names(o.Value), id):
			byName = append(byName, o)
		}
	}
	found := byID
	if len(found) == 0 {
		found = byName
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("simulated cloud: there is no %s %q", typ, id)
	}
	return nil, fmt.Errorf("simulated cloud: %d objects are called %s %q: name the region too", len(found), typ, id)
}

// names are what else people call an object.
func names(v cty.Value) []string {
	var out []string
	for _, attribute := range []string{"arn", "name", "identifier", "bucket", "function_name", "self_link", "key_id"} {
		if s, ok := text(v, attribute); ok && s != "" {
			out = append(out, s)
		}
	}
	if !v.Type().HasAttribute("tags") {
		return out
	}
	if tags := v.GetAttr("tags"); !tags.IsNull() && tags.IsKnown() && tags.Type().IsMapType() {
		if name, ok := tags.AsValueMap()["Name"]; ok && !name.IsNull() && name.IsKnown() {
			out = append(out, name.AsString())
		}
	}
	return out
}

// text reads a string attribute; a dot descends into the first element of a block.
func text(v cty.Value, attribute string) (string, bool) {
	if v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() {
		return "", false
	}
	head, rest, nested := cutDot(attribute)
	if !v.Type().HasAttribute(head) {
		return "", false
	}
	inner := v.GetAttr(head)
	if inner.IsNull() || !inner.IsKnown() {
		return "", false
	}
	if nested {
		if inner.CanIterateElements() && !inner.Type().IsObjectType() {
			it := inner.ElementIterator()
			if !it.Next() {
				return "", false
			}
			_, inner = it.Element()
		}
		return text(inner, rest)
	}
	switch inner.Type() {
	case cty.String:
		return inner.AsString(), true
	case cty.Number, cty.Bool:
		return fmt.Sprint(schema.Plain(inner)), true
	}
	return "", false
}

// env is where and when values of an object are made.
func (c *Cloud) env(s *session, key string, at time.Time) facts.Env {
	return facts.Env{
		Seed: c.opts.Seed, Key: key, Account: s.account, Region: s.region, Partition: s.partition(),
		Project: s.project, Subscription: s.subscription, Time: at,
	}
}
