// Package enginetest gives tests the real engines and a provider that needs no cloud.
//
// Start at [Tofu] and [Terraform]. All come from the engine cache in the user's cache folder, which `make engines` fills;
// a test that finds one missing fails and says so, it never passes by skipping.
package enginetest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/mooringdev/mooring/internal/engine/cache"
	"github.com/mooringdev/mooring/internal/engine/source"
)

// Tofu is the path of OpenTofu.
func Tofu(t testing.TB) string { t.Helper(); return program(t, "tofu") }

// Terraform is the path of Terraform.
func Terraform(t testing.TB) string { t.Helper(); return program(t, "terraform") }

// Terragrunt is the path of Terragrunt, which `make engines` leaves out: `make terragrunt` builds it.
func Terragrunt(t testing.TB) string { t.Helper(); return program(t, "terragrunt") }

// Local is the path of the provider hashicorp/local: protocol 5, resources local_file, data source local_file. It refreshes from disk,
// so a file changed by hand is real drift.
func Local(t testing.TB) string { t.Helper(); return program(t, "provider-local") }

// LocalVersion is the version of [Local], for required_providers.
func LocalVersion() string { return recipe("provider-local").Version }

// Mirror lays out a filesystem mirror that offers providers of hashicorp under the registry hosts of both engines, and returns the environment
// entries that make an engine install from it and from nowhere else. Without names it offers hashicorp/local.
func Mirror(t testing.TB, providers ...string) []string {
	t.Helper()
	if len(providers) == 0 {
		providers = []string{"local"}
	}
	dir := t.TempDir()
	mirror := filepath.Join(dir, "mirror")
	for _, provider := range providers {
		version, binary := recipe("provider-"+provider).Version, program(t, "provider-"+provider)
		for _, host := range []string{"registry.opentofu.org", "registry.terraform.io"} {
			folder := filepath.Join(mirror, host, "hashicorp", provider, version, runtime.GOOS+"_"+runtime.GOARCH)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			name := "terraform-provider-" + provider + "_v" + version + filepath.Ext(binary)
			if err := linkOrCopy(binary, filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"TF_CLI_CONFIG_FILE=" + config}
}

// Cache returns the environment entry of a provider cache of the test's own. Engines link a cache to the mirror, which goes with the test: what
// runs beside it must not find such a link.
func Cache(t testing.TB) string { return "TF_PLUGIN_CACHE_DIR=" + t.TempDir() }

func recipe(name string) source.Recipe {
	r, ok := source.Lookup(name)
	if !ok {
		panic("enginetest: no recipe named " + name)
	}
	return r
}

func program(t testing.TB, name string) string {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	r := recipe(name)
	path, ok := cache.In(filepath.Join(user, "mooring")).Lookup(r.Name, r.Version, r.Program)
	if !ok {
		t.Fatalf("%s %s is not at %s: run `make engines`", r.Name, r.Version, path)
	}
	return path
}

// linkOrCopy avoids copying a large program where a hard link can be made.
func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
