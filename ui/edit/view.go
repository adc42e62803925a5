package edit

import (
	"strconv"

	"lambent/invoke/jsondoc"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// Styles are the looks of what an editor shows.
type Styles struct {
	JSON        frame.JSONStyles
	Number      frame.Style // line numbers
	NumberHere  frame.Style // of the cursor's line
	Selection   frame.Style // added to what is selected
	Match       frame.Style // added to matches of the query
	Bracket     frame.Style // added to the bracket at the cursor and its partner
	Fault       frame.Style // added to the place where the text stops being JSON
	Placeholder frame.Style
}

// SetSize says how large the view is, which pages and scrolling depend on.
func (e *Editor) SetSize(w, h int) {
	e.width, e.height = w, h
	e.reveal()
}

// reveal scrolls as little as is needed to have the cursor in view.
func (e *Editor) reveal() {
	e.free = false
	e.top, e.left = e.scroll(e.width, e.height)
}

// scroll is the first line and column in view in a view of this size.
func (e *Editor) scroll(w, h int) (top, left int) {
	top, left = min(e.top, e.buf.lines()-1), e.left
	if e.free || w <= 0 || h <= 0 {
		return top, left
	}
	line := e.buf.lineOf(e.cursor)
	top = min(max(top, line-h+1), line)
	room := max(w-e.gutter(w), 1)
	column := e.columnOf(e.cursor)
	margin := min(4, room/4) // some text ahead of the cursor stays in view
	switch {
	case column < left+margin:
		left = max(0, column-margin)
	case column > left+room-1-margin:
		left = column - room + 1 + margin
	}
	if column < room {
		left = min(left, column)
		if column <= room-1-margin {
			left = 0
		}
	}
	return top, left
}

// Scroll moves the view without moving the cursor, as a wheel does.
func (e *Editor) Scroll(lines, columns int) {
	e.top = min(max(e.top+lines, 0), max(e.buf.lines()-e.height, 0))
	e.left = max(e.left+columns, 0)
	e.free = true
}

// Top is the first line in view, from 0: with Lines and the height, what a scroll
// bar shows.
func (e *Editor) Top() int { return e.top }

// gutter is the width of the line numbers and the blanks behind them; a narrow
// view has none.
func (e *Editor) gutter(w int) int {
	digits := max(len(strconv.Itoa(e.buf.lines())), 2)
	if w < digits+2+12 {
		return 0
	}
	return digits + 2
}

// At is the place in the text under a cell of the view, the nearest one for cells
// beside the text.
func (e *Editor) At(x, y int) (offset int) {
	line := min(max(e.top+y, 0), e.buf.lines()-1)
	offset, _ = e.seek(line, max(x-e.gutter(e.width), 0)+e.left)
	return offset
}

// Click puts the cursor under a cell of the view; extend keeps the other end of
// the selection, as a drag or a click with shift does. Dragging beyond an edge scrolls.
func (e *Editor) Click(x, y int, extend bool) { e.setCursor(e.At(x, y), extend) }

// SelectWord selects the word under a cell of the view, as a double click does.
func (e *Editor) SelectWord(x, y int) {
	at := e.At(x, y)
	to := wordRight(e.buf.text, at)
	from := wordLeft(e.buf.text, to)
	if from > at || to <= at {
		from, to = at, safetext.Next(e.buf.text, at)
	}
	e.setCursor(to, false)
	e.anchor = from
}

// Cursor is where the cursor is in a view of w by h cells; ok is false when it is
// scrolled out of it.
func (e *Editor) Cursor(w, h int) (x, y int, ok bool) {
	top, left := e.scroll(w, h)
	x = e.columnOf(e.cursor) - left + e.gutter(w)
	y = e.buf.lineOf(e.cursor) - top
	return x, y, x >= e.gutter(w) && x < w && y >= 0 && y < h
}

// Rows is what is in view: exactly h rows of w cells.
func (e *Editor) Rows(w, h int, s *Styles) []string {
	rows := make([]string, 0, max(h, 0))
	p := painter{e: e, styles: s, gutter: e.gutter(w), fault: e.fault()}
	var top int
	top, p.left = e.scroll(w, h)
	p.pair, p.paired = e.brackets()
	p.from, p.to = e.Selection()
	p.here = e.buf.lineOf(e.cursor)
	for line := top; line < e.buf.lines() && len(rows) < h; line++ {
		p.row.Reset(w)
		p.number(line)
		p.line(line)
		rows = append(rows, p.row.String())
	}
	return frame.Fit(rows, w, h)
}

// painter paints one frame, line by line from the top.
type painter struct {
	e            *Editor
	styles       *Styles
	row          frame.Row
	gutter, left int
	from, to     int // selection
	here         int // the cursor's line
	pair         [2]int
	paired       bool
	fault        int
	tokens       *tokens
	token        jsondoc.Token // the last one read
	looks        []look        // of the cells in the line, used again for each
}

// look says how a cell looks: the kind of its token and what lies on it.
type look struct {
	kind                          jsondoc.Kind
	bad                           bool
	selected, match, pair, broken bool
}

func (p *painter) number(line int) {
	if p.gutter == 0 {
		return
	}
	s := p.styles.Number
	if line == p.here {
		s = p.styles.NumberHere
	}
	p.row.AddRight(p.gutter-2, s, safetext.FromString(strconv.Itoa(line+1)))
	p.row.Pad("", 2)
}

// line paints the part of a line that is in view.
func (p *painter) line(line int) {
	e, room := p.e, p.row.Left()
	if room == 0 {
		return
	}
	_, end := e.buf.bounds(line)
	from, column := e.seek(line, p.left)
	n, _ := safetext.Seek(e.buf.text[from:end], column, p.left+room)
	to := min(safetext.Next(e.buf.text[:end], from+n), end)
	shown := safetext.Show(e.buf.text[from:to], column)
	hidden := p.left - column // cells of the first unit that are out of view
	p.looks = append(p.looks[:0], make([]look, shown.Width())...)
	mark := func(start, stop int, set func(*look)) {
		if start >= to || stop <= from {
			return
		}
		a, b := shown.Cell(max(start, from)-from), shown.Cell(max(min(stop, to), from)-from)
		for i := a; i < b; i++ {
			set(&p.looks[i])
		}
	}
	p.colour(from, to, mark)
	p.matches(line, from, to, mark)
	mark(p.from, p.to, func(l *look) { l.selected = true })
	if p.paired {
		for _, at := range p.pair {
			mark(at, at+1, func(l *look) { l.pair = true })
		}
	}
	if p.fault >= 0 {
		mark(p.fault, safetext.Next(e.buf.text, p.fault), func(l *look) { l.broken = true })
	}
	p.emit(shown.Line, max(hidden, 0))
	p.lineEnd(to == end, end)
}

// matches marks what the query finds between from and to, and what reaches into it.
func (p *painter) matches(line, from, to int, mark func(start, stop int, set func(*look))) {
	query := p.e.find.Query()
	start, end := p.e.buf.bounds(line)
	reach := 4 * len(query) // another case may take more bytes
	text := p.e.buf.text[:min(end, to+reach)]
	for at := max(start, from-reach); ; {
		first, last, ok := p.e.find.Next(text, at)
		if !ok {
			return
		}
		mark(first, last, func(l *look) { l.match = true })
		at = last
	}
}

// lineEnd shows what stands for the line feed: that it is selected, or that the
// text stops being JSON there.
func (p *painter) lineEnd(whole bool, end int) {
	switch {
	case !whole:
	case p.from <= end && p.to > end:
		p.row.Pad(p.styles.Selection, 1)
	case p.fault == end:
		p.row.Pad(p.styles.Fault, 1)
	}
}

// colour marks the cells of each token between from and to.
func (p *painter) colour(from, to int, mark func(start, stop int, set func(*look))) {
	if p.tokens == nil || p.token.End <= from && p.tokens.ahead(from) {
		p.tokens = p.e.lex.tokens(p.e.buf.text, from)
		p.token = p.tokens.next()
	}
	for p.token.Kind != jsondoc.End && p.token.Start < to {
		if t := p.token; t.End > from {
			mark(t.Start, t.End, func(l *look) { l.kind, l.bad = t.Kind, t.Bad })
			if t.End > to {
				return
			}
		}
		p.token = p.tokens.next()
	}
}

// emit appends the cells from first on, one run of equal looks after the other.
func (p *painter) emit(line safetext.Line, first int) {
	for i := first; i < len(p.looks); {
		j := i + 1
		for j < len(p.looks) && p.looks[j] == p.looks[i] {
			j++
		}
		p.row.Add(p.style(p.looks[i]), line.Slice(i, j))
		i = j
	}
}

func (p *painter) style(l look) frame.Style {
	s := tokenStyle(&p.styles.JSON, l.kind, l.bad)
	if l.match {
		s += p.styles.Match
	}
	if l.pair {
		s += p.styles.Bracket
	}
	if l.broken {
		s += p.styles.Fault
	}
	if l.selected {
		s += p.styles.Selection
	}
	return s
}
