package planfile

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/drift"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// versions are the engines that made testdata/plans.
var versions = map[string]string{"tofu": "1.12.6", "terraform": "1.5.7"}

// eachPlan runs a test on every plan file of testdata.
func eachPlan(t *testing.T, test func(t *testing.T, in Input, showFile string)) {
	for engine, version := range versions {
		files, err := filepath.Glob(filepath.Join("testdata/plans", engine, "*.tfplan"))
		if err != nil || len(files) < 15 {
			t.Fatalf("found %d plans of %s: %v", len(files), engine, err)
		}
		schemas := loadSchemas(t, engine+"/")
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".tfplan")
			t.Run(engine+"/"+name, func(t *testing.T) {
				schemas := schemas
				if name == "cloud" {
					schemas = loadSchemas(t, engine+"/cloud.")
				}
				show := strings.TrimSuffix(file, ".tfplan") + ".show.json"
				test(t, Input{File: file, Engine: engine, Version: version, Schemas: schemas}, show)
			})
		}
	}
}

func loadSchemas(t testing.TB, prefix string) *Schemas {
	t.Helper()
	f, err := os.Open("testdata/plans/" + prefix + "schemas.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := ParseSchemas(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func showing(file string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return os.Open(file) }
}

// Reading the message directly and asking the engine must give the same plan, value for value.
func TestDirectEqualsShow(t *testing.T) {
	eachPlan(t, func(t *testing.T, in Input, show string) {
		direct, err := Read(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		in.Version, in.Show = "99.0.0", showing(show)
		shown, err := Read(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		shown.Version = direct.Version
		if filepath.Base(in.File) == "refresh-only.tfplan" { // its JSON does not mention what is clean
			shown.Clean, shown.CleanTypes = direct.Clean, direct.CleanTypes
		}
		for _, p := range []*drift.Plan{direct, shown} {
			for i := range p.Instances {
				p.Instances[i].Schema = nil
			}
		}
		if d := cmp.Diff(shown, direct); d != "" {
			t.Errorf("show -json (-) and direct (+) differ:\n%s", d)
		}
	})
}

// The golden files hold what is read and what it is classified as. They are remade with -update after testdata/make.sh.
func TestGolden(t *testing.T) {
	eachPlan(t, func(t *testing.T, in Input, _ string) {
		p, err := Read(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		findings := drift.Classify(p, nil, drift.Options{Stack: "infra"})
		for i := range p.Instances {
			p.Instances[i].Schema = nil
		}
		golden(t, strings.TrimSuffix(in.File, ".tfplan")+".golden.json", map[string]any{"findings": findings, "plan": p})
	})
}

func golden(t *testing.T, file string, v any) {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), buf.String()); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}
