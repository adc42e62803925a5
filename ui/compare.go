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

// A comparison is the card that shows how two runs differ. It fills the body. It is
// there before the runs are read, so that comparing large ones can be seen and
// cancelled; closing it ends whatever it still waits for.
type comparison struct {
	first, second int64         // the runs; first is 0 until it is known
	found         *comparedRuns // nil while they are read
	view          []viewedRow   // of found
	layout        comparedLayout
	list          list

	ctx   context.Context
	stop  context.CancelFunc
	asked int  // numbers the comparisons; what an older one found is dropped
	busy  bool // something was asked for and has not come
}

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

var errNoEarlierRun = errors.New("there is no earlier run of this function to compare with")

// compare compares the two marked runs; with none marked, the run that is
// looked at with the one before it of the same function.
func (a *App) compare() tea.Cmd { return a.openComparison(a.compared()) }

// compareRuns shows how two runs of history differ.
func (a *App) compareRuns(first, second int64) tea.Cmd {
	if first == 0 || second == 0 {
		return nil
	}
	return a.openComparison(first, second)
}

// openComparison opens the card and reads the runs; first is 0 for the run before second.
func (a *App) openComparison(first, second int64) tea.Cmd {
	if a.store() == nil {
		return nil
	}
	c := &comparison{first: first, second: second, layout: a.comparedLayout}
	c.ctx, c.stop = context.WithCancel(a.ctx)
	a.push(c)
	return c.read(a, nil)
}

// read compares anew, as the store says now; do, which may be nil, is done before. What
// was asked for before is dropped.
func (c *comparison) read(a *App, do func(context.Context, *history.Store, history.Key) error) tea.Cmd {
	store, ctx := a.store(), c.ctx
	c.asked, c.busy = c.asked+1, true
	m := comparedCame{of: c, asked: c.asked}
	first, second := c.first, c.second
	var this, that *history.Entry
	if c.found != nil {
		this, that = &c.found.this, &c.found.that
	}
	return a.of(func() tea.Msg {
		if that == nil {
			this, that, m.err = readPair(ctx, store, first, second)
		}
		if m.err == nil && do != nil {
			m.err = do(ctx, store, history.KeyOf(that.Target, that.Function))
		}
		if m.err == nil {
			m.found, m.err = readComparison(ctx, store, *this, *that, true)
		}
		return m
	})
}

