package ui

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

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
	// functions marks the list of the target's functions, into which come those that are
	// read while it is open.
	functions bool

	catalog catalog // of the choices
	shown   []match
	list    list
	preview func(a *App, c choice) tea.Cmd // the cursor moved to c
	undo    func(a *App)                   // closed without choosing
}

// newPicker makes a picker; what it is filled with later comes by fill.
func newPicker(title, verb string, choices []choice) *picker {
	p := &picker{title: title, verb: verb, width: 60, nothing: "nothing matches"}
	p.fill(choices)
	return p
}

// fill replaces the choices and keeps what was typed.
func (p *picker) fill(choices []choice) {
	p.choices, p.catalog = nil, catalog{}
	p.add(choices)
	p.narrow()
}

// refill is fill with the cursor staying on the choice that it is on.
func (p *picker) refill(choices []choice) {
	p.staying(func() {
		p.choices, p.catalog = nil, catalog{}
		p.add(choices)
	})
}

// extend adds choices. The cursor stays on the choice that it is on.
func (p *picker) extend(choices []choice) {
	p.staying(func() { p.add(choices) })
}

func (p *picker) add(choices []choice) {
	for _, c := range choices {
		p.choices = append(p.choices, c)
		p.catalog.add(c.text, c.others())
	}
}

// staying changes the choices with the cursor on the same one after as before.
func (p *picker) staying(change func()) {
	under, was := p.chosen()
	before := p.list
	change()
	p.narrow()
	if was {
		p.list = before
		p.list.follow(slices.IndexFunc(p.shown, func(m match) bool { return p.choices[m.row].text == under.text }))
	}
}

// start puts the cursor on the first choice that ok accepts.
func (p *picker) start(ok func(choice) bool) *picker {
	if i := slices.IndexFunc(p.shown, func(m match) bool { return ok(p.choices[m.row]) }); i >= 0 {
		p.list.cursor = i
	}
	return p
}

// narrow works out which choices match what was typed, the best first; those
// that cannot be chosen come after the others.
func (p *picker) narrow() {
	p.shown = p.catalog.find(p.input.String())
	if strings.TrimSpace(p.input.String()) != "" {
		slices.SortStableFunc(p.shown, func(x, y match) int {
			return cmp.Compare(p.choices[x.row].put(x.order), p.choices[y.row].put(y.order))
		})
	}
	p.list = list{}
}

// put is the place in the order of a choice that matches.
func (c *choice) put(order int) int {
	if c.after { // others that match in the same way
		order += kindWeight / 2
	}
	if c.off != "" {
		order += matchKinds * kindWeight
	}
	return order
}

// others are the words of a choice that are matched beside its text: those that are shown come first.
func (c *choice) others() string {
	right := c.right
	if c.isKey {
		right = ""
	}
	return c.dim + " " + right + " " + c.words
}

// chosen is the choice under the cursor.
func (p *picker) chosen() (choice, bool) {
	if p.list.cursor >= len(p.shown) {
		return choice{}, false
	}
	return p.choices[p.shown[p.list.cursor].row], true
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
	w, _ := c.inside()
	s := a.styles
	b := listCard{
		head: searchHead(s, &c, &p.input, w),
		rows: len(p.shown), page: p.page(a),
		row: func(i int, current bool) string {
			m := p.shown[i]
			at, others := p.catalog.marks(m.row, p.input.String())
			return p.choices[m.row].paint(s, w, current, at, others)
		},
		none: []string{saying(s, w, s.muted, safetext.FromString(p.nothing))},
		hint: "↑/↓ choose  enter " + p.verb, where: position(p.list.cursor, len(p.shown)),
	}
	if p.loading {
		b.none = []string{saying(s, w, s.muted, safetext.Trusted("loading…"))}
		if b.where != "" {
			b.where += " · reading…"
		}
	}
	b.fill(s, &c, p.list)
	return c
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
func (c choice) paint(s *styles, w int, current bool, at, others []int) string {
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
	room := r.Left()
	endWidth := min(safetext.FromString(right).Width(), max(room-least, 0))
	if endWidth > 0 {
		room -= endWidth + 1
	}
	mark := s.accent + s.underline
	addMatched(r, room, look, mark, c.text, at)
	if c.dim != "" && room > r.Used() {
		r.Pad("", 2)
		addMatched(r, room-r.Used()+2, s.subtle, s.subtle+s.underline, c.dim, marksBefore(others, len(c.dim)))
	}
	if c.off != "" || c.isKey {
		r.End(rightLook, safetext.FromString(right).Cut(endWidth))
	} else if endWidth > 0 {
		r.PadTo("", w-endWidth)
		addMatched(r, endWidth, rightLook, rightLook+s.underline, right, marksFrom(others, len(c.dim)+1))
	}
	return r.String()
}
