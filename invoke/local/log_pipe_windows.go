package local

import (
	"os"
	"sync"
	"time"
)

// drainPause is how long direct waits for the reader: Windows can't say whether an
// anonymous pipe is empty to whoever isn't reading it.
const drainPause = 20 * time.Millisecond

type logPipe struct {
	file   *os.File
	mu     sync.Mutex
	sink   *runLog
	levels *levelFilter // of the function whose pipe it is
}

func newLogPipe(file *os.File) *logPipe { return &logPipe{file: file} }

func (p *logPipe) pump() {
	buf := make([]byte, readSize)
	for {
		n, err := p.file.Read(buf)
		p.mu.Lock()
		if n > 0 && p.sink != nil {
			p.levels.write(p.sink, buf[:n])
		}
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *logPipe) direct(sink *runLog) {
	time.Sleep(drainPause)
	p.mu.Lock()
	p.levels.flush(p.sink)
	p.sink = sink
	p.mu.Unlock()
}

func (p *logPipe) handOver(from, to *runLog) {
	time.Sleep(drainPause)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.levels.flush(p.sink)
	to.adopt(from)
	p.sink = to
}

func (p *logPipe) close() { p.file.Close() }
