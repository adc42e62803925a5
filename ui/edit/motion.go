package edit

import (
	"unicode"
	"unicode/utf8"

	"lambent/ui/safetext"
)

// A Motion is a way to move the cursor.
type Motion int

// The motions. A word is a run of letters, digits and underscores.
const (
	Left Motion = iota
	Right
	Up
	Down
	WordLeft
	WordRight
	LineStart // the first character that is no blank; if there already, the line's start
	LineEnd
	PageUp
	PageDown
	TextStart
	TextEnd
)

// Move moves the cursor. With extend the selection grows from where it began;
// without, a selection is given up, and Left and Right go to its ends.
func (e *Editor) Move(m Motion, extend bool) {
	if !extend && e.HasSelection() && (m == Left || m == Right) {
		from, to := e.Selection()
		if m == Left {
			to = from
		}
		e.setCursor(to, false)
		return
	}
	goal := -1
	if m == Up || m == Down || m == PageUp || m == PageDown {
		goal = e.goalColumn()
	}
	e.setCursor(e.target(m), extend)
	e.goal = goal
}

// target is where a motion leads from the cursor.
func (e *Editor) target(m Motion) int {
	text := e.buf.text
	line := e.buf.lineOf(e.cursor)
	start, end := e.buf.bounds(line)
	switch m {
	case Left:
		return safetext.Previous(text, e.cursor)
	case Right:
		return safetext.Next(text, e.cursor)
	case Up:
		return e.vertical(line - 1)
	case Down:
		return e.vertical(line + 1)
	case PageUp:
		return e.vertical(max(line-e.page(), 0))
	case PageDown:
		return e.vertical(min(line+e.page(), e.buf.lines()-1))
	case WordLeft:
		return wordLeft(text, e.cursor)
	case WordRight:
		return wordRight(text, e.cursor)
	case LineStart:
		if smart := start + len(leadingBlanks(text[start:end])); e.cursor != smart {
			return smart
		}
		return start
	case LineEnd:
		return end
	case TextStart:
		return 0
	}
	return len(text)
}

func (e *Editor) page() int { return max(e.height-1, 1) }

// goalColumn is the column that moving up and down aims at.
func (e *Editor) goalColumn() int {
	if e.goal >= 0 {
		return e.goal
	}
	return e.columnOf(e.cursor)
}

// vertical is the place in a line nearest to the goal column; the text's ends
// for lines outside.
func (e *Editor) vertical(line int) int {
	switch {
	case line < 0:
		return 0
	case line >= e.buf.lines():
		return len(e.buf.text)
	}
	at, _ := e.seek(line, e.goalColumn())
	return at
}

func wordLeft(text []byte, at int) int {
	seen := false
	for at > 0 {
		before := safetext.Previous(text, at)
		r, _ := utf8.DecodeRune(text[before:])
		if seen && !isWord(r) {
			break
		}
		seen = seen || isWord(r)
		at = before
	}
	return at
}

func wordRight(text []byte, at int) int {
	seen := false
	for at < len(text) {
		r, _ := utf8.DecodeRune(text[at:])
		if seen && !isWord(r) {
			break
		}
		seen = seen || isWord(r)
		at = safetext.Next(text, at)
	}
	return at
}

func isWord(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
