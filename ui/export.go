package ui

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// An export is what leaves history: which runs, and in which form.
type export struct {
	ids      []int64
	markdown bool
	exact    bool // secrets stay in
}

// noExport is why nothing can be exported.
func (a *App) noExport() string {
	if why := a.noHistory(); why != "" {
		return why
	}
	if a.focus == paneHistory {
		return a.noRow()
	}
	if a.result.shown == nil || a.result.shown.result.HistoryID == 0 {
		return "no run of history is shown"
	}
	return ""
}

// exportRuns asks in which form the marked runs leave, or the one that is looked at.
func (a *App) exportRuns() tea.Cmd {
	var ids []int64
	if a.focus == paneHistory {
		ids = a.history.chosenRuns()
	} else {
		ids = []int64{a.result.shown.result.HistoryID}
	}
	slices.Sort(ids) // as they happened
	base := "lambent-runs"
	if len(ids) == 1 {
		base = "run-" + strconv.FormatInt(ids[0], 10)
	}
	one := ""
	if len(ids) > 1 {
		one = "of one run only"
	}
	a.push(newPicker("Export "+runs(ids), "export", []choice{
		{text: "JSON Lines, without secrets", words: "file json import", right: "to a file",
			pick: func(a *App) tea.Cmd { return a.askExport(export{ids: ids}, base+".jsonl") }},
		{text: "Markdown for a bug report", words: "copy clipboard", right: "to the clipboard", off: one,
			pick: func(a *App) tea.Cmd { return a.copyMarkdown(ids[0]) }},
		{text: "Markdown for a bug report, as a file", words: "file", right: "to a file", off: one,
			pick: func(a *App) tea.Cmd { return a.askExport(export{ids: ids, markdown: true}, base+".md") }},
		{text: "JSON Lines, exactly as it was", words: "file json import secrets", right: "to a file",
			pick: func(a *App) tea.Cmd { return a.askExport(export{ids: ids, exact: true}, base+".jsonl") }},
	}))
	return nil
}

// redact is what takes secrets out of an export, nil for nothing.
func (a *App) redact(e export) (*invoke.Redactor, error) {
	switch {
	case e.exact:
		return nil, nil
	case a.session.Redact != nil:
		return a.session.Redact, nil
	}
	return invoke.NewRedactor(invoke.RedactRules{})
}

func (a *App) askExport(e export, name string) tea.Cmd {
	a.push(&prompt{
		title: "Export " + runs(e.ids), label: "file, from the working folder", verb: "export", input: newField(name),
		accept: func(a *App, path string) (string, tea.Cmd) {
			if path == "" {
				return "a name is needed", nil
			}
			return "", a.exportTo(e, path, false)
		},
	})
	return nil
}

// exportedRuns says whether runs were written.
type exportedRuns struct {
	export export
	path   string
	n      int
	err    error
}

func (a *App) exportTo(e export, path string, overwrite bool) tea.Cmd {
	store, ctx := a.store(), a.ctx
	redact, err := a.redact(e)
	return a.of(func() tea.Msg {
		m := exportedRuns{export: e, path: path, err: err}
		if err == nil {
			m.n, m.err = store.ExportFile(ctx, path, overwrite, e.ids, redact, e.markdown)
		}
		return m
	})
}

func (m exportedRuns) apply(a *App) tea.Cmd {
	switch {
	case errors.Is(m.err, fs.ErrExist):
		a.push(&confirm{
			title: "Export " + runs(m.export.ids),
			lines: []safetext.Line{safetext.FromString(m.path + " is there already. Replace it?")},
			verb:  "replace",
			yes:   func(a *App) tea.Cmd { return a.exportTo(m.export, m.path, true) },
		})
	case m.err != nil:
		a.warn(safetext.FromString(m.err.Error()))
	case m.export.exact:
		a.say(safetext.FromString(count(m.n, "run", "runs") + " exported to " + m.path + ", secrets included"))
	default:
		a.say(safetext.FromString(count(m.n, "run", "runs") + " exported to " + m.path + ", secrets taken out"))
	}
	return nil
}

// markdownCame brings a run as Markdown.
type markdownCame struct {
	text []byte
	err  error
}

// copyMarkdown puts a run on the clipboard as Markdown, without secrets.
func (a *App) copyMarkdown(id int64) tea.Cmd {
	store, ctx := a.store(), a.ctx
	redact, err := a.redact(export{})
	return a.of(func() tea.Msg {
		if err != nil {
			return markdownCame{err: err}
		}
		e, err := store.Entry(ctx, id)
		if err != nil {
			return markdownCame{err: err}
		}
		return markdownCame{text: history.Markdown(e, redact)}
	})
}

func (m markdownCame) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("copy as Markdown: " + m.err.Error()))
		return nil
	}
	return a.copyText(m.text, "Markdown without secrets")
}
