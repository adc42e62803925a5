package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/ui/safetext"
)

// stillOpening is the reason of commands that need what is still to come.
const stillOpening = "still opening"

// What is held of what comes too early. More is nobody's typing.
const (
	maxAhead      = 4096    // keys, pastes and clicks
	maxAheadBytes = 8 << 20 // of pasted text: a payload of the largest size fits
)

// An ahead is what was typed before there was a payload to type into. It is
// played in its order, as if it came then, so that typing ahead loses nothing.
type ahead struct {
	held    []tea.Msg // keys, pastes and clicks
	bytes   int
	playing bool
	full    bool // more came than is held, which has been said
}

// waiting says that the chosen function's payload, or the target, is still to come.
func (a *App) waiting() bool {
	return a.switching != nil || a.opening() && !a.payload.ready()
}

// hold keeps a key, a paste or a click that has come too early; false when it
// can act at once: it needs no payload, and nothing before it waits for one.
func (a *App) hold(m tea.Msg) bool {
	if !a.waiting() || len(a.overlays) > 0 || a.lay.arrangement == arrangeLine || a.actsAtOnce(m) {
		return false
	}
	h := &a.ahead
	n := 0
	if p, ok := m.(tea.PasteMsg); ok {
		n = len(p.Content)
	}
	if len(h.held) == maxAhead || h.bytes+n > maxAheadBytes || h.full {
		if !h.full {
			a.warn(safetext.Trusted("too much was typed before the payload was there: the rest of it is lost"))
		}
		h.full = true // what comes later must not close the gap
		return true
	}
	h.held, h.bytes = append(h.held, m), h.bytes+n
	return true
}

// actsAtOnce says that a message acts now, although the payload is still to come.
func (a *App) actsAtOnce(m tea.Msg) bool {
	nothing := len(a.ahead.held) == 0 && a.switching == nil
	k, isKey := m.(tea.KeyPressMsg)
	if !isKey {
		_, pasted := m.(tea.PasteMsg)
		return nothing && (!pasted || a.focus != panePayload || a.openField() != nil)
	}
	c, why := a.find(keyName(k))
	if c != nil && (c.id == "quit" || c.id == "cancel" || c.id == "suspend" || c.id == "target.pick") {
		return true
	}
	if !nothing {
		return false
	}
	if a.openField() != nil || c != nil {
		return true
	}
	return why != stillOpening && a.focus != panePayload
}

// playAhead plays what was held as soon as there is a payload, or none will come.
func (a *App) playAhead() tea.Cmd {
	h := &a.ahead
	if len(h.held) == 0 || a.waiting() || len(a.overlays) > 0 {
		return nil
	}
	h.playing = true
	defer func() { h.playing = false }()
	var cmds []tea.Cmd
	for len(h.held) > 0 && !a.waiting() {
		m := h.held[0]
		h.held = h.held[1:]
		switch m := m.(type) {
		case tea.KeyPressMsg:
			cmds = append(cmds, a.press(m))
		case tea.PasteMsg:
			h.bytes -= len(m.Content)
			cmds = append(cmds, a.paste(m.Content))
		case tea.MouseMsg:
			cmds = append(cmds, a.pointer(m))
		}
		a.arrange()
	}
	if len(h.held) == 0 {
		*h = ahead{}
	}
	return tea.Batch(cmds...)
}

// dropAhead forgets what is held: what it was meant for will not come. It says so.
func (a *App) dropAhead() {
	if len(a.ahead.held) > 0 {
		a.warn(safetext.Trusted("what was typed while this was opening is not kept"))
	}
	a.ahead = ahead{}
}
