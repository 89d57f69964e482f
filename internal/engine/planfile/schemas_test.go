package planfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/drift"
)

const twoProviders = `{"format_version":"1.0","provider_schemas":{
 "registry.opentofu.org/acme/x":{"provider":{"version":0,"block":{}},
  "resource_schemas":{"x_thing":{"version":3,"block":{"description":"long","attributes":{
    "name":{"type":"string","required":true,"description":"long"},
    "tags":{"type":["map","string"],"optional":true},"all":{"type":["set",["object",{"a":"number","b":["list","bool"]}]],"computed":true},
    "opts":{"nested_type":{"nesting_mode":"map","attributes":{"mode":{"type":"string","optional":true,"sensitive":true}}},"optional":true,"computed":true},
    "pw_wo":{"type":"string","optional":true,"write_only":true}},
   "block_types":{"rule":{"nesting_mode":"set","min_items":1,"max_items":4,"block":{"attributes":{"any":{"type":"dynamic","optional":true}},
     "block_types":{"inner":{"nesting_mode":"single","block":{}}}}}}}},
   "x_later":{"block":{"attributes":{"odd":{"type":["later","string"]}}}}},
  "data_source_schemas":{"x_image":{"block":{"attributes":{"id":{"type":"string","computed":true}}}}},
  "functions":{"f":{}}},
 "registry.opentofu.org/acme/y":{"resource_schemas":{"y_thing":{"block":{}}}}}}`

func parsed(t testing.TB) *Schemas {
	t.Helper()
	s, err := ParseSchemas(strings.NewReader(twoProviders))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseSchemas(t *testing.T) {
	s := parsed(t)
	if d := cmp.Diff([]string{"registry.opentofu.org/acme/x", "registry.opentofu.org/acme/y"}, s.Providers()); d != "" {
		t.Error(d)
	}
	str, dynamic := &drift.Type{Kind: "string"}, &drift.Type{Kind: "dynamic"}
	want := &drift.Block{
		Attributes: map[string]*drift.Attribute{
			"name": {Type: str, Required: true}, "tags": {Type: &drift.Type{Kind: "map", Elem: str}, Optional: true},
			"all": {Computed: true, Type: &drift.Type{Kind: "set", Elem: &drift.Type{Kind: "object", Fields: map[string]*drift.Type{
				"a": {Kind: "number"}, "b": {Kind: "list", Elem: &drift.Type{Kind: "bool"}}}}}},
			"opts": {Optional: true, Computed: true, Nested: &drift.NestedObject{Nesting: drift.NestingMap, Attributes: map[string]*drift.Attribute{
				"mode": {Type: str, Optional: true, Sensitive: true}}}},
			"pw_wo": {Type: str, Optional: true, WriteOnly: true},
		},
		Blocks: map[string]*drift.NestedBlock{"rule": {Nesting: drift.NestingSet, MinItems: 1, MaxItems: 4, Block: &drift.Block{
			Attributes: map[string]*drift.Attribute{"any": {Type: dynamic, Optional: true}},
			Blocks:     map[string]*drift.NestedBlock{"inner": {Nesting: drift.NestingSingle, Block: &drift.Block{Attributes: map[string]*drift.Attribute{}, Blocks: map[string]*drift.NestedBlock{}}}},
		}}},
	}
	if d := cmp.Diff(want, s.Resource("registry.opentofu.org/acme/x", "x_thing")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s.Data("registry.opentofu.org/acme/x", "x_image") == nil {
		t.Error("no schema of the data source")
	}
	for _, missing := range [][2]string{{"registry.opentofu.org/acme/x", "x_later"}, {"registry.opentofu.org/acme/x", "x_none"}, {"registry.opentofu.org/acme/none", "x_thing"}} {
		if s.Resource(missing[0], missing[1]) != nil {
			t.Errorf("%v has a schema", missing)
		}
	}
	if (*Schemas)(nil).Resource("a", "b") != nil {
		t.Error("no schemas have a schema")
	}
	for _, text := range []string{"", "{", `{"provider_schemas":[]}`, `{"provider_schemas":{"p":{"resource_schemas":{"t":`} {
		if _, err := ParseSchemas(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestMergeReplacesProviders(t *testing.T) {
	s, from := parsed(t), NewSchemas()
	from.Merge(s)
	other, err := ParseSchemas(strings.NewReader(`{"provider_schemas":{"registry.opentofu.org/acme/y":{"resource_schemas":{"y_other":{"block":{}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	from.Merge(other)
	if from.Resource("registry.opentofu.org/acme/y", "y_thing") != nil || from.Resource("registry.opentofu.org/acme/y", "y_other") == nil {
		t.Error("the provider was not replaced")
	}
	if from.Resource("registry.opentofu.org/acme/x", "x_thing") == nil {
		t.Error("the other provider is gone")
	}
}

func TestSchemaStore(t *testing.T) {
	store := SchemaStore{Dir: filepath.Join(t.TempDir(), "new", "schemas")}
	const x, y = "registry.opentofu.org/acme/x", "registry.opentofu.org/acme/y"
	versions := map[string]string{x: "1.0.0", y: "2.0.0"}
	if _, missing := store.Load(versions); !cmp.Equal(missing, []string{x, y}) {
		t.Errorf("missing at first: %q", missing)
	}
	s := parsed(t)
	// A type that this version cannot decode must not keep the others from being stored.
	if err := store.Save(s, map[string]string{x: "1.0.0", y: "2.0.0", "not held": "1"}); err != nil {
		t.Fatal(err)
	}
	loaded, missing := store.Load(versions)
	if len(missing) != 0 {
		t.Fatalf("missing after saving: %q", missing)
	}
	if d := cmp.Diff(s.Resource(x, "x_thing"), loaded.Resource(x, "x_thing")); d != "" {
		t.Errorf("(-saved +loaded):\n%s", d)
	}
	if loaded.Data(x, "x_image") == nil {
		t.Error("no schema of the data source")
	}
	if _, missing := store.Load(map[string]string{x: "1.0.1"}); !cmp.Equal(missing, []string{x}) {
		t.Errorf("another version: missing %q", missing)
	}
	files, err := filepath.Glob(filepath.Join(store.Dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, name := range files {
		if err := os.WriteFile(name, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, missing := store.Load(versions); len(missing) != 2 {
		t.Errorf("damaged files: missing %q", missing)
	}
	if err := store.Save(s, versions); err != nil {
		t.Fatal(err)
	}
	if _, missing := store.Load(versions); len(missing) != 0 {
		t.Errorf("damaged files were not replaced: missing %q", missing)
	}
}

// Many stacks share one store and one collection.
func TestSchemasAreSafeForConcurrentUse(t *testing.T) {
	store, s := SchemaStore{Dir: t.TempDir()}, parsed(t)
	versions := map[string]string{"registry.opentofu.org/acme/x": "1.0.0"}
	var wg sync.WaitGroup
	errs := make(chan error, 16)
	for range 8 {
		wg.Go(func() {
			if err := store.Save(s, versions); err != nil {
				errs <- err
			}
			loaded, _ := store.Load(versions)
			loaded.Merge(s)
			if loaded.Resource("registry.opentofu.org/acme/x", "x_thing") == nil {
				errs <- fmt.Errorf("no schema")
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}
