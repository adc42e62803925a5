package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// An attempt that is chosen in the event tab has the other tabs and the logs to itself:
// its error, its response, its report and what it wrote. With none chosen they are the
// event's as a whole, which has the outcome of its last attempt and the logs of all.

// seen is what the tabs are about: what is shown, or the chosen one of its attempts.
func (p *resultPane) seen() *outcome {
	if p.looked != nil {
		return p.looked
	}
	return p.shown
}

// attempts is how many attempts can be chosen: one that runs is among them.
func (p *resultPane) attempts() int {
	o := p.shown
	if o == nil {
		return 0
	}
	n := len(o.attempts)
	if o.event != nil && o.event.running && o.event.unsettled() {
		n++
	}
	return n
}

// choose looks at an attempt, counted from 1; 0 is the event as a whole.
func (p *resultPane) choose(a *App, n int) tea.Cmd {
	o := p.shown
	p.attempt, p.looked, p.reveal = n, nil, true
	p.search.stale()
	switch {
	case n == 0:
		text := new(logText)
		if o.event != nil {
			text = &o.event.log
		} else {
			text.set(attemptLogs(o.attempts), 0)
		}
		a.logs.take(text, o.result.RequestID)
	case n > len(o.attempts):
		p.looked = o.running()
		a.logs.take(o.event.live, o.result.RequestID)
		a.logs.follow = true
		return p.body.load(a, nil)
	default:
		p.looked = o.attempt(n)
		a.logs.show(&p.looked.result, nil)
		a.logs.follow = false
	}
	return p.body.load(a, p.seen().result.Payload)
}

// attempt is one attempt of an event as an outcome of its own.
func (o *outcome) attempt(n int) *outcome {
	at, one := &o.attempts[n-1], *o
	one.result, one.failure = at.Result, at.Failure()
	one.result.HistoryID, one.result.HistoryUID = o.result.HistoryID, o.result.HistoryUID
	one.refused, one.at, one.elapsed = at.Refused != nil, at.Result.StartedAt, at.Result.Duration
	one.state, one.condition, one.attempts, one.deliveries, one.previous = history.StateDone, "", nil, nil, 0
	return &one
}

// running is the attempt under way, of which only the log is known.
func (o *outcome) running() *outcome {
	one := *o
	r := &o.result
	one.result = invoke.Result{RequestID: r.RequestID, FunctionName: r.FunctionName, FunctionARN: r.FunctionARN, HistoryID: r.HistoryID}
	one.failure, one.refused, one.at = nil, false, o.event.began
	one.state, one.condition, one.attempts, one.deliveries = history.StateRunning, "", nil, nil
	return &one
}

// attemptEnded shows the outcome of an attempt that was chosen while it ran.
func (p *resultPane) attemptEnded(a *App) tea.Cmd {
	if p.looked == nil || p.looked.state != history.StateRunning || p.attempt > len(p.shown.attempts) {
		return nil
	}
	return p.choose(a, p.attempt)
}

// moveAttempt chooses the next attempt, or the one before; where there is none it
// scrolls, so that what comes below the attempts can be read.
func (p *resultPane) moveAttempt(a *App, key string) tea.Cmd {
	switch {
	case key == "down" && p.attempt < p.attempts():
		return p.choose(a, p.attempt+1)
	case key == "up" && p.attempt > 0 && p.attempt <= len(p.marks) && p.top <= p.marks[p.attempt-1]:
		return p.choose(a, p.attempt-1)
	}
	p.scrollSheet(key)
	return nil
}

// clickAttempt chooses the attempt in a row of the sheet.
func (p *resultPane) clickAttempt(a *App, row int) tea.Cmd {
	n := 0
	for n < len(p.marks) && p.marks[n] <= row {
		n++
	}
	if row < 0 || row >= p.marksEnd || n == p.attempt {
		return nil
	}
	return p.choose(a, n)
}

