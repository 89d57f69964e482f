package simcloud

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

func (p *provider) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp := &tfprotov6.ReadDataSourceResponse{}
	o, ok := p.schema.Data[req.TypeName]
	if !ok {
		resp.Diagnostics = failed("Data source", fmt.Errorf("provider %s has no data source %q", p.schema.Source, req.TypeName))
		return resp, nil
	}
	config, err := decode(req.Config, o)
	if err == nil {
		var v cty.Value
		if v, err = p.cloud.data(o, p.cloud.sessionOf(ctx), config); err == nil {
			resp.State, err = encode(v, o)
		}
	}
	resp.Diagnostics = failed("Data source", err)
	return resp, nil
}

// data answers a data source: by a rule of its own, else by the live object it describes, else by made-up values, which are the same
// whenever the question is.
func (c *Cloud) data(o *schema.Object, s *session, config cty.Value) (cty.Value, error) {
	s = s.in(o, config)
	at := c.opts.Start
	env := c.env(s, identity(o, config), at)
	if answer, ok := dataRules[o.Name]; ok {
		values, err := answer(s, env, config)
		if err != nil {
			return cty.NilVal, fmt.Errorf("data source %s: %w", o.Name, err)
		}
		return c.answer(o, env, config, values)
	}
	if plural, ok := plurals[o.Name]; ok {
		return c.answer(o, env, config, c.listed(plural, s, config))
	}
	if resource, ok := c.types[o.Name]; ok {
		if live, found := c.described(resource, s, config); found {
			return c.answer(o, env, config, live.Attributes())
		}
	}
	return c.answer(o, env, config, nil)
}

// answer lays values over the configuration of a data source and makes up the rest.
func (c *Cloud) answer(o *schema.Object, env facts.Env, config cty.Value, values map[string]any) (cty.Value, error) {
	out := config.AsValueMap()
	for name, a := range o.Block.Attributes {
		v, given := values[name]
		if !given || !a.Computed || !out[name].IsNull() {
			continue
		}
		t, err := schema.AttributeType(a)
		if err != nil {
			return cty.NilVal, err
		}
		if made, err := schema.FromPlain(v, t, true); err == nil && !made.IsNull() {
			out[name] = made
		}
	}
	return fill(o, env, cty.ObjectVal(out), true), nil
}

// plurals are the data sources that list objects of a type.
var plurals = map[string]string{
	"aws_subnets": "aws_subnet", "aws_vpcs": "aws_vpc", "aws_security_groups": "aws_security_group", "aws_instances": "aws_instance", "aws_route_tables": "aws_route_table",
}

// listed are the ids of the live objects that a plural data source asks for.
func (c *Cloud) listed(typ string, s *session, config cty.Value) map[string]any {
	resource, ok := c.types[typ]
	if !ok {
		return nil
	}
	ids := []any{}
	for _, live := range c.matching(resource, s, config) {
		ids = append(ids, live.ID)
	}
	return map[string]any{"ids": ids, "id": s.region}
}

// described finds the one live object of the same type that has every value the configuration asks for.
func (c *Cloud) described(o *schema.Object, s *session, config cty.Value) (Object, bool) {
	found := c.matching(o, s, config)
	if len(found) != 1 {
		return Object{}, false
	}
	return found[0], true
}

// matching are the live objects that have every value the configuration asks for.
func (c *Cloud) matching(o *schema.Object, s *session, config cty.Value) []Object {
	wanted, _ := schema.Plain(config).(map[string]any)
	filters, _ := wanted["filter"].([]any)
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []Object
	for _, live := range c.sorted() {
		if live.Type != o.Name || live.Account != s.account || (live.Region != s.region && wanted["region"] == nil) {
			continue
		}
		if has := live.Attributes(); holds(has, wanted) && passes(has, filters) {
			found = append(found, live)
		}
	}
	return found
}

// holds reports whether an object has the wanted values; for maps, at least those keys.
func holds(has, wanted map[string]any) bool {
	asked := false
	for name, want := range wanted {
		have, known := has[name]
		if want == nil || name == "filter" || name == "region" || !known {
			continue
		}
		switch w := want.(type) {
		case []any:
			continue
		case map[string]any:
			h, _ := have.(map[string]any)
			for k, v := range w {
				if h[k] != v {
					return false
				}
			}
		default:
			if have != want {
				return false
			}
		}
		asked = true
	}
	filters, _ := wanted["filter"].([]any)
	return asked || len(filters) > 0
}

// passes applies EC2's filters: tag:KEY, or an attribute's name with dashes.
func passes(has map[string]any, filters []any) bool {
	for _, f := range filters {
		filter := first(f)
		name, values := str(filter["name"]), list(filter["values"])
		var have string
		if key, isTag := strings.CutPrefix(name, "tag:"); isTag {
			have = strs(has["tags_all"])[key]
		} else {
			have = str(has[strings.ReplaceAll(name, "-", "_")])
		}
		if !slices.ContainsFunc(values, func(pattern string) bool {
			ok, err := path.Match(pattern, have)
			return err == nil && ok
		}) {
			return false
		}
	}
	return true
}
