package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/cache"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

// nowhere is where releases cannot be downloaded from.
var nowhere = engine.Releases{TofuAPI: "http://127.0.0.1:1/api.json", TerraformAPI: "http://127.0.0.1:1"}

// fakeEngine is a program that says it is an engine of a version.
func fakeEngine(name, version string) []byte {
	return []byte("#!/bin/sh\necho '" + map[string]string{"tofu": "OpenTofu", "terraform": "Terraform"}[name] + " v" + version + "'\n")
}

func writeProgram(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// A child that another test starts while the file is open would hold it open for writing, and then it cannot be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

func lockFor(host string) string {
	return "provider \"" + host + "/hashicorp/local\" {\n  version = \"1.4.0\"\n}\n"
}

func TestFindChooses(t *testing.T) {
	const tofu, terraform = "tofu", "terraform"
	type versions map[string]string // engine to version
	for _, test := range []struct {
		name    string
		request engine.Request
		files   map[string]string // in a repository whose stack is infra/prod
		path    versions
		cache   []string // engine-version
		want    string   // engine and version
		source  string   // Engine.Source contains it
		err     []string // the error contains them
	}{
		{name: "tofu first", path: versions{tofu: "1.12.6", terraform: "1.5.7"}, want: "tofu 1.12.6", source: "PATH"},
		{name: "terraform alone", path: versions{terraform: "1.5.7"}, want: "terraform 1.5.7", source: "standing in for tofu"},
		{name: "configured name", request: engine.Request{Name: "terraform"}, path: versions{tofu: "1.12.6", terraform: "1.5.7"}, want: "terraform 1.5.7", source: "configuration"},
		{name: "flag is a name", request: engine.Request{Program: "terraform"}, path: versions{tofu: "1.12.6", terraform: "1.5.7"}, want: "terraform 1.5.7"},
		{name: "configured version beats the file", request: engine.Request{Name: "tofu", Version: "1.9.0"}, files: map[string]string{".opentofu-version": "1.8.0"},
			path: versions{tofu: "1.9.0"}, want: "tofu 1.9.0", source: "engine.version"},
		{name: "configured constraint", request: engine.Request{Version: "~> 1.8.0"}, path: versions{tofu: "1.12.6"}, cache: []string{"tofu-1.8.1", "tofu-1.8.3", "tofu-1.9.0"},
			want: "tofu 1.8.3", source: "cache, engine.version"},
		{name: "opentofu-version in the root", files: map[string]string{".opentofu-version": "1.8.2\n"}, path: versions{tofu: "1.8.2", terraform: "1.5.7"}, want: "tofu 1.8.2", source: ".opentofu-version"},
		{name: "nearest version file", files: map[string]string{".opentofu-version": "1.8.2", "infra/prod/.terraform-version": "v1.5.7 # pinned"},
			path: versions{tofu: "1.8.2", terraform: "1.5.7"}, want: "terraform 1.5.7", source: ".terraform-version"},
		{name: "tool-versions", files: map[string]string{".tool-versions": "golang 1.22\nterraform 1.5.7 1.4.0\n"}, path: versions{tofu: "1.12.6", terraform: "1.5.7"}, want: "terraform 1.5.7", source: ".tool-versions"},
		{name: "opentofu in tool-versions", files: map[string]string{"infra/.tool-versions": "opentofu 1.9.0"}, cache: []string{"tofu-1.9.0"}, want: "tofu 1.9.0", source: "cache, .tool-versions"},
		{name: "file of the other engine", request: engine.Request{Name: "tofu"}, files: map[string]string{".terraform-version": "1.5.7"}, path: versions{tofu: "1.12.6"}, want: "tofu 1.12.6"},
		{name: "latest with a pattern", files: map[string]string{".terraform-version": "latest:^1\\.6"}, path: versions{terraform: "1.7.0"}, cache: []string{"terraform-1.6.2", "terraform-1.6.6"},
			want: "terraform 1.6.6", source: ".terraform-version"},
		{name: "latest is bounded by the code", files: map[string]string{".terraform-version": "latest-allowed", "infra/prod/main.tf": `terraform { required_version = "< 1.6" }`},
			path: versions{terraform: "1.7.0"}, cache: []string{"terraform-1.5.7"}, want: "terraform 1.5.7"},
		{name: "required_version", files: map[string]string{"infra/prod/versions.tf": `terraform { required_version = ">= 1.6, < 2.0" }`}, path: versions{tofu: "1.12.6", terraform: "1.5.7"},
			want: "tofu 1.12.6", source: "required_version"},
		{name: "required_version rules tofu out", files: map[string]string{"infra/prod/versions.tf": `terraform { required_version = "~> 1.5.0" }`}, path: versions{tofu: "1.12.6", terraform: "1.5.7"},
			want: "terraform 1.5.7", source: "standing in for tofu ~> 1.5.0"},
		{name: "tofu leaves required_version to terraform", files: map[string]string{"infra/prod/versions.tf": `terraform { required_version = "~> 1.5.0" }`}, path: versions{tofu: "1.12.6"},
			want: "tofu 1.12.6", source: "leaves required_version in .tf files to Terraform"},
		{name: "older tofu does not", files: map[string]string{"infra/prod/versions.tf": `terraform { required_version = "~> 1.5.0" }`}, path: versions{tofu: "1.11.0"},
			err: []string{"tofu 1.11.0", "~> 1.5.0", "required_version"}},
		{name: "tofu by lock file leaves it, too", files: map[string]string{"infra/prod/versions.tf": `terraform { required_version = "~> 1.5.0" }`, "infra/prod/.terraform.lock.hcl": lockFor("registry.opentofu.org")},
			path: versions{tofu: "1.12.6", terraform: "1.5.7"}, want: "tofu 1.12.6"},
		{name: "required_version for tofu", files: map[string]string{"infra/prod/versions.tofu": `terraform { required_version = "< 1.12" }`, "infra/prod/versions.tf": `terraform { required_version = "1.5.7" }`},
			path: versions{tofu: "1.12.6"}, err: []string{"tofu 1.12.6", "< 1.12"}},
		{name: "compatible_with", files: map[string]string{"infra/prod/versions.tf": `language {
  compatible_with {
    opentofu = ">= 1.13"
  }
}`}, path: versions{tofu: "1.12.6"}, cache: []string{"tofu-1.13.1"}, want: "tofu 1.13.1", source: "required_version"},
		{name: "required_version in a module does not count", files: map[string]string{"infra/prod/main.tf": `module "m" { source = "./m" }`, "infra/prod/m/main.tf": `terraform { required_version = "~> 1.5.0" }`},
			path: versions{tofu: "1.12.6"}, want: "tofu 1.12.6"},
		{name: "required_version in JSON", files: map[string]string{"infra/prod/versions.tf.json": `{"terraform": [{"required_version": "1.5.7"}]}`}, path: versions{tofu: "1.12.6", terraform: "1.5.7"}, want: "terraform 1.5.7"},
		{name: "pre-release counts as its release", files: map[string]string{"infra/prod/versions.tf": `terraform { required_version = ">= 1.12" }`}, path: versions{tofu: "1.12.6-dev"}, want: "tofu 1.12.6-dev"},
		{name: "lock file of terraform", files: map[string]string{"infra/prod/.terraform.lock.hcl": lockFor("registry.terraform.io")}, path: versions{tofu: "1.12.6", terraform: "1.5.7"},
			want: "terraform 1.5.7", source: "registry.terraform.io"},
		{name: "lock file of tofu", files: map[string]string{"infra/prod/.terraform.lock.hcl": lockFor("registry.opentofu.org")}, path: versions{terraform: "1.5.7"}, cache: []string{"tofu-1.9.0"},
			want: "tofu 1.9.0", source: "registry.opentofu.org"},
		{name: "tofu stands in", files: map[string]string{"infra/prod/.terraform.lock.hcl": lockFor("registry.terraform.io")}, path: versions{tofu: "1.12.6"}, want: "tofu 1.12.6", source: "standing in for terraform"},
		{name: "tofu files", files: map[string]string{"infra/prod/main.tofu": ""}, path: versions{terraform: "1.5.7"}, cache: []string{"tofu-1.9.0"}, want: "tofu 1.9.0", source: "main.tofu"},
		{name: "newest in the cache", cache: []string{"tofu-1.9.0", "tofu-1.12.6", "tofu-1.10.2", "provider-local-1.4.0"}, want: "tofu 1.12.6", source: "cache"},

		{name: "too old on PATH", request: engine.Request{Name: "terraform"}, path: versions{terraform: "1.3.9"}, err: []string{"terraform 1.3.9", "too old", "1.5.0"}},
		{name: "too old by file", files: map[string]string{".terraform-version": "1.3.9"}, err: []string{"1.3.9", "too old", "1.5.0", ".terraform-version"}},
		{name: "too old, and not in the cache", path: versions{tofu: "1.5.9"}, cache: []string{"tofu-1.5.9"}, err: []string{"1.5.9", "too old", "1.6.0"}},
		{name: "wrong version everywhere", request: engine.Request{Name: "tofu", Version: "1.11.1"}, path: versions{tofu: "1.12.6"}, cache: []string{"tofu-1.11.0"},
			err: []string{"tofu 1.12.6", "wanted by engine.version", "1.11.1", "connection refused", "only tofu 1.12.6 could be built"}},
		{name: "nothing at all", err: []string{"tofu is not on PATH", "terraform is not on PATH", "connection refused", "Go toolchain"}},
		{name: "unknown engine", request: engine.Request{Name: "pulumi"}, err: []string{`engine "pulumi"`, "tofu or terraform"}},
		{name: "bad constraint", request: engine.Request{Version: "about 1.5"}, err: []string{"engine.version", "about 1.5"}},
		{name: "flag is no program", request: engine.Request{Program: "nosuch"}, err: []string{"nosuch", "PATH"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root, bin, mooring := t.TempDir(), t.TempDir(), t.TempDir()
			writeProgram(t, filepath.Join(root, "infra/prod/README"), nil)
			for name, text := range test.files {
				writeProgram(t, filepath.Join(root, name), []byte(text))
			}
			for name, v := range test.path {
				writeProgram(t, filepath.Join(bin, name), fakeEngine(name, v))
			}
			for _, entry := range test.cache {
				name, v, _ := strings.Cut(entry, "-")
				writeProgram(t, cache.In(mooring).Path(name, v, name), fakeEngine(name, v))
			}
			r := test.request
			r.Root, r.Dir, r.CacheDir, r.Env, r.Releases = root, filepath.Join(root, "infra", "prod"), mooring, []string{"PATH=" + bin}, nowhere
			e, err := engine.Find(context.Background(), r)
			if len(test.err) > 0 {
				if err == nil {
					t.Fatalf("found %s %s (%s)", e.Name, e.Version, e.Source)
				}
				for _, part := range test.err {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q is not in the error:\n%v", part, err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Name + " " + e.Version; got != test.want || !strings.Contains(e.Source, test.source) {
				t.Errorf("found %s (%s), want %s (%s)", got, e.Source, test.want, test.source)
			}
		})
	}
}

func TestFindProgramByPath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "my-terraform")
	writeProgram(t, path, []byte("#!/bin/sh\necho wrapper: choosing a version >&2\necho 'OpenTofu v1.9.1'\necho 'on linux_amd64'\n"))
	e, err := engine.Find(context.Background(), engine.Request{Program: path, Dir: dir, Root: dir, Env: []string{"PATH=/usr/bin:/bin"}})
	if err != nil || e.Name != "tofu" || e.Version != "1.9.1" || e.Path != path {
		t.Fatalf("%+v, %v", e, err)
	}
	writeProgram(t, path, []byte("#!/bin/sh\necho 'GNU bash 5.2'\n"))
	if _, err = engine.Find(context.Background(), engine.Request{Program: path, Dir: dir, Root: dir}); err == nil || !strings.Contains(err.Error(), "neither OpenTofu nor Terraform") {
		t.Fatalf("a program that is no engine: %v", err)
	}
}

