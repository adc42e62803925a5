package local

import "syscall"

// ownSession keeps ctrl+c of lambent's console away from supervisors and functions.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
