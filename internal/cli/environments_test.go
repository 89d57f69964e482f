package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/git/fresh"
)

var updateDocuments = flag.Bool("update-documents", false, "rewrite what documents show of output")

var (
	documentFile = regexp.MustCompile("(?s)`([^`\n]+)`\n\n```hcl\n(.*?)```")
	documentText = regexp.MustCompile("(?s)```text\n(.*?)```")
)

// TestEnvironmentsDocument makes the example of docs/environments.md and holds what mooring compare prints against what the document shows.
func TestEnvironmentsDocument(t *testing.T) {
	const document = "../../docs/environments.md"
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	dir := t.TempDir()
	home := t.TempDir()
	files := documentFile.FindAllSubmatch(doc, -1)
	if len(files) != 4 {
		t.Fatalf("the document shows %d files", len(files))
	}
	write := func(name, content string) {
		t.Helper()
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		write(string(f[1]), string(f[2]))
	}
	write(".gitignore", ".terraform*\nterraform.tfstate*\nout/\n")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	tofu := enginetest.Tofu(t)
	env := append(enginetest.Mirror(t), enginetest.Cache(t), "PATH="+os.Getenv("PATH"), "HOME="+home, "MOORING_CACHE_DIR="+filepath.Join(cache, "mooring"))
	repo, err := fresh.Init(ctx, dir, env)
	if err != nil {
		t.Fatal(err)
	}
	commit := func(author, message string, day int) {
		t.Helper()
		if err := repo.Commit(ctx, fresh.Commit{Author: author, Email: "x@example.com", Date: time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC), Message: message}); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine.Find(ctx, engine.Request{Program: tofu, Dir: dir, Root: dir, CacheDir: filepath.Join(cache, "mooring"), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	apply := func(root string) {
		t.Helper()
		if err := e.Apply(ctx, engine.Workdir{Root: dir, Path: root, Env: env, Temp: home}); err != nil {
			t.Fatal(err)
		}
	}
	commit("Ann", "Web for both", 1)
	apply("env/dev")
	apply("env/prod")
	if err := os.Remove(filepath.Join(dir, "env/prod/out/robots-prod.txt")); err != nil {
		t.Fatal(err)
	}
	main, err := os.ReadFile(filepath.Join(dir, "modules/web/main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	write("modules/web/main.tf", strings.Replace(string(main), `"0644"`, `"0600"`, 1))
	commit("Ben", "The message is nobody's business", 18)
	apply("env/dev")

	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, complaints bytes.Buffer
		app := &cli.App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaints, Env: env, Dir: dir, Now: func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }}
		if args[0] != "publish" {
			args = append(args, "--engine", tofu)
		}
		if code := app.Run(ctx, append(args, "--quiet")); code != want {
			t.Fatalf("%q ends with exit code %d, want %d\n%s%s", args, code, want, out.String(), complaints.String())
		}
		return out.String(), complaints.String()
	}
	printed, _ := run(cli.ExitDrift, "compare", "--fail-on", "drift")
	got := regexp.MustCompile(`\b[0-9a-f]{7}\b`).ReplaceAllString(printed, "c0ffee0")
	at := documentText.FindSubmatchIndex(doc)
	if at == nil {
		t.Fatal("the document shows no output")
	}
	if *updateDocuments {
		if err := os.WriteFile(document, []byte(string(doc[:at[2]])+got+string(doc[at[3]:])), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(doc[at[2]:at[3]]), got); d != "" {
		t.Errorf("%s (-document +printed); -update-documents rewrites it:\n%s", document, d)
	}

	// In a pipeline: the classes that are named decide.
	run(cli.ExitDrift, "compare", "--fail-on", "skew,promotion")
	run(cli.ExitClean, "compare", "--fail-on", "skew,missing,unexplained")

	// A rule accepts what it holds for, until its day.
	configuration, err := os.ReadFile(filepath.Join(dir, ".mooring.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	accept := func(until string) {
		write(".mooring.hcl", string(configuration)+`
rule "no-robots" {
  when   = finding.kind == "drift" && stack.id == "env/prod"
  action = "ignore"
  reason = "prod is to be found"
  until  = "`+until+`"
}
publish {
  issues = "none"
  groups = "issue"
}
`)
	}
	accept("2026-11-22")
	if printed, _ := run(cli.ExitClean, "compare", "--fail-on", "drift"); !strings.Contains(strings.Join(strings.Fields(printed), " "), "accepted by rule no-robots: prod is to be found, until 22 Nov 2026") {
		t.Errorf("what is accepted does not say why and until when:\n%s", printed)
	}
	accept("2026-11-21")
	run(cli.ExitDrift, "compare", "--fail-on", "drift")

	// A scan tells of the declared group: in its reports, on the dashboard and in an issue, once.
	published := t.TempDir()
	page, _ := run(cli.ExitDrift, "scan", "--no-adopt", "--format", "html", "--publish", "dir:"+published)
	if !strings.Contains(page, `<table class="matrix">`) {
		t.Error("the page of the scan has no matrix")
	}
	if issue := contentOf(t, filepath.Join(published, "groups/web.md")); !strings.Contains(issue, "1 changed outside, 1 waiting to be promoted, 1 intended") || !strings.Contains(issue, "The message is nobody&#39;s business by Ben") && !strings.Contains(issue, "Ben") {
		t.Errorf("the issue of the group:\n%s", issue)
	}
	if board := contentOf(t, filepath.Join(published, "dashboard.md")); !strings.Contains(board, "| `web` | `dev > prod` | 1 changed outside, 1 waiting to be promoted |") {
		t.Errorf("the dashboard:\n%s", board)
	}
	before := contentOf(t, filepath.Join(published, "groups/web.md"))
	results := filepath.Join(published, "results.json")
	if _, told := run(cli.ExitClean, "publish", results, "--to", "dir:"+published); strings.Contains(told, "published:") {
		t.Errorf("published again, it writes again:\n%s", told)
	}
	accept("2026-11-22") // the promotion still waits: the issue stays, with less
	run(cli.ExitDrift, "scan", "--no-adopt", "--publish", "dir:"+published)
	if after := contentOf(t, filepath.Join(published, "groups/web.md")); after == before || !strings.Contains(after, "Accepted (1)") {
		t.Errorf("the issue does not say what was accepted:\n%s", after)
	}

	// What cannot be planned is said; what it was compared with is not known to be alike.
	write("env/prod/main.tf", "module \"web\" {\n")
	printed, _ = run(cli.ExitFailed, "compare", "--fail-on", "drift")
	if !strings.Contains(printed, "not compared: env/prod") {
		t.Errorf("the environment that failed is not named:\n%s", printed)
	}
}

func contentOf(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