// revealAttempt brings the chosen attempt into view.
func (p *resultPane) revealAttempt() {
	if !p.reveal {
		return
	}
	p.reveal = false
	if p.attempt == 0 || p.attempt > len(p.marks) {
		p.top = 0
		return
	}
	from, end := p.marks[p.attempt-1], p.marksEnd
	if p.attempt < len(p.marks) {
		end = p.marks[p.attempt]
	}
	if end > p.top+p.h {
		p.top = end - p.h
	}
	p.top = min(p.top, from)
}

// eventSheet lists the attempts of an event with what became of each. chosen is the one
// that is looked at. marks are the first rows of the attempts, end is the row after the
// last one.
func eventSheet(a *App, o *outcome, w, chosen int, expand bool) (lines sheet, marks []int, end int) {
	t := &sheetWriter{s: a.styles, w: w}
	for i := range o.attempts {
		marks = append(marks, len(t.lines))
		t.attempt(a, &o.attempts[i], chosen == i+1, expand)
	}
	if f := o.event; f != nil && f.running && f.unsettled() {
		marks = append(marks, len(t.lines))
		n := len(o.attempts) + 1
		t.add(t.pointer(chosen == n), span(t.s.info, fmt.Sprintf("… attempt %d  %s  running", n, f.began.In(a.now.Location()).Format("15:04:05"))))
	}
	end = len(t.lines)
	if len(o.deliveries) > 0 {
		t.blank()
		t.deliveries(o.deliveries)
	}
	if o.event != nil && o.event.unsettled() {
		t.blank()
		t.text(t.s.muted, "No result comes back in this mode. The event goes on while something else is shown, and is kept when lambent is left.")
	}
	return t.lines, marks, end
}

// pointer is the column that marks what is chosen.
func (t *sheetWriter) pointer(chosen bool) frame.Span {
	if chosen {
		return span(t.s.accent, "▌")
	}
	return span("", " ")
}

// attempt adds one attempt: when it was, how long it took, and its error, in full where
// it is chosen.
func (t *sheetWriter) attempt(a *App, at *invoke.Attempt, chosen, expand bool) {
	failure := at.Failure()
	sign, look := safetext.Trusted("✓"), t.s.success
	switch {
	case at.Refused != nil:
		sign, look = safetext.Trusted("!"), t.s.warning
	case failure != nil || at.Result.FunctionError != "":
		sign, look = safetext.Trusted("✗"), t.s.err
	}
	took := at.Result.Duration
	if r := at.Result.Report; r != nil {
		took = r.Duration
	}
	text := fmt.Sprintf(" attempt %d  %s  %s", at.Number, at.Result.StartedAt.In(a.now.Location()).Format("15:04:05"), duration(took))
	if !at.Counts {
		text += "  uses up no retry"
	}
	title := t.s.text
	if chosen {
		title = t.s.text + t.s.strong
	}
	pointer := t.pointer(chosen)
	t.add(pointer, frame.Span{Style: look, Text: sign}, frame.Span{Style: title, Text: safetext.FromString(text).Cut(max(t.w-2, 1))})
	if failure == nil {
		return
	}
	inner := &sheetWriter{s: t.s, w: max(t.w-3, 1)}
	inner.text(t.s.subtle, strings.TrimSuffix(failure.Name+": "+failure.Message, ": "))
	if chosen {
		inner.trace(failure.Trace, expand)
		inner.remedy(failure.Remedy, failure.Command)
	} else {
		inner.place(failure.Trace)
	}
	for _, l := range inner.lines {
		t.add(append([]frame.Span{pointer, span("", "  ")}, l...)...)
	}
}

// place adds the first frame of the function's own.
func (t *sheetWriter) place(trace []invoke.Frame) {
	for _, f := range trace {
		if f.Own {
			t.frame(f, t.s.subtle, 12)
			return
		}
	}
}

// upAndDown are the keys that choose the attempt before and the next one.
func (a *App) upAndDown() string {
	text := ""
	for _, v := range a.table.byID["move"].variants {
		if (v.name == "up" || v.name == "down") && len(v.keys) > 0 {
			text += strings.NewReplacer("up", "↑", "down", "↓").Replace(v.keys[0])
		}
	}
	return text
}
