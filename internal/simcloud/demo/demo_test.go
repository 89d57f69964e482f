package demo_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/simcloud/demo"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func build(t *testing.T, e *engine.Engine, seed int64) *demo.World {
	t.Helper()
	w, err := demo.Build(context.Background(), demo.Options{
		Dir: filepath.Join(t.TempDir(), "world"), Seed: seed, Now: now, Engine: e, Env: os.Environ(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func tofu(t *testing.T) *engine.Engine {
	return &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}
}

// TestWorld: each stack is in the state that the story wants, with both engines, also after the world was closed and opened again.
func TestWorld(t *testing.T) {
	want := map[string]int{"network": 0, "prod": 2, "staging": 2, "data": 2, "eu/analytics": 1}
	for _, e := range []*engine.Engine{tofu(t), {Name: "terraform", Path: enginetest.Terraform(t), Version: "1.5.7"}} {
		t.Run(e.Name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			built := build(t, e, 1)
			if !demo.Is(built.Dir) || demo.Is(filepath.Join(built.Dir, "infra")) {
				t.Error("Is does not know a world from another directory")
			}
			w, err := demo.Open(built.Dir)
			if err != nil {
				t.Fatal(err)
			}
			env, stop, err := w.Serve(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := stop(); err != nil {
					t.Error(err)
				}
			}()
			for _, name := range slices.Sorted(maps.Keys(want)) {
				dir := filepath.Join(w.Dir, "infra", filepath.FromSlash(name))
				for _, args := range [][]string{{"init", "-input=false", "-no-color"}, {"plan", "-input=false", "-no-color", "-lock=false", "-detailed-exitcode"}} {
					cmd := exec.Command(e.Path, args...)
					cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
					out, err := cmd.CombinedOutput()
					if cmd.ProcessState == nil {
						t.Fatal(err)
					}
					code := cmd.ProcessState.ExitCode()
					if args[0] == "init" && code != 0 || args[0] == "plan" && code != want[name] {
						t.Errorf("%s: %s exits with %d:\n%s", name, args[0], code, out)
					}
				}
			}
			if out := git(t, w.Dir, "status", "--short"); out != "" {
				t.Errorf("the work tree is not clean:\n%s", out)
			}
		})
	}
}

// TestStory: three people, an autoscaler and pipelines change things, and the log holds every change among records that explain nothing.
func TestStory(t *testing.T) {
	w := build(t, tofu(t), 1)
	records := logs(t, w.Dir)
	if len(records) != w.Events {
		t.Errorf("the logs hold %d records, Events says %d", len(records), w.Events)
	}
	people, machines, services := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, d := range w.Deeds {
		switch d.Actor.Type {
		case audit.ActorHuman:
			people[d.Actor.Name] = true
		case audit.ActorMachine:
			machines[d.Actor.Name] = true
		case audit.ActorService:
			services[d.Actor.Name] = true
		}
		if len(d.Records) == 0 {
			t.Errorf("%s %s left no record", d.Verb, d.Type)
		}
		for _, id := range d.Records {
			r, ok := records[id]
			if !ok {
				t.Errorf("record %s of %s is in no log", id, d.Type)
				continue
			}
			if at, err := time.Parse(time.RFC3339, r["eventTime"].(string)); err != nil || at.Before(d.At) || at.After(d.At.Add(time.Minute)) || at.After(now) {
				t.Errorf("record %s of %s is of %v, the change of %v", id, d.Type, r["eventTime"], d.At)
			}
		}
	}
	if len(people) != 3 || len(machines) == 0 || len(services) == 0 {
		t.Errorf("people %v, machines %v, services %v: want three people and at least one of the others", people, machines, services)
	}
	reads, refused := 0, 0
	for _, r := range records {
		if r["readOnly"] == true {
			reads++
		}
		if r["errorCode"] != nil {
			refused++
		}
	}
	if reads < len(records)/2 || refused < 20 {
		t.Errorf("%d records, %d reads, %d refused: the log is too quiet", len(records), reads, refused)
	}
}

// TestSeed: equal seeds make equal worlds, down to the ids of commits and records; other seeds make others.
func TestSeed(t *testing.T) {
	e := tofu(t)
	one, same, other := build(t, e, 1), build(t, e, 1), build(t, e, 2)
	if a, b := git(t, one.Dir, "rev-parse", "HEAD"), git(t, same.Dir, "rev-parse", "HEAD"); a != b {
		t.Errorf("equal seeds give commits %s and %s", a, b)
	}
	files := func(w *demo.World) map[string]string {
		out := map[string]string{}
		err := fs.WalkDir(os.DirFS(filepath.Join(w.Dir, "audit")), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(filepath.Join(w.Dir, "audit", name))
			out[name] = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if !maps.Equal(files(one), files(same)) {
		t.Error("equal seeds give different logs")
	}
	if maps.Equal(files(one), files(other)) {
		t.Error("different seeds give equal logs")
	}
	ids := func(w *demo.World) []string {
		var out []string
		for _, o := range w.Cloud.Objects() {
			out = append(out, o.Type+" "+o.ID)
		}
		return out
	}
	if !slices.Equal(ids(one), ids(same)) {
		t.Error("equal seeds give different ids")
	}
}

// TestInterrupted: a world that could not be finished leaves nothing behind.
func TestInterrupted(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	_, err := demo.Build(ctx, demo.Options{Dir: dir, Seed: 1, Now: now, Engine: tofu(t), Env: os.Environ(), Progress: func(step string) {
		if strings.HasPrefix(step, "applying") {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted build gives %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("it leaves %v, %v", entries, err)
	}
}

// TestRefuses: a directory that holds something is left alone, and one that holds no world is said so.
func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Build(context.Background(), demo.Options{Dir: dir, Now: now, Engine: &engine.Engine{}}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("building over a directory that is not empty: %v", err)
	}
	if _, err := demo.Open(dir); err == nil {
		t.Error("a directory without a world was opened")
	}
	if err := os.MkdirAll(filepath.Join(dir, ".mooring-demo"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".mooring-demo", "cloud.json.gz"), []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Open(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged world: %v", err)
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func logs(t *testing.T, dir string) map[string]map[string]any {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "audit", "*.json.gz"))
	if err != nil || len(names) == 0 {
		t.Fatal("no logs", err)
	}
	out := map[string]map[string]any{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		unzipped, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(unzipped)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Records []map[string]any }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, r := range file.Records {
			out[r["eventID"].(string)] = r
		}
	}
	return out
}
