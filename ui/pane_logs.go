package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A logsPane is the log of the run that the result shows, or of the one under way.
type logsPane struct {
	text      *logText // never nil; of a run under way it is the run's own
	requestID string
	tail      bool      // it is the tail that came back with the result, not the whole log
	whole     *wholeLog // that is being read; nil when none is
	follow    bool
	wrap      bool
	colours   bool // colour sequences are colours, not text
	cursor    int  // the line that copying takes
	top       int  // the first line in view
	sub       int  // rows of it that are above the view, when lines are wrapped
	search    search
	w, h      int // of the content, as of the last layout
}

// forget empties the pane.
func (p *logsPane) forget() { p.take(new(logText), "") }

// take shows a log from its beginning.
func (p *logsPane) take(text *logText, requestID string) {
	if p.whole != nil && p.whole.requestID != requestID {
		p.leaveWhole()
	}
	p.text, p.requestID, p.tail, p.cursor, p.top, p.sub = text, requestID, false, 0, 0, 0
	p.search.stale()
}

// watch shows the log of a run under way, and stays at its end.
func (p *logsPane) watch(r *run) {
	p.take(&r.log, r.requestID)
	p.follow = true
}

// show shows the log that came with a result: all of it where the target has
// it, else what was heard while it ran, else the tail.
func (p *logsPane) show(r *invoke.Result, heard *logText) {
	text, tail := heard, false
	switch {
	case r.Log != nil:
		text = new(logText)
		text.set(r.Log, r.LogDropped)
	case (heard == nil || heard.lines() == 0) && r.LogTail != nil:
		text, tail = new(logText), true
		text.set(r.LogTail, 0)
	case heard == nil:
		text = new(logText)
	}
	p.take(text, r.RequestID)
	p.tail = tail
}

// keep fits the scroll position to the layout.
func (p *logsPane) keep(a *App) {
	p.w, p.h = a.logsSize()
	p.cursor = min(p.cursor, max(p.text.lines()-1, 0))
	if p.follow {
		p.toEnd()
	}
	p.clamp()
}

// logsSize is the size in which logs are shown: their pane, or the result's below its status.
func (a *App) logsSize() (w, h int) {
	if a.lay.panes[paneLogs].shown() {
		return a.inner(paneLogs)
	}
	if a.result.tab != tabLogs {
		return a.inner(paneResult)
	}
	w, h = a.inner(paneResult)
	return w, max(h-len(a.result.head(a, w, h)), 0)
}

// rowsOf is how many rows a line takes.
func (p *logsPane) rowsOf(line int) int {
	if !p.wrap || p.w <= 0 {
		return 1
	}
	raw, _ := p.lineShown(line)
	if len(raw) <= p.w/8 { // no byte takes more than eight cells
		return 1
	}
	return len(safetext.FromBytes(raw).Wrap(p.w))
}

// toEnd puts the last line at the bottom, and the cursor on it.
func (p *logsPane) toEnd() {
	p.cursor = max(p.text.lines()-1, 0)
	p.toBottom(p.text.lines())
}

// toBottom puts the line before the given one at the bottom.
func (p *logsPane) toBottom(line int) {
	p.top, p.sub = line, 0
	for left := p.h; left > 0 && p.top > 0; {
		p.top--
		n := p.rowsOf(p.top)
		if n > left {
			p.sub = n - left
		}
		left -= n
	}
}

// to puts the cursor on a line and brings it into view.
func (p *logsPane) to(line int) {
	p.follow = false
	if p.text.lines() == 0 {
		return
	}
	p.cursor = min(max(line, 0), p.text.lines()-1)
	if p.cursor < p.top || p.cursor == p.top && p.sub > 0 {
		p.top, p.sub = p.cursor, 0
		return
	}
	rows := -p.sub
	for i := p.top; i <= p.cursor && rows <= p.h; i++ {
		rows += p.rowsOf(i)
	}
	if rows > p.h {
		p.toBottom(p.cursor + 1)
	}
}

