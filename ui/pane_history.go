package ui

import (
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/safetext"
)

// historyPage is how many rows are read at a time.
const historyPage = 100

// A historyPane is the list of the target's runs, newest first. It is read by
// the page, and the pages are read again when any lambent has changed the store.
type historyPane struct {
	off     string // why there is no history
	rows    []history.Summary
	whole   bool // the last row has been read
	reading bool
	err     error
	list    list
	filter  filter
	wrong   string // what is wrong with the query
	marked  marks
	asked   int // numbers the reads; the answer of an older one is dropped
	w, h    int
}

// keep brings the cursor into the pane.
func (p *historyPane) keep(a *App) {
	p.w, p.h = a.inner(paneHistory)
	p.list.keep(len(p.rows), p.h)
}

// under is the run under the cursor.
func (p *historyPane) under() *history.Summary {
	if p.list.cursor >= len(p.rows) {
		return nil
	}
	return &p.rows[p.list.cursor]
}

// noHistory is why there is no history to search.
func (a *App) noHistory() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	if a.store() == nil {
		return "history is off: " + a.history.off
	}
	return ""
}

// historyCame brings rows of the list.
type historyCame struct {
	asked  int
	before int64
	rows   []history.Summary
	whole  bool
	err    error
	wrong  string
}

// readHistory reads the newest rows again, as many as are shown.
func (a *App) readHistory() tea.Cmd {
	return a.readRows(0, max(historyPage, len(a.history.rows)))
}

// readMoreHistory reads the next page when the cursor comes near the end of
// what has been read.
func (a *App) readMoreHistory() tea.Cmd {
	p := &a.history
	if p.whole || p.reading || len(p.rows) == 0 || p.list.cursor < len(p.rows)-historyPage/4 {
		return nil
	}
	return a.readRows(p.rows[len(p.rows)-1].ID, historyPage)
}

func (a *App) readRows(before int64, limit int) tea.Cmd {
	store, ctx := a.store(), a.ctx
	if store == nil {
		return nil
	}
	a.history.asked++
	a.history.reading = true
	asked, typed, scope := a.history.asked, a.history.filter.String(), history.ScopeOf(a.info())
	return func() tea.Msg {
		query, err := history.ParseQuery(typed)
		if err != nil {
			return historyCame{asked: asked, wrong: err.Error()}
		}
		rows, err := store.List(ctx, query.InScope(scope), before, limit)
		return historyCame{asked: asked, before: before, rows: rows, whole: len(rows) < limit, err: err}
	}
}

func (m historyCame) apply(a *App) tea.Cmd {
	p := &a.history
	if m.asked != p.asked {
		return nil
	}
	p.reading, p.err, p.wrong = false, m.err, m.wrong
	if m.err != nil || m.wrong != "" {
		return nil
	}
	p.whole = m.whole
	if m.before != 0 {
		p.rows = append(p.rows, m.rows...)
		return nil
	}
	// The cursor stays on its run, unless it is at the top: there it stays at the newest.
	var id int64
	if r := p.under(); r != nil && p.list.cursor > 0 {
		id = r.ID
	}
	p.rows = m.rows
	if i := slices.IndexFunc(p.rows, func(r history.Summary) bool { return r.ID == id }); i >= 0 {
		p.list.to(i, len(p.rows), p.h)
	}
	return nil
}

// storeChanged says that some lambent has changed the store.
type storeChanged struct{}

// watch waits until the store changes. It looks once a second, outside the
// event loop, so that nothing is drawn while nothing happens.
func (a *App) watch() tea.Cmd {
	store, clock := a.store(), a.clock
	if store == nil {
		return nil
	}
	ctx := a.session.ctx
	return a.of(func() tea.Msg {
		before, err := store.Version(ctx)
		for clock.Sleep(ctx, watchEvery) {
			now, again := store.Version(ctx)
			if again == nil && (err != nil || now != before) {
				return storeChanged{}
			}
		}
		return nil
	})
}

func (storeChanged) apply(a *App) tea.Cmd {
	a.readArmed()
	return tea.Batch(a.watch(), a.readHistory(), a.rereadDeadLetters(), a.rereadStatistics())
}

// An entryUse is what an entry is read for.
type entryUse int

const (
	openIt    entryUse = iota // show it, and put its payload into the editor
	loadIt                    // put its payload into the editor
	replayIt                  // send it once more
	compareIt                 // see compare
	copyIt
	copyAsIt      // see copyAs
	replayOtherIt // see replayOther
	saveIt        // save its payload as an event
)

// entryCame brings an entry of history.
type entryCame struct {
	use   entryUse
	entry history.Entry
	err   error
}

