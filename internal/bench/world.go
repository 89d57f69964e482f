package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build mooring: %w\n%s", err, out)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	engines := cache.In(filepath.Join(user, "mooring"))
	if b.mirror, err = offer(b.temp, engines); err != nil {
		return err
	}
	for _, name := range []string{"tofu", "terraform"} {
		r, _ := source.Lookup(name)
		path, ok := engines.Lookup(r.Name, r.Version, r.Program)
		if !ok {
			return fmt.Errorf("%s %s is not at %s: run `make engines`", r.Name, r.Version, path)
		}
		b.engines = append(b.engines, program{name: name, path: path, version: r.Version})
	}
	return nil
}

// offer lays out a mirror with the provider hashicorp/local, and returns the configuration by which engines install it from there.
func offer(dir string, engines cache.Cache) (config string, err error) {
	r, _ := source.Lookup("provider-local")
	path, ok := engines.Lookup(r.Name, r.Version, r.Program)
	if !ok {
		return "", fmt.Errorf("%s %s is not at %s: run `make engines`", r.Name, r.Version, path)
	}
	for _, host := range []string{"registry.opentofu.org", "registry.terraform.io"} {
		folder := filepath.Join(dir, "mirror", host, "hashicorp", "local", r.Version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", err
		}
		if err := os.Symlink(path, filepath.Join(folder, cache.File("terraform-provider-local_v"+r.Version))); err != nil {
			return "", err
		}
	}
	config = filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.Join(dir, "mirror"))
	return config, os.WriteFile(config, []byte(text), 0o600)
}

// A world is a repository of applied stacks, with what has happened to them since.
type world struct {
	root   string
	stacks []string // folders below root
	env    []string
	engine program
	stop   func() error
}

// build makes a world of n stacks. One stack in ten, and at least one, then drifts: in AWS a person changes the retention of its log group, and
// the log of the last day has that among 2,000 other records; of the files one is edited. Nothing can happen to terraform_data.
func (b *bench) build(ctx context.Context, e program, k kind, n int) (_ *world, err error) {
	root, err := os.MkdirTemp(b.temp, "world-")
	if err != nil {
		return nil, err
	}
	w := &world{root: root, engine: e, env: append([]string{}, b.env...), stop: func() error { return nil }}
	if k.installed {
		w.env = append(w.env, "TF_CLI_CONFIG_FILE="+b.mirror)
	}
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
		w.stop, w.env = stop, append(w.env, "TF_REATTACH_PROVIDERS="+attach)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.stop())
		}
	}()
	if err := w.apply(ctx, k, n); err != nil {
		return nil, err
	}
	switch {
	case k.cloud:
		err = w.drift(cloud, k, b.now())
	case k.installed:
		err = w.edit()
	}
	if err != nil {
		return nil, err
	}
	repo, err := fresh.Init(ctx, root, b.env)
	if err != nil {
		return nil, err
	}
	return w, repo.Commit(ctx, fresh.Commit{Author: "Bench", Email: "bench@example.com", Date: applied, Message: "Stacks"})
}

func (w *world) apply(ctx context.Context, k kind, n int) error {
	e := &engine.Engine{Name: w.engine.name, Path: w.engine.path, Version: w.engine.version}
	if err := os.WriteFile(filepath.Join(w.root, ".gitignore"), []byte("*.tfstate*\n.terraform/\naudit/\nfiles/\n"), 0o644); err != nil {
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

func (w *world) drift(cloud *simcloud.Cloud, k kind, now time.Time) error {
	alice := trail.Person("alice@example.com", "AdministratorAccess", "203.0.113.7")
	for i := 0; i < len(w.stacks); i += 10 {
		by := simcloud.By{Actor: alice, Via: audit.ViaConsole, At: now.Add(-time.Duration(i+1) * time.Minute).Truncate(time.Second)}
		groups := []string{"/" + w.stacks[i] + "/app"}
		if k.changes != nil {
			groups = append(groups, k.changes(w.stacks[i])...)
		}
		for _, g := range groups {
			if _, err := cloud.Change(by, "aws_cloudwatch_log_group", g, func(a map[string]any) { a["retention_in_days"] = 14 }); err != nil {
				return err
			}
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

// edit changes a file of every tenth stack.
func (w *world) edit() error {
	for i := 0; i < len(w.stacks); i += 10 {
		if err := os.WriteFile(filepath.Join(w.root, "files", w.stacks[i]+"-0"), []byte("by hand"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// scan is the command line that is measured.
func (w *world) scan(flags ...string) []string {
	args := append([]string{"scan", "--quiet", "--engine", w.engine.path}, flags...)
	if _, err := os.Stat(filepath.Join(w.root, "audit")); err == nil {
		args = append(args, "--events", "audit/*.json")
	}
	return args
}

// tidy removes what the engines left in the stacks but for the lock files, so that every run begins as in a fresh checkout.
func (w *world) tidy() error {
	for _, stack := range w.stacks {
		for _, name := range []string{".terraform", "plan.bin"} {
			if err := os.RemoveAll(filepath.Join(w.root, stack, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) close() error { return errors.Join(w.stop(), os.RemoveAll(w.root)) }
