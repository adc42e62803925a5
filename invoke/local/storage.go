package local

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

const (
	// storageCheck is how long an environment's function must have run, in one invocation or
	// several, before its temporary folder is looked at again: nothing fills the smallest
	// that Lambda has, 512 MB, faster.
	storageCheck = 50 * time.Millisecond
	// storageEntries bounds one look, which is on the invocation's path.
	storageEntries = 2000
)

// A storageGauge remembers when an environment's temporary folder was last looked at.
type storageGauge struct{ ran time.Duration }

// A function's /tmp is a folder of this machine's disk. Nothing that every user may do
// limits the size of a folder (quotas and mounts of a size are root's; RLIMIT_FSIZE ends
// a process instead of a write, and is about one file), so EphemeralStorage is not
// enforced: the run in which the folder is first seen to hold more says so, and every
// one after it.
func (n *environment) storageNote(ran time.Duration) string {
	limit := int64(n.plan.fn.EphemeralStorageMB) << 20
	if n.storage.ran += ran; n.storage.ran < storageCheck || limit <= 0 || n.dir == "" {
		return ""
	}
	if holdsMore(n.tmp(), limit) {
		return fmt.Sprintf("The function's temporary folder holds more than %d MB. On Lambda writing more than EphemeralStorage to /tmp fails with no space left on device; here it does not.", n.plan.fn.EphemeralStorageMB)
	}
	n.storage.ran = 0
	return ""
}

// holdsMore says whether the first files of a folder take more than limit bytes of disk.
func holdsMore(dir string, limit int64) bool {
	held, seen := int64(0), 0
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if seen++; seen > storageEntries {
			return filepath.SkipAll
		}
		if err != nil || !entry.Type().IsRegular() {
			return nil // what the function has made unreadable counts as nothing
		}
		if info, err := entry.Info(); err == nil {
			held += diskUse(info)
		}
		if held > limit {
			return filepath.SkipAll
		}
		return nil
	})
	return held > limit
}
