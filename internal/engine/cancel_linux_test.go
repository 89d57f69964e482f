package engine_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/engine"
)

// TestCancelStopsEverything stops a plan whose provider hangs: a data source reads a pipe that nobody writes to.
func TestCancelStopsEverything(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "stack", map[string]string{"stack/main.tf": "variable \"pipe\" {}\ndata \"local_file\" \"pipe\" {\n  filename = var.pipe\n}\n"})
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		mark := "MOORING_TEST=" + pipe
		w := l.workdir()
		w.Env = append(w.Env, mark, "TF_VAR_pipe="+pipe)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := e.Plan(ctx, w)
			done <- err
		}()
		for len(marked(t, mark)) < 2 { // the engine and its provider
			select {
			case err := <-done:
				t.Fatalf("the plan ended by itself: %s", describe(err))
			case <-time.After(20 * time.Millisecond):
			}
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error: %v", err)
		}
		if left := marked(t, mark); len(left) > 0 {
			t.Errorf("left running: %v", left)
		}
		left, _ := os.ReadDir(w.Temp)
		left = slices.DeleteFunc(left, func(e os.DirEntry) bool { return e.Type()&os.ModeSocket != 0 }) // a killed provider's, which goes with the folder
		if len(left) > 0 {
			t.Errorf("left in the temporary folder: %v", left)
		}
	})
}

// marked lists the processes that have the entry in their environment.
func marked(t *testing.T, entry string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range paths {
		// A process may end, or be somebody else's, between the two looks.
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(entry+"\x00")) {
			out = append(out, filepath.Dir(path))
		}
	}
	return out
}

// TestCancelKillsWhatDoesNotStop has an engine and a child of its that ignore interrupts.
func TestCancelKillsWhatDoesNotStop(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	mark := "MOORING_TEST=" + root
	path := filepath.Join(t.TempDir(), "tofu")
	writeProgram(t, path, []byte("#!/bin/sh\ntrap '' INT\nsleep 600 &\nwait\n"))
	e := &engine.Engine{Name: "tofu", Path: path, Version: "1.12.6"}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	w := engine.Workdir{Root: root, Path: ".", Temp: t.TempDir(), Env: []string{"PATH=/usr/bin:/bin", mark}}
	go func() {
		_, err := e.Plan(ctx, w)
		done <- err
	}()
	for len(marked(t, mark)) < 2 {
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
	if left := marked(t, mark); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
}
