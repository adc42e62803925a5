package ui

import (
	"context"
	"sync"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// noWholeLog is why there is no more of the log.
func (a *App) noWholeLog() string {
	o := a.result.shown
	switch {
	case a.run != nil:
		return "a run is under way"
	case a.logs.whole != nil:
		return "the whole log is being read: ctrl+c stops it"
	case o == nil:
		return "there is no result"
	case o.result.RequestID == "":
		return "the invocation has no request id"
	case o.target.Kind == invoke.Local:
		return "the whole log is shown already"
	}
	if _, reads := invoke.As[invoke.LogReader](a.target()); !reads || history.ScopeOf(o.target) != history.ScopeOf(a.info()) {
		return "its log is at another target: ctrl+t goes there"
	}
	return ""
}

// A wholeLog is a log that is being read, until its report has come. What has come is
// taken over at every tick of the clock, so that a long one costs one redraw a tick.
type wholeLog struct {
	requestID string
	stop      context.CancelFunc
	began     bool // something has come: it stands where the tail was

	mu      sync.Mutex
	text    []byte // that has come since the last tick
	waiting string // what is waited for
}

// readWholeLog reads all of the invocation's log. The tail stays until something of it
// has come.
func (a *App) readWholeLog() tea.Cmd {
	o := a.result.shown
	reader, _ := invoke.As[invoke.LogReader](a.target())
	ctx, stop := context.WithCancel(a.session.ctx)
	w := &wholeLog{requestID: o.result.RequestID, stop: stop, waiting: "looking for the whole log"}
	query := invoke.LogQuery{Function: o.request.Function, Qualifier: o.request.Qualifier, RequestID: o.result.RequestID, Around: o.result.StartedAt}
	a.logs.leaveWhole()
	a.logs.whole = w
	a.focusTo(paneLogs)
	return a.of(func() tea.Msg {
		defer stop()
		for event, err := range reader.ReadLog(ctx, query) {
			if err != nil {
				return wholeLogRead{w, err}
			}
			w.put(event)
		}
		return wholeLogRead{w, nil}
	})
}

// rereadWholeLog is readWholeLog, asked for from a card that may have been open for long.
func (a *App) rereadWholeLog() tea.Cmd {
	if why := a.noWholeLog(); why != "" {
		a.warn(safetext.FromString(why))
		return nil
	}
	return a.readWholeLog()
}

// put keeps an event until the next tick.
func (w *wholeLog) put(e invoke.LogEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = e.Waiting
	w.text = append(w.text, e.Text...)
	if n := len(e.Text); n > 0 && e.Text[n-1] != '\n' { // each event is a line of its own
		w.text = append(w.text, '\n')
	}
}

// take returns what has come since the last call.
func (w *wholeLog) take() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.text
	w.text = nil
	return text
}

// awaited is what is waited for.
func (w *wholeLog) awaited() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == "" {
		return "reading all of it"
	}
	return w.waiting
}

// hearLog shows what has come of a whole log since the last tick.
func (a *App) hearLog(w *wholeLog) {
	text := w.take()
	if len(text) == 0 {
		return
	}
	if !w.began {
		a.logs.take(new(logText), w.requestID)
		a.logs.follow, w.began = true, true
	}
	a.logs.text.append(text)
}

// stopWholeLog gives up the reading. What has come stays.
func (a *App) stopWholeLog() {
	a.logs.leaveWhole()
	a.note("no longer reading the log")
}

// leaveWhole ends the reading of a whole log, if one is under way.
func (p *logsPane) leaveWhole() {
	if p.whole != nil {
		p.whole.stop()
		p.whole = nil
	}
}

// wholeLogRead says that the reading is over.
type wholeLogRead struct {
	log *wholeLog
	err error
}

func (m wholeLogRead) apply(a *App) tea.Cmd {
	w := m.log
	if a.logs.whole != w {
		return nil // it was given up, or another log is shown by now
	}
	a.hearLog(w)
	a.logs.leaveWhole()
	switch {
	case m.err != nil:
		a.push(newFailureCard("The whole log could not be read", m.err, (*App).rereadWholeLog))
	case w.began:
		a.note("the whole log")
	default:
		a.warn(safetext.Trusted("CloudWatch Logs has nothing of this invocation"))
	}
	return nil
}
