package history

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// An owner is this process, as other processes can see that it lives: a file
// under owners/ whose lock it holds. The system lets the lock go however the
// process ends, and a number that is used again by another process can't be
// taken for it, as a process id could.
//
// The file is made with the first call that another process may have to judge
// (one that is recorded before it is sent); most processes never make one.
type owner struct {
	dir  string
	mu   sync.Mutex
	name string
	file *os.File
}

func newOwner(dir string) *owner { return &owner{dir: dir} }

// claim returns the owner's name, and holds its lock from then on.
func (o *owner) claim() (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file != nil {
		return o.name, nil
	}
	if err := os.Mkdir(o.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", explain(o.dir, fmt.Errorf("say that this process lives: %w", err))
	}
	o.sweep()
	name := fmt.Sprintf("%d-%s", os.Getpid(), rand.Text())
	path := filepath.Join(o.dir, name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|openNoFollow, 0o600)
	if err != nil {
		return "", explain(path, fmt.Errorf("say that this process lives: %w", err))
	}
	if locked, err := tryLock(f); !locked {
		f.Close()
		os.Remove(path)
		return "", fmt.Errorf("lock %s: %w", path, errors.Join(err, errors.New("the file system has no locks")))
	}
	o.name, o.file = name, f
	return name, nil
}

// lives says whether the process of that name has not ended. When that can't be
// told it is taken to live: "may have run" must not be said of a call that waits.
func (o *owner) lives(name string) bool {
	o.mu.Lock()
	own := o.file != nil && o.name == name
	o.mu.Unlock()
	if own {
		return true
	}
	if name == "" || strings.ContainsAny(name, `/\:`) {
		return false // nothing that claim made
	}
	f, err := os.OpenFile(filepath.Join(o.dir, name), os.O_RDWR|openNoFollow|openNoBlock, 0)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	locked, err := tryLock(f)
	return err != nil || !locked
}

func (o *owner) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil {
		return nil
	}
	err := errors.Join(o.file.Close(), os.Remove(o.file.Name())) // Windows removes no open file
	o.file = nil
	return err
}

// sweep removes what processes left that could not close. Files of the last
// hour stay: one could belong to a process that is between making its file and
// locking it.
func (o *owner) sweep() {
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || time.Since(info.ModTime()) < time.Hour {
			continue
		}
		path := filepath.Join(o.dir, e.Name())
		f, err := os.OpenFile(path, os.O_RDWR|openNoFollow|openNoBlock, 0)
		if err != nil {
			continue
		}
		if locked, err := tryLock(f); locked && err == nil {
			os.Remove(path)
		}
		f.Close()
	}
}
