package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/engine/cache"
)

func produce(made *atomic.Int32) func(context.Context, string) error {
	return func(_ context.Context, dir string) error {
		made.Add(1)
		time.Sleep(10 * time.Millisecond) // so that the others come while it is being made
		return os.WriteFile(filepath.Join(dir, cache.File("tofu")), []byte("program"), 0o755)
	}
}

func TestInstallMakesAProgramOnce(t *testing.T) {
	c := cache.In(t.TempDir())
	var made atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			path, err := c.Install(context.Background(), "tofu", "1.9.0", "tofu", produce(&made))
			if err != nil {
				t.Error(err)
			} else if data, err := os.ReadFile(path); err != nil || string(data) != "program" {
				t.Errorf("%s holds %q, %v", path, data, err)
			}
		})
	}
	group.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("it was made %d times", n)
	}
}

func TestInstallLeavesNothingBehindWhenItFails(t *testing.T) {
	c := cache.In(t.TempDir())
	broken := errors.New("broken")
	for name, produce := range map[string]func(context.Context, string) error{
		"error": func(context.Context, string) error { return broken },
		"half way": func(_ context.Context, dir string) error {
			_ = os.WriteFile(filepath.Join(dir, "tofu"), nil, 0o755)
			return broken
		},
		"no program": func(context.Context, string) error { return nil },
	} {
		if _, err := c.Install(context.Background(), "tofu", "1.9.0", "tofu", produce); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, ok := c.Lookup("tofu", "1.9.0", "tofu"); ok {
			t.Errorf("%s: the program is in the cache", name)
		}
		left, err := os.ReadDir(c.Dir)
		if err != nil || len(left) != 1 || left[0].Name() != ".tofu-1.9.0.lock" {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
	var made atomic.Int32
	if _, err := c.Install(context.Background(), "tofu", "1.9.0", "tofu", produce(&made)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestInstallReplacesHalfACopy guards against a folder that was copied by hand and not finished.
func TestInstallReplacesHalfACopy(t *testing.T) {
	c := cache.In(t.TempDir())
	if err := os.MkdirAll(filepath.Join(c.Dir, "tofu-1.9.0", "rest"), 0o755); err != nil {
		t.Fatal(err)
	}
	var made atomic.Int32
	if _, err := c.Install(context.Background(), "tofu", "1.9.0", "tofu", produce(&made)); err != nil {
		t.Error(err)
	}
}

func TestInstallStopsWaiting(t *testing.T) {
	c := cache.In(t.TempDir())
	started, finish := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		_, _ = c.Install(context.Background(), "tofu", "1.9.0", "tofu", func(context.Context, string) error {
			close(started)
			<-finish
			return errors.New("never mind")
		})
	})
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Install(ctx, "tofu", "1.9.0", "tofu", produce(new(atomic.Int32))); !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
	close(finish)
	group.Wait()
}
