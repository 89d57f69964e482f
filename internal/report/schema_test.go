package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/report"
)

// base is where the schemas are published: they refer to each other.
const base = "https://github.com/mooringdev/mooring/blob/main/docs/"

// schema compiles a schema file. With strict set, objects may only hold the properties that the schema names: a field that was added to the
// output and not to the schema then fails.
func schema(t *testing.T, file string, strict bool) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	names := []string{file, "../../docs/comparison.schema.json"} // findings tell of groups in its words
	for _, name := range slices.Compact(names) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if strict {
			closeObjects(doc)
		}
		if err := c.AddResource(base+filepath.Base(name), doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile(base + filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		if _, ok := node["properties"].(map[string]any); ok {
			node["additionalProperties"] = false
		}
		for _, child := range node {
			closeObjects(child)
		}
	case []any:
		for _, child := range node {
			closeObjects(child)
		}
	}
}

func validate(t interface{ Fatalf(string, ...any) }, s *jsonschema.Schema, doc []byte) {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	if err := s.Validate(v); err != nil {
		t.Fatalf("%#v", err)
	}
}

func TestFindingsKeepTheirSchema(t *testing.T) {
	s := schema(t, "../../docs/findings.schema.json", true)
	check := func(t interface{ Fatalf(string, ...any) }, r *report.Results) {
		var b bytes.Buffer
		if err := report.WriteJSON(&b, r); err != nil {
			t.Fatalf("%v", err)
		}
		validate(t, s, b.Bytes())
	}
	check(t, sample())
	check(t, &report.Results{})
	rapid.Check(t, func(t *rapid.T) { check(t, anyResults().Draw(t, "results")) })
}

func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	s := schema(t, "../../docs/findings.schema.json", false)
	for name, doc := range map[string]string{
		"version":  `{"version":2,"scanned_at":null,"tool":{"name":"","version":""},"stacks":[]}`,
		"no tool":  `{"version":1,"scanned_at":null,"stacks":[]}`,
		"bad time": `{"version":1,"scanned_at":"yesterday","tool":{"name":"","version":""},"stacks":[]}`,
	} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(doc)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s: the schema accepts %s", name, doc)
		}
	}
}
