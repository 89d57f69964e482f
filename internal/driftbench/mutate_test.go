package driftbench

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// TestAnother: another value is of the same type, and is another.
func TestAnother(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"10.0.0.0/16", "1.28", "true", "", "a\nb\nc\n", `{"Statement":[{"Action":["s3:Get","s3:Put"],"Effect":"Allow"}]}`, `{"a":"b"}`}))
	plain := map[string]*rapid.Generator[any]{
		"string": rapid.Map(text, func(s string) any { return s }),
		"number": rapid.Map(rapid.Int64Range(-9, 1e6), func(n int64) any { return n }),
		"bool":   rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		"list":   rapid.Map(rapid.SliceOf(text), func(l []string) any { return anys(l) }),
		"map": rapid.Map(rapid.MapOf(rapid.StringMatching("[a-z]{1,4}"), text), func(m map[string]string) any {
			out := map[string]any{}
			for k, v := range m {
				out[k] = v
			}
			return out
		}),
	}
	types := map[string]cty.Type{"string": cty.String, "number": cty.Number, "bool": cty.Bool, "list": cty.List(cty.String), "map": cty.Map(cty.String)}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"string", "number", "bool", "list", "map"}).Draw(t, "kind")
		was := plain[kind].Draw(t, "value")
		before := deepCopy(was)
		m, ok := another(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), types[kind], was)
		if !reflect.DeepEqual(before, was) {
			t.Fatalf("the value itself was changed: %v, was %v", was, before)
		}
		if !ok {
			return
		}
		if reflect.DeepEqual(m.value, was) {
			t.Fatalf("%v is not another value than %v", m.value, was)
		}
		if _, err := schema.FromPlain(m.value, types[kind], false); err != nil {
			t.Fatalf("%v is not a %s: %v", m.value, kind, err)
		}
	})
}

func anys(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}

// TestMoved: an action that is new, stronger or other counts, one that is as before does not.
func TestMoved(t *testing.T) {
	before := planned{"a": {strength: 1, after: "x"}, "b": {strength: 1, after: "x"}, "c": {strength: 3, after: "x"}, "target": {strength: 1, after: "x"}}
	after := planned{"a": {strength: 1, after: "x"}, "b": {strength: 3, after: "x"}, "c": {strength: 3, after: "y"}, "d": {strength: 1, after: "x"}, "target": {strength: 2, after: "z"}}
	if got := moved(before, after, map[string]bool{"target": true}); !reflect.DeepEqual(got, []string{"b", "c", "d"}) {
		t.Errorf("moved: %v", got)
	}
	if got := moved(before, before, nil); got != nil {
		t.Errorf("nothing moved, but: %v", got)
	}
}

// TestChanges: a wrong edit is told by the paths that it leaves changed, at whatever depth.
func TestChanges(t *testing.T) {
	type m = map[string]any
	a := action{
		before:  m{"same": "x", "name": "was", "list": []any{m{"size": 1.0}}, "gone": "y", "id": "i"},
		after:   m{"same": "x", "name": "is", "list": []any{m{"size": 2.0}, m{"size": 3.0}}},
		unknown: m{"id": true},
	}
	if got, want := sorted(a.changes()), []string{".gone", ".id", ".list[0].size", ".list[1]", ".name"}; !reflect.DeepEqual(got, want) {
		t.Errorf("changes: %v, want %v", got, want)
	}
	if got := (action{before: m{"x": "1"}, after: m{"x": "1"}}).changes(); len(got) != 0 {
		t.Errorf("nothing changed, but: %v", got)
	}
}

// TestFaults: what an edit is answerable for is its own path and whatever the plan before did not do; what follows from another object is not.
func TestFaults(t *testing.T) {
	type m = map[string]any
	update := func(after m) action {
		return action{strength: 1, before: m{"name": "live", "scope": "old", "tags": m{"a": "1"}}, after: after}
	}
	before := update(m{"name": "code", "scope": "new", "tags": m{"a": "1"}})
	for name, c := range map[string]struct {
		after action
		want  []string
	}{
		"what another object moves":      {update(m{"name": "live", "scope": "new", "tags": m{"a": "1"}}), nil},
		"the path itself":                {update(m{"name": "code", "scope": "new", "tags": m{"a": "1"}}), []string{"name"}},
		"another value":                  {update(m{"name": "live", "scope": "newer", "tags": m{"a": "1"}}), []string{"scope"}},
		"a path that was left alone":     {update(m{"name": "live", "scope": "old", "tags": m{"a": "2"}}), []string{"tags.a"}},
		"a value that was known":         {action{strength: 1, before: m{"scope": "old"}, after: m{}, unknown: m{"scope": true}}, []string{"scope"}},
		"a stronger action":              {action{strength: 3, before: m{"scope": "old"}, after: m{"scope": "new"}}, []string{"scope"}},
		"an update that changes nothing": {update(m{"name": "live", "scope": "old", "tags": m{"a": "1"}}), []string{"no value"}},
	} {
		if got := faults(before, c.after, "name"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
