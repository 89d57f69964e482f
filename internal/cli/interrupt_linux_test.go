package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

// TestInterrupt interrupts a scan while a plan hangs: a data source reads a pipe that nobody writes to. Nothing may be left: no
// engine, no provider, no scratch directory with a plan in it, no half of a report.
func TestInterrupt(t *testing.T) {
	for name, program := range map[string]string{"tofu": enginetest.Tofu(t), "terraform": enginetest.Terraform(t)} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(name+"/"+signal.String(), func(t *testing.T) {
				t.Parallel()
				root, temp, out := t.TempDir(), t.TempDir(), t.TempDir()
				code := "terraform {\n  backend \"local\" {}\n}\n\nvariable \"pipe\" {}\n\ndata \"local_file\" \"pipe\" {\n  filename = var.pipe\n}\n\nresource \"terraform_data\" \"x\" {\n}\n"
				if err := os.WriteFile(filepath.Join(root, "main.tf"), []byte(code), 0o644); err != nil {
					t.Fatal(err)
				}
				pipe := filepath.Join(t.TempDir(), "pipe")
				if err := syscall.Mkfifo(pipe, 0o600); err != nil {
					t.Fatal(err)
				}
				mark := "TF_VAR_pipe=" + pipe
				cmd := exec.Command("mooring", "scan", root, "--engine", program, "--format", "json", "--out", filepath.Join(out, "results.json"))
				cmd.Env = append(append(os.Environ(), enginetest.Mirror(t)...), mark, "TMPDIR="+temp, "MOORING_CACHE_DIR="+t.TempDir())
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				for len(running(t, mark)) < 3 { // mooring, the engine and its provider
					select {
					case err := <-ended:
						t.Fatalf("the scan ended by itself: %v\n%s", err, stderr.String())
					case <-time.After(20 * time.Millisecond):
					}
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				var exit *exec.ExitError
				if err := <-ended; !errors.As(err, &exit) || exit.ExitCode() != cli.ExitInterrupted {
					t.Errorf("ended with %v, want exit code %d\n%s", err, cli.ExitInterrupted, stderr.String())
				}
				if !strings.Contains(stderr.String(), "interrupted") || strings.Contains(stderr.String(), "goroutine") {
					t.Errorf("stderr:\n%s", stderr.String())
				}
				if left := running(t, mark); len(left) > 0 {
					t.Errorf("left running: %v", left)
				}
				for _, dir := range []string{temp, out} {
					if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
						t.Errorf("left in %s: %v, %v", dir, left, err)
					}
				}
				if left, err := os.ReadDir(root); err != nil || len(left) != 1 {
					t.Errorf("left in the repository: %v, %v", left, err)
				}
			})
		}
	}
}

// running are the processes with an entry in their environment.
func running(t *testing.T, entry string) []int {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range paths {
		// A process may end, or be somebody else's, between the two looks.
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(entry+"\x00")) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
