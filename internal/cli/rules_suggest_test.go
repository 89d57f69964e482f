package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/ledger"
)

// TestRulesSuggest: what was ignored for several resources, and not taken back, is a rule: as a diff that applies, in the file, or on a branch.
func TestRulesSuggest(t *testing.T) {
	root := t.TempDir()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	gitIn := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("git", append([]string{"-C", root, "-c", "user.name=x", "-c", "user.email=x@example.com"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	const before = "# ours\npublish {\n  issues = \"stack\" # as it was\n}"
	if err := os.WriteFile(filepath.Join(root, config.Name), []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	gitIn("init", "-q", "-b", "main")
	gitIn("add", ".")
	gitIn("commit", "-q", "-m", "begin")
	env := append(os.Environ(), "GITHUB_TOKEN=", "GH_TOKEN=", "MOORING_CACHE_DIR="+t.TempDir())
	run := func(want int, args ...string) (string, string) {
		t.Helper()
		var out, messages bytes.Buffer
		app := &cli.App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &messages, Env: env, Dir: root, Now: func() time.Time { return now }}
		if code := app.Run(t.Context(), append([]string{"rules", "suggest"}, args...)); code != want {
			t.Fatalf("it ended with %d, want %d:\n%s%s", code, want, out.String(), messages.String())
		}
		return out.String(), messages.String()
	}
	if out, messages := run(cli.ExitClean); out != "" || !strings.Contains(messages, "nothing was ignored") {
		t.Errorf("without a ledger: %s%s", out, messages)
	}

	repo, err := git.Open(t.Context(), root, env)
	if err != nil {
		t.Fatal(err)
	}
	book := ledger.Ledger{Store: &ledger.Branch{Repo: repo, Name: "mooring/ledger", Author: dir.Mooring, Now: func() time.Time { return now }}}
	decide := func(action, address, by string) ledger.Entry {
		return ledger.Entry{At: now, Kind: ledger.KindDecision, Stack: "infra/prod", Finding: "f_" + address, Address: address, Decision: &ledger.Decision{Action: action, By: by, Reason: "the autoscaler sets it", Paths: []string{"desired_count"}}}
	}
	if err := book.Append(t.Context(), decide("ignore", "aws_ecs_service.a", "will"), decide("ignore", "aws_ecs_service.b", "mia"), decide("ignore", "aws_ecs_service.c", "mia"),
		decide("ignore", "aws_ecs_service.d", "mia"), decide("unignore", "aws_ecs_service.d", "mia")); err != nil {
		t.Fatal(err)
	}
	if out, _ := run(cli.ExitClean, "--min", "4"); out != "" {
		t.Errorf("one of four was taken back, and still:\n%s", out)
	}
	out, messages := run(cli.ExitClean)
	if !strings.Contains(messages, "aws_ecs_service.desired_count: ignored for 3 resources by mia, will in infra/prod") {
		t.Errorf("the reason: %s", messages)
	}
	patch := filepath.Join(t.TempDir(), "rules.patch")
	if err := os.WriteFile(patch, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	gitIn("apply", "--check", patch)
	run(cli.ExitClean, "--branch", "mooring/rules")
	committed := gitIn("show", "mooring/rules:"+config.Name)
	if got := gitIn("status", "--porcelain"); got != "" {
		t.Errorf("the working tree was touched: %s", got)
	}
	run(cli.ExitFailed, "--branch", "mooring/rules")
	run(cli.ExitFailed, "--branch", "x", "--write")
	run(cli.ExitClean, "--write")
	written, err := os.ReadFile(filepath.Join(root, config.Name))
	if err != nil || string(written) != committed || !strings.HasPrefix(string(written), before) {
		t.Errorf("written: %v\n%s", err, written)
	}
	c, err := config.Parse(written, config.Name)
	if err != nil || len(c.Rules) != 1 || c.Rules[0].Action != "ignore" {
		t.Errorf("loaded: %v", err)
	}
	if out, _ := run(cli.ExitClean); out != "" {
		t.Errorf("the rule is there, and suggested again:\n%s", out)
	}
}