// readPair reads two runs; first is 0 for the one before second.
func readPair(ctx context.Context, store *history.Store, first, second int64) (this, that *history.Entry, err error) {
	newer, err := store.Entry(ctx, second)
	if err == nil && first == 0 {
		first, err = before(ctx, store, newer)
	}
	if err != nil {
		return nil, nil, err
	}
	older, err := store.Entry(ctx, first)
	return &older, &newer, err
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

// comparedCame brings what a comparison has found.
type comparedCame struct {
	of    *comparison
	asked int
	found *comparedRuns
	err   error
}

func (m comparedCame) apply(a *App) tea.Cmd {
	c := m.of
	if m.asked != c.asked || c.ctx.Err() != nil {
		return nil
	}
	c.busy = false
	if m.err != nil {
		a.warn(safetext.FromString("compare: " + m.err.Error()))
		if c.found == nil {
			a.drop(c)
			c.stop()
		}
		return nil
	}
	opening := c.found == nil
	c.found = m.found
	c.first, c.second = m.found.this.ID, m.found.that.ID
	c.view = c.found.layOut(c.layout)
	if !opening {
		c.list.keep(len(c.view), c.page(a))
		return nil
	}
	c.step(a, 1)
	if c.found.differences > 0 && c.found.alike() {
		cmd := c.read(a, learnVolatile)
		c.busy = false // nobody has asked for it
		return cmd
	}
	return nil
}

// step goes to the next difference, or to the one before.
func (c *comparison) step(a *App, by int) {
	for i := c.list.cursor + by; i >= 0 && i < len(c.view); i += by {
		if c.view[i].differs {
			c.list.to(i, len(c.view), c.page(a))
			return
		}
	}
}

// setLayout lays the comparison out in another way, at the difference that was looked at.
func (c *comparison) setLayout(a *App, l comparedLayout) {
	nth := 0
	for i := 0; i <= c.list.cursor && i < len(c.view); i++ {
		if c.view[i].differs {
			nth++
		}
	}
	c.layout, a.comparedLayout = l, l
	if c.found == nil {
		return
	}
	c.view = c.found.layOut(l)
	c.list = list{}
	for i := range c.view {
		if c.view[i].differs {
			nth--
		}
		if nth <= 0 {
			c.list.to(i, len(c.view), c.page(a))
			return
		}
	}
}

func (c *comparison) at(a *App) rect { return a.lay.body }

// comparedHead is how many rows of the card stand still above the list: which runs they are.
const comparedHead = 1

func (c *comparison) page(a *App) int {
	_, h := card{at: c.at(a)}.inside()
	return max(h-1-comparedHead, 0)
}

func (c *comparison) card(a *App) card {
	s := a.styles
	run := func(id int64) string {
		if id == 0 {
			return "the run before"
		}
		return "#" + strconv.FormatInt(id, 10)
	}
	k := card{at: c.at(a), title: safetext.FromString("Compare " + run(c.first) + " ↔ " + run(c.second)), badge: c.layout.String() + "  esc close"}
	w, h := k.inside()
	p := comparedPainter{s: s, w: w, c: c.found, layout: c.layout}
	if c.found == nil {
		r := frame.NewRow(w)
		r.Base(s.surface)
		r.AddCut(s.muted, safetext.Trusted("Comparing…"))
		k.body = append(k.body, r.String())
	} else {
		l := c.list
		l.keep(len(c.view), c.page(a))
		k.body = append(k.body, p.runs(a))
		for i := l.top; i < min(l.top+c.page(a), len(c.view)); i++ {
			k.body = append(k.body, p.row(c.view[i], i == l.cursor))
		}
		k.thumb = frame.Thumb{First: l.top, Seen: c.page(a), All: len(c.view)}
	}
	k.body = append(padTo(s, k.body, w, h-1), c.foot(s, w))
	return k
}

// foot is the last row: how the answers differ at the right, and what the keys do as far
// as there is room.
func (c *comparison) foot(s *styles, w int) string {
	verdict := safetext.FromString(c.verdict())
	r := frame.NewRow(w)
	r.Base(s.surface)
	for i, hint := range c.hints() {
		text := safetext.FromString(hint)
		if i > 0 {
			text = safetext.FromString(" · " + hint)
		}
		if r.Used()+text.Width()+2+verdict.Width() > w {
			break
		}
		r.Add(s.muted, text)
	}
	r.End(s.muted, verdict)
	return r.String()
}

// hints say what the keys of the card do here, those that matter most first.
func (c *comparison) hints() []string {
	if c.found == nil {
		return []string{"esc cancel"}
	}
	hints := []string{"s " + c.layout.next().String()}
	path, state := c.path()
	switch {
	case state == history.VolatileKept:
		hints = append(hints, "i compare it", "x forget")
	case state != "":
		hints = append(hints, "i ignore", "x forget")
	case path != "":
		hints = append(hints, "i ignore")
	}
	if c.found.proposes() {
		hints = append(hints, "A ignore all that varies")
	}
	order := "o any order"
	if !c.found.order {
		order = "o in order"
	}
	return append(hints, "enter value", "a ignore a path", order, "n next", "v learn")
}

// verdict says how the answers differ.
func (c *comparison) verdict() string {
	switch f := c.found; {
	case f == nil:
		return ""
	case c.busy:
		return "comparing…"
	case f.more:
		return "more than " + count(f.differences, "difference", "differences")
	case f.differences > 0:
		return count(f.differences, "difference", "differences")
	case f.hasLeftOut():
		return "✓ same but for what is ignored"
	}
	return "✓ both answered the same"
}

func (c *comparison) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := keyName(k)
	if c.list.move(key, len(c.view), c.page(a)) {
		return true, nil
	}
	if key == "s" {
		c.setLayout(a, c.layout.next())
		return true, nil
	}
	if c.found == nil {
		return false, nil
	}
	var do func(context.Context, *history.Store, history.Key) error
	switch key {
	case "n":
		c.step(a, 1)
	case "N":
		c.step(a, -1)
	case "enter":
		c.openValue(a)
	case "a":
		c.askPath(a)
	case "o":
		do = setAnyOrder(c.found.order)
	case "i":
		do = c.decide()
	case "A":
		do = acceptProposed
	case "x":
		do = c.forget()
	case "v":
		do = learnVolatile
	default:
		return false, nil
	}
	if do == nil {
		return true, nil
	}
	return true, c.read(a, do)
}

func (c *comparison) wheel(a *App, lines int) tea.Cmd {
	c.list.scroll(lines, len(c.view), c.page(a))
	return nil
}

func (c *comparison) point(a *App, row int, double bool) tea.Cmd {
	i := row - comparedHead + c.list.top
	if row < comparedHead || row >= comparedHead+c.page(a) || i >= len(c.view) {
		return nil
	}
	c.list.to(i, len(c.view), c.page(a))
	if double {
		c.openValue(a)
	}
	return nil
}

func (c *comparison) insert(*App, string) tea.Cmd { return nil }
func (c *comparison) closed(*App)                 { c.stop() }
