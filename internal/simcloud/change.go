package simcloud

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// By is who changes something, how and when. Region is needed only where a name exists in several.
type By struct {
	Actor  trail.Actor
	Via    audit.Via
	At     time.Time
	Region string
	Engine string // version of the engine, when one made the change
}

// A Deed is the truth about one change: what a benchmark compares an attribution with.
type Deed struct {
	By
	Provider, Type, ID string
	Verb               string   // create, update, delete
	Attributes         []string // top-level attributes that differ, sorted
	Before, After      map[string]any
	Records            []string // ids of the audit records it left, oldest first
}

// Change lets someone change an object outside of code. mutate edits its attributes in place; it gets them as [Object.Attributes] gives
// them. Tags change in both places where a resource shows them, whichever of the two is edited.
func (c *Cloud) Change(by By, typ, id string, mutate func(attributes map[string]any)) (Deed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	live, err := c.find(typ, id, by.Region)
	if err != nil {
		return Deed{}, err
	}
	o := c.types[typ]
	before := live.Value
	attributes := live.Attributes()
	mutate(attributes)
	after, err := o.Value(attributes, false)
	if err != nil {
		return Deed{}, fmt.Errorf("simulated cloud: change of %s %q: %w", typ, id, err)
	}
	after = sameTags(o, before, after)
	after = stored(o, fill(o, c.env(c.sessionFor(live), live.ID+by.At.String(), by.At), unsettle(o, before, after), false))
	if after.RawEquals(before) {
		return Deed{}, fmt.Errorf("simulated cloud: change of %s %q changes nothing", typ, id)
	}
	live.Value, live.Modified = after, by.At
	if err := c.recorded(by, live, before, after); err != nil {
		return Deed{}, err
	}
	return c.deeds[len(c.deeds)-1], nil
}

// Create lets someone make an object that no code knows of. Attributes that are left out are the cloud's.
func (c *Cloud) Create(by By, typ string, attributes map[string]any) (Object, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.types[typ]
	if !ok {
		return Object{}, fmt.Errorf("simulated cloud: no provider has a resource type %q", typ)
	}
	config, err := o.Value(attributes, false)
	if err != nil {
		return Object{}, fmt.Errorf("simulated cloud: create of %s: %w", typ, err)
	}
	s := c.newSession()
	if by.Region != "" {
		s.region = by.Region
	}
	p := &planner{object: o, facts: facts.Known(typ), session: s, legacy: true}
	planned := p.plan(config, cty.NullVal(o.Type), config)
	v, err := c.create(by, o, s.in(o, planned), planned)
	if err != nil {
		return Object{}, fmt.Errorf("simulated cloud: %w", err)
	}
	return *c.objects[objectKey{typ, s.account, s.in(o, planned).region, idOf(o, v)}], nil
}

// Delete lets someone remove an object.
func (c *Cloud) Delete(by By, typ, id string) (Deed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	live, err := c.find(typ, id, by.Region)
	if err != nil {
		return Deed{}, err
	}
	delete(c.objects, live.key())
	live.Modified = by.At
	if err := c.recorded(by, live, live.Value, cty.NullVal(c.types[typ].Type)); err != nil {
		return Deed{}, err
	}
	return c.deeds[len(c.deeds)-1], nil
}

// Deeds are all changes so far, in the order they were made.
func (c *Cloud) Deeds() []Deed {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.deeds)
}

// Records are all audit records so far, oldest first; records of one second are in a fixed order.
func (c *Cloud) Records() []trail.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return trail.Sorted(c.records)
}

// Log adds records that no change made: distractors.
func (c *Cloud) Log(records ...trail.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range records {
		records[i].Seal(c.opts.Seed, len(c.records)+i)
	}
	c.records = append(c.records, records...)
}

// CloudTrail is the AWS part of the records as one log file.
func (c *Cloud) CloudTrail() ([]byte, error) { return trail.CloudTrail(c.Records()) }

