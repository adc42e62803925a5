package awslambda

import (
	"os/exec"
	"syscall"
)

// ownSession keeps the process from the console, which is the workbench's.
func ownSession(cmd *exec.Cmd) {
	const noWindow = 0x08000000 // CREATE_NO_WINDOW
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: noWindow}
}

// endSession has nothing to do: the process alone is ended, by its context.
func endSession(*exec.Cmd) {}
