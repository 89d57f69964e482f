package schema

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

const document = `{"format_version":"1.0","provider_schemas":{"registry.terraform.io/acme/thing":{
"provider":{"version":0,"block":{"attributes":{"region":{"type":"string","optional":true}}}},
"resource_schemas":{"thing_box":{"version":2,"block":{
  "attributes":{
    "id":{"type":"string","optional":true,"computed":true},
    "size":{"type":"number","required":true},
    "labels":{"type":["map","string"],"optional":true},
    "any":{"type":"dynamic","optional":true},
    "lid":{"nested_type":{"nesting_mode":"single","attributes":{"colour":{"type":"string","optional":true}}},"optional":true}},
  "block_types":{
    "side":{"nesting_mode":"set","block":{"attributes":{"face":{"type":"string","required":true}}}},
    "hinge":{"nesting_mode":"list","block":{"attributes":{"pins":{"type":["list","number"],"optional":true}}}},
    "wild":{"nesting_mode":"list","block":{"attributes":{
      "v":{"type":"dynamic","optional":true},"n":{"type":"number","optional":true},"labels":{"type":["map","string"],"optional":true},"faces":{"type":["set","string"],"optional":true}}}},
    "lock":{"nesting_mode":"single","block":{"attributes":{"code":{"type":"string","optional":true}}}},
    "group":{"nesting_mode":"group","block":{"attributes":{"code":{"type":"string","optional":true}}}},
    "shelf":{"nesting_mode":"map","block":{"attributes":{"width":{"type":"number","optional":true}}}}}}}}}}}`

func box(t *testing.T) *Object {
	t.Helper()
	all, err := Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Source != "acme/thing" {
		t.Fatalf("providers %v", all)
	}
	if _, resources, _, err := all[0].Proto(); err != nil || len(resources["thing_box"].Block.BlockTypes) != 6 {
		t.Fatalf("the message has %v, %v", resources, err)
	}
	return all[0].Resources["thing_box"]
}

func TestTypes(t *testing.T) {
	o := box(t)
	for name, want := range map[string]cty.Type{
		"size": cty.Number, "labels": cty.Map(cty.String), "any": cty.DynamicPseudoType,
		"lid":   cty.Object(map[string]cty.Type{"colour": cty.String}),
		"side":  cty.Set(cty.Object(map[string]cty.Type{"face": cty.String})),
		"hinge": cty.List(cty.Object(map[string]cty.Type{"pins": cty.List(cty.Number)})),
		"wild":  cty.DynamicPseudoType, // a list of anything has no one element type
		"shelf": cty.Map(cty.Object(map[string]cty.Type{"width": cty.Number})),
	} {
		if got := o.Type.AttributeType(name); !got.Equals(want) {
			t.Errorf("%s is of type %#v, want %#v", name, got, want)
		}
	}
	if !o.Legacy() || o.Version != 2 {
		t.Errorf("legacy %v, version %d", o.Legacy(), o.Version)
	}
}

// TestPlainAndBack: a value survives the way through plain Go; what is left out is null, or empty for blocks.
func TestPlainAndBack(t *testing.T) {
	o := box(t)
	v, err := o.Value(map[string]any{
		"size": 3, "labels": map[string]string{"a": "b"}, "any": []any{"x", true},
		"side": []any{map[string]any{"face": "top"}}, "hinge": []map[string]any{{"pins": []any{1.5, "2"}}}, "shelf": map[string]any{"low": map[string]any{"width": 1}},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	if !v.GetAttr("id").IsNull() || !v.GetAttr("lock").IsNull() || v.GetAttr("group").IsNull() {
		t.Errorf("left out: %#v", v)
	}
	plain, _ := Plain(v).(map[string]any)
	again, err := o.Value(plain, false)
	if err != nil {
		t.Fatal(err)
	}
	if !again.RawEquals(v) {
		t.Errorf("back again:\n%#v\n%#v", v, again)
	}
}

// TestBlocksWithinAnyType: what stands beside a value of any type keeps the types that code would give it, null ones too. With others an engine
// would plan an update in which no value differs.
func TestBlocksWithinAnyType(t *testing.T) {
	v, err := box(t).Value(map[string]any{"wild": []any{
		map[string]any{"v": "x", "labels": map[string]any{"a": "b"}, "faces": []any{"top"}},
		map[string]any{"n": 1},
	}}, false)
	if err != nil {
		t.Fatal(err)
	}
	want := cty.TupleVal([]cty.Value{
		cty.ObjectVal(map[string]cty.Value{
			"v": cty.StringVal("x"), "n": cty.NullVal(cty.Number),
			"labels": cty.MapVal(map[string]cty.Value{"a": cty.StringVal("b")}), "faces": cty.SetVal([]cty.Value{cty.StringVal("top")}),
		}),
		cty.ObjectVal(map[string]cty.Value{
			"v": cty.NullVal(cty.DynamicPseudoType), "n": cty.NumberIntVal(1),
			"labels": cty.NullVal(cty.Map(cty.String)), "faces": cty.NullVal(cty.Set(cty.String)),
		}),
	})
	if got := v.GetAttr("wild"); !got.RawEquals(want) {
		t.Errorf("blocks became\n%#v, want\n%#v", got, want)
	}
}

func TestRefuses(t *testing.T) {
	o := box(t)
	for _, plain := range []map[string]any{
		{"sise": 3}, {"size": "three"}, {"labels": []any{}}, {"side": map[string]any{}}, {"hinge": []any{"x"}}, {"shelf": []any{}}, {"size": []any{}},
	} {
		if v, err := o.Value(plain, false); err == nil {
			t.Errorf("%v became %#v", plain, v)
		}
	}
	if _, err := o.Value(map[string]any{"sise": 3}, true); err != nil {
		t.Errorf("a name of another version: %v", err)
	}
	for _, text := range []string{"", "no", `{"format_version":"9.0","provider_schemas":{}}`, strings.Replace(document, `"set","block"`, `"bag","block"`, 1), strings.Replace(document, `"string"`, `"strong"`, 1)} {
		if _, err := Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%.40q was parsed", text)
		}
	}
}
