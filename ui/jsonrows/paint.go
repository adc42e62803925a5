package jsonrows

import (
	"fmt"
	"strconv"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// Styles are the looks of what a view shows.
type Styles struct {
	JSON   frame.JSONStyles
	Text   frame.Style // what is no JSON
	Fold   frame.Style // fold marks and what stands for folded content
	Note   frame.Style // remarks of ours: a name that is there twice
	Cursor frame.Style // under the cursor's row; "" while another pane has the focus
	Match  frame.Style // added to matches of the query
	Here   frame.Style // added to the match at the cursor
	Fault  frame.Style // added to the place where the text stops being JSON
	Offset frame.Style // offsets of hexadecimal rows
}

// maxIndent is the most cells of indentation. Deeper rows stand there too, for a
// row far to the right is no row at all.
const maxIndent = 80

// A piece is a part of a row: bytes of the document, or text of our own.
type piece struct {
	style    frame.Style
	from, to int           // bytes of the document
	text     safetext.Line // if not empty, in their place
}

var (
	markFolded   = safetext.Trusted("▸ ")
	markUnfolded = safetext.Trusted("▾ ")
	separator    = safetext.Trusted(": ")
	emptyObject  = safetext.Trusted("{}")
	emptyArray   = safetext.Trusted("[]")
	comma        = safetext.Trusted(",")
	twice        = safetext.Trusted("  duplicate name")
)

// pieces of a row that has so many containers around it.
func (v *View) layout(row, inside int, s *Styles) []piece {
	start, end := v.ix.bounds(row)
	switch v.ix.mode {
	case Text:
		return []piece{{style: s.Text, from: start, to: end}}
	case Hex:
		return v.hex(start, end, s)
	}
	k := v.ix.kind(row)
	indent := inside
	if k == closing {
		indent--
	}
	folded := k == opening && v.foldedAt(row, inside)
	pieces := make([]piece, 0, 8)
	pieces = v.indent(pieces, row, min(2*indent, maxIndent), k == opening, folded, s)
	m := v.ix.member(row)
	if m.nameEnd > m.start {
		pieces = append(pieces, piece{style: s.JSON.Key, from: m.start, to: m.nameEnd}, piece{style: s.JSON.Punct, text: separator})
	}
	last := row
	switch {
	case folded:
		last = v.ix.last(row)
		pieces = append(pieces, piece{style: s.Fold, text: v.summary(row)})
	case k == scalar && end > m.value+2 && v.b[m.value] == '{': // white space inside
		pieces = append(pieces, piece{style: s.JSON.Punct, text: emptyObject})
	case k == scalar && end > m.value+2 && v.b[m.value] == '[':
		pieces = append(pieces, piece{style: s.JSON.Punct, text: emptyArray})
	default:
		pieces = append(pieces, piece{style: valueStyle(&s.JSON, v.b, m), from: m.value, to: end})
	}
	if (k != opening || folded) && v.hasComma(last) {
		pieces = append(pieces, piece{style: s.JSON.Punct, text: comma})
	}
	if m.nameEnd > m.start && v.isTwice(row) {
		pieces = append(pieces, piece{style: s.Note, text: twice})
	}
	return pieces
}

func (v *View) indent(pieces []piece, row, cells int, opens, folded bool, s *Styles) []piece {
	mark := safetext.Line{}
	switch {
	case folded:
		mark = markFolded
	case opens && row == v.cursor && cells > 0:
		mark = markUnfolded
	}
	if blanks := cells - mark.Width(); blanks > 0 {
		pieces = append(pieces, piece{text: safetext.Spaces(blanks)})
	}
	if !mark.Empty() {
		pieces = append(pieces, piece{style: s.Fold, text: mark})
	}
	return pieces
}

// summary stands for a folded container.
func (v *View) summary(row int) safetext.Line {
	n, exact := v.ix.children(row)
	open, noun, end := "[", "items", "]"
	if v.ix.isObject(row) {
		open, noun, end = "{", "keys", "}"
	}
	if n == 1 && exact {
		noun = noun[:len(noun)-1]
	}
	more := ""
	if !exact {
		more = "+"
	}
	return safetext.FromString(fmt.Sprintf("%s … %d%s %s %s", open, n, more, noun, end))
}

func valueStyle(s *frame.JSONStyles, b []byte, m member) frame.Style {
	if m.value >= m.end {
		return ""
	}
	switch c := b[m.value]; {
	case c == '"':
		return s.String
	case c == '-' || c >= '0' && c <= '9':
		return s.Number
	case c == 't' || c == 'f':
		return s.Bool
	case c == 'n':
		return s.Null
	}
	return s.Punct
}

func (v *View) hasComma(row int) bool {
	_, end := v.ix.bounds(row)
	end = skipBlank(v.b, end)
	return end < len(v.b) && v.b[end] == ','
}

// members are the names that objects hold more than once, for objects looked at.
type members map[int]map[string]int

// maxNames bounds how many members are compared, and how many objects remembered.
const maxNames = 256

// isTwice reports whether the object that a row is a member of has its name more
// than once, as it is spelled.
func (v *View) isTwice(row int) bool {
	parent, _ := v.ix.parent(row)
	if parent < 0 {
		return false
	}
	counts, known := v.names[parent]
	if !known {
		if n, exact := v.ix.children(parent); exact && n <= maxNames {
			counts = v.countNames(parent)
		}
		if len(v.names) >= maxNames || v.names == nil {
			v.names = members{}
		}
		v.names[parent] = counts
	}
	m := v.ix.member(row)
	return counts[string(v.b[m.start:m.nameEnd])] > 1
}

func (v *View) countNames(parent int) map[string]int {
	counts := map[string]int{}
	last := v.ix.last(parent)
	for row := parent + 1; row < last; row = v.ix.last(row) + 1 {
		m := v.ix.member(row)
		counts[string(v.b[m.start:m.nameEnd])]++
	}
	return counts
}

// hex is a row of hexadecimal: offset, bytes, and what of them is text.
func (v *View) hex(start, end int, s *Styles) []piece {
	bytes := make([]byte, 0, 3*hexBytes+1)
	text := make([]byte, 0, hexBytes)
	for i := range hexBytes {
		if i == hexBytes/2 {
			bytes = append(bytes, ' ')
		}
		if start+i >= end {
			bytes = append(bytes, "   "...)
			continue
		}
		c := v.b[start+i]
		if c < 0x10 {
			bytes = append(bytes, '0')
		}
		bytes = append(strconv.AppendUint(bytes, uint64(c), 16), ' ')
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		text = append(text, c)
	}
	return []piece{
		{style: s.Offset, text: safetext.FromString(fmt.Sprintf("%08x  ", start))},
		{style: s.Text, text: safetext.FromBytes(bytes)},
		{style: s.Offset, text: safetext.FromString(" " + string(text))},
	}
}

// columns is the width of a row.
func (v *View) columns(row int) int {
	_, inside := v.ix.parent(row)
	total := 0
	for _, p := range v.layout(row, inside, &Styles{}) {
		total += v.pieceWidth(p)
	}
	return total
}

func (v *View) pieceWidth(p piece) int {
	if !p.text.Empty() {
		return p.text.Width()
	}
	return v.rulerOf(p.from, p.to).Column(v.b[p.from:p.to], p.to-p.from)
}

// rulerOf is the ruler for a part of the document. Marks are kept of one long
// part, which short ones must not cost it.
func (v *View) rulerOf(from, to int) *safetext.Ruler {
	if to-from < longString {
		return new(safetext.Ruler)
	}
	v.ruler.Use(from)
	return &v.ruler
}

// columnOf is the column in a row at which a byte of it stands.
func (v *View) columnOf(row, offset int) int {
	_, inside := v.ix.parent(row)
	column := 0
	for _, p := range v.layout(row, inside, &Styles{}) {
		if p.text.Empty() && offset < p.to {
			part := v.b[p.from:p.to]
			return column + v.rulerOf(p.from, p.to).Column(part, safetext.Boundary(part, max(offset-p.from, 0)))
		}
		column += v.pieceWidth(p)
	}
	return column
}

// Rows is what is in view: exactly h rows of w cells.
func (v *View) Rows(w, h int, s *Styles) []string {
	rows := make([]string, 0, max(h, 0))
	p := painter{v: v, styles: s}
	row, sub := v.scroll(h)
	_, inside := v.ix.parent(row)
	for row < v.ix.rows() && len(rows) < h {
		pieces := v.layout(row, inside, s)
		k := v.ix.kind(row)
		folded := k == opening && v.foldedAt(row, inside)
		n := v.pieces(row)
		for ; sub < n && len(rows) < h; sub++ {
			rows = append(rows, p.paint(w, row, sub, pieces))
		}
		sub = 0
		switch {
		case folded:
			row = v.ix.last(row)
		case k == opening:
			inside++
		case k == closing:
			inside--
		}
		row++
	}
	return frame.Fit(rows, w, h)
}

// painter paints the screen rows of a view.
type painter struct {
	v        *View
	styles   *Styles
	row      frame.Row
	from, to int // columns of the row that are in view
	column   int // where the next piece begins
}

// paint is one screen row: the columns in view of a row or, wrapped, its sub-th part.
func (p *painter) paint(w, row, sub int, pieces []piece) string {
	p.row.Reset(w)
	if row == p.v.cursor {
		p.row.Base(p.styles.Cursor)
	}
	p.from, p.to, p.column = p.v.left, p.v.left+w, 0
	if p.v.wrap {
		room := p.v.wrapWidth(w)
		p.from, p.to = sub*room, (sub+1)*room
	}
	for _, piece := range pieces {
		if p.column >= p.to {
			break
		}
		if piece.text.Empty() {
			p.source(piece)
			continue
		}
		p.row.Add(piece.style, piece.text.Slice(p.from-p.column, p.to-p.column))
		p.column += piece.text.Width()
	}
	return p.row.String()
}

// source paints the part in view of a piece of the document. A wide character at
// the right edge is shown whole if there is a cell for it; a character that
// begins left of the view is blank.
func (p *painter) source(piece piece) {
	part := p.v.b[piece.from:piece.to]
	first := max(p.from-p.column, 0)
	offset, at := p.v.rulerOf(piece.from, piece.to).Seek(part, first)
	n, end := safetext.Seek(part[offset:], at, p.to-p.column)
	stop := offset + n
	if end < p.to-p.column && stop < len(part) {
		stop = safetext.Next(part, stop)
	}
	shown := safetext.Show(part[offset:stop], at)
	p.column += at + shown.Width()
	if stop < len(part) {
		p.column = max(p.column, p.to)
	}
	base := piece.from + offset
	cell := first - at
	p.v.marks(base, base+len(part[offset:stop]), p.styles, func(style frame.Style, from, to int) {
		a, b := max(shown.Cell(from-base), cell), shown.Cell(to-base)
		p.row.Add(piece.style, shown.Slice(cell, a))
		p.row.Add(piece.style+style, shown.Slice(a, b))
		cell = max(b, cell)
	})
	p.row.Add(piece.style, shown.Slice(cell, shown.Width()))
}

// marks hands out, in order, the parts between two bytes that look different:
// matches, and the place where the text stops being JSON.
func (v *View) marks(from, to int, s *Styles, emit func(style frame.Style, from, to int)) {
	fault := -1
	if v.ix.fault != nil && v.ix.mode == Text && v.ix.fault.Offset >= from && v.ix.fault.Offset < to {
		fault = v.ix.fault.Offset
	}
	reach := 4 * len(v.find.Query()) // another case may take more bytes
	text := v.b[:min(len(v.b), to+reach)]
	for at := max(0, from-reach); ; {
		a, b, ok := v.find.Next(text, at)
		ok = ok && a < to
		if fault >= 0 && (!ok || fault < a) {
			emit(s.Fault, fault, min(safetext.Next(v.b, fault), to))
			fault = -1
		}
		if !ok {
			return
		}
		style := s.Match
		if a == v.hitA && b == v.hitB {
			style = s.Here
		}
		if b > from {
			emit(style, max(a, from), min(b, to))
		}
		at = b
	}
}