// clamp keeps the position inside the log, the last line no higher than the bottom.
func (p *logsPane) clamp() {
	n := p.text.lines()
	if p.top >= n {
		p.top, p.sub = max(n-1, 0), 0
	}
	if n == 0 {
		return
	}
	p.sub = min(p.sub, p.rowsOf(p.top)-1)
	if below := p.rowsBelow(p.h); below < p.h {
		at := *p
		at.toEnd()
		if at.top < p.top || at.top == p.top && at.sub < p.sub {
			p.top, p.sub = at.top, at.sub
		}
	}
}

// rowsBelow counts the rows from the position on, no further than limit.
func (p *logsPane) rowsBelow(limit int) int {
	rows := -p.sub
	for i := p.top; i < p.text.lines() && rows < limit; i++ {
		rows += p.rowsOf(i)
	}
	return rows
}

// scroll moves by rows and stops following, until the end is reached again.
func (p *logsPane) scroll(rows int) {
	p.follow = false
	for ; rows > 0 && p.top < p.text.lines()-1; rows-- {
		if p.sub++; p.sub >= p.rowsOf(p.top) {
			p.top, p.sub = p.top+1, 0
		}
	}
	for ; rows < 0 && (p.top > 0 || p.sub > 0); rows++ {
		if p.sub--; p.sub < 0 {
			p.top--
			p.sub = p.rowsOf(p.top) - 1
		}
	}
	p.clamp()
}

// move moves by a variant of the move command. A line that is taller than the view is
// read by scrolling.
func (p *logsPane) move(how string) {
	switch how {
	case "up":
		p.to(p.cursor - 1)
	case "down":
		p.to(p.cursor + 1)
	case "pgup":
		p.scroll(1 - p.h)
		p.cursor = min(p.cursor, p.lastInView())
	case "pgdown":
		p.scroll(p.h - 1)
		p.cursor = max(p.cursor, p.top)
	case "home":
		p.to(0)
	case "end":
		p.to(p.text.lines() - 1)
	}
}

// click puts the cursor on the line in a row of the view.
func (p *logsPane) click(row int) {
	if row < 0 || row >= p.h {
		return
	}
	rows := -p.sub
	for i := p.top; i < p.text.lines(); i++ {
		if rows += p.rowsOf(i); rows > row {
			p.follow, p.cursor = false, i
			return
		}
	}
}

// lastInView is the last line of which a row is in view.
func (p *logsPane) lastInView() int {
	rows, i := -p.sub, p.top
	for ; i < p.text.lines(); i++ {
		if rows += p.rowsOf(i); rows >= p.h {
			return i
		}
	}
	return max(i-1, 0)
}

// view is the log in h rows.
func (p *logsPane) view(a *App, w, h int) []string {
	s := a.styles
	if p.text.lines() == 0 {
		return frame.Fit([]string{frame.Text(w, s.muted, p.nothing(a))}, w, h)
	}
	var rows []string
	for i := p.top; i < p.text.lines() && len(rows) < h; i++ {
		raw, asked := p.lineShown(i)
		shown := safetext.Show(raw, 0)
		pieces := []safetext.Line{shown.Line.Slice(0, w)}
		if p.wrap {
			pieces = shown.Line.Wrap(max(w, 1))
		}
		skip := 0
		if i == p.top {
			skip = min(p.sub, len(pieces)-1)
		}
		m := markedText{
			looks: s.looksOf(logLook(s, p.text.line(i)), asked, shown),
			match: s.match, marks: p.search.marks(raw, shown),
		}
		if i == p.cursor && a.onLogs() {
			m.base = s.selection
		}
		col := 0
		for n, piece := range pieces {
			if n >= skip && len(rows) < h {
				rows = append(rows, m.row(w, piece, col, !p.wrap && shown.Line.Width() > w))
			}
			col += piece.Width()
		}
	}
	return frame.Fit(rows, w, h)
}

// lineShown is a line as it is to be shown: condensed where lines are cut, and
// without the colour sequences where those are colours.
func (p *logsPane) lineShown(i int) (text []byte, asked []frame.Stretch) {
	text = p.text.line(i)
	if !p.wrap {
		text = condense(text, p.requestID)
	}
	if p.colours {
		return frame.SGR(text)
	}
	return text, nil
}

