//go:build unix

package project

import (
	"io/fs"
	"syscall"
)

// nonblock keeps opening a named pipe from waiting for a writer.
const nonblock = syscall.O_NONBLOCK

// fileID tells a file from one that was put in its place: editors that save by
// renaming may keep size and time.
func fileID(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Ino)
	}
	return 0
}
