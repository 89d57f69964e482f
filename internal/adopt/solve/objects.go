package solve

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// Objects are the values of resource and data instances that references read.
type Objects struct {
	byResource map[string]map[any]map[string]drift.Value // address without the instance key -> key -> attributes
	schema     func(data bool, typ string) *drift.Block
}

// NewObjects indexes instance values by address. schema may be nil.
func NewObjects(all iter.Seq2[string, map[string]drift.Value], schema func(data bool, typ string) *drift.Block) *Objects {
	o := &Objects{byResource: map[string]map[any]map[string]drift.Value{}, schema: schema}
	if all != nil {
		for address, values := range all {
			o.Set(address, values)
		}
	}
	return o
}

// Set gives an instance its values.
func (o *Objects) Set(address string, values map[string]drift.Value) {
	a, err := module.ParseAddress(address)
	if err != nil {
		return
	}
	key := a.Resource()
	if o.byResource[key] == nil {
		o.byResource[key] = map[any]map[string]drift.Value{}
	}
	o.byResource[key][a.Key] = values
}

// Get returns the values of an instance, or nil.
func (o *Objects) Get(address string) map[string]drift.Value {
	a, err := module.ParseAddress(address)
	if err != nil {
		return nil
	}
	return o.byResource[a.Resource()][a.Key]
}

// Renamed returns the objects with an instance under another address.
func (o *Objects) Renamed(from, to string) *Objects {
	a, err := module.ParseAddress(from)
	values := o.Get(from)
	if err != nil || values == nil {
		return o
	}
	n := &Objects{byResource: maps.Clone(o.byResource), schema: o.schema}
	rest := maps.Clone(n.byResource[a.Resource()])
	delete(rest, a.Key)
	n.byResource[a.Resource()] = rest
	if b, err := module.ParseAddress(to); err == nil {
		n.byResource[b.Resource()] = maps.Clone(n.byResource[b.Resource()])
	}
	n.Set(to, values)
	return n
}

// With returns the objects with another value at a path of an instance: what its code would say after an edit.
func (o *Objects) With(address, path string, want drift.Value) *Objects {
	a, err := module.ParseAddress(address)
	if err != nil {
		return o
	}
	n := &Objects{byResource: maps.Clone(o.byResource), schema: o.schema}
	keys := maps.Clone(n.byResource[a.Resource()])
	if values, ok := keys[a.Key]; ok {
		keys[a.Key], _ = patched(values, module.SplitPath(path), want).(map[string]drift.Value)
		n.byResource[a.Resource()] = keys
	}
	return n
}

// patched is v with want at the steps; what is not there, or is no container, stays as it is.
func patched(v drift.Value, steps []any, want drift.Value) drift.Value {
	if len(steps) == 0 {
		return want
	}
	switch k := steps[0].(type) {
	case string:
		if m, ok := v.(map[string]drift.Value); ok || v == nil {
			m = maps.Clone(m)
			if m == nil {
				m = map[string]drift.Value{}
			}
			m[k] = patched(m[k], steps[1:], want)
			return m
		}
	case int:
		if l, ok := v.([]drift.Value); ok && k < len(l) {
			l = slices.Clone(l)
			l[k] = patched(l[k], steps[1:], want)
			return l
		}
	}
	return v
}

// Instances lists the addresses of the instances of a resource of the configuration, in every instance of its module. Sorted.
func (o *Objects) Instances(r *module.Resource) []string {
	var out []string
	for address, keys := range o.byResource {
		if !strings.HasSuffix(address, r.Type+"."+r.Name) {
			continue
		}
		a, err := module.ParseAddress(address)
		if err != nil || a.Data != r.Data || a.Type != r.Type || a.Name != r.Name || !slices.Equal(a.ModulePath(), r.Module.Path) {
			continue
		}
		for key := range keys {
			a.Key = key
			out = append(out, a.String())
		}
	}
	slices.Sort(out)
	return out
}
