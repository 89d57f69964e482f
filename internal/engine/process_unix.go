//go:build unix

package engine

import (
	"os"
	"syscall"
)

func interruptGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGINT) }

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// signalName names the signal that ended a process, or is "".
func signalName(state *os.ProcessState) string {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal().String()
	}
	return ""
}
