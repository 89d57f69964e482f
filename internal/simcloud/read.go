package simcloud

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// seen is what a provider reports of a live object, given what the state held: texts of one meaning are left as they were, tags that the
// provider was told to ignore are left out, arguments that only the provider knows (write-only ones, say) are kept.
func (c *Cloud) seen(o *schema.Object, s *session, state, live cty.Value) cty.Value {
	known := facts.Known(o.Name)
	values := live.AsValueMap()
	for name, v := range values {
		was := attr(state, name)
		if absent(was) || !was.IsKnown() || was.Type() != cty.String || v.IsNull() {
			continue
		}
		if known.Same(name, was.AsString(), v.AsString()) {
			values[name] = was
		}
	}
	for all, own := range mergedTags {
		for _, name := range []string{all, own} {
			if v, ok := values[name]; ok && o.Has(all) {
				values[name] = s.withoutIgnored(v)
			}
		}
	}
	return cty.ObjectVal(values)
}

func (s *session) withoutIgnored(tags cty.Value) cty.Value {
	if tags.IsNull() || !tags.Type().IsMapType() || (len(s.ignoreKeys) == 0 && len(s.ignorePrefix) == 0) {
		return tags
	}
	kept := tags.AsValueMap()
	for k := range kept {
		if s.ignored(k) {
			delete(kept, k)
		}
	}
	if len(kept) == 0 {
		return cty.MapValEmpty(tags.Type().ElementType())
	}
	return cty.MapVal(kept)
}

// lookup finds an object for an import.
func (c *Cloud) lookup(o *schema.Object, id string, s *session) (Object, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	live, err := c.find(o.Name, id, s.region)
	if err != nil {
		if live, err = c.find(o.Name, id, ""); err != nil {
			return Object{}, err
		}
	}
	return *live, nil
}
