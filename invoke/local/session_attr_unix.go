//go:build unix

package local

import "syscall"

// ownSession keeps a supervisor and a function away from lambent's terminal: they have
// no controlling terminal and are in no process group that the terminal signals.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
