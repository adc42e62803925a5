package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/history"
)

// The keys that mark in the search. Letters and the blank are text there.
const (
	searchMark    = "alt+m" // also ctrl+space, where a terminal sends it
	searchMarkAll = "alt+a"
)

// mark handles the keys that mark runs; they are the marks of the history pane.
func (h *historySearch) mark(a *App, key string) (used bool, cmd tea.Cmd) {
	switch key {
	case searchMark, "ctrl+space", "ctrl+@":
		if r := h.under(); r != nil {
			a.history.marked.toggle(r.ID)
			h.list.move("down", len(h.rows), h.page(a))
			return true, h.look(a)
		}
		return true, nil
	case searchMarkAll:
		query, err := h.query(a)
		if err != nil {
			return true, nil // the foot says what is wrong with it
		}
		return true, a.markAll(query)
	}
	return false, nil
}

// query is what is looked for: what is typed, in the scope.
func (h *historySearch) query(a *App) (history.Query, error) {
	query, err := history.ParseQuery(h.input.String())
	key := a.key(a.functions.chosen)
	switch {
	case err != nil:
	case h.scope == scopeFunction:
		query = query.InFunction(key)
	case h.scope == scopeTarget:
		query = query.InScope(key.Scope)
	}
	return query, err
}

// hint is what keys do: with runs marked, the key that replays is for all of them.
func (h *historySearch) hint(a *App) string {
	if n := a.history.marked.len(); n > 0 {
		return h.replayKey(a) + " replay " + a.history.marked.text() + "  " + searchMark + " mark  " + searchMarkAll + " all"
	}
	return "enter open  tab to payload  " + h.replayKey(a) + " replay  " + searchMark + " mark  " + a.table.byID["history.search"].keyFor(a.enhanced, true) + " " + scopeNames[h.next()]
}
