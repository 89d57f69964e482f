package actiontest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
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
	program := filepath.Join(t.TempDir(), "mooring")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, "./cmd/mooring")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build mooring: %v\n%s", err, out)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
