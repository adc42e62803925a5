package ui

import (
	"context"
	"errors"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A comparison is the card that shows how two runs differ. It fills the body.
type comparison struct {
	this, that history.Entry
	rows       []comparedRow
	note       string
	list       list

	differences int  // among rows, first
	more        bool // there are more than are listed
	anyOrder    bool // the order of arrays does not count
	asked       int  // numbers the comparisons; what an older one found is dropped
}

// A comparedRow is one difference: where, and what became of what; "" is nothing.
type comparedRow struct {
	kind       rowKind
	path       string
	this, that string
}

// maxCompared bounds the bytes of a value that a row of a comparison shows.
const maxCompared = 512

// cannotCompare is why there is nothing to compare.
func (a *App) cannotCompare() string {
	if why := a.noHistory(); why != "" {
		return why
	}
	if a.focus == paneHistory {
		if a.history.marked.len() == 2 || a.history.under() != nil {
			return ""
		}
		return "no run is chosen"
	}
	if a.result.shown == nil || a.result.shown.result.HistoryID == 0 {
		return "no run of history is shown"
	}
	return ""
}

// comparedCame brings two runs, compared.
type comparedCame struct {
	found *comparison
	err   error
}

var errNoEarlierRun = errors.New("there is no earlier run of this function to compare with")

// compare compares the two marked runs; with none marked, the run that is
// looked at with the one before it of the same function.
func (a *App) compare() tea.Cmd {
	store, ctx := a.store(), a.ctx
	first, second := a.compared()
	return a.of(func() tea.Msg {
		that, err := store.Entry(ctx, second)
		if err == nil && first == 0 {
			first, err = before(ctx, store, that)
		}
		if err != nil {
			return comparedCame{err: err}
		}
		this, err := store.Entry(ctx, first)
		if err != nil {
			return comparedCame{err: err}
		}
		found, err := readComparison(ctx, store, this, that, false)
		return comparedCame{found, err}
	})
}

// compared are the runs to compare, the older one first; first is 0 for the one before second.
func (a *App) compared() (first, second int64) {
	m := a.history.marked.oldestFirst()
	switch {
	case len(m) == 2:
		return m[0], m[1]
	case a.focus != paneHistory:
		return 0, a.result.shown.result.HistoryID
	}
	id := a.history.under().ID
	if len(m) == 1 && m[0] != id {
		return min(m[0], id), max(m[0], id)
	}
	return 0, id
}

// before is the run of the same function before a run.
func before(ctx context.Context, store *history.Store, e history.Entry) (int64, error) {
	var query history.Query
	earlier, err := store.List(ctx, query.InFunction(history.KeyOf(e.Target, e.Function)), e.ID, 1)
	if err != nil {
		return 0, err
	}
	if len(earlier) == 0 {
		return 0, errNoEarlierRun
	}
	return earlier[0].ID, nil
}

func (m comparedCame) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("compare: " + m.err.Error()))
		return nil
	}
	a.push(m.found)
	return nil
}

// comparedAgain brings what a comparison finds now.
type comparedAgain struct {
	of, now *comparison
	asked   int
	err     error
}

func (m comparedAgain) apply(a *App) tea.Cmd {
	c := m.of
	if m.err != nil {
		a.warn(safetext.FromString("compare: " + m.err.Error()))
		return nil
	}
	if m.asked != c.asked {
		return nil
	}
	list := c.list
	*c = *m.now
	c.list, c.asked = list, m.asked
	c.list.to(min(list.cursor, max(len(c.rows)-1, 0)), len(c.rows), c.page(a))
	return nil
}

// head is the beginning of a value, for a row.
func head(b []byte) string { return string(b[:min(len(b), maxCompared)]) }

func (c *comparison) at(a *App) rect { return a.lay.body }

func (c *comparison) page(a *App) int {
	_, h := card{at: c.at(a)}.inside()
	return max(h-1, 0)
}

