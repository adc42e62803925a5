package local

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// orphanLimit bounds the search for what a killed supervisor left behind.
const orphanLimit = 5 * time.Second

// becomeSubreaper makes lambent the parent of what a killed supervisor leaves behind,
// so that it can be found and ended.
func becomeSubreaper() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// endOrphans ends the tree of a supervisor that was killed. The runtime itself dies by
// its parent-death signal; what it started is lambent's child now.
func (s *supervisor) endOrphans() {
	started := time.Now()
	for pause := time.Millisecond; time.Since(started) < orphanLimit; pause = min(2*pause, 20*time.Millisecond) {
		left := s.orphans()
		if len(left) == 0 {
			return
		}
		killAll(func() []int { return left })
		time.Sleep(pause)
		for _, pid := range left {
			// Only processes of this tree: the children that others of this process
			// started are theirs to wait for.
			_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
		}
	}
}

// orphans are lambent's children (or init's, where there is no subreaper) that belonged
// to the tree, with everything below them. They are known by the runtime's session, by
// the tree's tag in their environment, or because they were seen in the tree before.
func (s *supervisor) orphans() []int {
	seen := map[int]uint64{}
	if known := s.seen.Load(); known != nil {
		for _, p := range known.tree {
			seen[p.pid] = p.start
		}
	}
	tag, _ := s.tag.Load().(string)
	session := int(s.runtime.Load())
	self := os.Getpid()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, ok := readStat(pid)
		if !ok || stat.parent != self && (stat.parent != 1 || stat.state == 'Z') {
			continue
		}
		start, known := seen[pid]
		if session != 0 && stat.session == session || known && start == stat.start || hasVariable(pid, tag) {
			found = append(found, pid)
			found = append(found, descendants(pid)...)
		}
	}
	return found
}

// hasVariable says whether a process was started with this entry in its environment.
func hasVariable(pid int, entry string) bool {
	if entry == "" {
		return false
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false
	}
	for v := range bytes.SplitSeq(b, []byte{0}) {
		if string(v) == entry {
			return true
		}
	}
	return false
}

// sightingAge is how long a look at the tree may stand for another one.
const sightingAge = 250 * time.Millisecond

// look remembers the tree for endOrphans and returns its processes. To walk through it
// takes a hundred system calls, which a busy function can do without: where no process or
// thread has been started on this machine since the last look, the tree has no new ones.
func (s *supervisor) look() []int {
	newest, now := newestProcess(), time.Now() // before the walk: what is started meanwhile is seen next time
	last := s.seen.Load()
	if last == nil || newest == 0 || newest != last.newest || now.Sub(last.at) > sightingAge {
		last = &sighting{newest: newest, at: now}
		for _, pid := range descendants(s.cmd.Process.Pid) {
			if stat, ok := readStat(pid); ok {
				last.tree = append(last.tree, procID{pid, stat.start})
			}
		}
		s.seen.Store(last)
	}
	pids := make([]int, len(last.tree))
	for i, p := range last.tree {
		pids[i] = p.pid
	}
	return pids
}

// newestProcess is the number that the kernel gave to a process or a thread last, in this
// namespace of them and those inside; 0 where it doesn't say.
func newestProcess() int {
	b, err := readProc("/proc/loadavg")
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(string(bytes.TrimSpace(b[bytes.LastIndexByte(b, ' ')+1:])))
	return n
}
