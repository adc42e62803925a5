package local

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// procChildren says whether the kernel lists the children of a thread
// (CONFIG_PROC_CHILDREN), which spares reading all of /proc.
var procChildren = sync.OnceValue(func() bool {
	pid := strconv.Itoa(os.Getpid())
	_, err := os.Stat("/proc/" + pid + "/task/" + pid + "/children")
	return err == nil
})

// descendants returns the processes below pid, without pid itself, parents first.
func descendants(pid int) []int {
	if procChildren() {
		return walkChildren(pid)
	}
	return scanDescendants(pid)
}

func walkChildren(pid int) []int {
	var found []int
	todo := []int{pid}
	for len(todo) > 0 {
		p := "/proc/" + strconv.Itoa(todo[0]) + "/task"
		todo = todo[1:]
		threads, err := os.ReadDir(p)
		if err != nil {
			continue
		}
		for _, thread := range threads {
			b, err := readProc(p + "/" + thread.Name() + "/children")
			if err != nil {
				continue
			}
			for field := range bytes.FieldsSeq(b) {
				if child, err := strconv.Atoi(string(field)); err == nil {
					found = append(found, child)
					todo = append(todo, child)
				}
			}
		}
	}
	return found
}

func scanDescendants(pid int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, entry := range entries {
		p, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if stat, ok := readStat(p); ok {
			children[stat.parent] = append(children[stat.parent], p)
		}
	}
	var found []int
	for todo := []int{pid}; len(todo) > 0; todo = todo[1:] {
		found = append(found, children[todo[0]]...)
		todo = append(todo, children[todo[0]]...)
	}
	return found
}

// A procStat is what this package needs of /proc/PID/stat.
type procStat struct {
	state   byte // R, S, T, Z, …
	parent  int
	session int
	start   uint64 // in clock ticks since boot; with the number it names a process for good
}

func readStat(pid int) (procStat, bool) {
	b, err := readProc("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return procStat{}, false
	}
	// The name in parentheses may hold anything, a parenthesis too.
	i := bytes.LastIndexByte(b, ')')
	if i < 0 {
		return procStat{}, false
	}
	fields := bytes.Fields(b[i+1:])
	if len(fields) < 20 {
		return procStat{}, false
	}
	s := procStat{state: fields[0][0]}
	s.parent, _ = strconv.Atoi(string(fields[1]))
	s.session, _ = strconv.Atoi(string(fields[3]))
	s.start, _ = strconv.ParseUint(string(fields[19]), 10, 64)
	return s, true
}

// processState is the state letter of a process, 0 when there is none.
func processState(pid int) byte {
	stat, ok := readStat(pid)
	if !ok {
		return 0
	}
	return stat.state
}

// readProc reads a file of /proc as os.ReadFile would, with fewer system calls:
// these files are read many times a second.
func readProc(path string) ([]byte, error) {
	fd, err := ignoringInterrupts(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	b := make([]byte, 0, 1024)
	for {
		n, err := ignoringInterrupts(func() (int, error) { return unix.Read(fd, b[len(b):cap(b)]) })
		if err != nil {
			return nil, err
		}
		if n == 0 { // a short read isn't the end of a list
			return b, nil
		}
		if b = b[:len(b)+n]; len(b) == cap(b) {
			b = slices.Grow(b, cap(b))
		}
	}
}

func ignoringInterrupts(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != unix.EINTR {
			return n, err
		}
	}
}
