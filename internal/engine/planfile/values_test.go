package planfile

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	ctymsgpack "github.com/zclconf/go-cty/cty/msgpack"

	"github.com/mooringdev/mooring/internal/drift"
)

// The decoder must agree with cty, whose encoding the engines use, on every sort of value.
func TestValuesAgreeWithCty(t *testing.T) {
	large, _, err := big.ParseFloat("123456789012345678901234567890.125", 10, 512, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	object := cty.ObjectVal(map[string]cty.Value{
		"s": cty.StringVal("é\n\"x"), "b": cty.True, "null": cty.NullVal(cty.String), "empty": cty.StringVal(""),
		"list": cty.ListVal([]cty.Value{cty.StringVal("b"), cty.StringVal("a")}), "none": cty.ListValEmpty(cty.String),
		"set": cty.SetVal([]cty.Value{cty.NumberIntVal(3), cty.NumberIntVal(1), cty.NumberIntVal(2)}),
		"map": cty.MapVal(map[string]cty.Value{"k.1": cty.True, "": cty.False}),
		"tup": cty.TupleVal([]cty.Value{cty.StringVal("x"), cty.NumberFloatVal(1.5), cty.EmptyObjectVal}),
	})
	for name, v := range map[string]cty.Value{
		"object": object,
		"list of objects": cty.ListVal([]cty.Value{
			cty.ObjectVal(map[string]cty.Value{"a": cty.Zero}), cty.ObjectVal(map[string]cty.Value{"a": cty.NullVal(cty.Number)}),
		}),
		"numbers": cty.TupleVal([]cty.Value{
			cty.Zero, cty.NumberIntVal(-1), cty.NumberIntVal(127), cty.NumberIntVal(128), cty.NumberIntVal(-129), cty.NumberIntVal(1 << 40),
			cty.NumberUIntVal(1<<64 - 1), cty.NumberFloatVal(0.1), cty.NumberFloatVal(1e300), cty.NumberVal(large), cty.MustParseNumberVal("1e50"),
		}),
		"long text": cty.StringVal(strings.Repeat("x", 70_000)),
	} {
		t.Run(name, func(t *testing.T) {
			typeJSON, err := ctyjson.MarshalType(v.Type())
			if err != nil {
				t.Fatal(err)
			}
			typ, err := parseType(typeJSON)
			if err != nil {
				t.Fatal(err)
			}
			asJSON, err := ctyjson.Marshal(v, v.Type())
			if err != nil {
				t.Fatal(err)
			}
			want, err := newJSON(strings.NewReader("")).parse(asJSON, 0)
			if err != nil {
				t.Fatal(err)
			}
			for form, as := range map[string]struct {
				cty cty.Type
				own *drift.Type
			}{"typed": {v.Type(), typ}, "dynamic": {cty.DynamicPseudoType, dynamicType}} {
				raw, err := ctymsgpack.Marshal(v, as.cty)
				if err != nil {
					t.Fatal(err)
				}
				got, err := decodeMsgpack(raw, as.own)
				if err != nil {
					t.Fatal(form, err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s (-cty's JSON +read):\n%s", form, d)
				}
				asState, err := ctyjson.Marshal(v, as.cty)
				if err != nil {
					t.Fatal(err)
				}
				fromState, err := newJSON(strings.NewReader("")).parse(asState, 0)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, unwrap(fromState, as.own)); d != "" {
					t.Errorf("%s, in a state (-cty's JSON +read):\n%s", form, d)
				}
			}
		})
	}
}

func TestUnknownValues(t *testing.T) {
	inner := cty.ObjectVal(map[string]cty.Value{"a": cty.UnknownVal(cty.String), "b": cty.StringVal("x")})
	v := cty.ObjectVal(map[string]cty.Value{
		"plain":   cty.UnknownVal(cty.String),
		"refined": cty.UnknownVal(cty.String).Refine().NotNull().StringPrefix("arn:aws:").NewValue(),
		"number":  cty.UnknownVal(cty.Number).Refine().NumberRangeLowerBound(cty.Zero, true).NewValue(),
		"list":    cty.UnknownVal(cty.List(cty.String)).Refine().CollectionLengthLowerBound(1).CollectionLengthUpperBound(9).NewValue(),
		"dynamic": cty.DynamicVal,
		"inside":  cty.ListVal([]cty.Value{inner}),
	})
	types := map[string]cty.Type{}
	fields := map[string]*drift.Type{"dynamic": dynamicType}
	for name, f := range v.AsValueMap() {
		types[name] = f.Type()
		if name == "dynamic" {
			continue
		}
		raw, err := ctyjson.MarshalType(f.Type())
		if err != nil {
			t.Fatal(err)
		}
		if fields[name], err = parseType(raw); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := ctymsgpack.Marshal(v, cty.Object(types))
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeMsgpack(raw, &drift.Type{Kind: "object", Fields: fields})
	if err != nil {
		t.Fatal(err)
	}
	u := drift.Unknown{}
	want := map[string]drift.Value{
		"plain": u, "refined": u, "number": u, "list": u, "dynamic": u,
		"inside": []drift.Value{map[string]drift.Value{"a": u, "b": "x"}},
	}
	if d := cmp.Diff(drift.Value(want), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestForgedValues(t *testing.T) {
	deep := []byte{0xc0}
	for range maxDepth + 1 {
		pair := append([]byte{0x92, 0xc4, 18}, `["tuple",["dynamic"]]`[:18]...)
		deep = append(pair, deep...)
	}
	for name, raw := range map[string][]byte{
		"nothing":                      {},
		"a list that claims 4 billion": {0xdd, 0xff, 0xff, 0xff, 0xff},
		"a map that claims 4 billion":  {0xdf, 0xff, 0xff, 0xff, 0xff},
		"a text that claims 4 billion": {0xdb, 0xff, 0xff, 0xff, 0xff},
		"a name that claims 4 billion": {0x81, 0xdb, 0xff, 0xff, 0xff, 0xff},
		"nested without end":           deep,
		"text after it":                {0xc0, 0xc0},
	} {
		for _, typ := range []*drift.Type{dynamicType, {Kind: "list", Elem: dynamicType}, {Kind: "map", Elem: dynamicType}, {Kind: "string"}, {Kind: "number"}} {
			if v, err := decodeMsgpack(raw, typ); err == nil {
				t.Errorf("%s as %s was read as %v", name, typ.Kind, v)
			}
		}
	}
}

// Blocks that hold dynamic values, sensitive attributes in lists and sets, and whole sensitive objects.
func TestInstanceOfEverySort(t *testing.T) {
	schemas := syntheticSchemas(t)
	base := `{"id":"i","size":1,"any":{"value":{"a":1},"type":["object",{"a":"number"}]},"secret":"s",
		"disk":{"value":[{"key":"k","any":"x"}],"type":["tuple",[["object",{"key":"string","any":"string"}]]]},
		"rule":[{"port":1,"key":"k"}],"tags":{"k":"v"}}`
	live := strings.Replace(base, `"size":1`, `"size":2`, 1)
	res := func(attributes string) string {
		return state(`{"module":"module.m[\"k\"]","mode":"managed","type":"x_thing","name":"a","provider":"module.m.provider[\"` + syntheticProvider + `\"].east","instances":[
			{"index_key":"a\"${b}","status":"tainted","attributes":` + attributes + `,"sensitive_attributes":[[{"type":"get_attr","value":"tags"},{"type":"index","value":{"value":"k","type":"string"}}]]},
			{"index_key":"a\"${b}","deposed":"00000001","attributes":{"id":"old"}}]}`)
	}
	const address = `module.m["k"].x_thing.a["a\"$${b}"]`
	deposed := message(change(t, address, protoDelete, thing(1, 1)), 7, []byte("00000001"))
	tainted := number(change(t, address, protoDeleteThenCreate, map[string]any{}, map[string]any{"size": 1}), 12, 1)
	p, err := Read(context.Background(), direct(synthetic{base: res(base), live: res(live), changes: [][]byte{tainted, deposed}}.write(t), schemas))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Instances) != 2 || p.Clean != 0 {
		t.Fatalf("%+v", p)
	}
	current, old := p.Instances[0], p.Instances[1]
	if current.Address != address || !current.Tainted || current.Action != drift.ActionReplace || current.Provider != syntheticProvider {
		t.Errorf("%+v", current)
	}
	if old.Deposed != "00000001" || old.Action != drift.ActionDelete || old.Live["id"] != "old" {
		t.Errorf("%+v", old)
	}
	if d := cmp.Diff([]string{"disk[0].key", "rule", "secret", `tags["k"]`}, current.Sensitive); d != "" {
		t.Errorf("sensitive (-want +got):\n%s", d)
	}
	want := map[string]drift.Value{
		"id": "i", "size": json.Number("1"), "any": map[string]drift.Value{"a": json.Number("1")}, "secret": "s",
		"disk": []drift.Value{map[string]drift.Value{"key": "k", "any": "x"}},
		"rule": []drift.Value{map[string]drift.Value{"port": json.Number("1"), "key": "k"}}, "tags": map[string]drift.Value{"k": "v"},
	}
	if d := cmp.Diff(want, current.Base); d != "" {
		t.Errorf("base (-want +got):\n%s", d)
	}
	if current.Live["size"] != json.Number("2") {
		t.Errorf("live is %v", current.Live)
	}
}

func TestLive(t *testing.T) {
	schemas := loadSchemas(t, "tofu/")
	var addresses []string
	for i, err := range Live("testdata/plans/tofu/pending.tfplan", schemas) {
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, i.Mode+" "+i.Address)
		if i.Address == "terraform_data.b" {
			if d := cmp.Diff(map[string]drift.Value{"keep": true, "name": "one"}, i.Attributes["input"]); d != "" {
				t.Error(d)
			}
		}
	}
	want := []string{"managed local_file.a", "managed terraform_data.b", "managed terraform_data.c", `managed module.m["k.1"].terraform_data.in[0]`}
	if d := cmp.Diff(want, addresses); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for i, err := range Live("testdata/plans/tofu/sensitive.tfplan", schemas) {
		if err != nil {
			t.Fatal(err)
		}
		if i.Address == "terraform_data.b" {
			if d := cmp.Diff([]string{"input.list[1]", "input.password"}, i.Sensitive); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		}
		break // stopping early is allowed
	}
	failed := 0
	for _, err := range Live(file(t, []byte("{}")), schemas) {
		if !errors.Is(err, ErrNotPlan) {
			t.Errorf("got %v", err)
		}
		failed++
	}
	if failed != 1 {
		t.Errorf("%d errors", failed)
	}
}

func TestEntry(t *testing.T) {
	raw, err := Entry("testdata/plans/tofu/pending.tfplan", EntryLive)
	if err != nil || !json.Valid(raw) {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	if _, err := Entry("testdata/plans/tofu/pending.tfplan", "tfother"); !errors.Is(err, ErrNoEntry) {
		t.Errorf("got %v", err)
	}
	if _, err := Entry(synthetic{without: EntryLive}.write(t), EntryLive); !errors.Is(err, ErrNotPlan) {
		t.Errorf("got %v", err)
	}
}
