package ui

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A choice is one row of a picker.
type choice struct {
	text  string // shown first, and matched
	words string // matched too, not shown
	dim   string // shown after the text
	right string // at the right edge
	isKey bool   // right is the name of a key
	after bool   // it comes after others that match as well
	off   string // why it cannot be chosen; shown in the place of right
	pick  func(a *App) tea.Cmd
}

// A picker is a card with a list to choose from by typing.
type picker struct {
	title   string
	width   int
	verb    string // what enter does
	input   field
	choices []choice
	nothing string // said when nothing matches
	loading bool

	shown   []match
	list    list
	preview func(a *App, c choice) tea.Cmd // the cursor moved to c
	undo    func(a *App)                   // closed without choosing
}

// A match is a choice that matches what was typed, and where.
type match struct {
	choice int
	at     []int
}

// newPicker makes a picker; what it is filled with later comes by fill.
func newPicker(title, verb string, choices []choice) *picker {
	p := &picker{title: title, verb: verb, width: 60, nothing: "nothing matches"}
	p.fill(choices)
	return p
}

// fill replaces the choices and keeps what was typed.
func (p *picker) fill(choices []choice) {
	p.choices = choices
	p.narrow()
}

// start puts the cursor on the first choice that ok accepts.
func (p *picker) start(ok func(choice) bool) *picker {
	if i := slices.IndexFunc(p.shown, func(m match) bool { return ok(p.choices[m.choice]) }); i >= 0 {
		p.list.cursor = i
	}
	return p
}

// narrow works out which choices match what was typed, the best first; those
// that cannot be chosen come after the others.
func (p *picker) narrow() {
	p.shown = p.shown[:0]
	typed := strings.TrimSpace(p.input.String())
	if typed == "" {
		for i := range p.choices {
			p.shown = append(p.shown, match{choice: i})
		}
	} else {
		for _, m := range fuzzy.FindFrom(typed, haystack(p.choices)) {
			p.shown = append(p.shown, match{choice: m.Index, at: m.MatchedIndexes})
		}
		folded := strings.ToLower(typed)
		slices.SortStableFunc(p.shown, func(x, y match) int {
			return cmp.Compare(order(p.choices[x.choice], folded), order(p.choices[y.choice], folded))
		})
	}
	p.list = list{}
}

// order ranks a match before its quality: what can be chosen, then what holds
// the typed text as it is, in what is shown before what is not.
func order(c choice, typed string) int {
	rank := 0
	switch {
	case strings.Contains(strings.ToLower(c.text), typed):
	case strings.Contains(strings.ToLower(c.words), typed):
		rank = 2
	default:
		rank = 4
	}
	if c.after {
		rank++
	}
	if c.off != "" {
		rank += 6
	}
	return rank
}

// haystack is choices as the matcher wants them.
type haystack []choice

func (h haystack) Len() int            { return len(h) }
func (h haystack) String(i int) string { return h[i].text + " " + h[i].words }

// chosen is the choice under the cursor.
func (p *picker) chosen() (choice, bool) {
	if p.list.cursor >= len(p.shown) {
		return choice{}, false
	}
	return p.choices[p.shown[p.list.cursor].choice], true
}

func (p *picker) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := k.Keystroke()
	switch key {
	case "enter":
		return true, p.enter(a)
	case "up", "down", "pgup", "pgdown", "ctrl+n", "ctrl+p":
		p.list.move(key, len(p.shown), p.page(a))
		return true, p.moved(a)
	}
	before := p.input.String()
	if !p.input.press(k) {
		return false, nil
	}
	if p.input.String() != before {
		p.narrow()
		return true, p.moved(a)
	}
	return true, nil
}

func (p *picker) insert(a *App, text string) tea.Cmd {
	p.input.insert(text)
	p.narrow()
	return p.moved(a)
}

func (p *picker) moved(a *App) tea.Cmd {
	c, ok := p.chosen()
	if !ok || p.preview == nil {
		return nil
	}
	return p.preview(a, c)
}

// enter runs the choice under the cursor; one that is off says why.
func (p *picker) enter(a *App) tea.Cmd {
	c, ok := p.chosen()
	switch {
	case !ok:
		return nil
	case c.off != "":
		a.warn(safetext.FromString(c.off))
		return nil
	}
	a.drop(p)
	return c.pick(a)
}

func (p *picker) point(a *App, row int, _ bool) tea.Cmd {
	i := row - 2 + p.list.top
	if row < 2 || row >= 2+p.page(a) || i >= len(p.shown) {
		return nil
	}
	p.list.to(i, len(p.shown), p.page(a))
	return p.enter(a)
}

