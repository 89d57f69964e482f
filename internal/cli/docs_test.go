package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the documents that are made from code")

// TestGeneratedDocuments: documents that are made from code say what the code says.
func TestGeneratedDocuments(t *testing.T) {
	for kind, file := range map[string]string{"configuration": "configuration.md"} {
		var out, complaints bytes.Buffer
		app := &cli.App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaints, Now: time.Now}
		if code := app.Run(context.Background(), []string{"docs", kind}); code != cli.ExitClean {
			t.Fatalf("mooring docs %s ended with %d: %s", kind, code, complaints.String())
		}
		path := filepath.Join("..", "..", "docs", file)
		if *update {
			if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(out.String(), string(text)); diff != "" {
			t.Errorf("docs/%s is not what the code says; run go test ./internal/cli -run TestGeneratedDocuments -update (-want +got):\n%s", file, diff)
		}
	}
}

// TestManPages: one page a command.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	app := &cli.App{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Dir: dir, Now: time.Now}
	if code := app.Run(context.Background(), []string{"docs", "man", "man"}); code != cli.ExitClean {
		t.Fatalf("exit code %d", code)
	}
	for _, page := range []string{"mooring.1", "mooring-scan.1", "mooring-ledger-verify.1"} {
		text, err := os.ReadFile(filepath.Join(dir, "man", page))
		if err != nil || !strings.Contains(string(text), ".SH SYNOPSIS") {
			t.Errorf("%s: %v", page, err)
		}
	}
}
