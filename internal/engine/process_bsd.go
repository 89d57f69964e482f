//go:build unix && !linux

package engine

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the engine into a process group of its own.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// reap waits for the engine and kills what it left running.
func reap(cmd *exec.Cmd, ended func()) error {
	pid := cmd.Process.Pid
	err := cmd.Wait()
	killGroup(pid)
	ended()
	return err
}
