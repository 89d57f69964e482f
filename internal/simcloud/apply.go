package simcloud

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

func (p *provider) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp := &tfprotov6.ApplyResourceChangeResponse{Private: req.PlannedPrivate}
	o, err := p.resource(req.TypeName)
	if err != nil {
		resp.Diagnostics = failed("Apply", err)
		return resp, nil
	}
	resp.UnsafeToUseLegacyTypeSystem = o.Legacy() //nolint:staticcheck // the providers that are imitated set it
	prior, err := decode(req.PriorState, o)
	if err == nil {
		var planned, result cty.Value
		if planned, err = decode(req.PlannedState, o); err == nil {
			if result, err = p.cloud.apply(o, p.cloud.sessionOf(ctx), prior, planned); err == nil {
				resp.NewState, err = encode(result, o)
			}
		}
	}
	if err != nil {
		resp.NewState = req.PriorState
	}
	resp.Diagnostics = failed("Apply", err)
	return resp, nil
}

func (p *provider) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp := &tfprotov6.ReadResourceResponse{Private: req.Private}
	o, err := p.resource(req.TypeName)
	if err == nil {
		var state cty.Value
		if state, err = decode(req.CurrentState, o); err == nil {
			resp.NewState, err = encode(p.cloud.read(o, p.cloud.sessionOf(ctx), state), o)
		}
	}
	resp.Diagnostics = failed("Read", err)
	return resp, nil
}

// apply creates, changes or deletes what a plan says, as whoever runs the engine.
func (c *Cloud) apply(o *schema.Object, s *session, prior, planned cty.Value) (cty.Value, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := c.applier
	by.Engine = s.engine
	switch {
	case planned.IsNull():
		return planned, c.remove(by, o, s.in(o, prior), prior)
	case prior.IsNull():
		by.At = c.momentOf(by.At, planned)
		return c.create(by, o, s.in(o, planned), planned)
	}
	return c.update(by, o, s.in(o, planned), prior, planned)
}

func (c *Cloud) create(by By, o *schema.Object, s *session, planned cty.Value) (cty.Value, error) {
	at := by.At
	seed := identity(o, planned)
	for attempt := 0; ; attempt++ {
		key := seed
		if attempt > 0 {
			key = fmt.Sprintf("%s#%d", seed, attempt)
		}
		v := stored(o, fill(o, c.env(s, key, at), planned, false))
		live := &Object{
			Type: o.Name, ID: idOf(o, v), Provider: c.owner[o.Name], Account: s.account, Region: s.region,
			Value: v, Created: at, Modified: at,
		}
		named := attempt > 0 && live.ID == idOf(o, fill(o, c.env(s, seed, at), planned, false)) // its id is its name, so another try cannot help
		if _, exists := c.objects[live.key()]; exists {
			if named {
				return cty.NilVal, fmt.Errorf("%s %q already exists", o.Name, live.ID)
			}
			continue
		}
		if _, used := c.made[live.ID]; used && !named {
			continue // an id that a cloud chose is not given twice, also after its object is gone
		}
		c.objects[live.key()] = live
		c.note(live)
		return v, c.recorded(by, live, cty.NullVal(o.Type), v)
	}
}

func (c *Cloud) update(by By, o *schema.Object, s *session, prior, planned cty.Value) (cty.Value, error) {
	live := c.objects[objectKey{o.Name, s.account, s.region, idOf(o, prior)}]
	if live == nil {
		return cty.NilVal, fmt.Errorf("%s %q does not exist any more", o.Name, idOf(o, prior))
	}
	by.At = c.momentOf(by.At, planned)
	before := live.Value
	v := stored(o, fill(o, c.env(s, live.ID+by.At.String(), by.At), planned, false))
	live.Value, live.Modified = v, by.At
	return v, c.recorded(by, live, before, v)
}

func (c *Cloud) remove(by By, o *schema.Object, s *session, prior cty.Value) error {
	key := objectKey{o.Name, s.account, s.region, idOf(o, prior)}
	live := c.objects[key]
	if live == nil {
		return nil // deleting what is gone succeeds
	}
	delete(c.objects, key)
	by.At = c.momentOf(by.At, prior)
	live.Modified = by.At
	return c.recorded(by, live, live.Value, cty.NullVal(o.Type))
}

// read is the state refreshed: null when the object is gone. Texts that the provider takes for equal stay as they are in the state.
func (c *Cloud) read(o *schema.Object, s *session, state cty.Value) cty.Value {
	if state.IsNull() {
		return state
	}
	s = s.in(o, state)
	c.mu.Lock()
	live := c.objects[objectKey{o.Name, s.account, s.region, idOf(o, state)}]
	var v cty.Value
	if live != nil {
		v = live.Value
	}
	c.mu.Unlock()
	if live == nil {
		return cty.NullVal(o.Type)
	}
	return c.seen(o, s, state, v)
}

// momentOf is when a call of a run that began at start happens: after everything of that run that the object refers to was made. Only ids
// and ARNs count as references: a name that code spells out itself says nothing of the order, and parallel calls must not show theirs.
func (c *Cloud) momentOf(start time.Time, v cty.Value) time.Time {
	latest := start
	_ = cty.Walk(v, func(_ cty.Path, inner cty.Value) (bool, error) {
		if inner.Type() == cty.String && inner.IsKnown() && !inner.IsNull() {
			if made, ok := c.made[inner.AsString()]; ok && made.After(latest) {
				latest = made
			}
		}
		return true, nil
	})
	return latest.Add(2 * time.Second)
}

// note remembers when the made-up names of an object came to be.
func (c *Cloud) note(o *Object) {
	arn, _ := text(o.Value, "arn")
	for _, name := range []string{o.ID, arn} {
		if !madeUp.MatchString(name) {
			continue
		}
		if was, ok := c.made[name]; !ok || o.Created.Before(was) {
			c.made[name] = o.Created
		}
	}
}

// madeUp are ids with a part that the cloud chose, and ARNs, which hold an account.
var madeUp = regexp.MustCompile(`[0-9a-f]{12}|[0-9A-Z]{13}|[0-9]{12}`)

// identity tells objects of a type apart by what code says of them.
func identity(o *schema.Object, planned cty.Value) string {
	known, _ := cty.Transform(planned, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.NullVal(v.Type()), nil
		}
		return v, nil
	})
	b, err := ctyjson.Marshal(known, o.Type)
	if err != nil {
		return known.GoString()
	}
	return string(b)
}

// idOf is what an object is looked up by: its id, else its ARN, else what code must say of it.
func idOf(o *schema.Object, v cty.Value) string {
	for _, attribute := range []string{"id", "arn", "self_link"} {
		if id, ok := text(v, attribute); ok && id != "" {
			return id
		}
	}
	id := ""
	for _, name := range schema.Names(o.Block.Attributes) {
		if o.Block.Attributes[name].Required {
			part, _ := text(v, name)
			id += "/" + part
		}
	}
	return id
}
