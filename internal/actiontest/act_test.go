package actiontest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/githubtest"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/simcloud/demo"
)

// A site is a sample repository with stacks that drifted, the GitHub that holds it, and a release of Mooring for its workflows.
type site struct {
	dir, temp, act string
	release        *release
	hub            *githubtest.Server
	env            []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{temp: t.TempDir(), act: act(t), release: newRelease(t, build(t))}
	s.dir = filepath.Join(s.temp, "infra")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	s.env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "HOME="+s.temp)
	tofu := &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}
	now := time.Now().UTC().Truncate(time.Second)
	if _, err := demo.Build(t.Context(), demo.Options{Dir: s.dir, Seed: 1, Now: now, Engine: tofu, Env: s.env}); err != nil {
		t.Fatal(err)
	}
	s.write(t, ".mooring.hcl", "audit \"file\" \"cloudtrail\" {\n  paths = [\"audit/*.json.gz\"]\n}\npublish {\n  write_interval = \"0s\"\n  first_run = \"full\"\n}\n")
	s.write(t, ".github/workflows/drift.yml", string(config.StarterWorkflow()))
	s.write(t, ".github/workflows/commands.yml", commands)
	s.git(t, "add", ".github", ".mooring.hcl")
	s.git(t, "-c", "user.name=Ana", "-c", "user.email=ana@example.com", "commit", "-q", "-m", "Look for drift once a day")
	bare := filepath.Join(s.temp, "hub.git")
	s.git(t, "clone", "-q", "--bare", s.dir, bare)
	s.git(t, "remote", "add", "origin", "https://github.com/acme/infra.git")
	s.hub = githubtest.New(t, githubtest.Options{GitDir: bare, Start: now})
	s.env = append(s.env,
		"MOORING_CACHE_DIR="+filepath.Join(cache, "mooring"), "MOORING_RELEASES="+s.release.url, "RUNNER_TOOL_CACHE="+filepath.Join(s.temp, "tools"),
		"GITHUB_API_URL="+s.hub.URL, "GITHUB_GRAPHQL_URL="+s.hub.GraphQLURL, "NO_PROXY=127.0.0.1", "HANDOVER="+filepath.Join(s.temp, "handover"),
	)
	return s
}

// commands is the workflow that answers comments.
const commands = `name: drift commands
on:
  issue_comment:
    types: [created]
permissions: {}
jobs:
  answer:
    if: startsWith(github.event.comment.body, '/drift')
    runs-on: ubuntu-latest
    permissions:
      contents: write
      issues: write
      pull-requests: write
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - uses: mooringdev/mooring@v1
        with:
          mode: comment
`

func (s *site) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s *site) git(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", s.dir}, args...)...)
	cmd.Env = s.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// act is the program, built at the version that tools/act pins.
func act(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("go", "tool", "-modfile=tools/act/go.mod", "-n", "act")
	cmd.Dir = "../.."
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("build act: %v\n%s", err, complaint.String())
	}
	return strings.TrimSpace(string(out))
}

