package ui

import (
	"bytes"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/frame"
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
	rows    []history.Summary
	list    list
	asked   int
	loading bool
	wrong   string
	preview *history.Entry // of the run under the cursor
	wanted  int64          // the run whose preview was asked for
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

// searchCame brings the runs that match.
type searchCame struct {
	search *historySearch
	asked  int
	rows   []history.Summary
	err    error
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
			return searchCame{h, asked, nil, err}
		}
		rows, err := store.List(ctx, query, 0, searchPage)
		return searchCame{h, asked, rows, err}
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
	h.rows, h.list = m.rows, list{}
	return h.look(a)
}

// previewCame brings the run under the cursor with its bodies.
type previewCame struct {
	search *historySearch
	entry  history.Entry
	err    error
}

// look reads the run under the cursor, for the preview.
func (h *historySearch) look(a *App) tea.Cmd {
	r := h.under()
	if r == nil || h.previewHeight(a) == 0 {
		h.preview, h.wanted = nil, 0
		return nil
	}
	if h.wanted == r.ID {
		return nil
	}
	h.wanted = r.ID
	store, ctx, id := a.store(), a.ctx, r.ID
	return func() tea.Msg {
		e, err := store.Entry(ctx, id)
		return previewCame{h, e, err}
	}
}

func (m previewCame) apply(*App) tea.Cmd {
	if m.err == nil && m.entry.ID == m.search.wanted {
		m.search.preview = &m.entry
	}
	return nil
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
		h.scope = (h.scope + 1) % searchScopes
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

func (h *historySearch) at(a *App) rect { return a.cardAt(110, max(a.height*3/4, 14)) }

// previewHeight is how many rows show the payload of the run under the cursor.
func (h *historySearch) previewHeight(a *App) int {
	_, height := card{at: h.at(a)}.inside()
	if height < 14 {
		return 0
	}
	return height / 3
}

func (h *historySearch) page(a *App) int {
	_, height := card{at: h.at(a)}.inside()
	n := height - 3 - h.previewHeight(a)
	if h.previewHeight(a) > 0 {
		n--
	}
	return max(n, 0)
}

func (h *historySearch) card(a *App) card {
	s := a.styles
	c := card{at: h.at(a), title: safetext.FromString("History of " + scopeNames[h.scope]), badge: "esc close"}
	if h.scope == scopeAll {
		c.title = safetext.Trusted("History everywhere")
	}
	w, height := c.inside()
	input := frame.NewRow(w)
	input.Base(s.surface)
	input.Add(s.accent, safetext.Trusted("› "))
	x := h.input.view(input, w-2, s.text)
	c.cursor = &place{x, 0}
	c.body = append(c.body, input.String(), frame.Rule(w, s.surface+s.border))
	page := h.page(a)
	l := h.list
	l.keep(len(h.rows), page)
	for i := l.top; i < min(l.top+page, len(h.rows)); i++ {
		c.body = append(c.body, h.row(a, w, &h.rows[i], i == l.cursor))
	}
	if len(h.rows) == 0 && page > 0 {
		c.body = append(c.body, h.emptyRow(s, w))
	}
	blank := frame.Text(w, s.surface, safetext.Spaces(w))
	for len(c.body) < 2+page {
		c.body = append(c.body, blank)
	}
	c.body = append(c.body, h.previewRows(a, w)...)
	for len(c.body) < height-1 {
		c.body = append(c.body, blank)
	}
	hint := h.hint(a)
	if h.wrong != "" {
		hint = "! " + h.wrong
	}
	c.body = append(c.body[:max(height-1, 0)], foot(s, w, hint, position(l.cursor, len(h.rows))))
	c.thumb = frame.Thumb{First: l.top, Seen: page, All: len(h.rows)}
	return c
}

func (h *historySearch) replayKey(a *App) string {
	return a.table.byID["invoke"].keyFor(a.enhanced, true)
}

func (h *historySearch) emptyRow(s *styles, w int) string {
	text := safetext.Trusted("nothing matches")
	if h.loading {
		text = safetext.Trusted("searching…")
	}
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.Pad("", 2)
	r.AddCut(s.muted, text)
	return r.String()
}

// row is one run: what the list says, and the beginning of its payload, or the
// place where a word was found.
func (h *historySearch) row(a *App, w int, e *history.Summary, current bool) string {
	s := a.styles
	r := frame.NewRow(w)
	r.Base(s.surface)
	if current {
		r.Base(s.surface + s.selection)
	}
	switch {
	case a.history.marked.has(e.ID):
		r.Add(s.warning, safetext.Trusted("◆ "))
	case current:
		r.Add(s.accent, safetext.Trusted("▌ "))
	default:
		r.Pad("", 2)
	}
	addRun(a, r, e, w >= 90)
	r.Pad("", 2)
	if e.FailureName != "" {
		r.AddCut(s.err, safetext.FromString(e.FailureName))
		r.Pad("", 2)
	}
	for _, m := range e.Matches {
		if m.Field == history.FieldFunction || m.Field == history.FieldQualifier || m.Field == history.FieldError {
			continue
		}
		r.Add(s.subtle, safetext.FromBytes(squeeze(m.Text[:m.Start])))
		r.Add(s.match, safetext.FromBytes(squeeze(m.Text[m.Start:m.End])))
		r.AddCut(s.subtle, safetext.FromBytes(squeeze(m.Text[m.End:])))
		return r.String()
	}
	r.AddCut(s.muted, safetext.FromString(e.Head))
	return r.String()
}

// squeeze makes one blank of each run of white space, so that an excerpt is one line.
func squeeze(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			if n := len(out); n > 0 && out[n-1] == ' ' {
				continue
			}
			c = ' '
		}
		out = append(out, c)
	}
	return out
}

// maxPreview bounds the bytes of a payload that a preview looks at.
const maxPreview = 8 << 10

// previewRows are the payload of the run under the cursor.
func (h *historySearch) previewRows(a *App, w int) []string {
	n := h.previewHeight(a)
	if n == 0 {
		return nil
	}
	s := a.styles
	rows := []string{frame.Rule(w, s.surface+s.border)}
	if h.preview == nil || h.preview.ID != h.wanted {
		return rows
	}
	text := h.preview.Request.Payload
	text = text[:min(len(text), maxPreview)]
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if len(rows) > n {
			break
		}
		r := frame.NewRow(w)
		r.Base(s.surface)
		r.AddCut(s.text, safetext.FromBytes(line[:min(len(line), 4*w)]))
		rows = append(rows, r.String())
	}
	return rows
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
