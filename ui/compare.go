package ui

import (
	"errors"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke/jsondoc"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A comparison is the card that shows how two runs differ. It fills the body.
type comparison struct {
	this, that history.Entry
	rows       []comparedRow
	note       string
	list       list
}

// A comparedRow is one difference: where, and what became of what; "" is nothing.
type comparedRow struct {
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
		if len(a.history.marked) == 2 || a.history.under() != nil {
			return ""
		}
		return "no run is chosen"
	}
	if a.result.shown == nil || a.result.shown.result.HistoryID == 0 {
		return "no run of history is shown"
	}
	return ""
}

// comparedCame brings the two runs.
type comparedCame struct {
	this, that history.Entry
	err        error
}

var errNoEarlierRun = errors.New("there is no earlier run of this function to compare with")

// compare compares the two marked runs; with none marked, the run that is
// looked at with the one before it of the same function.
func (a *App) compare() tea.Cmd {
	store, ctx := a.store(), a.ctx
	if m := a.history.marked; len(m) == 2 {
		first, second := min(m[0], m[1]), max(m[0], m[1])
		return a.of(func() tea.Msg {
			return loadBoth(func(id int64) (history.Entry, error) { return store.Entry(ctx, id) }, first, second)
		})
	}
	id := int64(0)
	if a.focus == paneHistory {
		id = a.history.under().ID
		if len(a.history.marked) == 1 && a.history.marked[0] != id {
			first, second := min(a.history.marked[0], id), max(a.history.marked[0], id)
			return a.of(func() tea.Msg {
				return loadBoth(func(id int64) (history.Entry, error) { return store.Entry(ctx, id) }, first, second)
			})
		}
	} else {
		id = a.result.shown.result.HistoryID
	}
	return a.of(func() tea.Msg {
		that, err := store.Entry(ctx, id)
		if err != nil {
			return comparedCame{err: err}
		}
		var query history.Query
		earlier, err := store.List(ctx, query.InFunction(history.KeyOf(that.Target, that.Function)), id, 1)
		if err == nil && len(earlier) == 0 {
			err = errNoEarlierRun
		}
		if err != nil {
			return comparedCame{err: err}
		}
		this, err := store.Entry(ctx, earlier[0].ID)
		return comparedCame{this, that, err}
	})
}

func loadBoth(entry func(int64) (history.Entry, error), first, second int64) comparedCame {
	this, err := entry(first)
	if err != nil {
		return comparedCame{err: err}
	}
	that, err := entry(second)
	return comparedCame{this, that, err}
}

func (m comparedCame) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("compare: " + m.err.Error()))
		return nil
	}
	a.push(newComparison(m.this, m.that))
	return nil
}

// newComparison compares outcome, version and response of two runs.
func newComparison(this, that history.Entry) *comparison {
	c := &comparison{this: this, that: that}
	field := func(name, x, y string) {
		if x != y {
			c.rows = append(c.rows, comparedRow{path: name, this: x, that: y})
		}
	}
	field("status", strconv.Itoa(this.Result.StatusCode), strconv.Itoa(that.Result.StatusCode))
	field("function error", this.Result.FunctionError, that.Result.FunctionError)
	field("failure", failureName(this), failureName(that))
	field("version", this.Result.ExecutedVersion, that.Result.ExecutedVersion)
	field("qualifier", this.Qualifier, that.Qualifier)
	if !slices.Equal(this.Request.Payload, that.Request.Payload) {
		c.note = "the payloads differ"
	}
	differences, err := jsondoc.Diff(this.Result.Payload, that.Result.Payload)
	var syntax *jsondoc.SyntaxError
	switch {
	case errors.As(err, &syntax):
		field("response", head(this.Result.Payload), head(that.Result.Payload))
	case err != nil:
		c.note = err.Error()
	}
	for _, d := range differences {
		c.rows = append(c.rows, comparedRow{path: d.Path.String(), this: head(d.This), that: head(d.That)})
	}
	return c
}

func failureName(e history.Entry) string {
	if e.Failure == nil {
		return ""
	}
	return e.Failure.Name
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
	hint := "↑/↓ move"
	if c.note != "" {
		hint = c.note
	}
	where := count(len(c.rows), "difference", "differences")
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
	r.AddIn(min(room, r.Left()), s.text, path.CutLeft(room))
	r.Pad("", 2)
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

// nothingThere stands for a value that one of the runs does not have. No JSON
// value is empty.
var nothingThere = safetext.Trusted("—")

func (c *comparison) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	if c.list.move(keyName(k), len(c.rows), c.page(a)) {
		return true, nil
	}
	return false, nil
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
