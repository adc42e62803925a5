package ui

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/safetext"
)

// sharedEvents begins the name by which an event is called that all projects share.
// No name of an event has a slash in it, so that nothing else begins so.
const sharedEvents = "shared/"

// eventPlace is the folder and the file's name of an event by the name that it is called by.
func (s *Session) eventPlace(called string) (dir, name string) {
	if name, shared := strings.CutPrefix(called, sharedEvents); shared && s.SharedEventsDir != "" {
		return s.SharedEventsDir, name
	}
	return s.EventsDir, called
}

// events are all saved events, called by their names: those of the project, then the
// shared ones. What can be read is there also where err says what can't.
func (s *Session) events() ([]history.SavedEvent, error) {
	list, err := history.Events(s.EventsDir)
	if s.SharedEventsDir == "" || s.SharedEventsDir == s.EventsDir {
		return list, err
	}
	shared, sharedErr := history.Events(s.SharedEventsDir)
	for _, e := range shared {
		e.Name = sharedEvents + e.Name
		list = append(list, e)
	}
	return list, errors.Join(err, sharedErr)
}

// fit says how well an event matches a function; one of the project matches better
// than a shared one of the same name.
func fit(called, function string) int {
	name, shared := strings.CutPrefix(called, sharedEvents)
	n := 2 * int(history.FitOf(name, function))
	if n > 0 && !shared {
		n++
	}
	return n
}

// eventsCame brings the saved events.
type eventsCame struct {
	open *picker
	list []history.SavedEvent
	err  error
}

// openEvents opens the list of saved events: those of the chosen function first.
func (a *App) openEvents() tea.Cmd {
	p := newPicker("Open a saved event", "open", nil)
	p.loading, p.nothing = true, "no saved events in "+filepath.Join(a.session.EventsDir, "events")
	a.push(p)
	session, function := a.session, a.functions.chosen
	return func() tea.Msg {
		list, err := session.events()
		slices.SortStableFunc(list, func(x, y history.SavedEvent) int {
			return cmp.Compare(fit(y.Name, function), fit(x.Name, function))
		})
		return eventsCame{p, list, err}
	}
}

func (m eventsCame) apply(a *App) tea.Cmd {
	m.open.loading = false
	if m.err != nil {
		m.open.nothing = m.err.Error()
		if len(m.list) > 0 {
			a.warn(safetext.FromString(m.err.Error()))
		}
	}
	var choices []choice
	for _, e := range m.list {
		fits := fit(e.Name, a.functions.chosen) > 0
		dim := size(e.Size)
		if fits {
			dim += " · fits"
		}
		choices = append(choices, choice{
			text: e.Name, dim: dim, right: e.Modified.In(a.now.Location()).Format(time.DateOnly), after: !fits,
			pick: func(a *App) tea.Cmd { return a.loadEvent(e.Name) },
		})
	}
	m.open.fill(choices)
	return nil
}

// eventLoaded brings the payload of a saved event.
type eventLoaded struct {
	name    string
	payload []byte
	err     error
}

func (a *App) loadEvent(called string) tea.Cmd {
	dir, name := a.session.eventPlace(called)
	return func() tea.Msg {
		payload, err := history.LoadEvent(dir, name)
		return eventLoaded{called, payload, err}
	}
}

func (m eventLoaded) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("open " + m.name + ": " + m.err.Error()))
		return nil
	}
	a.focusTo(panePayload)
	return a.payload.replace(a, m.payload, m.name, "")
}

// eventLabel says where an event will be saved.
func (s *Session) eventLabel() string {
	label := "name, in " + filepath.Join(s.EventsDir, "events")
	if s.SharedEventsDir != "" {
		label = sharedEvents + "NAME is for all projects; " + label
	}
	return label
}

// saveEvent asks for a name and saves the payload under it.
func (a *App) saveEvent() tea.Cmd {
	name := a.payload.current.event
	if name == "" {
		name = a.functions.chosen
	}
	a.push(&prompt{
		title: "Save the payload as an event", verb: "save", input: newField(name),
		label: a.session.eventLabel(),
		accept: func(a *App, name string) (string, tea.Cmd) {
			if name == "" {
				return "a name is needed", nil
			}
			return "", a.writeEvent(name, false)
		},
	})
	return nil
}

// eventSaved says whether an event was saved.
type eventSaved struct {
	name    string
	draft   *draft // the editor's text that was saved; nil for a run of history
	version uint64
	payload []byte // what was saved of a run
	event   history.SavedEvent
	err     error
}

func (a *App) writeEvent(name string, overwrite bool) tea.Cmd {
	d := a.payload.current
	dir, file := a.session.eventPlace(name)
	version, payload := d.editor.Version(), d.editor.Bytes()
	return func() tea.Msg {
		event, err := history.SaveEvent(dir, file, payload, overwrite)
		return eventSaved{name: name, draft: d, version: version, event: event, err: err}
	}
}

func (m eventSaved) apply(a *App) tea.Cmd {
	switch {
	case errors.Is(m.err, history.ErrEventExists):
		a.push(&confirm{
			title: "Save the payload as an event",
			lines: []safetext.Line{safetext.FromString("There is an event " + m.name + " already. Replace it?")},
			verb:  "replace",
			yes: func(a *App) tea.Cmd {
				if m.draft == nil {
					return a.writeEventBytes(m.name, m.payload, true)
				}
				return a.writeEvent(m.name, true)
			},
		})
		return nil
	case m.err != nil:
		a.warn(safetext.FromString("save the event: " + m.err.Error()))
		return nil
	}
	if d := m.draft; d != nil {
		d.event, d.run, d.clean = m.name, "", m.version
	}
	a.say(safetext.FromString("saved " + m.event.Path))
	return nil
}

// saveResult asks for a file name and saves the response's bytes.
func (a *App) saveResult() tea.Cmd {
	o := a.result.seen()
	name := o.function + "-response.json"
	if !a.result.body.isJSON() {
		name = o.function + "-response.txt"
	}
	a.push(&prompt{
		title: "Save the response to a file", label: "file, from the working folder", verb: "save", input: newField(name),
		accept: func(a *App, path string) (string, tea.Cmd) {
			if path == "" {
				return "a name is needed", nil
			}
			return "", writeResponse(path, o.result.Payload, false)
		},
	})
	return nil
}

// responseSaved says whether a response was written.
type responseSaved struct {
	path    string
	payload []byte
	err     error
}

// writeResponse writes a file that only the user can read. One that is there
// is replaced only where that was asked for.
func writeResponse(path string, payload []byte, overwrite bool) tea.Cmd {
	return func() tea.Msg {
		flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		if !overwrite {
			flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
		}
		f, err := os.OpenFile(path, flags, 0o600)
		if err == nil {
			_, err = f.Write(payload)
			err = errors.Join(err, f.Close())
		}
		return responseSaved{path, payload, err}
	}
}

func (m responseSaved) apply(a *App) tea.Cmd {
	switch {
	case errors.Is(m.err, fs.ErrExist):
		a.push(&confirm{
			title: "Save the response to a file",
			lines: []safetext.Line{safetext.FromString(m.path + " is there already. Replace it?")},
			verb:  "replace",
			yes:   func(*App) tea.Cmd { return writeResponse(m.path, m.payload, true) },
		})
	case m.err != nil:
		a.warn(safetext.FromString("save the response: " + m.err.Error()))
	default:
		a.say(safetext.FromString("saved " + m.path + " · " + size(int64(len(m.payload)))))
	}
	return nil
}
