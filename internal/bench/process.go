package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A cost is what running something took.
type cost struct {
	wall, cpu time.Duration // cpu of the process and all that it started
	memory    int64         // most bytes that the process itself held in memory; 0 where that cannot be seen
}

// plus is the cost of one thing and then another.
func (c cost) plus(d cost) cost {
	return cost{wall: c.wall + d.wall, cpu: c.cpu + d.cpu, memory: max(c.memory, d.memory)}
}

// medians are the medians of each figure.
func medians(costs []cost) cost {
	return cost{
		wall:   median(costs, func(c cost) time.Duration { return c.wall }),
		cpu:    median(costs, func(c cost) time.Duration { return c.cpu }),
		memory: median(costs, func(c cost) int64 { return c.memory }),
	}
}

func median[T cmp.Ordered](costs []cost, figure func(cost) T) T {
	values := make([]T, 0, len(costs))
	for _, c := range costs {
		values = append(values, figure(c))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// measure runs a program. Exit codes other than those listed, besides 0, are errors.
func (b *bench) measure(ctx context.Context, dir string, env []string, codes []int, name string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // engines and Mooring clean up
	cmd.WaitDelay = 10 * time.Second
	began := b.now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	watch := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	c := cost{wall: b.now().Sub(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory: watch()}
	var exit *exec.ExitError
	if errors.As(err, &exit) && slices.Contains(codes, exit.ExitCode()) {
		err = nil
	}
	if err != nil {
		return cost{}, fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, output.String())
	}
	return c, nil
}

// watchMemory looks at a process until the function that it returns is called, which tells the most memory it held.
// (What the kernel keeps for a process that ended counts its children too, and an engine holds more than Mooring.)
func watchMemory(pid int) func() int64 {
	stop, most := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, highWater(pid))
			select {
			case <-stop:
				most <- peak
				return
			case <-tick.C:
			}
		}
	}()
	return func() int64 { close(stop); return <-most }
}

// highWater is the most memory a process has held so far, as Linux tells it; 0 elsewhere.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return 0
	}
	var kib int64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		return 0
	}
	return kib << 10
}
