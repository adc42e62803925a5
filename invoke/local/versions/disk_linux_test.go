package versions

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lambent/invoke/local/project"
)

// A disk that is full when publishing needs it, at whatever step: the version is there, whole
// and with its alias, or it isn't, nothing half-written is left, and its number is given to
// the next try.
func TestFullDiskWhilePublishing(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("no disk of 256 KB can be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Errorf("something holds the disk: %v", err)
			_ = syscall.Unmount(disk, syscall.MNT_DETACH)
		}
	})
	dir := code(t, map[string]string{"app.py": strings.Repeat("# x\n", 10_000), "lib/a": "a", "lib/b": strings.Repeat("b", 5000)})
	fn := orders()
	fn.Aliases = []project.Alias{{Name: "live"}}
	filler, data := filepath.Join(disk, "filler"), filepath.Join(disk, "data")
	refused, published := 0, 0
	for free := 0; free <= 100<<10; free += 4 << 10 {
		if err := errors.Join(os.RemoveAll(data), os.RemoveAll(filler)); err != nil {
			t.Fatal(err)
		}
		s, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, filler, disk, int64(free))
		v, err := s.Publish(context.Background(), fn, dir, "")
		switch {
		case err == nil:
			published++
		case !errors.Is(err, syscall.ENOSPC):
			t.Fatalf("%d bytes free: %v", free, err)
		default:
			refused++
			if list, err := s.Versions(fn.Name); err != nil || len(list) > 0 {
				t.Fatalf("%d bytes free: there is %+v, %v", free, list, err)
			}
			_ = filepath.WalkDir(data, func(path string, entry fs.DirEntry, _ error) error {
				if name := filepath.Base(path); !entry.IsDir() && name != "lock" || strings.HasPrefix(name, ".") {
					t.Fatalf("%d bytes free: left behind %s", free, path)
				}
				return nil
			})
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			v = publish(t, s, fn, dir)
		}
		got, err := os.ReadFile(filepath.Join(v.CodeDir, "app.py"))
		if v.Number != 1 || err != nil || len(got) != 40_000 {
			t.Fatalf("%d bytes free: published %+v, %d bytes, %v", free, v, len(got), err)
		}
		if r, err := s.Resolve(fn, "live", nil); err != nil || r.Version != "1" {
			t.Fatalf("%d bytes free: live is %+v, %v", free, r, err)
		}
	}
	t.Logf("%d times full, %d times published", refused, published)
	if refused < 10 || published < 3 {
		t.Errorf("%d times full, %d times published: the sizes no longer go through every step", refused, published)
	}
}

// fill leaves so many bytes free.
func fill(t *testing.T, filler, disk string, free int64) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(disk, &s); err != nil {
		t.Fatal(err)
	}
	if n := int64(s.Bavail)*s.Bsize - free; n > 0 {
		if err := os.WriteFile(filler, make([]byte, n), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
