package simcloud

import (
	"context"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

func (p *provider) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp := &tfprotov6.PlanResourceChangeResponse{PlannedPrivate: req.PriorPrivate}
	o, err := p.resource(req.TypeName)
	if err != nil {
		resp.Diagnostics = failed("Plan", err)
		return resp, nil
	}
	resp.UnsafeToUseLegacyTypeSystem = o.Legacy() //nolint:staticcheck // the providers that are imitated set it
	var prior, proposed, config cty.Value
	for _, in := range []struct {
		to   *cty.Value
		from *tfprotov6.DynamicValue
	}{{&prior, req.PriorState}, {&proposed, req.ProposedNewState}, {&config, req.Config}} {
		if *in.to, err = decode(in.from, o); err != nil {
			resp.Diagnostics = failed("Plan", err)
			return resp, nil
		}
	}
	if proposed.IsNull() { // a destroy is planned as it is proposed
		resp.PlannedState = req.ProposedNewState
		return resp, nil
	}
	pl := &planner{object: o, facts: facts.Known(o.Name), session: p.cloud.sessionOf(ctx), legacy: o.Legacy()}
	planned := pl.plan(config, prior, proposed)
	if !prior.IsNull() {
		for _, name := range schema.Names(planned.Type().AttributeTypes()) {
			if pl.facts.Replace[name] && !planned.GetAttr(name).RawEquals(prior.GetAttr(name)) {
				resp.RequiresReplace = append(resp.RequiresReplace, tftypes.NewAttributePath().WithAttributeName(name))
			}
		}
	}
	resp.PlannedState, err = encode(planned, o)
	resp.Diagnostics = failed("Plan", err)
	return resp, nil
}

// A planner decides what a resource will be: what code says, what the cloud will fill in, what stays.
type planner struct {
	object  *schema.Object
	facts   *facts.Type
	session *session
	legacy  bool
}

func (p *planner) plan(config, prior, proposed cty.Value) cty.Value {
	planned := p.block(p.object.Block, "", config, prior, proposed)
	planned = p.mergeTags(planned, config)
	if foresee, ok := foreseen[p.object.Name]; ok && prior.IsNull() {
		planned = foresee(planned)
	}
	if prior.IsNull() || planned.RawEquals(prior) {
		return planned
	}
	return p.move(planned, config)
}

func (p *planner) block(b *tfjson.SchemaBlock, prefix string, config, prior, proposed cty.Value) cty.Value {
	if proposed.IsNull() || !proposed.IsKnown() {
		return proposed
	}
	values := proposed.AsValueMap()
	for name, a := range b.Attributes {
		values[name] = p.attribute(a, prefix+name, attr(config, name), attr(prior, name), values[name], !prior.IsNull())
	}
	for name, n := range b.NestedBlocks {
		values[name] = p.nested(n, prefix+name, attr(config, name), attr(prior, name), values[name])
	}
	return cty.ObjectVal(values)
}

// attr is an attribute of an object that may be absent: then it is null.
func attr(v cty.Value, name string) cty.Value {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() || !v.Type().HasAttribute(name) {
		return cty.NilVal
	}
	return v.GetAttr(name)
}

func absent(v cty.Value) bool { return v == cty.NilVal || v.IsNull() }

func (p *planner) attribute(a *tfjson.SchemaAttribute, path string, config, prior, proposed cty.Value, exists bool) cty.Value {
	if a.WriteOnly {
		return cty.NullVal(proposed.Type())
	}
	if absent(config) {
		if text, ok := p.facts.Defaults[path]; ok && (a.Computed || p.legacy) {
			if v, err := schema.FromText(text, proposed.Type()); err == nil {
				return v
			}
		}
		switch {
		case !a.Computed && p.legacy && isZero(prior):
			return prior
		case !a.Computed:
			return proposed
		case !exists:
			return cty.UnknownVal(proposed.Type())
		}
		return proposed
	}
	if a.AttributeNestedType != nil {
		return p.nestedAttribute(a, path, config, prior, proposed)
	}
	if absent(prior) || !prior.IsKnown() || !proposed.IsKnown() {
		return proposed
	}
	if prior.Type() == cty.String && p.same(path, prior.AsString(), proposed) {
		return prior
	}
	if p.legacy && ofObjects(proposed.Type()) && !proposed.IsNull() {
		return p.matched(prior, proposed)
	}
	return proposed
}

// same reports whether the provider takes two texts of an attribute for one.
func (p *planner) same(path, prior string, proposed cty.Value) bool {
	if proposed.IsNull() || proposed.Type() != cty.String {
		return false
	}
	return p.facts.Same(path, prior, proposed.AsString())
}

