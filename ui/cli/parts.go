package cli

import (
	"bytes"
	"sync"

	"lambent/invoke"
	"lambent/ui/safetext"
	"lambent/ui/settings"
)

// parts writes a streamed response to standard output while it comes. The target never
// waits for whoever reads there: the parts go through a bounded queue, and what does not
// fit is written at the end, from the whole response.
type parts struct {
	out *printer

	mu     sync.Mutex
	more   sync.Cond
	queue  [][]byte
	queued int  // bytes in the queue
	taken  int  // bytes from the beginning of the response on that went through it
	full   bool // the reader has stopped: nothing more is taken
	closed bool

	lines safetext.Stream // on a terminal
	shown int             // cells of its unfinished line that are on the screen

	done chan struct{}
}

// parts is nil where the response is not shown part by part.
func (a *app) parts(req invoke.Request, output settings.Output) *parts {
	if !req.Stream || output == settings.JSON {
		return nil
	}
	p := &parts{out: a.out, done: make(chan struct{})}
	p.more.L = &p.mu
	go p.run()
	return p
}

// before takes the parts out of the news of an invocation, which all go on to emit.
func (p *parts) before(emit func(invoke.Progress)) func(invoke.Progress) {
	if p == nil {
		return emit
	}
	return func(news invoke.Progress) {
		if news.Kind == invoke.ProgressChunk {
			p.take(news.Data)
		}
		if emit != nil {
			emit(news)
		}
	}
}

func (p *parts) take(part []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full = p.full || p.queued+len(part) > maxQueued; p.full || p.closed || len(part) == 0 {
		return
	}
	p.queue, p.queued, p.taken = append(p.queue, part), p.queued+len(part), p.taken+len(part)
	p.more.Signal()
}

func (p *parts) run() {
	defer close(p.done)
	for {
		p.mu.Lock()
		for len(p.queue) == 0 && !p.closed {
			p.more.Wait()
		}
		batch := p.queue
		p.queue, p.queued = nil, 0
		p.mu.Unlock()
		if batch == nil {
			return
		}
		p.write(bytes.Join(batch, nil))
	}
}

// finish writes what of the response has not been written yet.
func (p *parts) finish(response []byte) {
	p.mu.Lock()
	p.closed = true
	p.more.Signal()
	p.mu.Unlock()
	<-p.done
	if len(response) > p.taken {
		p.write(response[p.taken:])
	}
	if p.out.terminal {
		p.lines.Close(p.line)
	}
}

func (p *parts) write(b []byte) {
	if !p.out.terminal {
		p.out.raw(b)
		return
	}
	p.lines.Write(b, p.line)
	// What a function streams is read as it comes, also within a line.
	rest := p.lines.Rest()
	if width := rest.Width(); width > p.shown {
		p.out.raw([]byte(rest.Slice(p.shown, width).String()))
		p.shown = width
	}
}

// line ends a line, a part of which may be on the screen.
func (p *parts) line(_ []byte, line safetext.Line) {
	p.out.line(line.Slice(min(p.shown, line.Width()), line.Width()).String())
	p.shown = 0
}
