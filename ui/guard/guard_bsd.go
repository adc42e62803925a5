//go:build unix && !linux

package guard

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	getTermios      = unix.TIOCGETA
	setTermiosFlush = unix.TIOCSETAF // drops late answers to queries too
)

// dieWithParent has nothing to offer here: these systems don't tell a child
// that its parent is gone. The closed terminal does.
func dieWithParent() *syscall.SysProcAttr { return nil }
