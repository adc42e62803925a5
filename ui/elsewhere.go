package ui

import (
	"bytes"
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// A copied form is an invocation in the words of another tool.
type copiedForm struct {
	name string
	text func(t invoke.TargetInfo, req invoke.Request) string
}

var copiedForms = []copiedForm{
	{"lambent invoke", invoke.CopyAsLambent},
	{"aws lambda invoke", invoke.CopyAsAWSCLI},
	{"curl", func(t invoke.TargetInfo, req invoke.Request) string { return invoke.CopyAsCurl(t, req, "") }},
	{"Go, with the AWS SDK", invoke.CopyAsGo},
}

// noInvocation is why there is no invocation to say in other words.
func (a *App) noInvocation() string {
	if a.focus == paneHistory {
		return a.noRow()
	}
	if a.result.shown == nil {
		return "there is no result"
	}
	return ""
}

// copyAs chooses the words in which the invocation is copied.
func (a *App) copyAs() tea.Cmd {
	if a.focus == paneHistory {
		return a.readEntry(a.history.under().ID, copyAsIt)
	}
	o := a.result.shown
	a.chooseForm(o.target, o.request)
	return nil
}

func (a *App) chooseForm(t invoke.TargetInfo, req invoke.Request) {
	var choices []choice
	for _, form := range copiedForms {
		text := form.text(t, req)
		first, _, _ := strings.Cut(text, "\n")
		choices = append(choices, choice{text: form.name, dim: first, pick: func(a *App) tea.Cmd {
			return a.copyText([]byte(text), form.name)
		}})
	}
	p := newPicker("Copy as", "copy", choices)
	p.width = 100
	a.push(p)
}

// noConsole is why there is nothing to open in the AWS console.
func (a *App) noConsole() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	if a.consoleURL() == "" {
		return "the AWS console shows functions of AWS only"
	}
	return ""
}

// consoleURL is where the console shows what is chosen, "" for nowhere.
func (a *App) consoleURL() string {
	if r := a.history.under(); a.focus == paneHistory && r != nil {
		return invoke.ConsoleURL(a.info(), r.Function, r.Qualifier)
	}
	if a.functions.chosen == "" {
		return ""
	}
	return invoke.ConsoleURL(a.info(), a.functions.chosen, a.request.qualifier)
}

// openConsole shows the address of the function in the AWS console, and copies it:
// which browser is signed in where is nobody's guess, and many a terminal is far away.
func (a *App) openConsole() tea.Cmd {
	address := a.consoleURL()
	a.push(&notice{title: "In the AWS console", lines: []safetext.Line{safetext.FromString(address), safetext.Trusted(""), safetext.Trusted("The address is on the clipboard.")}})
	return a.copyText([]byte(address), "address")
}

// noWholeLog is why there is no more of the log.
func (a *App) noWholeLog() string {
	o := a.result.shown
	switch {
	case a.run != nil:
		return "a run is under way"
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

// A wholeLog is a log that is being read, piece by piece, until its report has come.
type wholeLog struct {
	requestID string
	pieces    chan invoke.LogEvent
	err       error
}

// readWholeLog reads all of the invocation's log in the place of its tail.
func (a *App) readWholeLog() tea.Cmd {
	o := a.result.shown
	reader, _ := invoke.As[invoke.LogReader](a.target())
	ctx, stop := context.WithCancel(a.session.ctx)
	w := &wholeLog{requestID: o.result.RequestID, pieces: make(chan invoke.LogEvent, 256)}
	if a.reading != nil {
		a.reading()
	}
	a.reading = stop
	query := invoke.LogQuery{Function: o.request.Function, Qualifier: o.request.Qualifier, RequestID: o.result.RequestID, Around: o.result.StartedAt}
	go func() {
		defer close(w.pieces)
		for event, err := range reader.ReadLog(ctx, query) {
			if err != nil {
				w.err = err
				return
			}
			select {
			case w.pieces <- event:
			case <-ctx.Done():
				return
			}
		}
	}()
	a.logs.take(new(logText), o.result.RequestID)
	a.logs.follow = true
	a.focusTo(paneLogs)
	a.note("reading the whole log")
	return w.next
}

// logPiece brings what has come of a log.
type logPiece struct {
	log  *wholeLog
	text []byte
	end  bool
}

// next waits for more of the log, and takes what has come meanwhile with it.
func (w *wholeLog) next() tea.Msg {
	event, more := <-w.pieces
	if !more {
		return logPiece{log: w, end: true}
	}
	text := bytes.Clone(event.Text)
	for {
		select {
		case event, more = <-w.pieces:
			if !more {
				return logPiece{log: w, text: text, end: true}
			}
			text = append(text, event.Text...)
		default:
			return logPiece{log: w, text: text}
		}
	}
}

func (m logPiece) apply(a *App) tea.Cmd {
	if a.logs.requestID != m.log.requestID {
		return nil // another log is shown by now
	}
	a.logs.text.append(m.text)
	switch {
	case !m.end:
		return m.log.next
	case m.log.err != nil:
		a.warn(safetext.FromString("the whole log: " + m.log.err.Error()))
	default:
		a.note("the whole log")
	}
	return nil
}