// TestFindReadsTheProgram does without a run of an engine whose file says what it is: with a context that has ended, none can be run.
func TestFindReadsTheProgram(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	for path, want := range map[string]string{enginetest.Tofu(t): "tofu 1.12.6", enginetest.Terraform(t): "terraform 1.5.7"} {
		e, err := engine.Find(ended, engine.Request{Program: path, Dir: dir, Root: dir})
		if err != nil || e.Name+" "+e.Version != want || e.Path != path {
			t.Errorf("%s: %+v, %v", path, e, err)
		}
	}
	// A program of another module may be a version manager, which must be asked, here as any test's own program.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if e, err := engine.Find(ended, engine.Request{Program: self, Dir: dir, Root: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("%s was not asked: %+v, %v", self, e, err)
	}
}

// TestFindAsksOnce shares what programs said between the stacks of a scan, but for scripts of version managers, which choose by folder.
func TestFindAsksOnce(t *testing.T) {
	bin, real := t.TempDir(), enginetest.Tofu(t)
	if err := os.Symlink(real, filepath.Join(bin, "tofu")); err != nil {
		t.Fatal(err)
	}
	writeProgram(t, filepath.Join(bin, "terraform"), []byte("#!/bin/sh\necho \"Terraform v$(cat version)\"\n"))
	var probed engine.Probed
	find := func(name, dir string) string {
		t.Helper()
		e, err := engine.Find(context.Background(), engine.Request{Name: name, Dir: dir, Root: dir, Env: []string{"PATH=" + bin + ":/usr/bin:/bin"}, Probed: &probed})
		if err != nil {
			t.Fatal(err)
		}
		return e.Version
	}
	one, two := t.TempDir(), t.TempDir()
	writeProgram(t, filepath.Join(one, "version"), []byte("1.5.7"))
	writeProgram(t, filepath.Join(two, "version"), []byte("1.6.1"))
	if a, b := find("terraform", one), find("terraform", two); a != "1.5.7" || b != "1.6.1" {
		t.Errorf("a script was asked once: %s and %s", a, b)
	}
	first := find("tofu", one)
	// A program that cannot be asked any more shows that it is not.
	if err := os.Remove(filepath.Join(bin, "tofu")); err != nil {
		t.Fatal(err)
	}
	writeProgram(t, filepath.Join(bin, "tofu"), []byte("\x7fELF, no longer a program"))
	if second := find("tofu", two); first != second {
		t.Errorf("%s, then %s", first, second)
	}
}
