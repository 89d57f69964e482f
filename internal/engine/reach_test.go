package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

func TestReach(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "infra/prod", greeting())
		ctx := context.Background()
		if r, err := e.Reach(ctx, l.workdir()); err != nil || r.Objects != 0 || len(r.Providers) != 0 {
			t.Errorf("before anything was applied: %+v, %v", r, err)
		}
		l.apply()
		before, w := snapshot(t, l.root), l.workdir()
		r, err := e.Reach(ctx, w)
		if err != nil {
			t.Fatal(describe(err))
		}
		if want := []string{e.Registry() + "/hashicorp/local", "terraform.io/builtin/terraform"}; r.Objects != 2 || !slices.Equal(r.Providers, want) {
			t.Errorf("got %+v, want %v", r, want)
		}
		l.unchanged(before)
	})
}

// TestReachSaysWhatIsMissing guards that a backend that does not answer, and a state that is none, are told with the backend's type.
func TestReachSaysWhatIsMissing(t *testing.T) {
	e := &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}
	for name, files := range map[string]map[string]string{
		"pg":    {"app/main.tf": "terraform {\n  backend \"pg\" {\n    conn_str = \"postgres://u:hunter2hunter2@127.0.0.1:1/x?sslmode=disable\"\n  }\n}\n"},
		"local": {"app/main.tf": "terraform {\n  backend \"local\" {}\n}\n", "app/terraform.tfstate": "not a state"},
	} {
		l := newLab(t, e, "app", files)
		r, err := e.Reach(context.Background(), l.workdir())
		if f, ok := engine.AsFailure(err); !ok || r.Backend != name || strings.Contains(describe(f), "hunter2") {
			t.Errorf("%s: got %+v, %v", name, r, err)
		}
	}
}
