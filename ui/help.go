package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A help is the key table as a card: this pane's keys first, then those that
// work everywhere, then the rest. Typing filters.
type help struct {
	here  pane
	input field
	top   int
}

func (a *App) openHelp() tea.Cmd {
	a.push(&help{here: a.focus})
	return nil
}

// A helpLine is a heading (no command) or a command.
type helpLine struct {
	heading string
	command *command
}

// lines are the help's rows before they are set in columns.
func (h *help) lines(a *App) []helpLine {
	here, all, rest := helpSection{title: "Here: " + h.here.String()}, helpSection{title: "Everywhere"}, map[string]*helpSection{}
	var order []string
	typed := strings.ToLower(strings.TrimSpace(h.input.String()))
	for _, c := range a.table.rows {
		text := strings.ToLower(c.title + " " + c.id + " " + strings.Join(c.keys, " "))
		if typed != "" && !strings.Contains(text, typed) {
			continue
		}
		switch {
		case c.global():
			all.add(c)
		case c.scope&scopeOf(h.here) != 0:
			here.add(c)
		default:
			if rest[c.group] == nil {
				rest[c.group] = &helpSection{title: c.group}
				order = append(order, c.group)
			}
			rest[c.group].add(c)
		}
	}
	lines := append(here.lines, all.lines...)
	for _, g := range order {
		lines = append(lines, rest[g].lines...)
	}
	return lines
}

// A helpSection is a heading and its commands.
type helpSection struct {
	title string
	lines []helpLine
}

func (s *helpSection) add(c *command) {
	if s.lines == nil {
		s.lines = []helpLine{{heading: s.title}}
	}
	s.lines = append(s.lines, helpLine{command: c})
}

// rows sets the lines in as many columns as fit.
func (h *help) rows(a *App, w, height int) []string {
	lines := h.lines(a)
	columns := min(max(w/46, 1), 3)
	per := max((len(lines)+columns-1)/columns, 1)
	if columns > 1 {
		per = max(per, min(height, len(lines)))
	}
	var rows []string
	for y := range per {
		r := frame.NewRow(w)
		r.Base(a.styles.surface)
		for c := range columns {
			if i := c*per + y; i < len(lines) {
				r.PadTo("", c*w/columns)
				h.paint(a, r, lines[i], (c+1)*w/columns-1)
			}
		}
		rows = append(rows, r.String())
	}
	return rows
}

// keysWidth is the column of keys in help, where there are w cells for keys and title.
func keysWidth(w int) int {
	if w >= 60 {
		return 24
	}
	return 16
}

// keysIn are the keys of a command that fit, the first in any case.
func keysIn(c *command, w int) string {
	text := c.keys[0]
	for _, k := range c.keys[1:] {
		if len(text)+1+len(k) > w {
			break
		}
		text += " " + k
	}
	return text
}

// paint adds a line to a row, up to column end.
func (h *help) paint(a *App, r *frame.Row, l helpLine, end int) {
	s := a.styles
	if l.command == nil {
		r.AddIn(end-r.Used(), s.accent+s.strong, safetext.FromString(l.heading))
		return
	}
	keyLook, titleLook := s.key, s.text
	if l.command.reason(a) != "" {
		keyLook, titleLook = s.muted, s.muted
	}
	width := min(keysWidth(end-r.Used()), end-r.Used())
	keys := "palette"
	if len(l.command.keys) > 0 {
		keys = keysIn(l.command, width)
	} else {
		keyLook = s.muted
	}
	r.AddIn(width, keyLook, safetext.FromString(keys))
	r.Pad("", 1)
	r.AddIn(end-r.Used(), titleLook, safetext.FromString(l.command.title))
}

func (h *help) at(a *App) rect { return a.cardAt(146, a.height-2) }

func (h *help) page(a *App) int {
	_, height := card{at: h.at(a)}.inside()
	return max(height-3, 0)
}

func (h *help) card(a *App) card {
	c := card{at: h.at(a), title: safetext.FromString("Help · " + h.here.String()), badge: "esc close"}
	w, height := c.inside()
	s := a.styles
	c.body = searchHead(s, &c, &h.input, w)
	page := h.page(a)
	rows := h.rows(a, w, page)
	top := min(h.top, max(len(rows)-page, 0))
	c.body = append(c.body, rows[top:min(top+page, len(rows))]...)
	c.body = append(padTo(s, c.body, w, height-1), foot(s, w, "type to filter  ↑/↓ scroll  dim: not available now", ""))
	c.thumb = frame.Thumb{First: top, Seen: page, All: len(rows)}
	return c
}

func (h *help) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch k.Keystroke() {
	case "up":
		return true, h.wheel(a, -1)
	case "down":
		return true, h.wheel(a, 1)
	case "pgup":
		return true, h.wheel(a, 1-h.page(a))
	case "pgdown":
		return true, h.wheel(a, h.page(a)-1)
	case "f1":
		return true, a.closeOverlay()
	}
	used := h.input.press(k)
	if used {
		h.top = 0
	}
	return used, nil
}

func (h *help) insert(_ *App, text string) tea.Cmd {
	h.input.insert(text)
	h.top = 0
	return nil
}

func (h *help) wheel(a *App, lines int) tea.Cmd {
	w, _ := card{at: h.at(a)}.inside()
	last := max(len(h.rows(a, w, h.page(a)))-h.page(a), 0)
	h.top = min(max(h.top+lines, 0), last)
	return nil
}

func (h *help) point(*App, int, bool) tea.Cmd { return nil }
func (h *help) closed(*App)                   {}
