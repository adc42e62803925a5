package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// The times that the workbench counts.
const (
	tickEvery  = 50 * time.Millisecond  // while something runs
	draftPause = 500 * time.Millisecond // without typing, then the draft is saved
	toastTime  = 3 * time.Second
	eventTime  = 5 * time.Second // how long the foot remembers
	watchEvery = time.Second     // between two looks at the store
)

// A tickMsg is the clock's. Only the newest one counts.
type tickMsg struct{ id int }

// keepTime makes the clock tick when something needs it: a run at every tick,
// toasts, drafts and the foot's memory once, at their time. Without any of them nothing ticks.
func (a *App) keepTime() tea.Cmd {
	due := a.due()
	if due.IsZero() || !a.tickAt.IsZero() && !a.tickAt.After(due) {
		return nil
	}
	a.ticks++
	a.tickAt = due
	id, wait, ctx, clock := a.ticks, max(due.Sub(a.now), time.Millisecond), a.ctx, a.clock
	return func() tea.Msg {
		if !clock.Sleep(ctx, wait) {
			return nil
		}
		return tickMsg{id}
	}
}

// due is when the clock has to tick next, zero for never.
func (a *App) due() time.Time {
	var due time.Time
	at := func(t time.Time) {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	if a.run != nil || a.logs.whole != nil {
		at(a.now.Add(tickEvery))
	}
	if a.jobUnder() {
		at(a.job.due(a.now))
	}
	if f := a.following(); f != nil {
		at(f.due(a.now))
	}
	at(a.toasts.due())
	at(a.payload.draftDue)
	if a.event != "" {
		at(a.eventAt.Add(eventTime))
	}
	return due
}

// tick is what happens when the clock ticks.
func (a *App) tick(m tickMsg) tea.Cmd {
	if m.id != a.ticks {
		return nil
	}
	a.tickAt = time.Time{}
	a.toasts.expire(a.now)
	if a.event != "" && !a.now.Before(a.eventAt.Add(eventTime)) {
		a.event = ""
	}
	if a.run != nil {
		a.spin++
		a.hear(a.run)
	}
	if w := a.logs.whole; w != nil {
		a.hearLog(w)
	}
	var follow tea.Cmd
	if f := a.following(); f != nil {
		a.spin++
		follow = a.hearEvent(f)
	}
	if a.jobUnder() {
		a.spin++
		follow = tea.Batch(follow, a.job.beat(a))
	}
	if d := a.payload.draftDue; !d.IsZero() && !a.now.Before(d) {
		return tea.Batch(follow, a.saveDraft())
	}
	return follow
}

// note puts a line at the foot's right for a while.
func (a *App) note(text string) {
	a.event, a.eventAt = text, a.now
}
