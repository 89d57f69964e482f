package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/engine/source"
	"github.com/mooringdev/mooring/internal/forge/dir"
	"github.com/mooringdev/mooring/internal/git"
	"github.com/mooringdev/mooring/internal/ledger"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

const handmadeCode = `terraform {
  backend "local" {}
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  tags = { Team = "core" }
}

resource "aws_sqs_queue" "orders" {
  name          = "orders"
  delay_seconds = 3
  tags          = local.tags
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
  tags               = local.tags
}

resource "aws_security_group" "lb" {
  name        = "lb"
  description = "load balancer"
}

output "group" {
  value = aws_security_group.lb.id
}
`

// TestFromTheLogIntoTheCode goes the whole way: people make objects that no state has, the log tells of it, the findings are theirs, a decision
// to adopt them gives import blocks and resource blocks written as their neighbours are, a plan proves them, the pull request shows it, and an
// apply of it makes nothing.
func TestFromTheLogIntoTheCode(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	c := &cage{t: t, dir: filepath.Join(t.TempDir(), "repo"), temp: t.TempDir(), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	aws, err := schemas.AWS()
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.New(simcloud.Options{}, aws)
	if err != nil {
		t.Fatal(err)
	}
	attach, stop, err := cloud.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	c.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + c.temp, "CHECKPOINT_DISABLE=1", "TF_REATTACH_PROVIDERS=" + attach,
		"MOORING_CACHE_DIR=" + filepath.Join(cache, "mooring"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull, enginetest.Cache(t)}, enginetest.Mirror(t)...)
	c.write("app/main.tf", handmadeCode)
	c.write(".mooring.hcl", "stack \"app\" {}\naudit \"file\" \"export\" {\n  paths = [\"audit/*.json\"]\n}\npublish {\n  first_run = \"full\"\n}\n")
	c.write(".gitignore", "audit/\n.terraform/\n*.tfstate*\n.terraform.lock.hcl\n")
	c.git("init", "-q", "-b", "main")
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "first")
	recipe, _ := source.Lookup("tofu")
	tofu := &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: recipe.Version, UserAgent: "mooring/test", Cache: t.TempDir()}
	apply := func() {
		t.Helper()
		if err := tofu.Apply(t.Context(), engine.Workdir{Root: c.dir, Path: "app", Env: c.env, Temp: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
	}
	apply()

	by := simcloud.By{Actor: trail.Person("alice@example.com", "Admin", "203.0.113.7"), Via: audit.ViaConsole, At: c.now.Add(-2 * time.Hour)}
	group := cloud.Objects()[slices.IndexFunc(cloud.Objects(), func(o simcloud.Object) bool { return o.Type == "aws_security_group" })]
	if _, err := cloud.Delete(by, "aws_security_group", group.ID); err != nil {
		t.Fatal(err)
	}
	for typ, attributes := range map[string]map[string]any{
		"aws_sqs_queue":      {"name": "returns", "visibility_timeout_seconds": 45, "tags": map[string]any{"Team": "core"}},
		"aws_iam_role":       {"name": "backup", "assume_role_policy": `{"Version":"2012-10-17","Statement":[]}`},
		"aws_security_group": {"name": "lb", "description": "load balancer"},
		"aws_sns_topic":      {"name": "nobody-manages-topics"},
	} {
		by.At = by.At.Add(time.Minute)
		if _, err := cloud.Create(by, typ, attributes); err != nil {
			t.Fatal(err)
		}
	}
	log, err := cloud.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	c.write("audit/log.json", string(log))

	// Nobody asked: findings with their author, and offers.
	code, text := c.mooring("scan", "--engine", tofu.Path)
	if code != cli.ExitDrift {
		t.Fatalf("scan ended with %d:\n%s", code, text)
	}
	addresses := []string{"aws_iam_role.backup", "aws_security_group.lb", "aws_sqs_queue.returns"}
	for _, want := range append(slices.Clone(addresses), "alice@example.com, 21 Nov 07:00, console  confirmed", "aws_iam_role backup is not in the code", "was made in its place", "people made 1 resources that no stack knows: aws_sns_topic") {
		if !strings.Contains(text, want) {
			t.Errorf("the scan does not say %q:\n%s", want, text)
		}
	}

	// A person decides for all of them.
	repo, err := git.Open(t.Context(), c.dir, c.env)
	if err != nil {
		t.Fatal(err)
	}
	book := &ledger.Ledger{Store: &ledger.Branch{Repo: repo, Name: "mooring/ledger", Author: dir.Mooring, Now: func() time.Time { return c.now }}}
	var entries []ledger.Entry
	ids := map[string]string{}
	results := filepath.Join(t.TempDir(), "results.json")
	c.mooring("scan", "--engine", tofu.Path, "--format", "json", "--out", results)
	r, err := report.ReadJSON(strings.NewReader(content(t, results)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Stacks[0].Findings {
		ids[f.Address] = f.ID
	}
	for _, address := range addresses {
		entries = append(entries, ledger.Entry{At: c.now, Kind: ledger.KindDecision, Stack: "app", Finding: ids[address], Address: address,
			Decision: &ledger.Decision{Action: "adopt", By: "bob", Reason: "it is ours"}})
	}
	if err := book.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if code, text = c.mooring("scan", "--engine", tofu.Path, "--publish", "dir:"+out); code != cli.ExitDrift {
		t.Fatalf("scan ended with %d:\n%s", code, text)
	}
	body := content(t, filepath.Join(out, "pulls", "app.md"))
	for _, want := range append(slices.Clone(addresses), "alice@example.com", "is imported", ", made in its place, is imported", "**Proof**") {
		if !strings.Contains(body, want) {
			t.Errorf("the pull request does not say %q:\n%s", want, body)
		}
	}
	patch := content(t, filepath.Join(out, "pulls", "app.patch"))
	for _, want := range []string{`+resource "aws_sqs_queue" "returns" {
+  name                       = "returns"
+  visibility_timeout_seconds = 45
+  tags                       = local.tags
+}`, `+import {
+  to = aws_iam_role.backup
+  id = "backup"
+}`, `+resource "aws_security_group" "lb_2" {`} {
		if !strings.Contains(patch, want) {
			t.Errorf("the patch has no\n%s\n\n%s", want, patch)
		}
	}

	// Merged and applied, nothing was made and nothing is left.
	c.git("merge", "-q", "mooring/adopt/app")
	before := len(cloud.Objects())
	apply()
	if got := len(cloud.Objects()); got != before {
		t.Errorf("the apply made %d objects", got-before)
	}
	if code, text = c.mooring("scan", "--engine", tofu.Path); code != cli.ExitClean {
		t.Errorf("after the merge the scan ends with %d:\n%s", code, text)
	}
}
