package local

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// measuresMemory says that this system tells what a process tree uses.
const measuresMemory = true

var pageSize = int64(os.Getpagesize())

// sample looks at what the tree uses now, or has used since the runtime began. The resident set costs a few microseconds and
// is an upper bound of the proportional one, which costs up to milliseconds: that
// is only read when exact is asked for or the bound has grown.
func (g *memoryGauge) sample(s *supervisor, when sampling) (now int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	pids := s.look()
	runtime := int(s.runtime.Load())
	var resident, ofRuntime int64
	for _, pid := range pids {
		n := residentSet(pid)
		resident += n
		if pid == runtime {
			ofRuntime = n
		}
	}
	first := g.at.IsZero()
	g.at = time.Now()
	grown := resident >= g.resident+noticeable
	if when == underWay && !grown {
		return 0
	}
	mark := highWaterMark(runtime)
	if when == atTheEnd && !first && !grown && mark < g.mark+noticeable {
		return 0
	}
	g.resident, g.mark = max(g.resident, resident), mark
	for _, pid := range pids {
		now += proportionalSet(pid)
	}
	// What the runtime has given back since its high-water mark is taken for its own.
	now += max(0, mark-ofRuntime)
	g.peak = max(g.peak, now)
	return now
}

// residentSet is the resident set of a process in bytes, 0 when it is gone.
func residentSet(pid int) int64 {
	b, err := readProc("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * pageSize
}

// proportionalSet is the proportional set size of a process in bytes: shared pages count
// by their share. Where the kernel doesn't tell it, it is the resident set.
func proportionalSet(pid int) int64 {
	b, err := readProc("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err == nil {
		if n, ok := kilobytes(b, "\nPss:"); ok {
			return n
		}
	}
	return residentSet(pid)
}

// highWaterMark is the largest resident set that a process ever had, in bytes.
func highWaterMark(pid int) int64 {
	b, err := readProc("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	n, _ := kilobytes(b, "\nVmHWM:")
	return n
}

// kilobytes reads a line such as "VmHWM:   1234 kB" and returns bytes.
func kilobytes(b []byte, label string) (int64, bool) {
	_, rest, ok := bytes.Cut(b, []byte(label))
	if !ok {
		return 0, false
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(line), []byte(" kB"))), 10, 64)
	return n << 10, err == nil
}
