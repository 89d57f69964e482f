// Package demo builds a small world with drift in it: a git repository of Terraform code as a platform team would write it, applied to a
// simulated cloud by the real engine, then changed by people, by an autoscaler and by a pipeline, with the audit logs that all this leaves.
//
// Start at [Build] and [Open]. The code is in commits/, one file a commit; what happens to it is in story.go.
//
// It promises: equal seeds and times give equal ids, records and commits; nothing outside the directory is touched; a world that was built
// can be opened again, so that it can be scanned, planned and applied for as long as its directory exists.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/git/fresh"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

// Options say what world to build.
type Options struct {
	Dir      string    // made by Build; it must not exist, or be empty
	Seed     int64     // of ids
	Now      time.Time // the present of the story; everything happens in the six weeks before
	Engine   *engine.Engine
	Env      []string     // environment of the engine and of git, KEY=VALUE
	Progress func(string) // told what is being done, one line at a time; nil: nobody
}

// A World is a demo on disk and its cloud.
type World struct {
	Dir    string
	Cloud  *simcloud.Cloud
	Deeds  []simcloud.Deed // what was changed outside of code; empty in a world that was opened
	Events int             // audit records written; 0 in a world that was opened
}

// state is the hidden folder of what belongs to the simulation and not to the repository.
const state = ".mooring-demo"

func cloudFile(dir string) string { return filepath.Join(dir, state, "cloud.json.gz") }

// Is reports whether a directory holds a world.
func Is(dir string) bool {
	_, err := os.Stat(cloudFile(dir))
	return err == nil
}

// Open opens a world that Build made.
func Open(dir string) (*World, error) {
	providers, err := providers()
	if err != nil {
		return nil, err
	}
	cloud, err := simcloud.Load(cloudFile(dir), providers...)
	if err != nil {
		return nil, fmt.Errorf("%s holds no demo that can be used: %w", dir, err)
	}
	return &World{Dir: dir, Cloud: cloud}, nil
}

// Serve runs the world's cloud until stop is called. env is what an engine needs in its environment to reach it, KEY=VALUE.
func (w *World) Serve(ctx context.Context) (env []string, stop func() error, err error) {
	attach, stop, err := w.Cloud.Serve(ctx)
	if err != nil {
		return nil, nil, err
	}
	// No configuration of the user's own engine may interfere: a mirror there could claim the provider.
	return []string{"TF_REATTACH_PROVIDERS=" + attach, "TF_CLI_CONFIG_FILE=" + os.DevNull}, stop, nil
}

func providers() ([]*schema.Provider, error) {
	aws, err := schemas.AWS()
	if err != nil {
		return nil, err
	}
	return []*schema.Provider{aws}, nil
}

// Build makes a world.
func Build(ctx context.Context, o Options) (w *World, err error) {
	if err := makeEmpty(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil { // half a world is none, and would be in the way of the next try
			err = errors.Join(err, empty(o.Dir))
		}
	}()
	root, err := filepath.Abs(o.Dir)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	o.Dir = root
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	providers, err := providers()
	if err != nil {
		return nil, err
	}
	applied := o.Now.Add(-sinceApply)
	cloud, err := simcloud.New(simcloud.Options{Seed: o.Seed, Account: account, Region: region, Start: applied, Applier: trail.Pipeline("deploy", "gha-4821")}, providers...)
	if err != nil {
		return nil, err
	}
	w = &World{Dir: o.Dir, Cloud: cloud}
	if err := w.build(ctx, o, applied); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return w, nil
}

func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("demo: %s is not empty; name another directory or remove it", dir)
	}
	return nil
}

// empty removes what is in a directory that was empty before.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) build(ctx context.Context, o Options, applied time.Time) error {
	commits, err := history()
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(o.Dir, state), 0o700); err != nil {
		return err
	}
	o.Progress("writing the code and its history")
	repo, err := fresh.Init(ctx, o.Dir, o.Env)
	if err != nil {
		return err
	}
	if err := record(ctx, repo, o, commits, false); err != nil {
		return err
	}
	o.Progress("applying it with " + o.Engine.Name + " " + o.Engine.Version)
	if err := w.applyAll(ctx, o, applied); err != nil {
		return err
	}
	o.Progress("letting people, services and time have their way")
	if err := w.happen(o.Now); err != nil {
		return err
	}
	if err := record(ctx, repo, o, commits, true); err != nil {
		return err
	}
	if err := w.writeLogs(o); err != nil {
		return err
	}
	return w.Cloud.Save(cloudFile(o.Dir))
}

// record commits the part of the history that is applied, or the part that is not.
func record(ctx context.Context, repo *fresh.Repo, o Options, commits []commit, unapplied bool) error {
	for _, c := range commits {
		if c.unapplied != unapplied {
			continue
		}
		for _, f := range c.files {
			name := filepath.Join(o.Dir, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(name, f.Data, 0o644); err != nil {
				return err
			}
		}
		date := o.Now.Add(-time.Duration(c.days) * 24 * time.Hour).Truncate(time.Minute)
		if err := repo.Commit(ctx, fresh.Commit{Author: c.author, Email: c.email, Date: date, Message: c.message}); err != nil {
			return err
		}
	}
	return nil
}

// applyAll applies the network, then the stacks that look it up, at the same time.
func (w *World) applyAll(ctx context.Context, o Options, at time.Time) (err error) {
	env, stop, err := w.Serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	temp := filepath.Join(o.Dir, state)
	apply := func(ctx context.Context, path string) error {
		return o.Engine.Apply(ctx, engine.Workdir{Root: o.Dir, Path: path, Env: append(append([]string{}, o.Env...), env...), Temp: temp})
	}
	if err := apply(ctx, "infra/network"); err != nil {
		return fmt.Errorf("infra/network: %w", err)
	}
	w.Cloud.ApplyAs(trail.Pipeline("deploy", "gha-4822"), at.Add(5*time.Minute))
	group, ctx := errgroup.WithContext(ctx)
	for _, path := range []string{"infra/prod", "infra/staging", "infra/data", "infra/eu/analytics"} {
		group.Go(func() error {
			if err := apply(ctx, path); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			return nil
		})
	}
	return group.Wait()
}
