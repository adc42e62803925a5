package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// focusTo gives a pane the focus. What lies under a floating pane is remembered.
func (a *App) focusTo(p pane) {
	if a.focus == p {
		return
	}
	a.closeField()
	if a.focus == panePayload || a.focus == paneResult || a.focus == paneLogs {
		a.under = a.focus
	}
	a.focus = p
	a.arrange()
}

// closeField ends typing into the focused pane's filter or search; what was typed holds.
func (a *App) closeField() {
	a.functions.filter.typing = false
	a.history.filter.typing = false
	a.payload.search.typing = false
	a.result.search.typing = false
	a.logs.search.typing = false
}

// focusOn is the command that goes to a pane.
func focusOn(p pane) func(*App) tea.Cmd {
	return func(a *App) tea.Cmd {
		a.focusTo(p)
		return nil
	}
}

func (a *App) focusNext() tea.Cmd     { return a.turn(1) }
func (a *App) focusPrevious() tea.Cmd { return a.turn(-1) }

// turn goes to the next or the previous pane that is visible.
func (a *App) turn(step int) tea.Cmd {
	ring := a.lay.ring()
	i := slices.Index(ring, a.focus)
	if i < 0 {
		i = slices.Index(ring, a.under)
	}
	n := len(ring)
	a.focusTo(ring[((max(i, 0)+step)%n+n)%n])
	return nil
}

func (a *App) toggleZoom() tea.Cmd {
	a.zoom = !a.zoom
	return nil
}

// back takes one step back: out of a search, a filter, a selection, a floating
// pane, the zoom, a refusal.
func (a *App) back() tea.Cmd {
	switch s := a.sought(); {
	case s != nil && !s.finder.Empty():
		s.close()
		a.unmark()
	case a.focus == paneFunctions && a.functions.filter.active():
		a.functions.filter.clear()
		a.functions.narrow()
	case a.focus == paneHistory && a.history.filter.active():
		a.history.filter.clear()
		return a.readRows(0, historyPage)
	case a.focus == paneHistory && a.history.marked.len() > 0:
		a.history.marked.clear()
	case a.lay.floating >= 0:
		a.focusTo(a.under)
	case a.focus == panePayload && a.payload.current.editor.Deselect():
	case a.zoom:
		a.zoom = false
	case a.result.refusal != nil:
		a.result.refusal = nil
	case a.focus == paneResult && a.result.attempt > 0:
		return a.result.choose(a, 0)
	}
	return nil
}

// move moves in the focused list or view.
func (a *App) move() tea.Cmd {
	key := a.variant
	switch a.focus {
	case paneFunctions:
		p := &a.functions
		p.list.move(key, len(p.shown), p.h)
		return nil
	case paneHistory:
		p := &a.history
		p.list.move(key, len(p.rows), p.h)
		return a.readMoreHistory()
	case paneLogs:
		a.logs.move(key)
		return nil
	}
	p := &a.result
	switch p.tab {
	case tabLogs:
		a.logs.move(key)
	case tabBody:
		p.body.move(key)
	case tabEvent:
		return p.moveAttempt(a, key)
	default:
		p.scrollSheet(key)
	}
	return nil
}

// scrollSheet scrolls the text in the tab.
func (p *resultPane) scrollSheet(key string) {
	l := list{cursor: p.top, top: p.top}
	l.moveTop(key, len(p.sheet), p.h)
	p.top = l.top
}

// openRow chooses the function or opens the run under the cursor.
func (a *App) openRow() tea.Cmd {
	if a.focus == paneHistory {
		if r := a.history.under(); r != nil {
			return a.readEntry(r.ID, openIt)
		}
		return nil
	}
	f := a.functions.under()
	if f == nil {
		return nil
	}
	cmd := a.choose(f.Name)
	a.functions.filter.clear()
	a.functions.narrow()
	a.focusTo(panePayload)
	return cmd
}

// noRow is why there is no row to act on.
func (a *App) noRow() string {
	switch {
	case a.focus == paneHistory && a.history.under() == nil:
		return "no run is chosen"
	case a.focus == paneFunctions && a.functions.under() == nil:
		return "no function is chosen"
	}
	return ""
}

// refresh reads the lists again.
func (a *App) refresh() tea.Cmd {
	return tea.Batch(a.readFunctions(), a.readHistory(), a.readQualifiers(a.functions.chosen))
}

// turnTab goes to the previous or the next tab of the result.
func (a *App) turnTab() tea.Cmd {
	p := &a.result
	tabs := p.tabs(a)
	if len(tabs) == 0 {
		return nil
	}
	step := 1
	if a.variant == "previous" {
		step = -1
	}
	i := slices.Index(tabs, p.tab)
	p.tab = tabs[(max(i, 0)+step+len(tabs))%len(tabs)]
	p.top = 0
	return nil
}

// fold folds and unfolds in the body, and shows the other frames of a trace.
func (a *App) fold() tea.Cmd {
	p := &a.result
	switch {
	case p.tab == tabBody:
		p.body.fold(a.variant)
	case p.tab != tabError && p.tab != tabEvent:
	case a.variant == "toggle" || a.variant == "open":
		p.expand = true
	case a.variant == "close":
		p.expand = false
	}
	return nil
}

// toggleWrap wraps long lines, or cuts them.
func (a *App) toggleWrap() tea.Cmd {
	if a.onLogs() {
		a.logs.wrap = !a.logs.wrap
		a.logs.sub = 0
	} else {
		a.result.wrap = !a.result.wrap
	}
	return nil
}
