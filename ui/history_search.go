package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/safetext"
)

// A searchScope is how far ctrl+r looks.
type searchScope int

const (
	scopeFunction searchScope = iota
	scopeTarget
	scopeAll
	searchScopes
)

var scopeNames = [...]string{scopeFunction: "this function", scopeTarget: "this target", scopeAll: "everywhere"}

// searchPage is how many runs a search shows.
const searchPage = 200

// A historySearch is the card in which history is searched as one types.
type historySearch struct {
	scope   searchScope
	input   field
	asking  history.Query     // that found rows
	rows    []history.Summary // those that have all words, then similar ones
	similar int               // how many of rows are similar ones
	list    list
	asked   int
	loading bool
	wrong   string
	preview previewing
}

// searchHistory opens the search, or widens its scope when it is open.
func (a *App) searchHistory() tea.Cmd {
	h := &historySearch{}
	if a.functions.chosen == "" {
		h.scope = scopeTarget
	}
	a.push(h)
	return h.read(a)
}

// searchCame brings the runs that match. The similar ones come after the others.
type searchCame struct {
	search  *historySearch
	asked   int
	query   history.Query
	rows    []history.Summary
	similar int
	err     error
}

// read asks the store for what matches what is typed.
func (h *historySearch) read(a *App) tea.Cmd {
	h.asked++
	h.loading = true
	asked := h.asked
	store, ctx := a.store(), a.ctx
	query, err := h.query(a)
	return func() tea.Msg {
		if err != nil {
			return searchCame{search: h, asked: asked, err: err}
		}
		m := searchCame{search: h, asked: asked, query: query}
		if m.rows, m.err = store.List(ctx, query, 0, searchPage); m.err != nil || len(m.rows) == searchPage {
			return m
		}
		near, err := store.Similar(ctx, query, m.rows, searchPage-len(m.rows))
		m.rows, m.similar, m.err = append(m.rows, near...), len(near), err
		return m
	}
}

func (m searchCame) apply(a *App) tea.Cmd {
	h := m.search
	if m.asked != h.asked {
		return nil
	}
	h.loading, h.wrong = false, ""
	if m.err != nil {
		h.wrong = m.err.Error() // what was found before stays
		return nil
	}
	h.asking, h.rows, h.similar, h.list = m.query, m.rows, m.similar, list{}
	h.preview.stale = true // other words are marked in it
	return h.look(a)
}

func (h *historySearch) under() *history.Summary {
	if h.list.cursor >= len(h.rows) {
		return nil
	}
	return &h.rows[h.list.cursor]
}

func (h *historySearch) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := keyName(k)
	switch key {
	case "enter":
		return true, h.use(a, openIt)
	case "tab":
		return true, h.use(a, loadIt)
	case "ctrl+enter", "alt+enter", "f5":
		if a.history.marked.len() > 0 {
			return true, a.setUpBulk(false)
		}
		if a.run != nil {
			a.warn(safetext.Trusted("a run is under way: ctrl+c cancels it"))
			return true, nil
		}
		return true, h.use(a, replayIt)
	case "up", "down", "pgup", "pgdown", "ctrl+n", "ctrl+p":
		h.list.move(key, len(h.rows), h.page(a))
		return true, h.look(a)
	}
	if used, cmd := h.mark(a, key); used {
		return true, cmd
	}
	if c, _ := a.find(key); c != nil && c.id == "history.search" {
		h.scope = h.next()
		return true, h.read(a)
	}
	before := h.input.String()
	if !h.input.press(k) {
		return false, nil
	}
	if h.input.String() != before {
		return true, h.read(a)
	}
	return true, nil
}

// use closes the search and takes the run under the cursor.
func (h *historySearch) use(a *App, use entryUse) tea.Cmd {
	r := h.under()
	if r == nil {
		return nil
	}
	a.drop(h)
	return a.readEntry(r.ID, use)
}

func (h *historySearch) insert(a *App, text string) tea.Cmd {
	h.input.insert(text)
	return h.read(a)
}

func (h *historySearch) at(a *App) rect { return a.cardAt(min(a.width-4, 170), max(a.height*7/8, 14)) }

func (h *historySearch) page(a *App) int {
	_, height := card{at: h.at(a)}.inside()
	n := height - 3 - h.previewHeight(a)
	return max(n, 0)
}

func (h *historySearch) card(a *App) card {
	s := a.styles
	c := card{at: h.at(a), title: safetext.FromString("History of " + scopeNames[h.scope]), badge: "esc close"}
	if h.scope == scopeAll {
		c.title = safetext.Trusted("History everywhere")
	}
	w, _ := c.inside()
	b := listCard{
		head: searchHead(s, &c, &h.input, w),
		rows: len(h.rows), page: h.page(a),
		row:   func(i int, current bool) string { return h.row(a, w, i, current) },
		none:  []string{saying(s, w, s.muted, safetext.Trusted("nothing matches"))},
		below: h.previewRows(a, w), hint: h.hint(a), where: h.position(),
	}
	if h.loading {
		b.none = []string{saying(s, w, s.muted, safetext.Trusted("searching…"))}
	}
	if h.wrong != "" {
		b.hint = "! " + h.wrong
	}
	b.fill(s, &c, h.list)
	return c
}

// next is the scope that comes after this one.
func (h *historySearch) next() searchScope { return (h.scope + 1) % searchScopes }

// position says where in the list the cursor is, and how much of it is only similar.
func (h *historySearch) position() string {
	text := position(h.list.cursor, len(h.rows))
	if len(h.rows) == searchPage {
		text += "+"
	}
	if h.similar > 0 {
		text += " · " + thousands(h.similar) + " similar"
	}
	return text
}

func (h *historySearch) replayKey(a *App) string {
	return a.table.byID["invoke"].keyFor(a.enhanced, true)
}

func (h *historySearch) point(a *App, row int, double bool) tea.Cmd {
	i := row - 2 + h.list.top
	if row < 2 || row >= 2+h.page(a) || i >= len(h.rows) {
		return nil
	}
	h.list.to(i, len(h.rows), h.page(a))
	if double {
		return h.use(a, openIt)
	}
	return h.look(a)
}

func (h *historySearch) wheel(a *App, lines int) tea.Cmd {
	h.list.scroll(lines, len(h.rows), h.page(a))
	return h.look(a)
}

func (h *historySearch) closed(*App) {}
