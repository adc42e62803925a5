package ui

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/safetext"
)

// A functionCard shows how a function is configured at one qualifier, fact by fact. The
// values of its environment are hidden until they are asked for. It fills the body.
type functionCard struct {
	function  string
	qualifier string // "" for $LATEST
	where     invoke.TargetInfo

	known  bool // something has been read
	got    invoke.VersionSide
	others []invoke.Qualifier // of the function, as far as they have been read
	values bool               // values of the environment are shown
	rows   []factRow
	list   list

	asked   int // numbers the reads; the answer of an older one is dropped
	stop    context.CancelFunc
	loading bool
	failure *invoke.Failure // of the last read
}

// A factRow is a row of the card: a fact, or a heading.
type factRow struct {
	label   string
	value   string // for people; "" where there is nothing
	copied  string // what copying takes; "" where that is the value
	hidden  bool
	warns   bool
	heading bool
}

// shownFunction is the function that is shown from here, and the qualifier: the one under the
// cursor, else the chosen one.
func (a *App) shownFunction() (name, qualifier string) {
	name = a.functions.chosen
	if a.focus == paneFunctions {
		if f := a.functions.under(); f != nil {
			name = f.Name
		}
	}
	if name == a.functions.chosen {
		return name, a.request.qualifier
	}
	return name, a.request.byFunction[name]
}

// cannotShowFunction is why there is no configuration to show.
func (a *App) cannotShowFunction() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	if name, _ := a.shownFunction(); name == "" {
		return a.noFunction()
	}
	if _, ok := invoke.As[invoke.Describer](a.target()); !ok {
		return "this target does not tell how functions are configured"
	}
	return ""
}

func (a *App) showFunction() tea.Cmd {
	name, qualifier := a.shownFunction()
	c := &functionCard{function: name, qualifier: qualifier, where: a.info()}
	a.push(c)
	if a.request.known == name {
		c.others = a.request.qualifiers
		return c.read(a)
	}
	return tea.Batch(c.read(a), c.readOthers(a))
}

// described brings what was read of a function.
type described struct {
	card  *functionCard
	asked int
	got   invoke.VersionSide
	err   error
}

// read asks the target. A read that is still under way is given up.
func (c *functionCard) read(a *App) tea.Cmd {
	c.closed(a)
	c.asked++
	c.loading = true
	ctx, stop := context.WithCancel(a.ctx)
	c.stop = stop
	m := described{card: c, asked: c.asked}
	target, function, qualifier := a.target(), c.function, c.qualifier
	return a.of(func() tea.Msg {
		m.got, m.err = invoke.Describe(ctx, target, function, qualifier, nil)
		return m
	})
}

func (m described) apply(a *App) tea.Cmd {
	c := m.card
	if m.asked != c.asked || errors.Is(m.err, context.Canceled) {
		return nil
	}
	c.loading, c.failure = false, nil
	if m.err != nil {
		c.failure = explained(m.err) // what was read before stays
		return nil
	}
	c.known, c.got = true, m.got
	c.arrange(a)
	return nil
}

// othersCame brings the qualifiers of the function, which say what points at what is shown.
type othersCame struct {
	card *functionCard
	list []invoke.Qualifier
}

func (c *functionCard) readOthers(a *App) tea.Cmd {
	target, ctx, function := a.target(), a.ctx, c.function
	return a.of(func() tea.Msg {
		// Without them there is no row of aliases: nothing that would have to be said.
		list, err := target.Qualifiers(ctx, function)
		if err != nil {
			return nil
		}
		return othersCame{c, list}
	})
}

func (m othersCame) apply(a *App) tea.Cmd {
	m.card.others = m.list
	if m.card.known {
		m.card.arrange(a)
	}
	return nil
}

// arrange makes the rows anew. The cursor stays on its row.
func (c *functionCard) arrange(a *App) {
	label := ""
	if r := c.under(); r != nil {
		label = r.label
	}
	c.got.Place(c.others)
	c.rows = c.rowsOf(a.now.Location())
	if i := slices.IndexFunc(c.rows, func(r factRow) bool { return r.label == label && !r.heading }); i >= 0 {
		c.list.follow(i)
	}
	c.list.keep(len(c.rows), c.page(a))
	c.skip(a, 1)
}

// skip takes the cursor off a heading.
func (c *functionCard) skip(a *App, by int) {
	c.list.skip(by, len(c.rows), c.page(a), func(i int) bool { return c.rows[i].heading })
}

// under is the row under the cursor, nil for none.
func (c *functionCard) under() *factRow {
	if c.list.cursor >= len(c.rows) || c.rows[c.list.cursor].heading {
		return nil
	}
	return &c.rows[c.list.cursor]
}

func (c *functionCard) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	before, key := c.list.cursor, keyName(k)
	if c.list.move(key, len(c.rows), c.page(a)) {
		by := 1
		if c.list.cursor < before {
			by = -1
		}
		c.skip(a, by)
		return true, nil
	}
	switch {
	case key == "v":
		c.values = !c.values
		c.arrange(a)
	case key == "f9":
		return true, tea.Batch(c.read(a), c.readOthers(a))
	case key == "y":
		return true, c.copy(a)
	case slices.Contains(a.table.byID["qualifier.pick"].keys, key):
		return true, c.pickQualifier(a)
	case slices.Contains(a.table.byID["function.show"].keys, key):
		return true, a.closeOverlay()
	default:
		return false, nil
	}
	return true, nil
}

// copy copies the value of the row under the cursor, also a hidden one: it goes to no screen.
// Where nothing could be read it copies what mends that.
func (c *functionCard) copy(a *App) tea.Cmd {
	r := c.under()
	switch {
	case c.failure != nil && c.failure.Command != "":
		return a.copyFailure(c.failure, false)
	case r == nil || r.value == "":
		return nil
	case r.copied != "":
		return a.copyText([]byte(r.copied), r.label)
	}
	return a.copyText([]byte(r.value), r.label)
}

// pickQualifier chooses what is shown. What will be invoked stays as it is.
func (c *functionCard) pickQualifier(a *App) tea.Cmd {
	p := newPicker("Show "+c.function+" at", "show", nil)
	a.push(p)
	p.loading = true
	return a.listQualifiers(c.function, p, func(q invoke.Qualifier) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd {
			c.qualifier, c.known, c.rows = q.Name, false, nil // what is shown belongs to the title
			return c.read(a)
		}
	}, qualifierName(c.qualifier))
}

func (c *functionCard) insert(*App, string) tea.Cmd { return nil }

func (c *functionCard) point(a *App, row int, _ bool) tea.Cmd {
	i := row - factsHead + c.list.top
	if row < factsHead || row >= factsHead+c.page(a) || i >= len(c.rows) || c.rows[i].heading {
		return nil
	}
	c.list.to(i, len(c.rows), c.page(a))
	return nil
}

func (c *functionCard) wheel(a *App, lines int) tea.Cmd {
	c.list.scroll(lines, len(c.rows), c.page(a))
	c.skip(a, lines)
	return nil
}

// closed gives up what is being read.
func (c *functionCard) closed(*App) {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

var _ overlay = (*functionCard)(nil)

// title is what the card shows.
func (c *functionCard) title() safetext.Line {
	return safetext.FromString("Function  " + c.function + " " + qualifierName(c.qualifier) + " on " + placeOf(c.where))
}
