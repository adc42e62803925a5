package frame

import "lambent/ui/safetext"

// A Box is an outline with what stands on its edges. Heavy lines mark the focus
// where colour cannot.
type Box struct {
	Line  Style // of the outline
	Heavy bool
	Title []Span // top edge, left
	Badge []Span // top edge, right; left out where it does not fit beside the title
	Foot  []Span // bottom edge, right
	Pad   int    // blanks inside, left and right: 1 in most panes
	// Thumb draws a scroll bar in the right edge unless all is in view.
	Thumb Thumb
	// ThumbStyle is added to Line where the thumb is.
	ThumbStyle Style
}

// Inner is the size of what fits into a box of w by h cells; never negative.
func (b Box) Inner(w, h int) (int, int) {
	return max(w-2-2*b.Pad, 0), max(h-2, 0)
}

// Paint is the box, exactly h rows of w cells, around the body. The body's rows
// must be as wide as Inner says; missing ones are blank, too many are left out.
// Below 2 by 2 cells there is nothing but blanks.
func (b Box) Paint(w, h int, body []string) []string {
	rows := make([]string, 0, max(h, 0))
	if w < 2 || h < 2 {
		return Fit(rows, w, h)
	}
	inner, _ := b.Inner(w, h)
	e := &light
	if b.Heavy {
		e = &heavy
	}
	rows = append(rows, b.edge(w, e.topLeft, e.across, e.topRight, b.Title, b.Badge))
	pad := Blank(min(b.Pad, w-2))
	if 2*b.Pad > w-2 {
		pad, inner = "", w-2 // no room for both: the body is missing, blanks stand in
		body = nil
	}
	blank := Blank(inner)
	side := string(b.Line) + e.down + end(b.Line)
	thumb := string(b.Line+b.ThumbStyle) + e.thumb + end(b.Line+b.ThumbStyle)
	from, to := b.Thumb.extent(h - 2)
	for i := range h - 2 {
		text, right := blank, side
		if i < len(body) {
			text = body[i]
		}
		if i >= from && i < to {
			right = thumb
		}
		rows = append(rows, side+pad+text+pad+right)
	}
	return append(rows, b.edge(w, e.bottomLeft, e.across, e.bottomRight, nil, b.Foot))
}

// edge is a horizontal edge with text on it, left and right. One piece of line
// stays between a corner and a text, and a blank on each side of a text.
func (b Box) edge(w int, first, across, last string, left, right []Span) string {
	var r Row
	r.Reset(w)
	line := func(n int) {
		if n = min(n, w-1-r.used); n > 0 {
			r.switchTo(b.Line)
			for range n {
				r.buf = append(r.buf, across...)
			}
			r.used += n
		}
	}
	text := func(spans []Span, limit int) {
		r.Pad(b.Line, 1)
		for _, s := range spans {
			s.Text = s.Text.Cut(min(limit, s.Text.Width()))
			limit -= s.Text.Width()
			r.Add(s.Style, s.Text)
		}
		r.Pad(b.Line, 1)
	}
	r.switchTo(b.Line)
	r.buf, r.used = append(r.buf, first...), 1
	line(1)
	if free := w - 6; len(left) > 0 && free > 0 {
		text(left, free)
	}
	if n := Width(right); n > 0 && r.used+n+4 <= w {
		line(w - r.used - n - 4)
		text(right, n)
		line(1)
	} else if len(left) == 0 && n > 0 && w > 6 {
		text(right, w-6)
	}
	line(w)
	r.switchTo(b.Line)
	r.buf, r.used = append(r.buf, last...), w
	return r.String()
}

// end is what switches a style off.
func end(s Style) string {
	if s == "" {
		return ""
	}
	return reset
}

type edges struct {
	topLeft, topRight, bottomLeft, bottomRight, across, down, thumb string
}

var (
	light = edges{"╭", "╮", "╰", "╯", "─", "│", "┃"}
	heavy = edges{"┏", "┓", "┗", "┛", "━", "┃", "█"}
)

// Rule is a horizontal line of w cells.
func Rule(w int, s Style) string {
	var r Row
	r.Reset(w)
	for r.Left() > 0 {
		r.Add(s, manyRules.Slice(0, r.Left()))
	}
	return r.String()
}

var manyRules = safetext.Trusted("────────────────────────────────────────────────────────────────")

// A Thumb says which part of a whole is in view: Seen units from First, of All.
type Thumb struct{ First, Seen, All int }

// extent is the range of rows, of h, that the thumb covers; empty when all is in view.
func (t Thumb) extent(h int) (from, to int) {
	if t.Seen <= 0 || t.All <= t.Seen || h <= 0 {
		return 0, 0
	}
	size := max(1, h*t.Seen/t.All)
	last := t.All - t.Seen
	from = (h - size) * min(max(t.First, 0), last) / last
	return from, from + size
}

// Bar is a progress bar of w cells, of which the share (0 to 1) is done.
func Bar(w int, share float64, done, rest Style) string {
	var r Row
	r.Reset(w)
	n := int(min(max(share, 0), 1)*float64(w) + 0.5)
	for i := range w {
		if i < n {
			r.Add(done, barDone)
		} else {
			r.Add(rest, barRest)
		}
	}
	return r.String()
}

var barDone, barRest = safetext.Trusted("▓"), safetext.Trusted("░")
