package solve

import (
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/module"
)

// InstancesOf lists the live instances of a resource of the configuration.
func (w *World) InstancesOf(r *module.Resource) []string { return w.objects.Instances(r) }

// repetition lists the instance keys at one level: of the resource at the last level, of the modules around it before. nil when there
// is no repetition, or it is not known.
func (sc *Scope) repetition(r *module.Resource, depth int) []string {
	in := sc.w.scope(sc.steps[:depth])
	count, forEach := r.Count, r.ForEach
	if depth < len(sc.steps) {
		c := sc.w.scope(sc.steps[:depth+1])
		if c == nil {
			return nil
		}
		count, forEach = c.mod.Call.Count, c.mod.Call.ForEach
	}
	switch {
	case count != nil:
		if n, ok := wholeNumber(in.Eval(count)); ok {
			return []string{"count", strconv.Itoa(n)}
		}
	case forEach != nil:
		if keys, ok := keysOf(in.Eval(forEach)); ok {
			return append([]string{"for_each"}, keys...)
		}
	}
	return nil
}

// Differences lists the paths at which two worlds' code says different things of an instance. Parts that neither can evaluate count as
// equal.
func (w *World) Differences(other *World, address string) []string {
	a, err := module.ParseAddress(address)
	if err != nil {
		return nil
	}
	x, r1 := w.instance(a)
	y, r2 := other.instance(a)
	if r1 == nil || r2 == nil {
		return []string{""}
	}
	var out []string
	differences("", describe(x, r1.Block.Body, false), describe(y, r2.Block.Body, false), &out)
	slices.Sort(out)
	return out
}

// describe evaluates a body: attributes by name, nested blocks as lists. What the language itself puts into a resource is left out.
func describe(sc *Scope, body *hclsyntax.Body, inner bool) cty.Value {
	out := map[string]cty.Value{}
	for name, a := range body.Attributes {
		if inner || !slices.Contains(meta, name) {
			out[name] = sc.Eval(a.Expr)
		}
	}
	s := &solver{w: sc.w}
	for _, b := range body.Blocks {
		name := b.Type
		if b.Type == "dynamic" && len(b.Labels) == 1 {
			name = b.Labels[0]
		}
		if _, done := out[name]; done || !inner && slices.Contains(meta, name) {
			continue
		}
		occ, ok := s.occurrences(site{sc: sc, body: body}, name)
		if !ok {
			out[name] = cty.DynamicVal
			continue
		}
		var list []cty.Value
		for _, o := range occ {
			list = append(list, describe(o.sc, o.body, true))
		}
		out[name] = cty.TupleVal(list)
	}
	if names, ok := jsonDynamics(body); ok && len(names) > 0 { // what they give, not how they are written
		delete(out, "dynamic")
		for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
			list := []cty.Value{}
			if own, has := out[name]; has {
				list = append(list, own)
			}
			occ, ok := s.occurrences(site{sc: sc, body: body}, name)
			if !ok {
				out[name] = cty.DynamicVal
				continue
			}
			for _, o := range occ {
				list = append(list, describe(o.sc, o.body, true))
			}
			out[name] = cty.TupleVal(list)
		}
	}
	return cty.ObjectVal(out)
}

func differences(path string, a, b cty.Value, out *[]string) {
	if !a.IsKnown() || !b.IsKnown() {
		if a.IsKnown() != b.IsKnown() {
			*out = append(*out, path)
		}
		return
	}
	if isMap(a) && isMap(b) {
		x, y := entries(a), entries(b)
		for k, v := range x {
			w, ok := y[k]
			if !ok {
				w = cty.NullVal(cty.DynamicPseudoType)
			}
			differences(below(path, k), v, w, out)
		}
		for k, w := range y {
			if _, ok := x[k]; !ok {
				differences(below(path, k), cty.NullVal(cty.DynamicPseudoType), w, out)
			}
		}
		return
	}
	if isList(a) && isList(b) && a.LengthInt() == b.LengthInt() {
		x, y := elements(a), elements(b)
		for i := range x {
			differences(path+"["+strconv.Itoa(i)+"]", x[i], y[i], out)
		}
		return
	}
	if !same(a, b) {
		*out = append(*out, path)
	}
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "[" + strconv.Quote(key) + "]"
}