// markedText is how a line of text is painted, with matches marked.
type markedText struct {
	base, match frame.Style
	looks       []lookFrom // the first from cell 0
	marks       []cells
}

// lookFrom is a look from a cell of the line on.
type lookFrom struct {
	cell int
	look frame.Style
}

// row is the row of a piece of the line. from is the cell at which the piece
// begins; cut ends it in an ellipsis.
func (m *markedText) row(w int, piece safetext.Line, from int, cut bool) string {
	r := frame.NewRow(w)
	r.Base(m.base)
	if cut {
		piece = safetext.Concat(piece.Slice(0, w-1), safetext.Trusted("…"))
	}
	at := 0
	for _, mark := range m.marks {
		lo, hi := max(mark.from-from, at), min(mark.to-from, piece.Width())
		if lo >= hi {
			continue
		}
		m.add(r, piece, from, at, lo)
		r.Add(m.match, piece.Slice(lo, hi))
		at = hi
	}
	m.add(r, piece, from, at, piece.Width())
	return r.String()
}

// add adds the cells lo to hi of a piece in their looks.
func (m *markedText) add(r *frame.Row, piece safetext.Line, from, lo, hi int) {
	for i, l := range m.looks {
		end := hi
		if i+1 < len(m.looks) {
			end = min(m.looks[i+1].cell-from, hi)
		}
		if start := max(l.cell-from, lo); start < end {
			r.Add(l.look, piece.Slice(start, end))
		}
	}
}

// nothing says why there is no log.
func (p *logsPane) nothing(a *App) safetext.Line {
	o := a.result.shown
	switch {
	case a.run != nil:
		return safetext.Trusted("nothing written yet")
	case o == nil:
		return safetext.Trusted("logs of a run appear here")
	case o.request.LogType == invoke.LogNone && o.result.Log == nil:
		return safetext.Trusted("the log was not asked for: request options, log type")
	}
	return safetext.Trusted("no log")
}

// box is the pane's outline, where logs have a pane of their own.
func (p *logsPane) box(a *App) frame.Box {
	b := a.box(paneLogs)
	b.Badge = []frame.Span{span(a.styles.muted, p.label())}
	if n := a.result.attempt; n > 0 && a.run == nil {
		b.Badge = []frame.Span{span(a.styles.accent, "attempt "+strconv.Itoa(n)), span(a.styles.muted, ifSet(p.text.lines() > 0, " · "+p.label()))}
	}
	b.Foot = p.foot(a)
	b.Thumb = p.thumb()
	return b
}

// label says how much there is, and what is missing.
func (p *logsPane) label() string {
	n := p.text.lines()
	if n == 0 {
		return ""
	}
	text := count(n, "line", "lines")
	if p.tail {
		text += " · tail"
	}
	if p.text.dropped > 0 {
		text += " · " + size(p.text.dropped) + " not kept"
	}
	return text
}

func (p *logsPane) foot(a *App) []frame.Span {
	s := a.styles
	if foot := p.search.foot(s); foot != nil {
		return foot
	}
	switch {
	case p.whole != nil:
		return []frame.Span{span(s.accent, p.whole.awaited()), span(s.muted, "  ctrl+c stops")}
	case p.follow && a.run != nil:
		return []frame.Span{span(s.muted, "follow "), span(s.accent, "●")}
	case p.text.lines() > p.h && p.h > 0:
		return []frame.Span{span(s.muted, "Ln "+thousands(p.cursor+1)+" of "+thousands(p.text.lines()))}
	}
	return nil
}

func (p *logsPane) thumb() frame.Thumb {
	return frame.Thumb{First: p.top, Seen: p.h, All: p.text.lines()}
}

// onLogs says that the focused view is the log.
func (a *App) onLogs() bool {
	return a.focus == paneLogs || a.focus == paneResult && a.result.tab == tabLogs && a.lay.logsTab
}

func (a *App) notOnLogs() string {
	if !a.onLogs() {
		return "only logs can be followed"
	}
	return ""
}

func (a *App) toggleFollow() tea.Cmd {
	a.logs.follow = !a.logs.follow
	return nil
}
