package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/ui/safetext"
)

// pasteAnswer is how long the terminal has to answer for its clipboard.
const pasteAnswer = 300 * time.Millisecond

// A clipboard is what was copied here last, for terminals that do not let their
// clipboard be read.
type clipboard struct {
	text    string
	waiting int // numbers the paste that waits for the terminal, 0 for none
	asked   int
}

// maxClipboard is the most that is handed to the terminal: it goes there in one
// escape sequence, and terminals that take more are rare.
const maxClipboard = 1 << 20

// copyText puts bytes on the terminal's clipboard, exactly as they are.
func (a *App) copyText(b []byte, what string) tea.Cmd {
	a.clipboard.text = string(b)
	if len(b) > maxClipboard {
		a.warn(safetext.FromString(size(int64(len(b))) + " are too much for a terminal's clipboard: ctrl+v pastes it here, saving writes a file"))
		return nil
	}
	a.say(safetext.FromString(what + " copied · " + size(int64(len(b)))))
	return tea.SetClipboard(string(b))
}

// nothingToCopy is why there is nothing to copy.
func (a *App) nothingToCopy() string {
	switch {
	case a.focus == paneHistory:
		return a.noRow()
	case a.onLogs() && a.logs.text.lines() == 0:
		return "the log is empty"
	case !a.onLogs() && a.result.shown == nil && a.unlisted() == nil:
		return "there is no result"
	}
	return ""
}

// copyHere copies what the cursor is on: a value of the response, a line of
// the log, the failure, the payload of a run.
func (a *App) copyHere() tea.Cmd {
	p := &a.result
	switch {
	case a.focus == paneHistory:
		return a.readEntry(a.history.under().ID, copyIt)
	case a.onLogs():
		l := &a.logs
		return a.copyText(l.text.line(l.cursor), "line "+thousands(l.cursor+1))
	case p.shown == nil:
		return a.copyFailure(a.unlisted(), false)
	case p.tab == tabBody && len(p.seen().result.Payload) > 0:
		b, what := p.body.value()
		return a.copyText(b, what)
	}
	if f := p.seen().failure; p.tab == tabError && f != nil && f.Command != "" {
		return a.copyFailure(f, false)
	}
	return a.copyText([]byte(p.plain(a)), "details")
}

// copyAll copies all of the focused view: the response's bytes, the log.
func (a *App) copyAll() tea.Cmd {
	p := &a.result
	switch {
	case a.focus == paneHistory:
		return a.copyHere()
	case a.onLogs():
		return a.copyText(a.logs.text.data, "log")
	case p.shown == nil:
		return a.copyFailure(a.unlisted(), true)
	case p.tab == tabBody || a.focus != paneResult:
		return a.copyText(p.seen().result.Payload, "response")
	}
	return a.copyText([]byte(p.plain(a)), "details")
}

// plain is the sheet that is shown as text.
func (p *resultPane) plain(a *App) string {
	t := errorSheet(a, p.seen(), 200, true)
	if p.tab == tabReport {
		t = reportSheet(a, p.seen(), 200)
	} else if p.tab == tabEvent {
		t, _, _ = eventSheet(a, p.shown, 200, p.attempt, true)
	} else if len(t) > 0 {
		t = t[:len(t)-1] // without the keys
	}
	return t.plain()
}

// plain is the sheet as text.
func (t sheet) plain() string {
	var b strings.Builder
	for _, line := range t {
		for _, s := range line {
			b.WriteString(s.Text.String())
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// nothingSelected is why there is nothing to copy in the editor.
func (a *App) nothingSelected() string {
	if !a.payload.current.editor.HasSelection() {
		return "nothing is selected"
	}
	return ""
}

func (a *App) copySelection() tea.Cmd {
	return a.copyText([]byte(a.payload.current.editor.Copy()), "selection")
}

func (a *App) cutSelection() tea.Cmd {
	cmd := a.copyText([]byte(a.payload.current.editor.Cut()), "selection")
	return tea.Batch(cmd, a.payload.edited(a))
}

func (a *App) selectAll() tea.Cmd {
	a.payload.current.editor.SelectAll()
	return nil
}

func (a *App) undo() tea.Cmd {
	if !a.payload.current.editor.Undo() {
		a.note("nothing to undo")
	}
	return a.payload.edited(a)
}

func (a *App) redo() tea.Cmd {
	if !a.payload.current.editor.Redo() {
		a.note("nothing to redo")
	}
	return a.payload.edited(a)
}

// pasteClipboard asks the terminal for its clipboard. Many do not answer: then
// what was copied here last is pasted.
func (a *App) pasteClipboard() tea.Cmd {
	a.clipboard.asked++
	a.clipboard.waiting = a.clipboard.asked
	id, ctx, clock := a.clipboard.asked, a.ctx, a.clock
	return tea.Batch(tea.ReadClipboard, func() tea.Msg {
		clock.Sleep(ctx, pasteAnswer)
		return noClipboard{id}
	})
}

// clipboardCame is the terminal's answer.
func (a *App) clipboardCame(text string) tea.Cmd {
	if a.clipboard.waiting == 0 {
		return nil
	}
	a.clipboard.waiting = 0
	if text == "" {
		text = a.clipboard.text
	}
	return a.paste(text)
}

// noClipboard says that the terminal has had its time.
type noClipboard struct{ id int }

func (m noClipboard) apply(a *App) tea.Cmd {
	if a.clipboard.waiting != m.id {
		return nil
	}
	a.clipboard.waiting = 0
	if a.clipboard.text == "" {
		a.toasts.add(toast{text: safetext.Trusted("the terminal keeps its clipboard to itself: paste with its own key"), glyph: safetext.Trusted("–"), until: a.now.Add(toastTime)})
		return nil
	}
	return a.paste(a.clipboard.text)
}
