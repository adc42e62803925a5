package ui

import (
	"sync"

	"lambent/invoke"
)

// maxPendingLog bounds the bytes of log and response that wait for the next tick. A
// function that writes faster than that loses the rest on the screen only, and only
// while it runs: the result brings the whole of both.
const maxPendingLog = 4 << 20

// A mailbox takes the progress of a run from whatever goroutine reports it and
// keeps it until the workbench looks, which it does at every tick of the clock.
// So a flood of log lines costs one redraw a tick, and reporting never blocks.
type mailbox struct {
	mu      sync.Mutex
	news    []invoke.Progress
	bytes   int
	dropped unkept
}

// unkept counts the bytes that had no room.
type unkept struct{ log, response int64 }

// put is the emit function of an invocation.
func (m *mailbox) put(p invoke.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.Kind == invoke.ProgressLog || p.Kind == invoke.ProgressChunk {
		if m.bytes+len(p.Data) > maxPendingLog {
			if p.Kind == invoke.ProgressLog {
				m.dropped.log += int64(len(p.Data))
			} else {
				m.dropped.response += int64(len(p.Data))
			}
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

// take returns what has come since the last call, and how many bytes were not kept.
func (m *mailbox) take() (news []invoke.Progress, dropped unkept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	news, dropped = m.news, m.dropped
	m.news, m.bytes, m.dropped = nil, 0, unkept{}
	return news, dropped
}
