package ui

import (
	"bytes"
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A followed is an accepted event while it is in view: it is followed until it is
// settled or something else is shown. Its attempts go on without anybody looking.
type followed struct {
	id        int    // what comes for another one is dropped
	requestID string // the same for all attempts
	stop      context.CancelFunc
	news      *mailbox

	running bool // an attempt is under way on this machine
	cold    bool // its environment is being started
	began   time.Time
	live    *logText // what it has written so far
	log     logText  // of all attempts

	event invoke.QueuedEvent // as the store had it last; zero before it has answered
	err   error              // why it is no longer followed
}

// eventLook is how often an event is looked at that is due and does not run here:
// another lambent may have it.
const eventLook = 250 * time.Millisecond

// following is the event in view that is not settled, nil when there is none.
func (a *App) following() *followed {
	if o := a.result.shown; o != nil && o.event != nil && o.event.unsettled() {
		return o.event
	}
	return nil
}

func (f *followed) unsettled() bool {
	return f.err == nil && (f.event.State == "" || f.event.State == invoke.EventQueued)
}

// follow begins to follow the event of an outcome, where the target can and the
// store keeps it.
func (a *App) follow(o *outcome) tea.Cmd {
	follower, can := invoke.As[invoke.Follower](a.target())
	accepted := o.failure == nil && o.state == "" && o.result.StatusCode == 202
	if !can || a.store() == nil || o.result.RequestID == "" || !accepted && o.state != history.StateQueued {
		return nil
	}
	a.runs++
	ctx, stop := context.WithCancel(a.ctx)
	f := &followed{id: a.runs, requestID: o.result.RequestID, stop: stop, news: new(mailbox)}
	o.event = f
	return tea.Batch(a.readEvent(f), func() tea.Msg {
		_, err := follower.Follow(ctx, f.requestID, f.news.put)
		if ctx.Err() != nil {
			return nil // nobody looks at it any more
		}
		return followEnded{f.id, err}
	})
}

// unfollow stops following what is shown: something else will be.
func (p *resultPane) unfollow() {
	if p.shown != nil && p.shown.event != nil {
		p.shown.event.stop()
	}
}

// eventCame brings an event as the store has it.
type eventCame struct {
	id    int
	event invoke.QueuedEvent
	err   error
}

func (a *App) readEvent(f *followed) tea.Cmd {
	store, ctx, id, requestID := a.store(), a.ctx, f.id, f.requestID
	return func() tea.Msg {
		event, err := store.Event(ctx, requestID)
		return eventCame{id, event, err}
	}
}

func (m eventCame) apply(a *App) tea.Cmd {
	f := a.following()
	if f == nil || f.id != m.id {
		return nil
	}
	if m.err != nil {
		f.err = m.err
		f.stop()
		return nil
	}
	again := a.hearEvent(f)
	if len(m.event.Attempts) > len(f.event.Attempts) {
		f.log.set(attemptLogs(m.event.Attempts), 0)
		if f.running {
			f.log.append(f.live.data)
		}
	}
	f.event = m.event
	a.result.shown.attempts = m.event.Attempts
	again = tea.Batch(again, a.result.attemptEnded(a))
	if f.unsettled() {
		return again
	}
	return tea.Batch(again, a.result.settle(a, f))
}

// followEnded says that an event is settled, or can no longer be followed.
type followEnded struct {
	id  int
	err error
}

func (m followEnded) apply(a *App) tea.Cmd {
	f := a.following()
	if f == nil || f.id != m.id {
		return nil
	}
	if m.err != nil {
		f.err = m.err
		return nil
	}
	return a.readEvent(f)
}

// hearEvent takes in what was reported of the event since the last tick. Attempts
// that have ended are read from the store, which knows their results.
func (a *App) hearEvent(f *followed) tea.Cmd {
	news, _ := f.news.take()
	ended := false
	for _, p := range news {
		if p.RequestID != "" && p.RequestID != f.requestID {
			continue // of a function that the outcome has invoked: a run of its own
		}
		switch p.Kind {
		case invoke.ProgressStarting, invoke.ProgressRunning, invoke.ProgressLog:
			if !f.running {
				f.running, f.began, f.live = true, a.now, new(logText)
				if !p.At.IsZero() {
					f.began = p.At
				}
			}
			f.cold = p.Kind == invoke.ProgressStarting
			if p.Kind == invoke.ProgressLog && len(f.live.data)+len(p.Data) <= maxLiveLog {
				f.live.append(p.Data)
			}
			f.log.append(p.Data)
		case invoke.ProgressAttempt:
			ended, f.running = true, false
		}
	}
	if !ended {
		return nil
	}
	return a.readEvent(f)
}

// due is when the event has to be looked at next, zero for never.
func (f *followed) due(now time.Time) time.Time {
	switch wait := f.event.NotBefore.Sub(now); {
	case f.running, f.event.State != "" && wait <= 0 && -wait < time.Second: // its attempt begins about now
		return now.Add(tickEvery)
	case f.event.State == "" || wait <= 0:
		return now.Add(eventLook)
	default: // at the next whole second of the countdown
		return now.Add((wait-1)%time.Second + 1)
	}
}

// attemptLogs are the logs of attempts one after the other.
func attemptLogs(attempts []invoke.Attempt) []byte {
	var all []byte
	for i := range attempts {
		log := attempts[i].Result.Log
		if log == nil {
			log = attempts[i].Result.LogTail
		}
		all = append(all, log...)
		if len(log) > 0 && !bytes.HasSuffix(log, []byte("\n")) {
			all = append(all, '\n')
		}
	}
	return all
}

// settle shows what has become of the event in the place of its acceptance, and
// leaves the person in the tab that is being read.
func (p *resultPane) settle(a *App, f *followed) tea.Cmd {
	f.stop()
	o := *p.shown
	o.state, o.condition, o.deliveries = history.StateDone, f.event.Condition, f.event.Deliveries
	if f.event.State == invoke.EventDead {
		o.state = history.StateDead
	}
	if n := len(f.event.Attempts); n > 0 {
		last := &f.event.Attempts[n-1]
		id, uid := o.result.HistoryID, o.result.HistoryUID
		o.result, o.failure = last.Result, last.Failure()
		o.result.StatusCode, o.result.HistoryID, o.result.HistoryUID = 202, id, uid
	}
	p.shown = &o
	word := o.verdict().word()
	if o.state == history.StateDone {
		word = "✓ event done"
	}
	a.note(word)
	var body tea.Cmd
	if p.attempt == 0 {
		body = p.body.load(a, o.result.Payload)
	}
	return tea.Batch(body, a.readHistory(), a.readStats(o.function))
}

// eventLine says where the event stands.
func eventLine(a *App, o *outcome, w int) string {
	s, r := a.styles, frame.NewRow(w)
	next := len(o.attempts) + 1
	f := o.event
	switch {
	case o.state == history.StateDone:
		r.AddCut(s.success, safetext.FromString(fmt.Sprintf("✓ succeeded with attempt %d", len(o.attempts))))
	case o.state == history.StateDead:
		r.AddCut(s.err, safetext.FromString("✗ given up after "+count(len(o.attempts), "attempt", "attempts")))
	case f == nil:
		r.AddCut(s.subtle, safetext.Trusted("queued"))
	case f.err != nil:
		r.AddCut(s.warning, safetext.FromString("? no longer followed: "+f.err.Error()))
	case f.running:
		r.Add(s.info, spinner[a.spin/2%len(spinner)])
		text := fmt.Sprintf(" attempt %d  %s", next, elapsed(a.now.Sub(f.began)))
		if f.cold {
			text += "  cold start"
		}
		r.AddCut(s.info, safetext.FromString(text))
	case f.event.NotBefore.After(a.now):
		r.AddCut(s.info, safetext.FromString(fmt.Sprintf("… waiting %s, then attempt %d", countdown(f.event.NotBefore.Sub(a.now)), next)))
	default:
		r.AddCut(s.info, safetext.FromString(fmt.Sprintf("… queued for attempt %d", next)))
	}
	return r.String()
}

// countdown is what is left of a wait, in minutes and whole seconds: 0:47.
func countdown(d time.Duration) string {
	left := int((d + time.Second - 1) / time.Second)
	if left >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", left/3600, left/60%60, left%60)
	}
	return fmt.Sprintf("%d:%02d", left/60, left%60)
}
