package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// comparedPayloads is how many payloads that both sides were given are listed.
const comparedPayloads = 50

// A versionPair is the card with two qualifiers of a function side by side: what they
// stand for, fact by fact, and what they answered to the same payloads. It fills the body.
// It invokes nothing.
type versionPair struct {
	function   string
	where      invoke.TargetInfo
	this, that string // qualifiers

	known bool // something has been read
	got   invoke.VersionComparison
	pairs []history.Pair
	more  bool // there may be other payloads that both were given

	values  bool // values of the environment are shown
	changed bool // only what differs is listed
	rows    []versionRow
	list    list

	asked   int // numbers the reads; the answer of an older one is dropped
	stop    context.CancelFunc
	loading bool
	wrong   string
}

// versionSubject is the function whose qualifiers are compared from here: the one under
// the cursor, else the chosen one.
func (a *App) versionSubject() string {
	if a.focus == paneFunctions {
		if f := a.functions.under(); f != nil {
			return f.Name
		}
	}
	return a.functions.chosen
}

// cannotCompareVersions is why there are no qualifiers to compare.
func (a *App) cannotCompareVersions() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	if a.versionSubject() == "" {
		return a.noFunction()
	}
	if _, ok := invoke.As[invoke.Describer](a.target()); !ok {
		return "this target does not tell how functions are configured"
	}
	return ""
}

// compareVersions asks for two qualifiers, one after the other, and compares them.
func (a *App) compareVersions() tea.Cmd {
	name, target, ctx := a.versionSubject(), a.target(), a.ctx
	p := newPicker("Compare versions of "+name, "choose", nil)
	p.loading, p.nothing = true, "nothing matches"
	a.push(p)
	return a.of(func() tea.Msg {
		list, err := target.Qualifiers(ctx, name)
		return sidesCame{p, name, list, err}
	})
}

// sidesCame brings the qualifiers to choose two of.
type sidesCame struct {
	open     *picker
	function string
	list     []invoke.Qualifier
	err      error
}

func (m sidesCame) apply(a *App) tea.Cmd {
	m.open.loading = false
	switch {
	case m.err != nil:
		m.open.nothing = m.err.Error()
	case len(m.list) < 2:
		m.open.nothing = "there is only $LATEST: publish a version first"
		m.list = nil
	}
	var choices []choice
	for _, q := range m.list {
		c := a.qualifierChoice(q)
		c.pick = func(a *App) tea.Cmd { return m.chooseOther(a, q.Name) }
		choices = append(choices, c)
	}
	m.open.fill(choices)
	if chosen := qualifierName(a.request.qualifier); m.function == a.functions.chosen {
		m.open.start(func(c choice) bool { return c.text == chosen })
	}
	return nil
}

// chooseOther asks for the side that the first one is compared with.
func (m sidesCame) chooseOther(a *App, this string) tea.Cmd {
	var choices []choice
	for _, q := range m.list {
		if q.Name == this {
			continue
		}
		c := a.qualifierChoice(q)
		c.pick = func(a *App) tea.Cmd { return a.openVersions(m.function, this, q.Name) }
		choices = append(choices, c)
	}
	a.push(newPicker("Compare "+this+" of "+m.function+" with", "compare", choices))
	return nil
}

func (a *App) openVersions(function, this, that string) tea.Cmd {
	v := &versionPair{function: function, where: a.info(), this: this, that: that}
	a.push(v)
	return v.read(a)
}

// versionsCame brings what was read of both sides.
type versionsCame struct {
	card  *versionPair
	asked int
	got   invoke.VersionComparison
	pairs []history.Pair
	more  bool
	err   error
}

