package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

const (
	// interruptGrace is how long an engine may take to stop after an interrupt before its whole process group is killed.
	interruptGrace = 5 * time.Second
	// pipeGrace is how long output is awaited after the engine has ended.
	pipeGrace = 2 * time.Second
	// stderrTail is how much of what an engine wrote to stderr is kept.
	stderrTail = 8 << 10
)

// A command is one run of the engine.
type command struct {
	chdir  string    // directory of the root module, given with -chdir
	cwd    string    // where the process starts: what path.cwd says
	args   []string  // the subcommand and its arguments
	env    []string  // the whole environment
	stdout io.Writer // nil discards
}

// An exit is how a command ended.
type exit struct {
	code   int    // exit status, -1 when a signal ended it
	killed string // name of the signal that ended it, else ""
	stderr string // the last of what it wrote there
}

// run runs the engine in a process group of its own. The error is nil however the engine exits; it tells that the engine could not be
// started, or that ctx ended: then the group was interrupted and, after a grace, killed. No process of the group survives run.
func (e *Engine) run(ctx context.Context, c command) (exit, error) {
	if err := ctx.Err(); err != nil {
		return exit{code: -1}, err
	}
	args := c.args
	if c.chdir != "" {
		args = append([]string{"-chdir=" + c.chdir}, args...)
	}
	tail := &tailBuffer{limit: stderrTail}
	// Ending the process when ctx ends is done below, for the whole group and with a grace.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), e.Path, args...)
	cmd.Dir, cmd.Env = c.cwd, c.env
	cmd.Stdout, cmd.Stderr = c.stdout, tail
	cmd.WaitDelay = pipeGrace
	cmd.SysProcAttr = ownGroup()

	// The kernel ties "interrupt the child when the parent dies" to the thread that started it; the thread must outlive the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return exit{code: -1}, fmt.Errorf("start %s: %w", e.Path, err)
	}
	pid := cmd.Process.Pid
	ended := make(chan struct{})
	var stopper sync.WaitGroup
	stopper.Go(func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		interruptGroup(pid)
		grace := time.NewTimer(interruptGrace)
		defer grace.Stop()
		select {
		case <-ended:
		case <-grace.C:
			killGroup(pid)
		}
	})
	err := reap(cmd, func() { close(ended); stopper.Wait() })

	if ctx.Err() != nil {
		return exit{code: -1}, context.Cause(ctx)
	}
	out := exit{code: cmd.ProcessState.ExitCode(), killed: signalName(cmd.ProcessState), stderr: tail.String()}
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) && !errors.Is(err, exec.ErrWaitDelay) {
		return out, fmt.Errorf("run %s: %w", e.Path, err)
	}
	return out, nil
}

// A tailBuffer keeps the last limit bytes written to it.
type tailBuffer struct {
	limit int
	data  []byte
}

func (b *tailBuffer) Write(p []byte) (int, error) {
	b.data = append(b.data, p...)
	if len(b.data) > 2*b.limit {
		b.data = append(b.data[:0], b.data[len(b.data)-b.limit:]...)
	}
	return len(p), nil
}

func (b *tailBuffer) String() string { return string(b.data[max(0, len(b.data)-b.limit):]) }
