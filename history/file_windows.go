package history

import (
	"os"

	"golang.org/x/sys/windows"
)

const (
	openNoFollow = 0
	openNoBlock  = 0
)

// tryLock takes the lock of an open file, unless another has it. The system
// lets it go when the holder ends, in whatever way.
func tryLock(f *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{})
	if err == windows.ERROR_LOCK_VIOLATION {
		return false, nil
	}
	return err == nil, err
}

// syncDir does nothing: NTFS journals names by itself, and folders can't be flushed.
func syncDir(string) error { return nil }
