//go:build !linux

package history

// networkFilesystem names the network file system that dir is on. It can't be
// told here, and WAL is used.
func networkFilesystem(string) string { return "" }
