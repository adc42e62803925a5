package frame

import "lambent/ui/safetext"

// A Row puts one row together, from left to right. What does not fit in its
// width is left out; what is missing at the end is filled with blanks.
//
//	row := frame.NewRow(40)
//	row.Add(styles.Accent, safetext.Trusted("▌ "))
//	row.AddCut(styles.Text, name)
//	row.End(styles.Muted, age) // at the right edge
//	rows = append(rows, row.String())
//
// A Row can be used again after Reset, which spares its buffer.
type Row struct {
	buf         []byte
	width, used int
	base        Style
	open        Style // the style that is on at the end of buf
	reversed    bool  // base is
}

// NewRow begins a row of w cells (nothing for w ≤ 0).
func NewRow(w int) *Row {
	r := new(Row)
	r.Reset(w)
	return r
}

// Reset begins again, with w cells and no base style.
func (r *Row) Reset(w int) {
	r.buf, r.width, r.used, r.base, r.open = r.buf[:0], max(w, 0), 0, "", ""
	r.reversed = false
}

// Base sets what every style added from here on lies on: a selected row's
// background, for instance. It is the style of the blanks that fill the row.
//
// On a base that is reversed everything has the base's own colours: reversed too, the
// foreground of each text would be a background, and the row a patchwork.
func (r *Row) Base(s Style) { r.base, r.reversed = s, s.reverses() }

// Left is the number of cells that are still free.
func (r *Row) Left() int { return r.width - r.used }

// Used is the number of cells that are filled.
func (r *Row) Used() int { return r.used }

// Add appends text, as much of it as fits.
func (r *Row) Add(s Style, text safetext.Line) {
	w := text.Width()
	if w > r.width-r.used {
		text, w = text.Slice(0, r.Left()), r.Left()
	}
	if w <= 0 {
		return
	}
	if r.reversed {
		s = s.colourless()
	}
	r.switchTo(r.base + s)
	r.buf = append(r.buf, text.String()...)
	r.used += w
}

// AddCut appends text; if it does not fit it ends in an ellipsis.
func (r *Row) AddCut(s Style, text safetext.Line) { r.Add(s, text.Cut(r.Left())) }

// AddIn appends text in exactly w cells: cut with an ellipsis or followed by blanks.
func (r *Row) AddIn(w int, s Style, text safetext.Line) {
	end := r.used + w
	r.Add(s, text.Cut(min(w, r.Left())))
	r.Pad(s, end-r.used)
}

// AddRight appends text in exactly w cells, flush right: for numbers.
func (r *Row) AddRight(w int, s Style, text safetext.Line) {
	text = text.Cut(min(w, r.Left()))
	r.Pad(s, w-text.Width())
	r.Add(s, text)
}

// AddSpans appends spans, as much of them as fits.
func (r *Row) AddSpans(spans ...Span) {
	for _, s := range spans {
		r.Add(s.Style, s.Text)
	}
}

// Pad appends n blanks.
func (r *Row) Pad(s Style, n int) { r.Add(s, safetext.Spaces(min(n, r.Left()))) }

// PadTo appends blanks up to column n.
func (r *Row) PadTo(s Style, n int) { r.Pad(s, n-r.used) }

// End appends text flush with the row's right edge, if at least one blank
// stays before it (or nothing is before it); it reports whether it did.
func (r *Row) End(s Style, text safetext.Line) bool {
	gap := r.Left() - text.Width()
	if gap < 0 || gap == 0 && r.used > 0 {
		return false
	}
	r.Pad("", gap)
	r.Add(s, text)
	return true
}

// String is the row, filled up to exactly its width.
func (r *Row) String() string {
	r.Pad("", r.Left())
	r.switchTo("")
	return string(r.buf)
}

func (r *Row) switchTo(s Style) {
	if s == r.open {
		return
	}
	if r.open != "" {
		r.buf = append(r.buf, reset...)
	}
	r.buf = append(r.buf, s...)
	r.open = s
}

// A Span is text in one style.
type Span struct {
	Style Style
	Text  safetext.Line
}

// Width is the number of cells of all spans together.
func Width(spans []Span) int {
	n := 0
	for _, s := range spans {
		n += s.Text.Width()
	}
	return n
}

// Text is a row of w cells with one text in one style, cut with an ellipsis.
func Text(w int, s Style, text safetext.Line) string {
	var r Row
	r.Reset(w)
	r.AddCut(s, text)
	return r.String()
}

// Spans is a row of w cells with the spans that fit.
func Spans(w int, spans ...Span) string {
	var r Row
	r.Reset(w)
	r.AddSpans(spans...)
	return r.String()
}

// Blank is an empty row of w cells.
func Blank(w int) string { return safetext.Spaces(w).String() }
