package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/simcloud/demo"
)

// A site is the demo's world, the results of scanning it, and a bare copy of its repository for a GitHub to hold.
type site struct {
	dir, bare, results string
	now                time.Time
	env                []string
}

// newSite builds the world and scans it once, as the job with cloud credentials does.
func newSite(t *testing.T) *site {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	s := &site{dir: filepath.Join(temp, "world"), bare: filepath.Join(temp, "bare.git"), results: filepath.Join(temp, "results.json"), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	s.env = append(os.Environ(), "MOORING_CACHE_DIR="+filepath.Join(cache, "mooring"), "AWS_EC2_METADATA_DISABLED=true", "GIT_CONFIG_GLOBAL="+os.DevNull, "GITHUB_STEP_SUMMARY=", "GITHUB_OUTPUT=")
	tofu := &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}
	if _, err := demo.Build(t.Context(), demo.Options{Dir: s.dir, Seed: 1, Now: s.now, Engine: tofu, Env: s.env}); err != nil {
		t.Fatal(err)
	}
	s.git(t, "init", "-q", "--bare", "-b", "main", s.bare)
	s.git(t, "push", "-q", s.bare, "HEAD:refs/heads/main")
	s.configure(t, `first_run = "full"`+"\n"+`pull_requests_per_hour = 10`)
	if code, out := s.run(t, nil, "scan", "--quiet", "--engine", tofu.Path, "--format", "json", "--out", s.results); code != cli.ExitDrift {
		t.Fatalf("scan ended with %d:\n%s", code, out)
	}
	return s
}

func (s *site) git(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("git", append([]string{"-C", s.dir}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// configure makes lines the publish block, without pauses between writes.
func (s *site) configure(t *testing.T, lines string) {
	t.Helper()
	config := "audit \"file\" \"cloudtrail\" {\n  paths = [\"audit/*.json.gz\"]\n}\npublish {\n  write_interval = \"0s\"\n" + lines + "\n}\n"
	if err := os.WriteFile(filepath.Join(s.dir, ".mooring.hcl"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a command line in the world and returns its exit code and all that it printed. env is added to the environment.
func (s *site) run(t *testing.T, env []string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	app := &cli.App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Env: slices.Concat(s.env, env), Dir: s.dir, Now: func() time.Time { return s.now }}
	return app.Run(context.Background(), args), out.String()
}

// A hub is a GitHub that holds a copy of the site's repository.
type hub struct {
	*githubtest.Server
	site *site
	env  []string
}

func (s *site) hub(t *testing.T) *hub {
	t.Helper()
	bare := filepath.Join(t.TempDir(), "hub.git")
	s.git(t, "clone", "-q", "--bare", s.bare, bare)
	h := &hub{Server: githubtest.New(t, githubtest.Options{GitDir: bare, Start: s.now}), site: s}
	h.env = []string{"GITHUB_API_URL=" + h.URL, "GITHUB_GRAPHQL_URL=" + h.GraphQLURL, "GITHUB_REPOSITORY=acme/infra", "GITHUB_TOKEN=" + h.Token(githubtest.App)}
	return h
}

// publish publishes the site's results, or those at a path, and expects an exit code.
func (h *hub) publish(t *testing.T, want int, args ...string) string {
	t.Helper()
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		args = append([]string{h.site.results}, args...)
	}
	code, out := h.site.run(t, h.env, append([]string{"publish"}, args...)...)
	if code != want {
		t.Fatalf("publish %s ended with %d, want %d:\n%s", strings.Join(args, " "), code, want, out)
	}
	return out
}

// byTitle finds the number of the open object with a title, 0 when there is none.
func (h *hub) byTitle(title string) int {
	for _, pulls := range []bool{false, true} {
		for _, n := range h.Numbers(pulls, "open") {
			if h.Issue(n).Title == title {
				return n
			}
		}
	}
	return 0
}

// spy is a program that notes its environment and then is the engine.
func (s *site) spy(t *testing.T) (program string, seen func() string) {
	t.Helper()
	dir := t.TempDir()
	program, log := filepath.Join(dir, "tofu"), filepath.Join(dir, "env")
	script := "#!/bin/sh\nenv >>'" + log + "'\nexec '" + enginetest.Tofu(t) + "' \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return program, func() string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func results(t *testing.T, s *site) *report.Results {
	t.Helper()
	return read(t, s.results)
}

func read(t *testing.T, path string) *report.Results {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.ReadJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// changed writes the site's results as they would be in another world.
func changed(t *testing.T, s *site, change func(*report.Results)) string {
	t.Helper()
	r := results(t, s)
	change(r)
	var b bytes.Buffer
	if err := report.WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "results.json")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
