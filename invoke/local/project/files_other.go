//go:build !unix

package project

import "io/fs"

// nonblock does nothing where named pipes are not files.
const nonblock = 0

// fileID is not known here.
func fileID(fs.FileInfo) uint64 { return 0 }
