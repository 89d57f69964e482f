package scan

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/git/fresh"
	"github.com/mooringdev/mooring/internal/report"
)

// TestImpact: a raised module in a shared directory touches every stack that calls it, a raised lock file its own stack alone, and a new file or
// another edit nothing.
func TestImpact(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	repo, err := fresh.Init(ctx, dir, env)
	if err != nil {
		t.Fatal(err)
	}
	commit := func(files map[string]string) string {
		t.Helper()
		for name, content := range files {
			full := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := repo.Commit(ctx, fresh.Commit{Author: "Ann", Email: "x@example.com", Date: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Message: "x"}); err != nil {
			t.Fatal(err)
		}
		opened, err := git.Open(ctx, dir, env)
		if err != nil {
			t.Fatal(err)
		}
		head, err := opened.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return head
	}
	root := "terraform {\n  backend \"local\" {}\n}\nmodule \"web\" {\n  source = \"../../modules/web\"\n}\n"
	web := "module \"base\" {\n  source = \"git::https://example.com/base.git?ref=v1\"\n}\nmodule \"vpc\" {\n  source  = \"example/vpc/aws\"\n  version = \"2.0.0\"\n}\n"
	lock := "provider \"registry.opentofu.org/hashicorp/aws\" {\n  version = \"5.0.0\"\n}\n"
	base := commit(map[string]string{"env/dev/main.tf": root, "env/prod/main.tf": root, "modules/web/main.tf": web, "env/prod/.terraform.lock.hcl": lock})
	commit(map[string]string{
		"modules/web/main.tf":          strings.Replace(strings.Replace(web, "ref=v1", "ref=v2", 1), "module \"vpc\"", "# the same\nmodule \"vpc\"", 1),
		"env/prod/.terraform.lock.hcl": strings.Replace(lock, "5.0.0", "6.0.0", 1),
		"modules/new/main.tf":          web,
	})
	c, err := config.Parse(nil, config.Name)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := git.Open(ctx, dir, env)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Impact(ctx, Options{Root: dir, FS: os.DirFS(dir), Repo: opened, Config: c, Now: time.Now, Progress: NoProgress{}}, base, false)
	if err != nil {
		t.Fatal(err)
	}
	var text, note bytes.Buffer
	if err := report.WriteImpactText(&text, r, report.TextOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	want := `provider registry.opentofu.org/hashicorp/aws 5.0.0 to 6.0.0 in env/prod/.terraform.lock.hcl
  used by env/prod
module base v1 to v2 in modules/web/main.tf
  used by env/dev, env/prod
`
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
	if err := report.WriteImpactMarkdown(&note, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(note.String(), "`v1` to `v2`") || strings.Contains(note.String(), "vpc") {
		t.Errorf("the note says\n%s", note.String())
	}
	if _, err := Impact(ctx, Options{Root: dir, FS: os.DirFS(dir), Repo: opened, Config: c, Now: time.Now, Progress: NoProgress{}}, "no-such-branch", false); err == nil || !strings.Contains(err.Error(), "--base") {
		t.Errorf("the error is %v", err)
	}
}
