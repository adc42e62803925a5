package ui

import (
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A listCard is the body of a card that holds a list.
type listCard struct {
	head        []string // above the list
	rows, page  int      // of the list: all, and in view
	row         func(i int, current bool) string
	none        []string // in place of the rows, where there are none
	below       []string // what is known of the row under the cursor, its rule included
	hint, where string   // of the foot
}

// fill makes the body of a card whose list is at a place.
func (b *listCard) fill(s *styles, c *card, l list) {
	w, h := c.inside()
	rows := b.head
	l.keep(b.rows, b.page)
	for i := l.top; i < min(l.top+b.page, b.rows); i++ {
		rows = append(rows, b.row(i, i == l.cursor))
	}
	if b.rows == 0 {
		rows = append(rows, b.none...)
	}
	rows = padTo(s, rows, w, len(b.head)+b.page)
	rows = padTo(s, append(rows, b.below...), w, h-1)
	c.body = append(rows, foot(s, w, b.hint, b.where))
	c.thumb = frame.Thumb{First: l.top, Seen: b.page, All: b.rows}
}

// searchHead is what stands above a list that is searched by typing: the field, with
// the cursor of the card, and a rule.
func searchHead(s *styles, c *card, input *field, w int) []string {
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.Add(s.accent, safetext.Trusted("› "))
	x := input.view(r, w-2, s.text)
	c.cursor = &place{x, 0}
	return []string{r.String(), frame.Rule(w, s.surface+s.border)}
}

// padTo is rows of a card, cut or with blank ones after them, so that they are n.
func padTo(s *styles, rows []string, w, n int) []string {
	blank := frame.Text(w, s.surface, safetext.Spaces(w))
	for len(rows) < n {
		rows = append(rows, blank)
	}
	return rows[:max(n, 0)]
}

// saying is a row of a card that says something in place of a list.
func saying(s *styles, w int, look frame.Style, text safetext.Line) string {
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.Pad("", 2)
	r.AddCut(look, text)
	return r.String()
}
