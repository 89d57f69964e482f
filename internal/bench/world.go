package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/cache"
	"github.com/mooringdev/mooring/internal/engine/source"
	"github.com/mooringdev/mooring/internal/git/fresh"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// A program is an engine to measure beside.
type program struct{ name, path, version string }

// prepare builds what is measured and finds the engines that `make engines` built.
func (b *bench) prepare(ctx context.Context) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.mooring, "github.com/mooringdev/mooring/cmd/mooring")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") //nolint:forbidigo // the build needs the Go settings of whoever runs it
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build mooring: %w\n%s", err, out)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	for _, name := range []string{"tofu", "terraform"} {
		r, _ := source.Lookup(name)
		path, ok := cache.In(filepath.Join(user, "mooring")).Lookup(r.Name, r.Version, r.Program)
		if !ok {
			return fmt.Errorf("%s %s is not at %s: run `make engines`", r.Name, r.Version, path)
		}
		b.engines = append(b.engines, program{name: name, path: path, version: r.Version})
	}
	return nil
}

// A world is a repository of applied stacks, with what has happened to them since.
type world struct {
	root   string
	stacks []string // folders below root
	env    []string
	engine program
	stop   func() error
}

// A kind of world.
type kind struct {
	name  string
	code  func(stack string) string
	cloud bool // the stacks need the simulated AWS
}

var kinds = []kind{
	{name: "AWS, 16 resources", code: awsCode, cloud: true},
	{name: "terraform_data, 40", code: dataCode},
}

func dataCode(stack string) string {
	return fmt.Sprintf(`terraform {
  backend "local" {}
}

resource "terraform_data" "part" {
  count = 40
  input = "%s-${count.index}"
}
`, stack)
}

func awsCode(stack string) string {
	return fmt.Sprintf(`terraform {
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
  name = "%s"
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/${local.name}/app"
  retention_in_days = 90
}

resource "aws_sqs_queue" "jobs" {
  for_each = toset(["mail", "media", "export"])

  name                       = "${local.name}-${each.key}"
  visibility_timeout_seconds = 60
}

resource "aws_ssm_parameter" "setting" {
  count = 8

  name  = "/${local.name}/setting-${count.index}"
  type  = "String"
  value = "value ${count.index}"
}

resource "aws_iam_role" "app" {
  name = local.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "app" {
  name = "queues"
  role = aws_iam_role.app.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
      Resource = [for q in aws_sqs_queue.jobs : q.arn]
    }]
  })
}

resource "aws_s3_bucket" "files" {
  bucket = "${local.name}-files"
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = "Enabled"
  }
}
`, stack)
}

// build makes a world of n stacks. One AWS stack in ten, and at least one, then has the retention of its log group changed by a person, and
// the log of the last day has that among 2,000 other records.
func (b *bench) build(ctx context.Context, e program, k kind, n int) (w *world, err error) {
	root, err := os.MkdirTemp(b.temp, "world-")
	if err != nil {
		return nil, err
	}
	w = &world{root: root, engine: e, env: b.env, stop: func() error { return nil }}
	var cloud *simcloud.Cloud
	applied := b.now().Add(-10 * 24 * time.Hour)
	if k.cloud {
		aws, err := schemas.AWS()
		if err != nil {
			return nil, err
		}
		if cloud, err = simcloud.New(simcloud.Options{Seed: 1, Start: applied}, aws); err != nil {
			return nil, err
		}
		attach, stop, err := cloud.Serve(ctx)
		if err != nil {
			return nil, err
		}
		w.stop, w.env = stop, append(append([]string{}, b.env...), "TF_REATTACH_PROVIDERS="+attach)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.stop())
		}
	}()
	if err := w.apply(ctx, k, n); err != nil {
		return nil, err
	}
	if k.cloud {
		if err := w.drift(cloud, b.now()); err != nil {
			return nil, err
		}
	}
	repo, err := fresh.Init(ctx, root, b.env)
	if err != nil {
		return nil, err
	}
	return w, repo.Commit(ctx, fresh.Commit{Author: "Bench", Email: "bench@example.com", Date: applied, Message: "Stacks"})
}

func (w *world) apply(ctx context.Context, k kind, n int) error {
	e := &engine.Engine{Name: w.engine.name, Path: w.engine.path, Version: w.engine.version}
	if err := os.WriteFile(filepath.Join(w.root, ".gitignore"), []byte("*.tfstate*\n.terraform*\naudit/\n"), 0o644); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range n {
		name := fmt.Sprintf("stack-%03d", i)
		w.stacks = append(w.stacks, name)
		dir := filepath.Join(w.root, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(k.code(name)), 0o644); err != nil {
			return err
		}
		group.Go(func() error { return e.Apply(ctx, engine.Workdir{Root: w.root, Path: name, Env: w.env, Temp: w.root}) })
	}
	return group.Wait()
}

func (w *world) drift(cloud *simcloud.Cloud, now time.Time) error {
	alice := trail.Person("alice@example.com", "AdministratorAccess", "203.0.113.7")
	for i := 0; i < len(w.stacks); i += 10 {
		by := simcloud.By{Actor: alice, Via: audit.ViaConsole, At: now.Add(-time.Duration(i+1) * time.Minute).Truncate(time.Second)}
		if _, err := cloud.Change(by, "aws_cloudwatch_log_group", "/"+w.stacks[i]+"/app", func(a map[string]any) { a["retention_in_days"] = 14 }); err != nil {
			return err
		}
	}
	cloud.Log(trail.Noise{Seed: 1, Account: "111122223333", Region: "eu-west-1", From: now.Add(-24 * time.Hour), To: now, N: 2000}.Records()...)
	text, err := trail.CloudTrail(cloud.Records())
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(w.root, "audit"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.root, "audit", "log.json"), text, 0o644)
}

// scan is the command line that is measured.
func (w *world) scan(flags ...string) []string {
	args := append([]string{"scan", "--quiet", "--engine", w.engine.path}, flags...)
	if _, err := os.Stat(filepath.Join(w.root, "audit")); err == nil {
		args = append(args, "--events", "audit/*.json")
	}
	return args
}

// tidy removes what the engines left in the stacks, so that every run begins as in a fresh checkout.
func (w *world) tidy() error {
	for _, stack := range w.stacks {
		for _, name := range []string{".terraform", ".terraform.lock.hcl", "plan.bin"} {
			if err := os.RemoveAll(filepath.Join(w.root, stack, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) close() error { return errors.Join(w.stop(), os.RemoveAll(w.root)) }
