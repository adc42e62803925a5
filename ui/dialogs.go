package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A prompt asks for one line of text.
type prompt struct {
	title  string
	label  string
	input  field
	verb   string
	wrong  string                                      // what was wrong with the last answer
	accept func(a *App, text string) (string, tea.Cmd) // "" closes the prompt; else what is wrong
}

func (p *prompt) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	if k.Keystroke() == "enter" {
		wrong, cmd := p.accept(a, p.input.String())
		if p.wrong = wrong; wrong == "" {
			a.drop(p)
		}
		return true, cmd
	}
	return p.input.press(k), nil
}

func (p *prompt) insert(_ *App, text string) tea.Cmd {
	p.input.insert(text)
	return nil
}

func (p *prompt) card(a *App) card {
	c := card{at: a.cardAt(60, 6), title: safetext.FromString(p.title), badge: "esc close"}
	w, h := c.inside()
	s := a.styles
	label := frame.NewRow(w)
	label.Base(s.surface)
	if p.wrong == "" {
		label.AddCut(s.subtle, safetext.FromString(p.label))
	} else {
		label.AddCut(s.err, safetext.FromString("! "+p.wrong))
	}
	input := frame.NewRow(w)
	input.Base(s.surface)
	input.Add(s.accent, safetext.Trusted("› "))
	x := p.input.view(input, w-2, s.text)
	c.cursor = &place{x, 1}
	c.body = []string{label.String(), input.String()}
	c.body = append(padTo(s, c.body, w, h-1), foot(s, w, "enter "+p.verb, ""))
	return c
}

func (p *prompt) point(*App, int, bool) tea.Cmd { return nil }
func (p *prompt) wheel(*App, int) tea.Cmd       { return nil }
func (p *prompt) closed(*App)                   {}

// A confirm asks before something that cannot be undone. Enter is not an
// answer: a key pressed by habit must not be one.
type confirm struct {
	title string
	lines []safetext.Line
	verb  string
	yes   func(a *App) tea.Cmd
}

func (c *confirm) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch keyName(k) {
	case "y", "Y":
		a.drop(c)
		return true, c.yes(a)
	case "n", "N":
		return true, a.closeOverlay()
	}
	return false, nil
}

func (c *confirm) card(a *App) card {
	k := card{at: a.cardAt(60, 0), title: safetext.FromString(c.title)}
	w, _ := k.inside()
	var lines []safetext.Line
	for _, l := range c.lines {
		lines = append(lines, breakWords(l, w)...)
	}
	k.at = a.cardAt(60, len(lines)+4)
	w, h := k.inside()
	s := a.styles
	for _, l := range lines {
		r := frame.NewRow(w)
		r.Base(s.surface)
		r.AddCut(s.text, l)
		k.body = append(k.body, r.String())
	}
	k.body = append(padTo(s, k.body, w, h-1), foot(s, w, "y "+c.verb+"  n no", ""))
	return k
}

func (c *confirm) insert(*App, string) tea.Cmd   { return nil }
func (c *confirm) point(*App, int, bool) tea.Cmd { return nil }
func (c *confirm) wheel(*App, int) tea.Cmd       { return nil }
func (c *confirm) closed(*App)                   {}

// A notice is a card with text to read: what is wrong in a template, or a problem at the start.
type notice struct {
	title string
	lines []safetext.Line
	top   int
}

// rows are the notice's lines, wrapped.
func (n *notice) rows(w int) []safetext.Line {
	var rows []safetext.Line
	for _, l := range n.lines {
		rows = append(rows, l.Wrap(max(w, 1))...)
	}
	return rows
}

func (n *notice) at(a *App) rect { return a.cardAt(min(100, a.width-4), max(a.height*5/8, 10)) }

func (n *notice) card(a *App) card {
	c := card{at: n.at(a), title: safetext.FromString(n.title), badge: "esc close"}
	w, h := c.inside()
	s := a.styles
	rows := n.rows(w)
	top := min(n.top, max(len(rows)-h, 0))
	for i := range h {
		r := frame.NewRow(w)
		r.Base(s.surface)
		if top+i < len(rows) {
			r.Add(s.text, rows[top+i])
		}
		c.body = append(c.body, r.String())
	}
	c.thumb = frame.Thumb{First: top, Seen: h, All: len(rows)}
	return c
}

func (n *notice) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	_, page := card{at: n.at(a)}.inside()
	switch keyName(k) {
	case "up", "k":
		return true, n.wheel(a, -1)
	case "down", "j":
		return true, n.wheel(a, 1)
	case "pgup":
		return true, n.wheel(a, 1-page)
	case "pgdown":
		return true, n.wheel(a, page-1)
	case "enter":
		return true, a.closeOverlay()
	}
	return false, nil
}

func (n *notice) wheel(a *App, lines int) tea.Cmd {
	w, page := card{at: n.at(a)}.inside()
	n.top = min(max(n.top+lines, 0), max(len(n.rows(w))-page, 0))
	return nil
}

func (n *notice) insert(*App, string) tea.Cmd   { return nil }
func (n *notice) point(*App, int, bool) tea.Cmd { return nil }
func (n *notice) closed(*App)                   {}