func (p *planner) nestedAttribute(a *tfjson.SchemaAttribute, path string, config, prior, proposed cty.Value) cty.Value {
	if !proposed.IsKnown() || proposed.IsNull() {
		return proposed
	}
	n := &tfjson.SchemaBlockType{NestingMode: a.AttributeNestedType.NestingMode, Block: &tfjson.SchemaBlock{Attributes: a.AttributeNestedType.Attributes}}
	return p.nested(n, path, config, prior, proposed)
}

func (p *planner) nested(n *tfjson.SchemaBlockType, path string, config, prior, proposed cty.Value) cty.Value {
	if !proposed.IsKnown() {
		return proposed
	}
	if !absent(prior) && p.facts.KeepBlock[path] && empty(config) {
		return prior
	}
	t := proposed.Type()
	switch {
	case proposed.IsNull():
		return proposed
	case n.NestingMode == tfjson.SchemaNestingModeSingle, n.NestingMode == tfjson.SchemaNestingModeGroup:
		return p.block(n.Block, path+".", config, orNull(prior, t), proposed)
	case t.IsListType():
		var out []cty.Value
		for i, e := range proposed.AsValueSlice() {
			out = append(out, p.block(n.Block, path+".", index(config, i), orNull(index(prior, i), t.ElementType()), e))
		}
		if len(out) == 0 {
			return proposed
		}
		return cty.ListVal(out)
	case t.IsMapType():
		out := proposed.AsValueMap()
		for k, e := range out {
			out[k] = p.block(n.Block, path+".", key(config, k), orNull(key(prior, k), t.ElementType()), e)
		}
		if len(out) == 0 {
			return proposed
		}
		return cty.MapVal(out)
	case t.IsSetType():
		return p.set(n, path, prior, proposed)
	}
	return proposed
}

// set plans the elements of a set. They have no position, so each is its own configuration, and one that differs from an element that
// exists only in what the cloud fills in is that element.
func (p *planner) set(n *tfjson.SchemaBlockType, path string, prior, proposed cty.Value) cty.Value {
	var out []cty.Value
	for _, e := range proposed.AsValueSlice() {
		out = append(out, p.block(n.Block, path+".", e, cty.NullVal(e.Type()), e))
	}
	if len(out) == 0 {
		return proposed
	}
	return p.matched(prior, cty.SetVal(out))
}

// move makes unknown what changes with every change of the resource.
func (p *planner) move(planned, config cty.Value) cty.Value {
	values := planned.AsValueMap()
	for name := range p.facts.Volatile {
		if a, ok := p.object.Block.Attributes[name]; ok && a.Computed && absent(attr(config, name)) {
			values[name] = cty.UnknownVal(values[name].Type())
		}
	}
	return cty.ObjectVal(values)
}

// mergedTags are the attributes that hold tags or labels together with the provider's defaults, and the attribute that code sets.
var mergedTags = map[string]string{"tags_all": "tags", "terraform_labels": "labels", "effective_labels": "labels"}

func (p *planner) mergeTags(planned, config cty.Value) cty.Value {
	values := planned.AsValueMap()
	for all, own := range mergedTags {
		if !p.object.Has(all) || !p.object.Has(own) || !absent(attr(config, all)) {
			continue
		}
		values[all] = p.session.merge(values[own], values[all].Type())
	}
	return cty.ObjectVal(values)
}

// merge is what a resource's tags become with the provider's default tags.
func (s *session) merge(own cty.Value, t cty.Type) cty.Value {
	if !own.IsKnown() {
		return cty.UnknownVal(t)
	}
	out := map[string]cty.Value{}
	for k, v := range s.defaultTags {
		out[k] = cty.StringVal(v)
	}
	if !own.IsNull() {
		for k, v := range own.AsValueMap() {
			out[k] = v
		}
	}
	if len(out) == 0 {
		return cty.MapValEmpty(cty.String)
	}
	return cty.MapVal(out)
}

// ignored reports whether the provider was told to look away from a tag.
func (s *session) ignored(tag string) bool {
	for _, k := range s.ignoreKeys {
		if k == tag {
			return true
		}
	}
	for _, prefix := range s.ignorePrefix {
		if strings.HasPrefix(tag, prefix) {
			return true
		}
	}
	return false
}

func empty(v cty.Value) bool {
	return absent(v) || (v.IsKnown() && v.CanIterateElements() && !v.Type().IsObjectType() && v.LengthInt() == 0)
}

func index(v cty.Value, i int) cty.Value {
	if absent(v) || !v.IsKnown() || i >= v.LengthInt() {
		return cty.NilVal
	}
	return v.Index(cty.NumberIntVal(int64(i)))
}

func key(v cty.Value, k string) cty.Value {
	if absent(v) || !v.IsKnown() {
		return cty.NilVal
	}
	return v.AsValueMap()[k]
}

func orNull(v cty.Value, t cty.Type) cty.Value {
	if v == cty.NilVal {
		return cty.NullVal(t)
	}
	return v
}
