//go:build unix

package local

import (
	"os"
	"sync"
	"syscall"
)

// maxDrain bounds one drain: more than a pipe can hold when a drain begins.
const maxDrain = 1 << 20

// A logPipe reads what a process tree writes into its log, always, so that no
// function ever waits for lambent.
type logPipe struct {
	file *os.File
	raw  syscall.RawConn

	mu     sync.Mutex // one reader at a time, so that bytes keep their order
	buf    []byte
	sink   *runLog      // where bytes go; nil drops them
	levels *levelFilter // of the function whose pipe it is
}

func newLogPipe(file *os.File) *logPipe {
	p := &logPipe{file: file, buf: make([]byte, readSize)}
	p.raw, _ = file.SyscallConn()
	return p
}

// pump reads until the pipe ends or is closed.
func (p *logPipe) pump() {
	for {
		ended := false
		err := p.raw.Read(func(fd uintptr) bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			n, err := p.read(fd)
			ended = n == 0 && err == nil || err != nil && err != syscall.EAGAIN
			return n > 0 || ended
		})
		if err != nil || ended {
			return
		}
	}
}

// read moves what one read yields to the sink.
func (p *logPipe) read(fd uintptr) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p.buf)
		if err == syscall.EINTR {
			continue
		}
		if n > 0 && p.sink != nil {
			p.levels.write(p.sink, p.buf[:n])
		}
		return max(n, 0), err
	}
}

// direct sends everything that has been written until now to the old sink and what
// comes after it to the new one. A runtime's writes are in the pipe before anything
// that it posts afterwards arrives, so whoever has read a response and then calls
// direct has every line that was written before it.
func (p *logPipe) direct(sink *runLog) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drain()
	p.levels.flush(p.sink)
	p.sink = sink
}

// handOver ends a log: what has been written until now goes there, all of it becomes the
// beginning of the next log, and so does what comes after.
func (p *logPipe) handOver(from, to *runLog) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drain()
	p.levels.flush(p.sink)
	to.adopt(from)
	p.sink = to
}

// drain reads what is in the pipe. The caller holds the mutex.
func (p *logPipe) drain() {
	_ = p.raw.Control(func(fd uintptr) { // an error means closed: nothing is left
		for taken := 0; taken < maxDrain; {
			n, err := p.read(fd)
			if n == 0 || err != nil {
				return
			}
			taken += n
		}
	})
}

// close reads what ended processes have left in the pipe and closes it.
func (p *logPipe) close() {
	p.mu.Lock()
	p.drain()
	p.mu.Unlock()
	p.file.Close() // waits for pump, which may be waiting for the mutex
}
