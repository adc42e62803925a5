package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/safetext"
)

// marks are runs of history that were marked, to be replayed, compared, pinned or
// deleted together. There may be as many as history holds: they are ids only.
type marks struct {
	ids []int64 // in the order of marking
	in  map[int64]bool
}

func (m *marks) has(id int64) bool { return m.in[id] }
func (m *marks) len() int          { return len(m.ids) }

// toggle marks a run, or takes its mark away.
func (m *marks) toggle(id int64) {
	if m.in[id] {
		m.remove([]int64{id})
		return
	}
	m.add([]int64{id})
}

func (m *marks) add(ids []int64) {
	if m.in == nil {
		m.in = make(map[int64]bool, len(ids))
	}
	for _, id := range ids {
		if !m.in[id] {
			m.in[id] = true
			m.ids = append(m.ids, id)
		}
	}
}

func (m *marks) remove(ids []int64) {
	for _, id := range ids {
		delete(m.in, id)
	}
	m.ids = slices.DeleteFunc(m.ids, func(id int64) bool { return !m.in[id] })
}

func (m *marks) clear() { *m = marks{} }

// oldestFirst are the marked runs in the order in which they ran.
func (m *marks) oldestFirst() []int64 {
	ids := slices.Clone(m.ids)
	slices.Sort(ids)
	return ids
}

// text says how many there are, "" for none.
func (m *marks) text() string {
	if len(m.ids) == 0 {
		return ""
	}
	return thousands(len(m.ids)) + " marked"
}

// allMatching brings every run that a query finds, to be marked.
type allMatching struct {
	ids []int64
	err error
}

// markAll marks every run that the query finds, not only those that are shown; where
// all of them are marked already, it takes the marks away.
func (a *App) markAll(query history.Query) tea.Cmd {
	store, ctx := a.store(), a.ctx
	return a.of(func() tea.Msg {
		ids, err := store.IDs(ctx, query)
		return allMatching{ids, err}
	})
}

func (m allMatching) apply(a *App) tea.Cmd {
	marked := &a.history.marked
	switch {
	case m.err != nil:
		a.warn(safetext.FromString("mark: " + m.err.Error()))
	case len(m.ids) == 0:
		a.note("nothing to mark")
	case !slices.ContainsFunc(m.ids, func(id int64) bool { return !marked.has(id) }):
		marked.remove(m.ids)
		a.note(count(len(m.ids), "run", "runs") + " not marked any more")
	default:
		marked.add(m.ids)
		a.note(marked.text())
	}
	return nil
}

// markAllRows marks every run of the list, filtered as it is.
func (a *App) markAllRows() tea.Cmd {
	query, err := history.ParseQuery(a.history.filter.String())
	if err != nil {
		a.warn(safetext.FromString(err.Error()))
		return nil
	}
	return a.markAll(query.InScope(history.ScopeOf(a.info())))
}