// read asks the target and history. A read that is still under way is given up.
func (v *versionPair) read(a *App) tea.Cmd {
	v.closed(a)
	v.asked++
	v.loading = true
	ctx, stop := context.WithCancel(a.ctx)
	v.stop = stop
	m := versionsCame{card: v, asked: v.asked}
	target, store, function, this, that, key := a.target(), a.store(), v.function, v.this, v.that, history.KeyOf(v.where, v.function)
	return a.of(func() tea.Msg {
		m.got, m.err = invoke.CompareVersions(ctx, target, function, this, that)
		if m.err == nil && store != nil {
			m.pairs, m.more, m.err = store.Pairs(ctx, key, m.got, comparedPayloads)
		}
		return m
	})
}

func (m versionsCame) apply(a *App) tea.Cmd {
	v := m.card
	if m.asked != v.asked || v.stop == nil {
		return nil // asked anew, or closed
	}
	v.loading, v.wrong = false, ""
	if m.err != nil {
		v.wrong = m.err.Error() // what was read before stays
	}
	switch {
	case m.got.Facts != nil: // what history can't tell is no reason to show nothing
		v.known, v.got, v.pairs, v.more = true, m.got, m.pairs, m.more
		v.arrange(a)
	case !v.known:
		a.drop(v)
		a.push(newFailureCard("The versions of "+v.function+" can't be compared", m.err, func(a *App) tea.Cmd {
			return a.openVersions(v.function, v.this, v.that)
		}))
	}
	return nil
}

// arrange makes the rows anew, and keeps the cursor where it is as far as that can be.
func (v *versionPair) arrange(a *App) {
	v.rows = v.rowsOf(a.now.Location())
	v.list.to(v.list.cursor, len(v.rows), v.page(a))
	v.skip(a, 1)
}

// skip takes the cursor off a heading.
func (v *versionPair) skip(a *App, by int) {
	v.list.skip(by, len(v.rows), v.page(a), func(i int) bool { return v.rows[i].isHeading() })
}

// under is the row under the cursor, nil for none.
func (v *versionPair) under() *versionRow {
	if v.list.cursor >= len(v.rows) {
		return nil
	}
	return &v.rows[v.list.cursor]
}

func (v *versionPair) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	before, key := v.list.cursor, keyName(k)
	if v.list.move(key, len(v.rows), v.page(a)) {
		by := 1
		if v.list.cursor < before {
			by = -1
		}
		v.skip(a, by)
		return true, nil
	}
	switch key {
	case "v":
		v.values = !v.values
		v.arrange(a)
	case "d":
		v.changed = !v.changed
		v.arrange(a)
	case "s":
		v.this, v.that = v.that, v.this
		return true, v.read(a)
	case "f9":
		return true, v.read(a)
	case "enter":
		return true, v.open(a)
	default:
		return false, nil
	}
	return true, nil
}

// open shows how the answers to one payload differ.
func (v *versionPair) open(a *App) tea.Cmd {
	row := v.under()
	if row == nil || row.pair == nil {
		return nil
	}
	return a.compareRuns(row.pair.This.ID, row.pair.That.ID)
}

func (v *versionPair) point(a *App, row int, double bool) tea.Cmd {
	i := row - versionsHead + v.list.top
	if row < versionsHead || row >= versionsHead+v.page(a) || i >= len(v.rows) || v.rows[i].isHeading() {
		return nil
	}
	v.list.to(i, len(v.rows), v.page(a))
	if double && v.rows[i].pair != nil {
		return v.open(a)
	}
	return nil
}

func (v *versionPair) wheel(a *App, lines int) tea.Cmd {
	v.list.scroll(lines, len(v.rows), v.page(a))
	if lines < 0 {
		v.skip(a, -1)
	} else {
		v.skip(a, 1)
	}
	return nil
}

func (v *versionPair) insert(*App, string) tea.Cmd { return nil }

// closed gives up what is being read.
func (v *versionPair) closed(*App) {
	if v.stop != nil {
		v.stop()
		v.stop = nil
	}
}

var _ overlay = (*versionPair)(nil)

// title is what the card compares.
func (v *versionPair) title() safetext.Line {
	return safetext.FromString("Versions  " + v.function + " on " + placeOf(v.where) + "  " + v.this + " ↔ " + v.that)
}
