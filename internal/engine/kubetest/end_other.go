//go:build !linux

package kubetest

import "syscall"

// endWithParent: elsewhere only the test itself stops the server.
func endWithParent() *syscall.SysProcAttr { return nil }
