//go:build unix

package awslambda

import (
	"os/exec"
	"syscall"
)

// ownSession gives the process a session of its own: it has no terminal to draw on,
// and everything that it starts can be ended with it.
func ownSession(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// endSession ends what the process has left behind.
func endSession(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // nothing is left: that is what is wanted
	}
}
