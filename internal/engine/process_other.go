//go:build !unix

package engine

import (
	"os"
	"os/exec"
	"syscall"
)

// Where there are no process groups only the engine itself is stopped; its plugins end when their connection does.

func ownGroup() *syscall.SysProcAttr { return nil }

func interruptGroup(pid int) { killGroup(pid) }

func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}

func reap(cmd *exec.Cmd, ended func()) error {
	err := cmd.Wait()
	ended()
	return err
}

func signalName(*os.ProcessState) string { return "" }
