package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// doubleClick is the longest time between the clicks of a double click.
const doubleClick = 400 * time.Millisecond

// wheelLines is how many lines a turn of the wheel scrolls.
const wheelLines = 3

// lastClick is where and when a button was pressed last.
type lastClick struct {
	x, y     int
	at       time.Time
	dragging bool // the button is down in the editor
}

// pointer handles the mouse: a click focuses and selects, the wheel scrolls
// what is under it without focusing.
func (a *App) pointer(m tea.MouseMsg) tea.Cmd {
	if a.lay.arrangement == arrangeLine {
		return nil
	}
	at := m.Mouse()
	switch m.(type) {
	case tea.MouseWheelMsg:
		lines := wheelLines
		if at.Button == tea.MouseWheelUp {
			lines = -lines
		} else if at.Button != tea.MouseWheelDown {
			return nil
		}
		return a.wheel(at.X, at.Y, lines)
	case tea.MouseClickMsg:
		if at.Button == tea.MouseLeft {
			a.toasts.seen()
			return a.clicked(at)
		}
	case tea.MouseMotionMsg:
		if a.click.dragging && at.Button == tea.MouseLeft {
			a.dragTo(at)
		}
	case tea.MouseReleaseMsg:
		a.click.dragging = false
	}
	return nil
}

// clicked handles a press of the left button.
func (a *App) clicked(at tea.Mouse) tea.Cmd {
	c := &a.click
	double := c.x == at.X && c.y == at.Y && a.now.Sub(c.at) <= doubleClick
	*c = lastClick{x: at.X, y: at.Y, at: a.now}
	if double {
		c.at = time.Time{} // a third click is a first one
	}
	if n := len(a.overlays); n > 0 {
		top := a.overlays[n-1]
		box := top.card(a).at
		if !box.contains(at.X, at.Y) {
			return a.closeOverlay()
		}
		return top.point(a, at.Y-box.y-1, double)
	}
	p, ok := a.lay.at(at.X, at.Y)
	if !ok {
		return nil
	}
	if a.lay.floating >= 0 && p != a.lay.floating {
		a.focusTo(p)
		return nil
	}
	r := a.lay.panes[p]
	a.focusTo(p)
	return a.clickPane(p, at.X-r.x-2, at.Y-r.y-1, at, double)
}

// clickPane handles a click at a cell of a pane's content.
func (a *App) clickPane(p pane, x, y int, at tea.Mouse, double bool) tea.Cmd {
	switch p {
	case paneFunctions:
		f := &a.functions
		if row := f.list.top + y; y >= 0 && row < len(f.shown) {
			f.list.to(row, len(f.shown), f.h)
			if double {
				return a.openRow()
			}
			return a.choose(f.under().Name)
		}
	case paneHistory:
		return a.clickHistory(y, double)
	case panePayload:
		e := a.payload.current.editor
		switch {
		case y < 0 || x < 0:
		case double:
			e.SelectWord(x, y)
		default:
			e.Click(x, y, at.Mod.Contains(tea.ModShift))
			a.click.dragging = true
		}
	case paneResult:
		if y == -1 {
			return a.clickTab(at.X - a.lay.panes[p].x)
		}
		w, h := a.inner(paneResult)
		row := y - len(a.result.head(a, w, h))
		switch {
		case a.result.tab == tabLogs:
			a.logs.click(row)
		case a.result.tab == tabBody && !a.result.running(a):
			a.result.body.click(row, double)
		case a.result.tab == tabEvent && !a.result.running(a) && row >= 0 && row < a.result.h:
			return a.result.clickAttempt(a, row+a.result.top)
		}
	case paneLogs:
		a.logs.click(y)
	}
	return nil
}

// clickHistory puts the cursor on a run; twice opens it.
func (a *App) clickHistory(y int, double bool) tea.Cmd {
	p := &a.history
	row, ok := p.rowAt(a, y)
	if !ok {
		return nil
	}
	p.list.to(row, len(p.rows), p.h)
	if double {
		return a.openRow()
	}
	return nil
}

// clickTab goes to the tab whose title is at a column of the result pane.
func (a *App) clickTab(x int) tea.Cmd {
	for _, t := range a.result.tabSpans(a) {
		if x >= t.from && x < t.to {
			a.result.tab, a.result.top = t.tab, 0
		}
	}
	return nil
}

// dragTo extends the editor's selection to where the mouse is.
func (a *App) dragTo(at tea.Mouse) {
	r := a.lay.panes[panePayload]
	if r.shown() {
		a.payload.current.editor.Click(max(at.X-r.x-2, 0), at.Y-r.y-1, true)
	}
}

// wheel scrolls what is under the mouse.
func (a *App) wheel(x, y, lines int) tea.Cmd {
	if n := len(a.overlays); n > 0 {
		return a.overlays[n-1].wheel(a, lines)
	}
	p, ok := a.lay.at(x, y)
	if !ok {
		return nil
	}
	switch p {
	case paneFunctions:
		f := &a.functions
		f.list.scroll(lines, len(f.shown), f.h)
	case paneHistory:
		h := &a.history
		h.list.scroll(lines, len(h.rows), h.h)
		return a.readMoreHistory()
	case panePayload:
		a.payload.current.editor.Scroll(lines, 0)
	case paneLogs:
		a.logs.scroll(lines)
	case paneResult:
		switch r := &a.result; r.tab {
		case tabLogs:
			a.logs.scroll(lines)
		case tabBody:
			r.body.scroll(lines)
		default:
			r.top = min(max(r.top+lines, 0), max(len(r.sheet)-r.h, 0))
		}
	}
	return nil
}
