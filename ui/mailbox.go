package ui

import (
	"sync"

	"lambent/invoke"
)

// maxPendingLog bounds the log bytes that wait for the next tick. A function that
// writes faster than that loses the rest on the screen only: the result brings
// the whole log.
const maxPendingLog = 4 << 20

// A mailbox takes the progress of a run from whatever goroutine reports it and
// keeps it until the workbench looks, which it does at every tick of the clock.
// So a flood of log lines costs one redraw a tick, and reporting never blocks.
type mailbox struct {
	mu      sync.Mutex
	news    []invoke.Progress
	bytes   int
	dropped int64
}

// put is the emit function of an invocation.
func (m *mailbox) put(p invoke.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.Kind == invoke.ProgressLog || p.Kind == invoke.ProgressChunk {
		if m.bytes+len(p.Data) > maxPendingLog {
			m.dropped += int64(len(p.Data))
			return
		}
		m.bytes += len(p.Data)
		if n := len(m.news); n > 0 && m.news[n-1].Kind == p.Kind {
			m.news[n-1].Data = append(m.news[n-1].Data, p.Data...) // many small writes are one piece of news
			return
		}
	}
	m.news = append(m.news, p)
}

// take returns what has come since the last call, and how many log bytes were
// not kept.
func (m *mailbox) take() (news []invoke.Progress, dropped int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	news, dropped = m.news, m.dropped
	m.news, m.bytes, m.dropped = nil, 0, 0
	return news, dropped
}