// A handover stands in for an action that passes an artifact on.
func (s *site) handover(t *testing.T, name, script string) string {
	t.Helper()
	dir := filepath.Join(s.temp, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "name: " + name + "\ndescription: stands in for an action\ninputs:\n  name: {description: a, default: a}\n  path: {description: b, default: .}\n" +
		"runs:\n  using: composite\n  steps:\n    - shell: bash\n      env:\n        ARTIFACT: ${{ inputs.path }}\n      run: " + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "action.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs the workflows that an event starts.
func (s *site) run(t *testing.T, event string, args ...string) string {
	t.Helper()
	command := append([]string{
		event, "-P", "ubuntu-latest=-self-hosted", "--use-gitignore=false", "--no-cache-server", "--concurrent-jobs", "1", "--container-daemon-socket", "-",
		"--action-cache-path", filepath.Join(s.temp, "actions"), "--defaultbranch", "main",
		"--local-repository", "mooringdev/mooring@v1=" + s.release.tree,
		"--local-repository", "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02=" + s.handover(t, "upload", `mkdir -p "$HANDOVER" && mv "$ARTIFACT" "$HANDOVER/"`),
		"--local-repository", "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093=" + s.handover(t, "download", `cp "$HANDOVER"/mooring-results* "$ARTIFACT/"`),
		"-s", "GITHUB_TOKEN=" + s.hub.Token(githubtest.App),
	}, args...)
	for _, kv := range s.env {
		for _, name := range []string{"MOORING_", "RUNNER_TOOL_CACHE=", "GITHUB_API_URL=", "GITHUB_GRAPHQL_URL=", "NO_PROXY=", "HANDOVER=", "GIT_CONFIG_GLOBAL="} {
			if strings.HasPrefix(kv, name) {
				command = append(command, "--env", kv)
			}
		}
	}
	cmd := exec.Command(s.act, command...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("act %s: %v\n%s", event, err, out)
	}
	return string(out)
}

func (s *site) byTitle(title string) int {
	for _, pulls := range []bool{false, true} {
		for _, n := range s.hub.Numbers(pulls, "open") {
			if s.hub.Issue(n).Title == title {
				return n
			}
		}
	}
	return 0
}

// published is every issue and pull request with its comments and branch, but for the dashboard, which tells when the last scan was.
func (s *site) published(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pulls := range []bool{false, true} {
		for _, n := range s.hub.Numbers(pulls, "all") {
			i := s.hub.Issue(n)
			if i.Title == report.DashboardTitle {
				continue
			}
			text := fmt.Sprintf("#%d %s %q %q, %d comments\n%s", n, i.State, i.Title, i.Labels, len(i.Comments), i.Body)
			if i.Pull != nil {
				text += s.hub.Tip(i.Pull.Head)
			}
			out = append(out, text)
		}
	}
	return out
}

// TestAct: the workflow of mooring init opens issue and pull request, writes nothing the second time, and a comment is answered.
func TestAct(t *testing.T) {
	s := newSite(t)
	out := s.run(t, "schedule")
	issue, pull := s.byTitle("Drift in infra/data"), s.byTitle("Adopt what is live in infra/data")
	if issue == 0 || pull == 0 {
		t.Fatalf("there is issue %d and pull request %d:\n%s\n%s", issue, pull, out, s.hub.Dump())
	}
	if n := len(*s.release.requests); n != 1 {
		t.Errorf("two jobs of one machine downloaded the program %d times", n)
	}
	if strings.Contains(out, s.hub.Token(githubtest.App)) {
		t.Error("the log shows the token")
	}
	board := s.byTitle(report.DashboardTitle)
	if text := s.hub.Issue(board).Body; !strings.Contains(text, "https://github.com/acme/infra/actions/runs/1#artifacts") {
		t.Errorf("the dashboard does not link the page of the scan:\n%s", text)
	}
	if text := s.hub.Issue(issue).Body; !strings.Contains(text, fmt.Sprintf("the whole scan as one page: #%d", board)) {
		t.Errorf("the issue does not lead to the page of the scan:\n%s", text)
	}
	if page, err := os.ReadFile(filepath.Join(s.temp, "handover", "mooring-report.html")); err != nil || !bytes.Contains(page, []byte("infra/data")) {
		t.Errorf("the page that was uploaded: %v", err)
	}
	before, memory := s.published(t), s.hub.Tip("mooring/ledger")
	s.hub.Forget()
	out = s.run(t, "schedule")
	if diff := cmp.Diff(before, s.published(t)); diff != "" {
		t.Errorf("the second run changed what was published:\n%s\n%s", diff, out)
	}
	if s.hub.Tip("mooring/ledger") == memory {
		t.Error("the ledger does not say that there was a second scan")
	}

	s.hub.Advance(time.Minute)
	id := s.hub.Comment(githubtest.Reader, issue, "/drift help")
	text, err := json.Marshal(map[string]any{
		"action": "created", "issue": map[string]any{"number": issue}, "sender": map[string]any{"login": githubtest.Reader, "type": "User"},
		"comment": map[string]any{"id": id, "body": "/drift help", "user": map[string]any{"login": githubtest.Reader, "type": "User"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	event := filepath.Join(s.temp, "event.json")
	if err := os.WriteFile(event, text, 0o644); err != nil {
		t.Fatal(err)
	}
	out = s.run(t, "issue_comment", "-e", event)
	comments := s.hub.Issue(issue).Comments
	if last := comments[len(comments)-1]; last.Author.Login != githubtest.App || !strings.Contains(last.Body, "/drift adopt") {
		t.Errorf("nobody answered, the last comment is by %s: %s\n%s", last.Author.Login, last.Body, out)
	}
}