func (p *picker) wheel(a *App, lines int) tea.Cmd {
	p.list.scroll(lines, len(p.shown), p.page(a))
	return p.moved(a)
}

func (p *picker) closed(a *App) {
	if p.undo != nil {
		p.undo(a)
	}
}

// page is how many choices are visible. The card's size depends on the window only.
func (p *picker) page(a *App) int {
	_, h := card{at: p.at(a)}.inside()
	return max(h-3, 0)
}

func (p *picker) at(a *App) rect { return a.cardAt(p.width, max(a.height*5/8, 14)) }

func (p *picker) card(a *App) card {
	c := card{at: p.at(a), title: safetext.FromString(p.title), badge: "esc close"}
	w, h := c.inside()
	s := a.styles
	input := frame.NewRow(w)
	input.Base(s.surface)
	input.Add(s.accent, safetext.Trusted("› "))
	x := p.input.view(input, w-2, s.text)
	c.cursor = &place{x, 0}
	c.body = append(c.body, input.String(), frame.Rule(w, s.surface+s.border))
	page := max(h-3, 0)
	l := p.list
	l.keep(len(p.shown), page)
	for i := l.top; i < min(l.top+page, len(p.shown)); i++ {
		m := p.shown[i]
		c.body = append(c.body, p.choices[m.choice].paint(s, w, i == l.cursor, m.at))
	}
	if len(p.shown) == 0 && page > 0 {
		c.body = append(c.body, p.emptyRow(s, w))
	}
	for len(c.body) < h {
		c.body = append(c.body, frame.Text(w, s.surface, safetext.Spaces(w)))
	}
	hint := "↑/↓ choose  enter " + p.verb
	c.body[h-1] = foot(s, w, hint, position(l.cursor, len(p.shown)))
	c.thumb = frame.Thumb{First: l.top, Seen: page, All: len(p.shown)}
	return c
}

func (p *picker) emptyRow(s *styles, w int) string {
	text := p.nothing
	if p.loading {
		text = "loading…"
	}
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.Pad("", 2)
	r.AddCut(s.muted, safetext.FromString(text))
	return r.String()
}

// foot is the last row of a card: what keys do, and where one is.
func foot(s *styles, w int, hint, where string) string {
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.AddCut(s.muted, safetext.FromString(hint))
	r.End(s.muted, safetext.FromString(where))
	return r.String()
}

// position says where in a list the cursor is: "7 of 23".
func position(cursor, n int) string {
	if n == 0 {
		return ""
	}
	return thousands(cursor+1) + " of " + thousands(n)
}

// paint is the row of a choice.
func (c choice) paint(s *styles, w int, current bool, at []int) string {
	r := frame.NewRow(w)
	r.Base(s.surface)
	if current {
		r.Base(s.surface + s.selection)
		r.Add(s.accent, safetext.Trusted("▌ "))
	} else {
		r.Pad("", 2)
	}
	look, right, rightLook, least := s.text, c.right, s.muted, safetext.FromString(c.text).Width()+1
	if c.dim != "" {
		least += safetext.FromString(c.dim).Width() + 2
	}
	switch {
	case c.off != "":
		look, right, least = s.muted, c.off, 9
	case c.isKey:
		rightLook, least = s.key, 9
	}
	end := safetext.FromString(right)
	room := r.Left()
	if end.Width() > 0 {
		end = end.Cut(max(room-least, 0))
		room -= end.Width() + 1
	}
	addMatched(r, room, look, s.accent+s.underline, c.text, at)
	if c.dim != "" && room > r.Used() {
		r.Pad("", 2)
		r.AddCut(s.subtle, safetext.FromString(c.dim).Cut(room-r.Used()+2))
	}
	r.End(rightLook, end)
	return r.String()
}

// addMatched adds text with its matched bytes marked, in at most w cells. Text
// that has to be shown otherwise than it is written is not marked: its bytes
// are not its cells.
func addMatched(r *frame.Row, w int, look, mark frame.Style, text string, at []int) {
	line := safetext.FromString(text)
	cut := line.Cut(w)
	if len(at) == 0 || line.Width() != len(text) || line.String() != text {
		r.Add(look, cut)
		return
	}
	from := 0
	for _, i := range at {
		if i < from || i >= min(len(text), cut.Width()) {
			continue
		}
		r.Add(look, cut.Slice(from, i))
		r.Add(mark, cut.Slice(i, i+1))
		from = i + 1
	}
	r.Add(look, cut.Slice(from, cut.Width()))
}
