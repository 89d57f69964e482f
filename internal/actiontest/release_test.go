package actiontest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A release is an action's tree as users get it, with VERSION and SHA256SUMS, and the server that its program is downloaded from.
type release struct {
	tree     string
	served   []byte // what a download gives
	url      string
	requests *[]string
}

// asset is the name of this machine's program in a release.
func asset() string { return "mooring_" + runtime.GOOS + "_" + runtime.GOARCH }

// newRelease publishes a program.
func newRelease(t *testing.T, program []byte) *release {
	t.Helper()
	r := &release{tree: t.TempDir(), served: slices.Clone(program), requests: new([]string)}
	for _, name := range []string{"action.yml", "VERSION", "scripts/action.sh"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		r.write(t, name, text)
	}
	sum := sha256.Sum256(program)
	r.write(t, "SHA256SUMS", []byte("0000  mooring_plan9_mips\n"+hex.EncodeToString(sum[:])+"  "+asset()+"\n"))
	version := strings.TrimSpace(string(r.read(t, "VERSION")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		*r.requests = append(*r.requests, q.URL.Path)
		if q.URL.Path != "/v"+version+"/"+asset() {
			http.NotFound(w, q)
			return
		}
		_, _ = w.Write(r.served)
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *release) write(t *testing.T, name string, text []byte) {
	t.Helper()
	path := filepath.Join(r.tree, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
}

func (r *release) read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.tree, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// build builds mooring as a release does, so that what is tested is what users run.
func build(t *testing.T) []byte {
	t.Helper()
	return buildIn(t, "../..")
}

func buildIn(t *testing.T, dir string) []byte {
	t.Helper()
	out := t.TempDir()
	cmd := exec.Command("scripts/programs.sh", out)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PLATFORMS="+runtime.GOOS+"/"+runtime.GOARCH)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build mooring: %v\n%s", err, said)
	}
	text, err := os.ReadFile(filepath.Join(out, asset()))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestReproducible: the same code gives the same bytes in another directory, which is what lets anyone hold a release against its sums. The
// caches of the compiler are shared here; `make reproducible` builds with empty ones.
func TestReproducible(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "elsewhere", "with a space")
	for _, name := range []string{"cmd/mooring", "internal", "scripts/programs.sh", "go.mod", "go.sum"} {
		target := filepath.Join(copied, filepath.FromSlash(name))
		info, err := os.Stat(filepath.Join(root, name))
		if err == nil && info.IsDir() {
			err = os.CopyFS(target, os.DirFS(filepath.Join(root, name)))
		} else if err == nil {
			var text []byte
			if text, err = os.ReadFile(filepath.Join(root, name)); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, text, info.Mode().Perm()))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	here, there := sha256.Sum256(build(t)), sha256.Sum256(buildIn(t, copied))
	if here != there {
		t.Errorf("the program is %x here and %x in another directory", here, there)
	}
}

// TestReleaseNames: goreleaser gives programs and sums the names that the action asks for, and builds with the flags of the script that makes the
// sums. Whether the rest of its configuration is sound, `make release-check` says.
func TestReleaseNames(t *testing.T) {
	text, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var release struct {
		Builds []struct {
			Env, Flags, Ldflags []string
		}
		Archives []struct {
			ID           string
			NameTemplate string `yaml:"name_template"`
		}
		Checksum struct {
			NameTemplate string `yaml:"name_template"`
		}
	}
	if err := yaml.Unmarshal(text, &release); err != nil {
		t.Fatal(err)
	}
	if release.Checksum.NameTemplate != "SHA256SUMS" || len(release.Archives) == 0 || release.Archives[0].NameTemplate != "mooring_{{ .Os }}_{{ .Arch }}" {
		t.Errorf("the action does not find %+v and %+v", release.Checksum, release.Archives)
	}
	script, err := os.ReadFile("../../scripts/programs.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range release.Builds {
		if want := strings.Join(b.Flags, " ") + ` -ldflags="` + strings.Join(b.Ldflags, " ") + `"`; !strings.Contains(string(script), want) {
			t.Errorf("scripts/programs.sh does not build with %s", want)
		}
	}
	if len(release.Builds) != 1 {
		t.Errorf("it makes %d builds", len(release.Builds))
	}
}
