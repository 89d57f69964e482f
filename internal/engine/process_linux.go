package engine

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup puts the engine into a process group of its own and has it interrupted should Mooring die without a chance to do so: an
// interrupted engine stops its plugins, a killed one leaves them behind.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// reap waits for the engine, kills what it left running, and calls ended before its process id can mean another process.
func reap(cmd *exec.Cmd, ended func()) error {
	pid := cmd.Process.Pid
	for {
		// The leader is not reaped yet: its id still stands for the group and for nobody else's.
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	killGroup(pid)
	ended()
	return cmd.Wait()
}
