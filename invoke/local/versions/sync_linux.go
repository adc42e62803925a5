package versions

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncTree makes a tree of files survive a power loss. One call for the whole
// file system: a call per file takes seconds for the thousands of files that a
// node_modules has.
func syncTree(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}
