package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

func TestMain(m *testing.M) {
	enginetest.ServeVersion()
	os.Exit(m.Run())
}

// versionedCode is a stack whose provider, in its version 2, wants another tier for the servers whose code sets none.
func versionedCode(version string) string {
	return `terraform {
  backend "local" {}
  required_providers {
    sim = {
      source  = "example/sim"
      version = "` + version + `"
    }
  }
}
resource "sim_server" "a" {
  name = "a"
}
resource "sim_server" "b" {
  name = "b"
  tier = "standard"
}
`
}

// TestPlanWithOtherVersions: with the lock file, and the constraint, from before an upgrade the plan is what it was then, offline and with a state
// that the old version reads; what is not in the provider cache is not fetched.
func TestPlanWithOtherVersions(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "infra/prod", map[string]string{"infra/prod/main.tf": versionedCode("1.0.0")})
		l.env = append(l.env, enginetest.Versions(t, "1.0.0", "2.0.0")...)
		l.apply()
		lock, err := os.ReadFile(l.path("infra/prod/.terraform.lock.hcl"))
		if err != nil {
			t.Fatal(err)
		}
		l.write("infra/prod/main.tf", versionedCode("2.0.0"))
		if err := os.Remove(l.path("infra/prod/.terraform.lock.hcl")); err != nil {
			t.Fatal(err)
		}
		w := l.workdir()
		w.PluginCache = filepath.Join(t.TempDir(), "plugins")
		s := l.plan(w)
		p := l.read(s)
		if len(p.Instances) != 1 || instance(t, p, "sim_server.a").Code["tier"] != "premium" {
			t.Fatalf("version 2 plans %+v", p.Instances)
		}
		before := map[string][]byte{"infra/prod/main.tf": []byte(versionedCode("1.0.0")), "infra/prod/.terraform.lock.hcl": lock}
		if _, err := s.PlanWith(t.Context(), before, true); !errors.Is(err, engine.ErrNotAtHand) {
			t.Errorf("a provider that is not cached: %v", err)
		}
		clean := func(p *drift.Plan, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(describe(err))
			}
			if len(p.Instances) != 0 || p.Clean != 2 {
				t.Errorf("version 1 plans %+v", p.Instances)
			}
		}
		clean(s.PlanWith(t.Context(), before, false)) // which puts it into the cache
		clean(s.PlanWith(t.Context(), before, true))
		before["infra/prod/.terraform.lock.hcl"] = []byte(strings.ReplaceAll(string(lock), "h1:", "h1:x"))
		if _, err := s.PlanWith(t.Context(), before, true); !errors.Is(err, engine.ErrNotAtHand) {
			t.Errorf("a provider that the lock file does not vouch for: %v", err)
		}
	})
}
