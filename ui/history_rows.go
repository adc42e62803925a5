package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/safetext"
)

// chosenRuns are the marked runs, or the one under the cursor.
func (p *historyPane) chosenRuns() []int64 {
	if p.marked.len() > 0 {
		return p.marked.oldestFirst()
	}
	return []int64{p.under().ID}
}

// runs names runs in a sentence: "run #7", "3 runs".
func runs(ids []int64) string {
	if len(ids) == 1 {
		return "run #" + strconv.FormatInt(ids[0], 10)
	}
	return count(len(ids), "run", "runs")
}

// pinnedRuns says that runs are kept for good, or no longer.
type pinnedRuns struct {
	ids    []int64
	pinned bool
	err    error
}

// pinRows pins the marked runs, or the one under the cursor; pruning leaves them.
// The run under the cursor decides for all, so that one key takes pins back too.
func (a *App) pinRows() tea.Cmd {
	store, ctx := a.store(), a.ctx
	ids, pinned := a.history.chosenRuns(), !a.history.under().Pinned
	return a.of(func() tea.Msg {
		for _, id := range ids {
			if err := store.Pin(ctx, id, pinned); err != nil {
				return pinnedRuns{err: err} // those before it are pinned, and the list says so
			}
		}
		return pinnedRuns{ids: ids, pinned: pinned}
	})
}

func (m pinnedRuns) apply(a *App) tea.Cmd {
	switch {
	case m.err != nil:
		a.warn(safetext.FromString("pin: " + m.err.Error()))
	case m.pinned:
		a.say(safetext.FromString(runs(m.ids) + " pinned, kept when history is pruned"))
	default:
		a.say(safetext.FromString(runs(m.ids) + " no longer pinned"))
	}
	return a.readHistory()
}

// eventOfRun asks for a name and saves the payload of the run under the cursor
// as an event of the project.
func (a *App) eventOfRun() tea.Cmd { return a.readEntry(a.history.under().ID, saveIt) }

func (a *App) askEventOfRun(e history.Entry) {
	a.push(&prompt{
		title: "Save the payload of run #" + strconv.FormatInt(e.ID, 10) + " as an event", verb: "save",
		input: newField(e.Function + "-" + strconv.FormatInt(e.ID, 10)),
		label: a.session.eventLabel(),
		accept: func(a *App, name string) (string, tea.Cmd) {
			if name == "" {
				return "a name is needed", nil
			}
			return "", a.writeEventBytes(name, e.Request.Payload, false)
		},
	})
}

// writeEventBytes saves bytes that are in no editor.
func (a *App) writeEventBytes(name string, payload []byte, overwrite bool) tea.Cmd {
	dir, file := a.session.eventPlace(name)
	return func() tea.Msg {
		event, err := history.SaveEvent(dir, file, payload, overwrite)
		return eventSaved{name: name, payload: payload, event: event, err: err}
	}
}
