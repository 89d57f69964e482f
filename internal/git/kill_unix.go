//go:build unix

package git

import (
	"os/exec"
	"syscall"
)

// killGroup gives the command a process group of its own and ends the whole group on cancellation: git starts helpers.
func killGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
