package local

import (
	"sync"
	"time"

	"lambent/invoke"
)

const (
	// readSize is how much is taken from a pipe at once, a Linux pipe's capacity.
	readSize = 64 << 10
	// liveInterval limits live log bytes of a flood, once more has been written than is kept.
	liveInterval = 33 * time.Millisecond
)

// A runLog is the log of one invocation, from what its environment wrote since the
// invocation before to its REPORT line. It keeps the last MaxLog bytes.
type runLog struct {
	mu      sync.Mutex
	buf     []byte // the bytes kept; once full a ring that begins at head
	head    int
	total   int64 // bytes written
	start   int64 // total when START was written, 0 before
	lost    int64 // bytes that never got here
	below   int   // records that were left out because of their level
	emit    func(invoke.Progress)
	emitted time.Time
}

// write appends. It never blocks and never keeps b.
func (l *runLog) write(b []byte) {
	if len(b) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total += int64(len(b))
	l.keep(b)
	l.tell(b)
}

// tell shows bytes as they come. The caller holds the mutex.
func (l *runLog) tell(b []byte) {
	if l.emit == nil || len(b) == 0 {
		return
	}
	now := time.Now()
	if l.total > MaxLog && now.Sub(l.emitted) < liveInterval {
		return
	}
	l.emitted = now
	l.emit(invoke.Progress{Kind: invoke.ProgressLog, At: now, Data: append([]byte(nil), b...)})
}

func (l *runLog) keep(b []byte) {
	if len(b) > MaxLog {
		b = b[len(b)-MaxLog:]
	}
	if free := MaxLog - len(l.buf); free > 0 {
		n := min(free, len(b))
		l.buf = append(l.buf, b[:n]...)
		b = b[n:]
	}
	for len(b) > 0 {
		n := copy(l.buf[l.head:], b)
		b = b[n:]
		l.head = (l.head + n) % MaxLog
	}
}

// leaveOut counts a record that is not written.
func (l *runLog) leaveOut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.below++
}

// leftOut is how many records were left out because of their level.
func (l *runLog) leftOut() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.below
}

// begin writes the line with which the invocation's own log starts.
func (l *runLog) begin(line []byte) {
	l.mu.Lock()
	l.start = l.total
	l.mu.Unlock()
	l.write(line)
}

// bytes returns what was kept, in order, and how many bytes were not.
// own is the part since begin: what LogResult shows the end of (spec §1.9).
func (l *runLog) bytes() (all, own []byte, dropped int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept()
}

func (l *runLog) kept() (all, own []byte, dropped int64) {
	all = l.buf
	if l.head > 0 {
		all = append(append(make([]byte, 0, len(l.buf)), l.buf[l.head:]...), l.buf[:l.head]...)
	}
	gone := l.total - int64(len(all))
	own = all[max(0, l.start-gone):]
	return all[:len(all):len(all)], own[:len(own):len(own)], gone + l.lost
}

// show lets a receiver have what is kept already, and then what comes, until the log is
// adopted by another.
func (l *runLog) show(emit func(invoke.Progress)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, _, _ := l.kept()
	l.emit = emit
	l.tell(all)
}

// adopt moves what another log holds to this one, without showing it again.
func (l *runLog) adopt(from *runLog) {
	from.mu.Lock()
	all, _, dropped := from.kept()
	below := from.below
	from.buf, from.head, from.total, from.start, from.lost, from.below, from.emit = nil, 0, 0, 0, 0, 0, nil
	from.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total += int64(len(all))
	l.lost += dropped
	l.below += below
	l.keep(all)
}
