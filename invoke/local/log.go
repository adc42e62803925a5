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
	if l.emit == nil {
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
	all = l.buf
	if l.head > 0 {
		all = append(append(make([]byte, 0, len(l.buf)), l.buf[l.head:]...), l.buf[:l.head]...)
	}
	gone := l.total - int64(len(all))
	own = all[max(0, l.start-gone):]
	return all[:len(all):len(all)], own[:len(own):len(own)], gone + l.lost
}

// drop counts bytes that were lost before they got here.
func (l *runLog) drop(n int64) {
	l.mu.Lock()
	l.lost += n
	l.mu.Unlock()
}

// take returns the bytes kept and leaves the log empty.
func (l *runLog) take() ([]byte, int64) {
	all, _, dropped := l.bytes()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf, l.head, l.total, l.start, l.lost = nil, 0, 0, 0, 0
	return all, dropped
}