// readEntry reads a run with its bodies.
func (a *App) readEntry(id int64, use entryUse) tea.Cmd {
	store, ctx := a.store(), a.ctx
	return a.of(func() tea.Msg {
		e, err := store.Entry(ctx, id)
		return entryCame{use, e, err}
	})
}

func (m entryCame) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("run of history: " + m.err.Error()))
		return nil
	}
	switch m.use {
	case replayIt:
		var choose tea.Cmd
		if history.ScopeOf(m.entry.Target) == history.ScopeOf(a.info()) {
			choose = a.chooseForEntry(m.entry)
		}
		return tea.Batch(choose, a.replayThere(replayedEntry(m.entry)))
	case replayOtherIt:
		return a.chooseElsewhere(replayedEntry(m.entry))
	case copyAsIt:
		a.chooseForm(m.entry.Target, m.entry.Request)
		return nil
	case saveIt:
		a.askEventOfRun(m.entry)
		return nil
	case copyIt:
		return a.copyText(m.entry.Request.Payload, "payload")
	case loadIt:
		return tea.Batch(a.chooseForEntry(m.entry), a.loadPayload(m.entry))
	}
	choose := a.chooseForEntry(m.entry)
	show := a.result.show(a, outcomeOf(m.entry))
	a.focusTo(paneResult)
	return tea.Batch(choose, show, a.loadPayload(m.entry))
}

// chooseForEntry goes to the function and the qualifier of a run, where the
// target still has the function.
func (a *App) chooseForEntry(e history.Entry) tea.Cmd {
	if a.functions.function(e.Function) == nil {
		return nil
	}
	cmd := a.choose(e.Function)
	if history.ScopeOf(e.Target) != history.ScopeOf(a.info()) {
		return cmd // the qualifiers of another target say nothing here
	}
	a.request.qualifier = e.Qualifier
	if e.Qualifier == "$LATEST" {
		a.request.qualifier = ""
	}
	a.request.byFunction[e.Function] = a.request.qualifier
	return cmd
}

// loadPayload puts the payload of a run into the editor, as an edit that undo takes back.
func (a *App) loadPayload(e history.Entry) tea.Cmd {
	if a.functions.chosen != e.Function {
		return nil
	}
	return a.payload.replace(a, e.Request.Payload, "", "#"+strconv.FormatInt(e.ID, 10))
}

// markRow marks the run under the cursor, or takes the mark away.
func (a *App) markRow() tea.Cmd {
	p := &a.history
	p.marked.toggle(p.under().ID)
	p.list.move("down", len(p.rows), p.h)
	return a.readMoreHistory()
}

// deleteRows asks, and deletes the marked runs, or the one under the cursor.
func (a *App) deleteRows() tea.Cmd {
	ids := a.history.chosenRuns()
	what := runs(ids)
	a.push(&confirm{
		title: "Delete from history",
		lines: []safetext.Line{safetext.FromString("Delete " + what + " with request, response and log?"), safetext.Trusted("This cannot be undone.")},
		verb:  "delete",
		yes:   func(a *App) tea.Cmd { return a.deleteRuns(ids, what) },
	})
	return nil
}

// deletedRuns says that runs are gone.
type deletedRuns struct {
	ids  []int64
	what string
	err  error
}

func (a *App) deleteRuns(ids []int64, what string) tea.Cmd {
	store, ctx := a.store(), a.ctx
	return a.of(func() tea.Msg { return deletedRuns{ids, what, store.Delete(ctx, ids...)} })
}

func (m deletedRuns) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("delete from history: " + m.err.Error()))
		return nil
	}
	a.history.marked.remove(m.ids)
	a.say(safetext.FromString(m.what + " deleted"))
	return a.readHistory()
}

// statsCame brings the figures of a function's runs.
type statsCame struct {
	function string
	stats    history.Stats
}

// readStats reads how long runs of a function usually take.
func (a *App) readStats(function string) tea.Cmd {
	store, ctx, key := a.store(), a.ctx, a.key(function)
	if store == nil {
		return nil
	}
	return a.of(func() tea.Msg {
		stats, err := store.Stats(ctx, key)
		if err != nil {
			stats = history.Stats{} // nothing usual is known then
		}
		return statsCame{function, stats}
	})
}

func (m statsCame) apply(a *App) tea.Cmd {
	if m.function != a.functions.chosen {
		return nil
	}
	first := a.result.usual.Count == 0
	a.result.usual = m.stats
	if first {
		return a.warm() // now it is known whether the function was ever invoked
	}
	return nil
}
