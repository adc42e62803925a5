package local

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// maxWatched bounds how many folders of one function are watched; users have some
// thousands of watches in all.
const maxWatched = 1024

const changeMask = unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM |
	unix.IN_MOVED_TO | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF

// A changeGate says whether anything below a path may have changed since it was asked
// before. The kernel queues a change before the call that made it returns, so reading
// the queue at the moment of an invocation misses none, and costs a microsecond where
// looking at every file costs milliseconds.
type changeGate struct {
	mu      sync.Mutex
	fd      int      // -1 when there is none
	file    *os.File // fd as what can be waited for
	opened  bool
	watches map[int32][]*pathState
}

// A pathState is what is known of one path.
type pathState struct {
	quiet bool // every folder is watched and nothing has happened since
}

// quiet says whether nothing has changed since arm.
func (g *changeGate) quiet(s *pathState) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s.quiet {
		g.read()
	}
	return s.quiet
}

// arm watches everything below the paths. It comes before the look at the files that it
// is to spare, so that nothing falls in between. Links lead to where nothing is watched:
// a tree that has some is looked at every time.
func (g *changeGate) arm(paths []string, s *pathState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.opened {
		g.opened = true
		g.watches = map[int32][]*pathState{}
		var err error
		if g.fd, err = unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC); err != nil {
			g.fd = -1
		} else {
			g.file = os.NewFile(uintptr(g.fd), "inotify")
		}
	}
	if g.fd < 0 {
		return
	}
	g.read() // what has happened is about to be looked at
	count := 0
	s.quiet = true
	for _, path := range paths {
		s.quiet = s.quiet && g.watchBelow(path, s, &count) == nil
	}
}

func (g *changeGate) watchBelow(path string, s *pathState, count *int) error {
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case d.Type()&fs.ModeSymlink != 0 && p != path:
			return errNotWatched
		case d.IsDir() && p != path && (d.Name() == ".git" || d.Name() == "__pycache__"):
			return fs.SkipDir
		case d.IsDir() || p == path:
			if *count++; *count > maxWatched {
				return errNotWatched
			}
			return g.watch(p, s)
		}
		return nil
	})
}

var errNotWatched = os.ErrInvalid

func (g *changeGate) watch(path string, s *pathState) error {
	wd, err := unix.InotifyAddWatch(g.fd, path, changeMask)
	if err != nil {
		return err
	}
	for _, known := range g.watches[int32(wd)] {
		if known == s {
			return nil
		}
	}
	g.watches[int32(wd)] = append(g.watches[int32(wd)], s)
	return nil
}

// wait returns true once something below what is watched has happened that nobody has
// looked at, and false once the gate is closed or where there is none.
func (g *changeGate) wait() bool {
	g.mu.Lock()
	file := g.file
	g.mu.Unlock()
	if file == nil {
		return false
	}
	conn, err := file.SyscallConn()
	if err != nil {
		return false
	}
	return conn.Read(func(uintptr) bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.fd < 0 || g.read()
	}) == nil
}

// read takes what has happened from the kernel's queue, and says whether anything had.
// The caller holds the mutex.
func (g *changeGate) read() (any bool) {
	var buf [16 << 10]byte
	for {
		n, err := unix.Read(g.fd, buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return any
		}
		any = true
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			wd := int32(binary.NativeEndian.Uint32(b))
			mask := binary.NativeEndian.Uint32(b[4:])
			b = b[min(len(b), unix.SizeofInotifyEvent+int(binary.NativeEndian.Uint32(b[12:]))):]
			g.happened(wd, mask)
		}
	}
}

func (g *changeGate) happened(wd int32, mask uint32) {
	if mask&unix.IN_Q_OVERFLOW != 0 {
		for _, states := range g.watches {
			for _, s := range states {
				s.quiet = false
			}
		}
		return
	}
	for _, s := range g.watches[wd] {
		s.quiet = false
	}
	if mask&unix.IN_IGNORED != 0 {
		delete(g.watches, wd)
	}
}

func (g *changeGate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened && g.fd >= 0 {
		g.file.Close()
	}
	g.opened, g.fd = true, -1
	for _, states := range g.watches {
		for _, s := range states {
			s.quiet = false
		}
	}
}