// recorded writes the audit records of a change, and what was done.
func (c *Cloud) recorded(by By, live *Object, before, after cty.Value) error {
	was, _ := schema.Plain(before).(map[string]any)
	is, _ := schema.Plain(after).(map[string]any)
	deed := Deed{By: by, Provider: live.Provider, Type: live.Type, ID: live.ID, Before: was, After: is, Verb: "update"}
	switch {
	case was == nil:
		deed.Verb = "create"
	case is == nil:
		deed.Verb = "delete"
	default:
		for _, name := range slices.Sorted(maps.Keys(is)) {
			if !before.GetAttr(name).RawEquals(after.GetAttr(name)) {
				deed.Attributes = append(deed.Attributes, name)
			}
		}
	}
	provider := trail.ProviderOf(live.Type)
	change := trail.Change{Type: live.Type, ID: live.ID, Account: c.accountOf(provider, live), Region: live.Region, Via: by.Via, Before: was, After: is}
	for i, call := range trail.Calls(change) {
		r := trail.Record{
			Call: call, Provider: provider, Account: change.Account, Region: live.Region,
			Actor: by.Actor, Via: by.Via, Engine: by.Engine, Time: by.At.Add(time.Duration(i) * time.Second),
		}
		r.Seal(c.opts.Seed, 0)
		c.records = append(c.records, r)
		deed.Records = append(deed.Records, r.ID)
	}
	c.deeds = append(c.deeds, deed)
	if c.file == "" {
		return nil
	}
	return c.save(c.file)
}

// accountOf is what the log of a provider files an object under.
func (c *Cloud) accountOf(provider string, live *Object) string {
	switch provider {
	case "gcp":
		if project, ok := text(live.Value, "project"); ok && project != "" {
			return project
		}
		return c.opts.Project
	case "azure":
		return c.opts.Subscription
	}
	return live.Account
}

func (c *Cloud) sessionFor(live *Object) *session {
	s := c.newSession()
	s.account, s.region = live.Account, live.Region
	return s
}

// sameTags carries a change of tags over to the attribute that shows them all, or back.
func sameTags(o *schema.Object, before, after cty.Value) cty.Value {
	values := after.AsValueMap()
	for all, own := range mergedTags {
		if !o.Has(all) || !o.Has(own) {
			continue
		}
		from, to := own, all
		if values[own].RawEquals(before.GetAttr(own)) {
			from, to = all, own
		}
		if values[from].RawEquals(before.GetAttr(from)) || !values[to].RawEquals(before.GetAttr(to)) {
			continue
		}
		values[to] = carry(before.GetAttr(from), values[from], values[to])
	}
	return cty.ObjectVal(values)
}

func carry(before, after, to cty.Value) cty.Value {
	out, was := elements(to), elements(before)
	is := elements(after)
	for k, v := range is {
		if old, ok := was[k]; !ok || !old.RawEquals(v) {
			out[k] = v
		}
	}
	for k := range was {
		if _, ok := is[k]; !ok {
			delete(out, k)
		}
	}
	if len(out) == 0 {
		return cty.MapValEmpty(cty.String)
	}
	return cty.MapVal(out)
}

func elements(v cty.Value) map[string]cty.Value {
	if v.IsNull() || !v.IsKnown() || v.LengthInt() == 0 {
		return map[string]cty.Value{}
	}
	return v.AsValueMap()
}

// unsettle makes the cloud compute anew what moves with every change, and computed values that the change left out.
func unsettle(o *schema.Object, before, after cty.Value) cty.Value {
	known := facts.Known(o.Name)
	values := after.AsValueMap()
	for name, a := range o.Block.Attributes {
		switch {
		case a.Computed && values[name].IsNull() && !before.GetAttr(name).IsNull():
			values[name] = cty.UnknownVal(values[name].Type())
		case a.Computed && known.Volatile[name] && values[name].RawEquals(before.GetAttr(name)) && !after.RawEquals(before):
			values[name] = cty.UnknownVal(values[name].Type())
		}
	}
	return cty.ObjectVal(values)
}
