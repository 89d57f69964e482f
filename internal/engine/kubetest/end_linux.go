package kubetest

import "syscall"

// endWithParent keeps a terminal's signals from the server, and has it killed should the test die without a chance to stop it.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
