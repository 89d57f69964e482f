package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
)

// TestDoctorAsksGitHub: a token is asked for what it is, with requests that only read, and one that does not hold is told apart.
func TestDoctorAsksGitHub(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	s := &site{dir: filepath.Join(temp, "repo"), bare: filepath.Join(temp, "bare.git"), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	s.env = append(os.Environ(), "MOORING_CACHE_DIR="+filepath.Join(cache, "mooring"), "GIT_CONFIG_GLOBAL="+os.DevNull)
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.git(t, "init", "-q", "-b", "main")
	if err := os.WriteFile(filepath.Join(s.dir, "main.tf"), []byte("terraform {\n  backend \"local\" {}\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.git(t, "add", ".")
	s.git(t, "-c", "user.name=Ana", "-c", "user.email=ana@example.com", "commit", "-q", "-m", "Begin")
	s.git(t, "clone", "-q", "--bare", ".", s.bare)
	h := s.hub(t)
	code, out := s.run(t, h.env, "doctor")
	if code != cli.ExitClean || !strings.Contains(out, "ok      token: of mooring[bot], reads acme/infra (default branch main)") {
		t.Errorf("doctor ended with %d:\n%s", code, out)
	}
	if h.Mutations() != 0 {
		t.Errorf("doctor wrote: %v", h.Requests())
	}
	code, out = s.run(t, append(h.env, "GITHUB_TOKEN=ghs_nonsense"), "doctor")
	if code != cli.ExitFailed || !strings.Contains(out, "bad     token: GitHub does not take it") || strings.Contains(out, "ghs_nonsense") {
		t.Errorf("with a token that does not hold it ended with %d:\n%s", code, out)
	}
}
