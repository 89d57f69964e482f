package simcloud

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/simcloud/facts"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// everyProvider are the embedded cuts and, where the whole schemas lie beside the checkout, those too.
func everyProvider(t testing.TB) [][]*schema.Provider {
	t.Helper()
	var out [][]*schema.Provider
	for _, load := range []func() (*schema.Provider, error){schemas.AWS, schemas.Google, schemas.AzureRM, schemas.Kubernetes, schemas.GitHub} {
		p, err := load()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, []*schema.Provider{p})
	}
	dir := os.Getenv("MOORING_SHARED_DATA")
	if dir == "" {
		return out
	}
	files, err := filepath.Glob(filepath.Join(dir, "schemas", "*.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		all, err := schema.Parse(f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, all)
	}
	return out
}

// TestEveryTypeSettles: for each resource type of each provider, what is applied is wholly known, has the type that the schema says, and
// planning the same code again changes nothing.
func TestEveryTypeSettles(t *testing.T) {
	for _, providers := range everyProvider(t) {
		for _, p := range providers {
			c, err := New(Options{}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range schema.Names(p.Resources) {
				settles(t, c, p.Resources[name], config(nil, p.Resources[name], nil))
			}
		}
	}
}

// TestAnyCodeSettles: the same for configurations that set what they may in any combination.
func TestAnyCodeSettles(t *testing.T) {
	var providers []*schema.Provider
	for _, group := range everyProvider(t) {
		providers = append(providers, group...)
	}
	rapid.Check(t, func(r *rapid.T) {
		p := rapid.SampledFrom(providers).Draw(r, "provider")
		o := p.Resources[rapid.SampledFrom(schema.Names(p.Resources)).Draw(r, "type")]
		c, err := New(Options{}, p)
		if err != nil {
			r.Fatal(err)
		}
		settles(r, c, o, config(r, o, nil))
	})
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

func settles(t failer, c *Cloud, o *schema.Object, code cty.Value) {
	t.Helper()
	s := c.newSession()
	p := &planner{object: o, facts: facts.Known(o.Name), session: s, legacy: o.Legacy()}
	planned := p.plan(code, cty.NullVal(o.Type), code)
	state, err := c.apply(o, s, cty.NullVal(o.Type), planned)
	if err != nil {
		t.Errorf("%s: %v", o.Name, err)
		return
	}
	if !state.IsWhollyKnown() {
		t.Errorf("%s: applied and not known: %#v", o.Name, state)
	}
	if errs := state.Type().TestConformance(o.Type); len(errs) > 0 {
		t.Errorf("%s: applied value has another type: %v", o.Name, errs)
	}
	if _, err := encode(state, o); err != nil {
		t.Errorf("%s: %v", o.Name, err)
	}
	refreshed := c.read(o, s, state)
	if !refreshed.RawEquals(state) {
		t.Errorf("%s: read differs from what was applied:\n%#v\n%#v", o.Name, state, refreshed)
	}
	again := p.plan(code, refreshed, proposed(o.Block, code, refreshed))
	if !again.RawEquals(refreshed) {
		for name := range o.Type.AttributeTypes() {
			if was, is := refreshed.GetAttr(name), again.GetAttr(name); !was.RawEquals(is) {
				t.Errorf("%s.%s: planned again, it changes from %#v to %#v", o.Name, name, was, is)
			}
		}
	}
}

// proposed is what an engine proposes: the configuration, with computed attributes that it leaves out as they were.
func proposed(b *tfjson.SchemaBlock, code, prior cty.Value) cty.Value {
	if code.IsNull() || prior.IsNull() {
		return code
	}
	values := code.AsValueMap()
	for name, a := range b.Attributes {
		if a.Computed && values[name].IsNull() {
			values[name] = prior.GetAttr(name)
		}
	}
	for name, n := range b.NestedBlocks {
		mine, was := values[name], prior.GetAttr(name)
		switch {
		case mine.IsNull() || was.IsNull() || n.Block == nil:
		case n.NestingMode == tfjson.SchemaNestingModeSingle:
			values[name] = proposed(n.Block, mine, was)
		case mine.Type().IsListType() && mine.LengthInt() > 0:
			var out []cty.Value
			for i, e := range mine.AsValueSlice() {
				if before := index(was, i); before != cty.NilVal {
					e = proposed(n.Block, e, before)
				}
				out = append(out, e)
			}
			values[name] = cty.ListVal(out)
		}
	}
	return cty.ObjectVal(values)
}

// config is code for a resource: what must be set, and with r some of what may.
func config(r *rapid.T, o *schema.Object, path []string) cty.Value {
	return configBlock(r, o.Block, o.Type, append(path, o.Name))
}

func configBlock(r *rapid.T, b *tfjson.SchemaBlock, t cty.Type, path []string) cty.Value {
	values := map[string]cty.Value{}
	for _, name := range schema.Names(b.Attributes) {
		a, at := b.Attributes[name], t.AttributeType(name)
		set := a.Required || (r != nil && a.Optional && !a.WriteOnly && rapid.IntRange(0, 3).Draw(r, name) == 0)
		values[name] = cty.NullVal(at)
		if set {
			values[name] = some(at, name)
		}
	}
	for _, name := range schema.Names(b.NestedBlocks) {
		n, bt := b.NestedBlocks[name], t.AttributeType(name)
		values[name] = schema.EmptyBlocks(n, bt)
		want := int(n.MinItems)
		if r != nil && len(path) < 4 && name != "timeouts" && rapid.IntRange(0, 3).Draw(r, name) == 0 {
			want = max(want, 1)
		}
		if want == 0 || n.Block == nil {
			continue
		}
		switch {
		case n.NestingMode == tfjson.SchemaNestingModeSingle:
			values[name] = configBlock(r, n.Block, bt, append(path, name))
		case bt.IsListType():
			values[name] = cty.ListVal([]cty.Value{configBlock(r, n.Block, bt.ElementType(), append(path, name))})
		case bt.IsSetType():
			values[name] = cty.SetVal([]cty.Value{configBlock(r, n.Block, bt.ElementType(), append(path, name))})
		}
	}
	return cty.ObjectVal(values)
}

// some is a value of a type.
func some(t cty.Type, name string) cty.Value {
	switch {
	case t == cty.String:
		return cty.StringVal(name + "-1")
	case t == cty.Number:
		return cty.NumberIntVal(3)
	case t == cty.Bool:
		return cty.True
	case t == cty.DynamicPseudoType:
		return cty.StringVal(name)
	case t.IsListType():
		return cty.ListVal([]cty.Value{some(t.ElementType(), name)})
	case t.IsSetType():
		return cty.SetVal([]cty.Value{some(t.ElementType(), name)})
	case t.IsMapType():
		return cty.MapVal(map[string]cty.Value{name: some(t.ElementType(), name)})
	case t.IsObjectType():
		values := map[string]cty.Value{}
		for n, at := range t.AttributeTypes() {
			values[n] = some(at, n)
		}
		return cty.ObjectVal(values)
	}
	return cty.NullVal(t)
}

// TestEveryChangeIsInTheLog: whatever attribute of whatever type someone changes, a record says so, and its request or its changes hold the
// object's id or name.
func TestEveryChangeIsInTheLog(t *testing.T) {
	p, err := schemas.AWS()
	if err != nil {
		t.Fatal(err)
	}
	alice := trail.Person("alice@example.com", "AdministratorAccess", "203.0.113.7")
	at := time.Date(2026, 11, 20, 17, 3, 11, 0, time.UTC)
	for _, name := range schema.Names(p.Resources) {
		o := p.Resources[name]
		for _, attribute := range schema.Names(o.Block.Attributes) {
			a := o.Block.Attributes[attribute]
			if !a.Optional && !a.Required || a.WriteOnly || attribute == "region" || attribute == "id" || attribute == "arn" {
				continue
			}
			c, err := New(Options{}, p)
			if err != nil {
				t.Fatal(err)
			}
			s := c.newSession()
			code := config(nil, o, nil)
			pl := &planner{object: o, facts: facts.Known(name), session: s, legacy: true}
			state, err := c.apply(o, s, cty.NullVal(o.Type), pl.plan(code, cty.NullVal(o.Type), code))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			before := len(c.Records())
			d, err := c.Change(By{Actor: alice, Via: audit.ViaConsole, At: at}, name, idOf(o, state), func(m map[string]any) {
				if b, ok := m[attribute].(bool); ok {
					m[attribute] = !b
					return
				}
				m[attribute] = schema.Plain(some(o.Type.AttributeType(attribute), "changed"))
				if n, ok := m[attribute].(int64); ok {
					m[attribute] = n + 4
				}
			})
			if err != nil {
				t.Errorf("%s.%s: %v", name, attribute, err)
				continue
			}
			if len(c.Records()) == before || len(d.Records) == 0 {
				t.Errorf("%s.%s: the change left no record", name, attribute)
			}
		}
	}
}
