package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A search is what is looked for in one view, and what came of it.
type search struct {
	filter
	finder safetext.Finder
	note   string // "wrapped", "not found"
	at     int    // offset of the match that the view is at, -1 for none
}

// A finding is where a search moves to.
type direction int

const (
	fromHere direction = iota
	forward
	backward
)

// start opens the field for a new search.
func (s *search) start() {
	*s = search{at: -1}
	s.typing = true
}

// close ends the search and its marks.
func (s *search) close() { *s = search{at: -1} }

// stale forgets where the view was, because the text is another one.
func (s *search) stale() { s.at, s.note = -1, "" }

// seek moves through data: to the match after the one that it is at, or before
// it, or to the first from offset from on. It returns the match.
func (s *search) seek(data []byte, d direction, from int) (start, end int, ok bool) {
	s.note = ""
	wrapped := false
	switch d {
	case fromHere:
		start, end, ok = s.finder.Next(data, from)
	case forward:
		start, end, ok = s.finder.Next(data, max(s.at+1, from))
	case backward:
		before := s.at
		if before < 0 {
			before = from
		}
		start, end, ok = s.finder.Previous(data, before)
	}
	if !ok {
		wrapped = true
		if d == backward {
			start, end, ok = s.finder.Previous(data, len(data))
		} else {
			start, end, ok = s.finder.Next(data, 0)
		}
	}
	s.report(ok, wrapped)
	if ok {
		s.at = start
	}
	return start, end, ok
}

// report notes what came of a search.
func (s *search) report(found, wrapped bool) {
	switch {
	case s.finder.Empty():
		s.note = ""
	case !found:
		s.note = "not found"
	case wrapped:
		s.note = "wrapped"
	default:
		s.note = ""
	}
}

// cells is a range of cells.
type cells struct{ from, to int }

// marks are the matches in a line, in cells.
func (s *search) marks(raw []byte, shown safetext.Shown) []cells {
	if s.finder.Empty() {
		return nil
	}
	var list []cells
	for at := 0; ; {
		start, end, ok := s.finder.Next(raw, at)
		if !ok {
			return list
		}
		list = append(list, cells{shown.Cell(start), shown.Cell(end)})
		at = max(end, start+1)
	}
}

// label of the field's row; row and cursor paint it.
var searchLabel = safetext.Trusted("find › ")

func (s *search) row(st *styles, w int) string {
	r := frame.NewRow(w)
	r.Add(st.accent, searchLabel)
	s.field.view(r, max(r.Left()-12, 1), st.text)
	r.End(st.warning, safetext.FromString(s.note))
	return r.String()
}

// cursor is the column of the cursor in the field's row.
func (s *search) cursor() int {
	return searchLabel.Width() + safetext.FromString(string(s.text[:s.field.at])).Width()
}

// foot says what is being looked for, where a pane's foot would say where one is.
func (s *search) foot(st *styles) []frame.Span {
	if s.finder.Empty() || s.typing {
		return nil
	}
	spans := []frame.Span{{Style: st.match, Text: safetext.FromString(s.finder.Query()).Cut(20)}}
	if s.note != "" {
		spans = append(spans, span(st.warning, " "+s.note))
	}
	return append(spans, span(st.muted, "  n next"))
}

// sought is the search of the focused view, nil where there is nothing to search.
func (a *App) sought() *search {
	switch {
	case a.focus == panePayload:
		return &a.payload.search
	case a.onLogs():
		return &a.logs.search
	case a.focus == paneResult:
		return &a.result.search
	}
	return nil
}

// openFind opens the search of the focused view; from the palette also that of
// the result.
func (a *App) openFind() tea.Cmd {
	s := a.sought()
	if s == nil {
		a.focusTo(paneResult)
		s = a.sought()
	}
	s.start()
	a.seekAll(fromHere)
	return nil
}

// nothingSought is why there is no next match.
func (a *App) nothingSought() string {
	if s := a.sought(); s == nil || s.finder.Empty() {
		return "nothing is being looked for: / finds"
	}
	return ""
}

func (a *App) findNext() tea.Cmd {
	a.seekAll(forward)
	return nil
}

func (a *App) findPrevious() tea.Cmd {
	a.seekAll(backward)
	return nil
}

// seekAll moves the focused view to a match.
func (a *App) seekAll(d direction) {
	switch {
	case a.focus == panePayload:
		a.payload.seek(d)
	case a.onLogs():
		a.logs.seek(d)
	default:
		a.result.seek(d)
	}
}

// seek moves the editor to a match.
func (p *payloadPane) seek(d direction) {
	e, s := p.current.editor, &p.search
	var found, wrapped bool
	switch d {
	case fromHere:
		found, wrapped = e.Find(s.field.String())
	case forward:
		found, wrapped = e.FindNext()
	case backward:
		found, wrapped = e.FindPrevious()
	}
	s.finder = safetext.NewFinder(s.field.String())
	s.report(found, wrapped)
}

// seek moves the log to a match and puts its line into view.
func (p *logsPane) seek(d direction) {
	s := &p.search
	s.finder = safetext.NewFinder(s.field.String())
	from := 0
	if p.cursor < p.text.lines() {
		from = p.text.starts[p.cursor]
	}
	if start, _, ok := s.seek(p.text.data, d, from); ok {
		p.to(p.text.lineAt(start))
	}
}

// fieldChanged follows what is typed into a filter or a search.
func (a *App) fieldChanged() tea.Cmd {
	switch a.focus {
	case paneFunctions:
		a.functions.refine()
		return nil
	case paneHistory:
		a.history.list = list{}
		return a.readRows(0, historyPage)
	}
	a.seekAll(fromHere)
	return nil
}

// leaveField closes the text field of the focused pane: enter keeps what was
// typed, esc forgets it.
func (a *App) leaveField(keep bool) tea.Cmd {
	switch a.focus {
	case paneFunctions:
		a.functions.filter.typing = false
		if keep {
			return a.openRow()
		}
		a.functions.filter.clear()
		a.functions.narrow()
		return nil
	case paneHistory:
		a.history.filter.typing = false
		if keep {
			return nil
		}
		a.history.filter.clear()
		return a.readRows(0, historyPage)
	}
	s := a.sought()
	s.typing = false
	if !keep || s.field.String() == "" {
		s.close()
		a.unmark()
	}
	return nil
}

// unmark takes the marks of a search away that the focused view keeps itself.
func (a *App) unmark() {
	switch {
	case a.focus == panePayload:
		a.payload.current.editor.Find("")
	case a.focus == paneResult && a.result.body.rows != nil:
		a.result.body.rows.Find("")
	}
}

// openFilter begins to filter the focused list.
func (a *App) openFilter() tea.Cmd {
	if a.focus == paneHistory {
		a.history.filter.typing = true
	} else {
		a.functions.filter.typing = true
	}
	return nil
}
