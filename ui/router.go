package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"lambent/ui/safetext"
)

// press routes a key: the top overlay, then printable text into the focused
// text field, then the focused pane's commands, then the global ones, then
// movement.
func (a *App) press(k tea.KeyPressMsg) tea.Cmd {
	a.toasts.seen()
	if len(a.overlays) > 0 {
		return a.pressOverlay(k)
	}
	if a.lay.arrangement == arrangeLine {
		return a.pressUnseen(k)
	}
	if used, cmd := a.pressField(k); used {
		return cmd
	}
	if a.inText() && k.Text != "" {
		return a.payload.press(a, k)
	}
	key := keyName(k)
	if c, why := a.find(key); c != nil {
		return a.do(c, key)
	} else if why != "" {
		a.toasts.add(toast{text: safetext.FromString(why), glyph: safetext.Trusted("–"), until: a.now.Add(toastTime)})
		return nil
	}
	if a.focus == panePayload {
		return a.payload.press(a, k)
	}
	return nil
}

// keyName is a key as the command table spells it: the character for text, else
// the keystroke with its modifiers.
func keyName(k tea.KeyPressMsg) string {
	name := k.String()
	if name == " " {
		return "space"
	}
	return name
}

// inText says that printable keys are text here.
func (a *App) inText() bool {
	return a.focus == panePayload || a.openField() != nil
}

// find is the command that a key means here and now: the first that can run,
// else the reason of the first that can't. Numbers and letters are no commands
// where text is typed.
func (a *App) find(key string) (c *command, why string) {
	for _, c := range a.table.candidates(key, a.focus) {
		if a.inText() && isText(key) {
			continue
		}
		reason := c.reason(a)
		if reason == "" {
			return c, ""
		}
		if why == "" {
			why = reason
		}
	}
	return nil, why
}

// do runs a command and remembers that it was run, for the palette.
func (a *App) do(c *command, key string) tea.Cmd {
	if c.palette {
		a.recent = slices.DeleteFunc(a.recent, func(id string) bool { return id == c.id })
		a.recent = append([]string{c.id}, a.recent...)
	}
	a.variant = c.variantOf(key)
	cmd := c.do(a)
	a.variant = ""
	return cmd
}

// pressUnseen is for windows that are too small to show anything: nothing acts
// but what ends or interrupts.
func (a *App) pressUnseen(k tea.KeyPressMsg) tea.Cmd {
	c, _ := a.find(keyName(k))
	if c != nil && (c.id == "quit" || c.id == "cancel" || c.id == "suspend") {
		return a.do(c, keyName(k))
	}
	return nil
}

// pressOverlay gives a key to the top overlay. What it does not use can still
// interrupt, quit and suspend.
func (a *App) pressOverlay(k tea.KeyPressMsg) tea.Cmd {
	top := a.overlays[len(a.overlays)-1]
	if used, cmd := top.press(a, k); used {
		return cmd
	}
	key := keyName(k)
	switch c, _ := a.find(key); {
	case key == "esc":
		return a.closeOverlay()
	case c == nil:
	case c.id == "cancel" && a.run == nil && !a.jobUnder():
		return a.closeOverlay()
	case c.id == "cancel", c.id == "quit", c.id == "suspend":
		return a.do(c, key)
	}
	return nil
}

// openField is the text field of the focused pane that is being typed into: a
// filter or a search. nil when there is none.
func (a *App) openField() *field {
	switch a.focus {
	case paneFunctions:
		return a.functions.filter.open()
	case paneHistory:
		return a.history.filter.open()
	}
	if v := a.sought(); v != nil {
		return v.open()
	}
	return nil
}

// pressField gives a key to the focused pane's text field.
func (a *App) pressField(k tea.KeyPressMsg) (used bool, cmd tea.Cmd) {
	f := a.openField()
	if f == nil {
		return false, nil
	}
	switch keyName(k) {
	case "enter":
		return true, a.leaveField(true)
	case "esc":
		return true, a.leaveField(false)
	case "up", "down", "pgup", "pgdown":
		if a.focus == paneFunctions || a.focus == paneHistory {
			a.variant = keyName(k)
			return true, a.move()
		}
		if keyName(k) == "up" {
			return true, a.findPrevious()
		}
		return true, a.findNext()
	}
	before := f.String()
	if !f.press(k) {
		return false, nil
	}
	if f.String() != before {
		return true, a.fieldChanged()
	}
	return true, nil
}

// paste puts pasted text where typing would go.
func (a *App) paste(text string) tea.Cmd {
	a.toasts.seen()
	if len(a.overlays) > 0 {
		return a.overlays[len(a.overlays)-1].insert(a, text)
	}
	if f := a.openField(); f != nil {
		f.insert(text)
		return a.fieldChanged()
	}
	if a.focus == panePayload && a.lay.arrangement != arrangeLine {
		return a.payload.paste(a, text)
	}
	return nil
}
