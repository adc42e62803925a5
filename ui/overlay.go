package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// An overlay is a card over the body that takes every key while it is on top.
type overlay interface {
	// press handles a key; used is false for keys that it has no use for.
	press(a *App, k tea.KeyPressMsg) (used bool, cmd tea.Cmd)
	// insert takes pasted text.
	insert(a *App, text string) tea.Cmd
	// card says where the overlay is and what is on it.
	card(a *App) card
	// point handles a click on a row of the card's content; double is a second click on it.
	point(a *App, row int, double bool) tea.Cmd
	// wheel scrolls by lines.
	wheel(a *App, lines int) tea.Cmd
	// closed undoes what a preview has done; it is called when esc or a click
	// beside the card closes the overlay.
	closed(a *App)
}

// A card is an overlay as it is painted.
type card struct {
	at     rect
	title  safetext.Line
	badge  string
	body   []string // rows of exactly the inner width
	cursor *place   // in the body, nil for none
	thumb  frame.Thumb
}

// A place is a cell.
type place struct{ x, y int }

// inside is the size of a card's content.
func (c card) inside() (w, h int) { return frame.Box{Pad: 1}.Inner(c.at.w, c.at.h) }

// paint is the card's box.
func (c card) paint(s *styles) []string {
	pad := frame.Text(1, s.surface, safetext.Spaces(1))
	rows := make([]string, len(c.body))
	for i, row := range c.body {
		rows[i] = pad + row + pad
	}
	box := frame.Box{
		Line: s.surface + s.borderFocus, Heavy: s.heavy, Thumb: c.thumb,
		Title: []frame.Span{{Style: s.surface + s.borderFocus + s.strong, Text: c.title}},
	}
	if c.badge != "" {
		box.Badge = []frame.Span{{Style: s.surface + s.muted, Text: safetext.FromString(c.badge)}}
	}
	return box.Paint(c.at.w, c.at.h, rows)
}

// push opens an overlay on top.
func (a *App) push(o overlay) { a.overlays = append(a.overlays, o) }

// pop takes the top overlay away.
func (a *App) pop() {
	if n := len(a.overlays); n > 0 {
		a.overlays = a.overlays[:n-1]
	}
}

// closeOverlay steps back out of the top overlay.
func (a *App) closeOverlay() tea.Cmd {
	top := a.overlays[len(a.overlays)-1]
	a.pop()
	top.closed(a)
	return nil
}

// drop takes an overlay away wherever it is in the stack.
func (a *App) drop(o overlay) {
	for i, x := range a.overlays {
		if x == o {
			a.overlays = append(a.overlays[:i:i], a.overlays[i+1:]...)
			return
		}
	}
}

// place of a card in the window: w by h cells, at one eighth of the height, no
// larger than the window.
func (a *App) cardAt(w, h int) rect {
	w = min(w, max(a.width-4, min(a.width, 24)))
	h = min(h, max(a.height-2, 3))
	y := min(max(a.height/8, 1), a.height-1-h) // the footer stays in view
	return rect{(a.width - w) / 2, max(y, 0), w, h}
}
