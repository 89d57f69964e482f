package demo_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/simcloud/demo"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func build(t *testing.T, e *engine.Engine, seed int64) *demo.World {
	t.Helper()
	w, err := demo.Build(context.Background(), demo.Options{
		Dir: filepath.Join(t.TempDir(), "world"), Seed: seed, Now: now, Engine: e, Env: os.Environ(), Progress: func(s string) { t.Log(s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestBuild(t *testing.T) {
	defer goleak.VerifyNone(t)
	e := &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}
	began := time.Now()
	w := build(t, e, 1)
	t.Log(time.Since(began), w.Events)
	if os.Getenv("KEEP") != "" {
		os.RemoveAll(os.Getenv("KEEP"))
		os.CopyFS(os.Getenv("KEEP"), os.DirFS(w.Dir))
	}
}
