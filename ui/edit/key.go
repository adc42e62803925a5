package edit

import tea "charm.land/bubbletea/v2"

// Key does what an editing or movement key does in a text field, and reports
// whether it was one. Keys that stand for commands (undo, copy, find, format, …)
// belong to whoever calls.
func (e *Editor) Key(k tea.KeyPressMsg) bool {
	if m, extend, ok := motionOf(k); ok {
		e.Move(m, extend)
		return true
	}
	switch k.String() {
	case "enter", "shift+enter":
		e.Newline()
	case "backspace", "shift+backspace":
		e.Backspace()
	case "delete":
		e.Delete()
	case "ctrl+backspace", "alt+backspace", "ctrl+w":
		e.DeleteTo(WordLeft)
	case "ctrl+delete", "alt+delete":
		e.DeleteTo(WordRight)
	case "ctrl+u":
		e.DeleteTo(LineStart)
	case "ctrl+k":
		e.DeleteTo(LineEnd)
	default:
		if k.Text == "" || k.Mod.Contains(tea.ModCtrl) || k.Mod.Contains(tea.ModAlt) {
			return false
		}
		e.Insert(k.Text)
	}
	return true
}

// motionOf is the motion that a key stands for; with shift it extends the selection.
func motionOf(k tea.KeyPressMsg) (m Motion, extend, ok bool) {
	extend = k.Mod.Contains(tea.ModShift)
	words := k.Mod.Contains(tea.ModCtrl) || k.Mod.Contains(tea.ModAlt)
	if k.Mod&^(tea.ModShift|tea.ModCtrl|tea.ModAlt) != 0 {
		return 0, false, false
	}
	if words {
		m, ok = farMotions[k.Code]
		return m, extend, ok
	}
	m, ok = nearMotions[k.Code]
	return m, extend, ok
}

// The motions of the movement keys, and those with ctrl or alt.
var (
	nearMotions = map[rune]Motion{
		tea.KeyLeft: Left, tea.KeyRight: Right, tea.KeyUp: Up, tea.KeyDown: Down,
		tea.KeyHome: LineStart, tea.KeyEnd: LineEnd, tea.KeyPgUp: PageUp, tea.KeyPgDown: PageDown,
	}
	farMotions = map[rune]Motion{
		tea.KeyLeft: WordLeft, tea.KeyRight: WordRight, tea.KeyHome: TextStart, tea.KeyEnd: TextEnd,
	}
)
