package scan

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/git/fresh"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/policy"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// clean remembers one commit at which everything was clean, and nothing else.
type clean string

func (c clean) LastClean(string) (time.Time, string)     { return time.Time{}, string(c) }
func (c clean) LastGood(string) (time.Time, string)      { return time.Time{}, string(c) }
func (clean) Since(string) time.Time                     { return time.Time{} }
func (clean) Decisions(string, string) []policy.Decision { return nil }
func (clean) Applies(string) []report.Apply              { return nil }
func (clean) Findings(string) []ledger.Known             { return nil }

// TestUpgrades: a provider whose version in the lock file is another than at the last clean scan was upgraded, by the commit that wrote the line.
func TestUpgrades(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	repo, err := fresh.Init(ctx, dir, env)
	if err != nil {
		t.Fatal(err)
	}
	lock := func(aws string) string {
		return "provider \"registry.opentofu.org/hashicorp/aws\" {\n  version = \"" + aws + "\"\n}\n\nprovider \"registry.opentofu.org/hashicorp/null\" {\n  version = \"3.2.0\"\n}\n"
	}
	write := func(content, author string, day int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, ".terraform.lock.hcl"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := repo.Commit(ctx, fresh.Commit{Author: author, Email: "x@example.com", Date: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC), Message: "lock"}); err != nil {
			t.Fatal(err)
		}
	}
	write(lock("5.9.0"), "Ann", 1)
	opened, err := git.Open(ctx, dir, env)
	if err != nil {
		t.Fatal(err)
	}
	before, err := opened.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	write(lock("6.1.0"), "Ben", 2)
	after, err := opened.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := &scan{Options: Options{FS: os.DirFS(dir), Repo: opened, Memory: clean(before)}}
	j := &job{stack: stack.Stack{ID: ".", Path: "."}}
	want := []report.Upgrade{{Kind: "provider", Name: "registry.opentofu.org/hashicorp/aws", From: "5.9.0", To: "6.1.0", Commit: after, Author: "Ben"}}
	if d := cmp.Diff(want, s.upgrades(ctx, j)); d != "" {
		t.Error(d)
	}
	if got := upgradedProviders(want); strings.Join(got, " ") != "registry.opentofu.org/hashicorp/aws" {
		t.Errorf("upgraded %v", got)
	}
	for name, memory := range map[string]Memory{"nothing is remembered": clean(""), "the last clean scan was of this commit": clean(after), "no memory": nil} {
		s.Memory = memory
		if got := s.upgrades(ctx, j); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
