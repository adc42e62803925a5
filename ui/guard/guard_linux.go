package guard

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	getTermios      = unix.TCGETS
	setTermiosFlush = unix.TCSETSF // drops late answers to queries too
)

// dieWithParent has the kernel tell the child when the guard is gone.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
