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
	env := append(enginetest.Mirror(t), "PATH="+os.Getenv("PATH"), "HOME="+home, "MOORING_CACHE_DIR="+filepath.Join(cache, "mooring"))
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

	var stdout, stderr bytes.Buffer
	app := &cli.App{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Env: env, Dir: dir, Now: func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }}
	if code := app.Run(ctx, []string{"compare", "--fail-on", "drift", "--engine", tofu, "--quiet"}); code != cli.ExitDrift {
		t.Fatalf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
	got := regexp.MustCompile(`\b[0-9a-f]{7}\b`).ReplaceAllString(stdout.String(), "c0ffee0")
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
}