func (c *comparison) card(a *App) card {
	s := a.styles
	title := "Compare #" + strconv.FormatInt(c.this.ID, 10) + " ↔ #" + strconv.FormatInt(c.that.ID, 10)
	k := card{at: c.at(a), title: safetext.FromString(title), badge: "esc close"}
	w, h := k.inside()
	l := c.list
	l.keep(len(c.rows), c.page(a))
	for i := l.top; i < min(l.top+c.page(a), len(c.rows)); i++ {
		k.body = append(k.body, c.row(s, w, &c.rows[i], i == l.cursor))
	}
	if len(c.rows) == 0 && h > 1 {
		r := frame.NewRow(w)
		r.Base(s.surface)
		r.Add(s.success, safetext.Trusted("✓ both answered the same"))
		k.body = append(k.body, r.String())
	}
	for len(k.body) < h-1 {
		k.body = append(k.body, frame.Text(w, s.surface, safetext.Spaces(w)))
	}
	hint := "i ignore · x forget · v learn · o order"
	if c.anyOrder {
		hint = "i ignore · x forget · v learn · o any order"
	}
	if c.note != "" {
		hint = c.note
	}
	where := count(c.differences, "difference", "differences")
	switch {
	case c.more:
		where = "more than " + where
	case c.differences == 0 && c.hasLeftOut():
		where = "✓ same but for what is ignored"
	case c.differences == 0:
		where = "✓ both answered the same"
	}
	k.body = append(k.body[:max(h-1, 0)], foot(s, w, hint, where))
	k.thumb = frame.Thumb{First: l.top, Seen: c.page(a), All: len(c.rows)}
	return k
}

// row is one difference: path, old → new.
func (c *comparison) row(s *styles, w int, d *comparedRow, current bool) string {
	r := frame.NewRow(w)
	r.Base(s.surface)
	marker := safetext.Spaces(2)
	if current {
		r.Base(s.surface + s.selection)
		marker = safetext.Trusted("▌ ")
	}
	r.Add(s.accent, marker)
	path := safetext.FromString(d.path)
	room := min(max(w/3, 12), 40)
	look := s.text
	if d.kind != rowDifference {
		look = s.muted
	}
	r.AddIn(min(room, r.Left()), look, path.CutLeft(room))
	r.Pad("", 2)
	if d.kind == rowLeftOut {
		r.AddCut(s.muted, safetext.FromString(volatileWords[history.VolatileState(d.this)]))
		return r.String()
	}
	each := max((r.Left()-3)/2, 1)
	old, now := safetext.FromString(d.this), safetext.FromString(d.that)
	if d.this == "" {
		old = nothingThere
	}
	if d.that == "" {
		now = nothingThere
	}
	r.Add(s.diffDel, old.Cut(each))
	r.Add(s.muted, safetext.Trusted(" → "))
	r.AddCut(s.diffAdd, now)
	return r.String()
}

// volatileWords say what is done about a volatile path.
var volatileWords = map[history.VolatileState]string{
	history.VolatileKept:     "ignored in comparisons",
	history.VolatileProposed: "varies between like runs: i ignores it",
	history.VolatileRefused:  "compared although it varies",
}

// nothingThere stands for a value that one of the runs does not have. No JSON
// value is empty.
var nothingThere = safetext.Trusted("—")

func (c *comparison) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	if c.list.move(keyName(k), len(c.rows), c.page(a)) {
		return true, nil
	}
	var first func(context.Context, *history.Store, history.Key) error
	order := c.anyOrder
	switch keyName(k) {
	case "o":
		order = !order
	case "i":
		first = c.decide()
	case "x":
		first = c.forget()
	case "v":
		first = learnVolatile
	default:
		return false, nil
	}
	if first == nil && order == c.anyOrder {
		return true, nil
	}
	again := c.again(a, order, first)
	return true, a.of(func() tea.Msg { return again() })
}

func (c *comparison) wheel(a *App, lines int) tea.Cmd {
	c.list.scroll(lines, len(c.rows), c.page(a))
	return nil
}

func (c *comparison) point(a *App, row int, _ bool) tea.Cmd {
	if i := row + c.list.top; row >= 0 && i < len(c.rows) {
		c.list.to(i, len(c.rows), c.page(a))
	}
	return nil
}

func (c *comparison) insert(*App, string) tea.Cmd { return nil }
func (c *comparison) closed(*App)                 {}
