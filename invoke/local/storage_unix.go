//go:build unix

package local

import (
	"io/fs"
	"syscall"
)

// diskUse is what a file takes on disk in bytes: nothing for the holes of a sparse one.
func diskUse(info fs.FileInfo) int64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		const block = 512 // whatever the file system's own is
		return int64(s.Blocks) * block
	}
	return info.Size()
}
