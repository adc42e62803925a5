package ui

import (
	"bytes"
	"context"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/safetext"
)

// An aside is a draft that gave way to a payload that was loaded over it: from a run
// of history, or from a saved event. It is there until it is brought back.
type aside struct {
	text       []byte
	event, run string // what it was made from, "" for nothing
}

// neverClean is no version of an editor: the text is not what it was made from.
const neverClean = ^uint64(0)

// maxAsides bounds the drafts that are kept aside for one function. The oldest gives way.
const maxAsides = 20

// unsaved says that the text is the person's own: it is no event, no run and no start
// that could be had again.
func (d *draft) unsaved() bool {
	if d.editor.Len() == 0 || string(d.editor.Bytes()) == firstPayload {
		return false
	}
	return d.event+d.run == "" || d.editor.Version() != d.clean
}

// putAside keeps a text, the newest last; one that is kept already moves to the end.
func (d *draft) putAside(n aside) {
	for i, x := range d.asides {
		if bytes.Equal(x.text, n.text) {
			d.asides = append(d.asides[:i:i], d.asides[i+1:]...)
			break
		}
	}
	d.asides = append(d.asides, n)
	if len(d.asides) > maxAsides {
		d.asides = d.asides[1:]
	}
}

// keepDraft puts the current draft aside before payload takes its place.
func (p *payloadPane) keepDraft(a *App, payload []byte) tea.Cmd {
	d := p.current
	if !d.known {
		d.replaced = true // the store's draft is still to come: see draftCame
		return nil
	}
	if !d.unsaved() || bytes.Equal(d.editor.Bytes(), payload) {
		return nil
	}
	d.putAside(aside{bytes.Clone(d.editor.Bytes()), d.event, d.run})
	a.say(safetext.FromString("the draft is kept aside: " + a.keyOf("draft.back") + " brings it back"))
	return a.saveAside(p.function, d)
}

// noAside is why there is no draft to bring back.
func (a *App) noAside() string {
	if why := a.noPayload(); why != "" {
		return why
	}
	if len(a.payload.current.asides) == 0 {
		return "no draft is kept aside"
	}
	return ""
}

// bringBack puts the draft that was kept aside last into the editor, as an edit that
// undo takes back. A text that is lost by that waits in its place, behind the others.
func (a *App) bringBack() tea.Cmd {
	p := &a.payload
	d := p.current
	last := len(d.asides) - 1
	back := d.asides[last]
	d.asides = d.asides[:last:last]
	if d.unsaved() && !bytes.Equal(d.editor.Bytes(), back.text) {
		d.asides = append([]aside{{bytes.Clone(d.editor.Bytes()), d.event, d.run}}, d.asides...)
	}
	if !bytes.Equal(d.editor.Bytes(), back.text) {
		d.editor.Replace(back.text)
	}
	d.event, d.run = back.event, back.run
	d.clean = neverClean
	a.note("the draft is back")
	return tea.Batch(p.edited(a), a.saveAside(p.function, d))
}

// asideKey is where the store has the draft that was kept aside last: it is a draft like
// any other, in a scope of its own.
func asideKey(k history.Key) history.Key {
	return history.Key{Scope: "aside " + k.Scope, Function: k.Function}
}

// saveAside writes the draft that was kept aside last, so that it outlives the workbench.
func (a *App) saveAside(function string, d *draft) tea.Cmd {
	store := a.store()
	if store == nil {
		return nil
	}
	var text []byte // nil forgets it
	if n := len(d.asides); n > 0 {
		text = d.asides[n-1].text
	}
	ctx, busy, key, session := context.WithoutCancel(a.ctx), a.busy, asideKey(a.key(function)), a.session
	session.uses++
	busy.Add(1)
	return func() tea.Msg {
		defer busy.Done()
		return asideSaved{session, store.SaveDraft(ctx, key, text)}
	}
}

// asideSaved says whether a draft that was kept aside was written.
type asideSaved struct {
	session *Session
	err     error
}

func (m asideSaved) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("the draft is kept aside, but not saved: " + m.err.Error()))
	}
	return a.release(m.session)
}

// displaced keeps the store's draft aside when a payload was loaded before it came.
func (m draftCame) displaced(a *App, d *draft) tea.Cmd {
	isDraft := m.found && m.event == "" && len(m.text) > 0 && string(m.text) != firstPayload
	if !d.replaced || !isDraft || bytes.Equal(m.text, d.editor.Bytes()) {
		return nil
	}
	d.replaced = false
	d.putAside(aside{text: m.text})
	a.say(safetext.FromString("the draft is kept aside: " + a.keyOf("draft.back") + " brings it back"))
	return a.saveAside(m.function, d)
}
