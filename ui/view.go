package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/themes"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// View paints the workbench: exactly height rows of width cells.
func (a *App) View() tea.View {
	rows, cursor := a.paint()
	if a.fills() {
		rows = onCanvas(rows, a.styles.canvas)
	}
	v := tea.NewView(frame.Join(rows))
	v.AltScreen = true
	v.WindowTitle = "lambent"
	if a.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if cursor != nil {
		v.Cursor = tea.NewCursor(cursor.x, cursor.y)
		v.Cursor.Shape = tea.CursorBar
	}
	return v
}

// fills says whether the theme's background is painted: where the person wants
// it, and where the terminal's own is not known to suit a theme that was chosen
// by name, because dark text on a dark ground cannot be read. It is painted in
// cells and not set as the terminal's colour: what is killed leaves no trace of it.
func (a *App) fills() bool {
	if a.opt.FillBackground {
		return true
	}
	if a.themeName == themes.Follow || a.styles.theme.Name == themes.Terminal {
		return false
	}
	return a.shade == themes.UnknownBackground || a.styles.theme.Dark != (a.shade == themes.DarkBackground)
}

// onCanvas lays painted rows on a style: it holds wherever no other does. Rows of
// the frame end every style with a reset, so after each one the canvas begins again.
func onCanvas(rows []string, canvas frame.Style) []string {
	if canvas == "" {
		return rows
	}
	const reset = "\x1b[m"
	on := make([]string, len(rows))
	for i, row := range rows {
		on[i] = string(canvas) + strings.ReplaceAll(row, reset, reset+string(canvas)) + reset
	}
	return on
}

// paint is the frame in rows, and where the cursor is.
func (a *App) paint() ([]string, *place) {
	if a.width <= 0 || a.height <= 0 {
		return nil, nil
	}
	if a.lay.arrangement == arrangeLine {
		line := frame.Text(a.width, a.styles.text, safetext.Trusted("lambent needs more room"))
		return frame.Fit([]string{line}, a.width, a.height), nil
	}
	rows := make([]string, 0, a.height)
	rows = append(rows, a.header(a.width))
	rows = append(rows, a.bodyRows()...)
	rows = append(rows, a.footer(a.width))
	cursor := a.paneCursor()
	if p := a.lay.floating; p >= 0 {
		r := a.lay.panes[p]
		rows = frame.Overlay(rows, a.pane(p), r.x, r.y)
	}
	for _, o := range a.overlays {
		c := o.card(a)
		rows = frame.Overlay(rows, c.paint(a.styles), c.at.x, c.at.y)
		cursor = nil
		if c.cursor != nil {
			cursor = &place{c.at.x + 2 + c.cursor.x, c.at.y + 1 + c.cursor.y}
		}
	}
	if len(a.toasts) > 0 {
		rows = a.paintToasts(rows)
	}
	if cursor != nil && (cursor.x >= a.width || cursor.y >= a.height) {
		cursor = nil
	}
	return rows, cursor
}

// bodyRows are the panes side by side, without a floating one.
func (a *App) bodyRows() []string {
	var painted [paneCount][]string
	for p, r := range a.lay.panes {
		if r.shown() && pane(p) != a.lay.floating {
			painted[p] = a.pane(pane(p))
		}
	}
	rows := make([]string, a.lay.body.h)
	order := [...]pane{paneFunctions, paneHistory, panePayload, paneResult, paneLogs} // left to right
	for y := range rows {
		row := ""
		for _, p := range order {
			if r := a.lay.panes[p]; painted[p] != nil && a.lay.body.y+y >= r.y && a.lay.body.y+y < r.y+r.h {
				row += painted[p][a.lay.body.y+y-r.y]
			}
		}
		rows[y] = row
	}
	return rows
}

// pane paints one pane into its rectangle.
func (a *App) pane(p pane) []string {
	r := a.lay.panes[p]
	var box frame.Box
	w, h := a.inner(p)
	var content []string
	switch p {
	case paneFunctions:
		box, content = a.functions.box(a), a.functions.view(a, w, h)
	case panePayload:
		box, content = a.payload.box(a), a.payload.view(a, w, h)
	case paneResult:
		box, content = a.result.box(a), a.result.view(a, w, h)
	case paneLogs:
		box, content = a.logs.box(a), a.logsRows(w, h)
	case paneHistory:
		box, content = a.history.box(a), a.history.view(a, w, h)
	}
	return box.Paint(r.w, r.h, content)
}

// logsRows are the logs in their own pane, with the search's field while it is open.
func (a *App) logsRows(w, h int) []string {
	if a.logs.search.typing && h > 0 {
		rows := frame.Fit(a.logs.view(a, w, h-1), w, h-1)
		return append(rows, a.logs.search.row(a.styles, w))
	}
	return a.logs.view(a, w, h)
}

// paneCursor is where the cursor is in the focused pane: in the editor, or in a
// field that is typed into.
func (a *App) paneCursor() *place {
	home := a.lay.home(a.focus)
	r := a.lay.panes[home]
	w, h := a.inner(home)
	var c *place
	switch s := a.sought(); {
	case a.focus == panePayload:
		c = a.payload.cursor(w, h)
	case s != nil && s.typing:
		c = &place{s.cursor(), h - 1}
	}
	if c == nil || w <= 0 || h <= 0 || c.x >= w+1 {
		return nil
	}
	return &place{r.x + 2 + c.x, r.y + 1 + c.y}
}

// emptyResult says what to do where there is no result yet.
func emptyResult(a *App, w, h int) []string {
	s := a.styles
	f := a.chosenFunction()
	if a.unlisted() != nil {
		return a.unlistedRows(w)
	}
	if f == nil {
		return nil
	}
	lines := sheet{{span(s.text, "No result yet for "), span(s.text+s.strong, f.Name)}, nil}
	for _, id := range []string{"invoke", "event.open", "history.search"} {
		c := a.table.byID[id]
		if c.reason(a) != "" {
			continue
		}
		key := safetext.FromString(c.keyFor(a.enhanced, true))
		lines = append(lines, []frame.Span{
			{Style: s.key, Text: key}, {Text: safetext.Spaces(13 - key.Width())}, span(s.muted, emptyHints[id]),
		})
	}
	t := &sheetWriter{s: s, w: max(w-4, 1)}
	if f.PackageType == "Image" {
		t.text(s.warning, "! an image: images do not run locally")
	}
	for _, p := range f.Problems {
		t.text(s.warning, "! "+p)
	}
	if t.lines != nil {
		lines = append(append(lines, nil), t.lines...)
	}
	left := max(min((w-40)/2, 12), 0)
	var rows []string
	for range max(min((h-len(lines))/3, 3), 0) {
		rows = append(rows, frame.Blank(w))
	}
	for _, l := range lines {
		r := frame.NewRow(w)
		r.Pad("", left)
		r.AddSpans(l...)
		rows = append(rows, r.String())
	}
	return rows
}

var emptyHints = map[string]string{
	"invoke": "invoke with this payload", "event.open": "open a saved event", "history.search": "pick one from history",
}
