//go:build unix

package history

import (
	"os"
	"syscall"
)

const (
	openNoFollow = syscall.O_NOFOLLOW
	openNoBlock  = syscall.O_NONBLOCK // a pipe put in the file's place must not hang the open
)

// tryLock takes the advisory lock of an open file, unless another has it. The
// system lets it go when the holder ends, in whatever way.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
