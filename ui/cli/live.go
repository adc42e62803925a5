package cli

import (
	"sync"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/safetext"
)

// A live log writes what a running function logs, line by line as it comes, and
// the attempts of an event between them.
//
// The target must never wait for whoever reads standard error, so the bytes go
// through a queue. It is bounded: what does not fit while a reader has stopped is
// counted and said, and history has the log anyway.
type live struct {
	mu      sync.Mutex
	more    sync.Cond
	queue   []item
	queued  int // bytes of log in the queue
	dropped int
	closed  bool
	shown   bool

	done chan struct{}
}

// An item is a piece of log, cut anywhere, or a line of ours.
type item struct {
	log  []byte
	line string
}

// maxQueued is how many bytes of log may wait for the reader of standard error.
const maxQueued = 8 << 20

func newLive(p *printer) *live {
	l := &live{done: make(chan struct{})}
	l.more.L = &l.mu
	go l.write(p)
	return l
}

// emit takes the news of an invocation.
func (l *live) emit(news invoke.Progress) {
	if news.Kind != invoke.ProgressLog || len(news.Data) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = true
	if l.closed || l.queued+len(news.Data) > maxQueued {
		l.dropped += len(news.Data)
		return
	}
	l.queued += len(news.Data)
	l.put(item{log: news.Data})
}

// say puts a line of ours after the log that has come so far. It is safe text.
func (l *live) say(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.put(item{line: line})
	}
}

func (l *live) put(i item) {
	l.queue = append(l.queue, i)
	l.more.Signal()
}

func (l *live) write(p *printer) {
	defer close(l.done)
	var lines safetext.Stream
	print := func(_ []byte, line safetext.Line) { p.line(line.String()) }
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.closed {
			l.more.Wait()
		}
		batch, dropped := l.queue, l.dropped
		l.queue, l.queued = nil, 0
		l.mu.Unlock()
		if batch == nil {
			lines.Close(print)
			if dropped > 0 {
				p.line(p.paint(themes.Muted, "… "), plural(dropped, "byte"), " of log came faster than they could be shown")
			}
			return
		}
		for _, i := range batch {
			if i.log != nil {
				lines.Write(i.log, print)
				continue
			}
			lines.Close(print) // a line of log without its end stays before ours
			p.line(i.line)
		}
	}
}

// close writes what is still there and reports whether there was any log.
func (l *live) close() (shown bool) {
	l.mu.Lock()
	l.closed = true
	l.more.Signal()
	l.mu.Unlock()
	<-l.done
	return l.shown
}
