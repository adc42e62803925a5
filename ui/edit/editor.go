package edit

import (
	"bytes"

	"lambent/ui/safetext"
)

// An Editor is a text being edited, with cursor, selection, scroll position and
// history. Make one with New.
type Editor struct {
	buf     buffer
	version uint64

	cursor int // byte offset, always where a unit begins
	anchor int // the other end of the selection; equals cursor when there is none
	goal   int // column that moving up and down aims at, -1 for the cursor's own

	undone, done []change // redo and undo, the last is the next
	kept         int      // bytes that the two hold
	run          runKind  // the typing run that the last change belongs to

	width, height int // of the view, in cells
	top           int // first line in view
	left          int // first column of text in view
	free          bool

	find    safetext.Finder
	verdict Verdict
	checked uint64 // version that verdict belongs to, plus one; 0 for none

	// What is known about the text from earlier looks at it. Never more than can
	// be found again.
	lex     lexer
	ruler   safetext.Ruler
	ruled   int // where the line begins that ruler is about
	bracket bracketCache
}

// New makes an editor of a copy of text.
func New(text []byte) *Editor {
	e := &Editor{goal: -1}
	e.load(text)
	return e
}

func (e *Editor) load(text []byte) {
	e.buf = newBuffer(bytes.Clone(text))
	e.cursor, e.anchor, e.goal, e.top, e.left = 0, 0, -1, 0, 0
	e.done, e.undone, e.kept, e.run = nil, nil, 0, runNone
	e.touched(0)
}

// Load begins with another text: cursor at its start, no history.
func (e *Editor) Load(text []byte) { e.load(text) }

// Replace puts text in the place of all there is, as one change that can be
// undone. The cursor stays where it was, as far as that is possible.
func (e *Editor) Replace(text []byte) {
	cursor := min(e.cursor, len(text))
	e.change(0, len(e.buf.text), text, runNone)
	e.setCursor(safetext.Boundary(e.buf.text, cursor), false)
}

// Bytes is a copy of the text, exactly as it is.
func (e *Editor) Bytes() []byte { return bytes.Clone(e.buf.text) }

// Len is the length of the text in bytes.
func (e *Editor) Len() int { return len(e.buf.text) }

// Lines is the number of lines, at least 1.
func (e *Editor) Lines() int { return e.buf.lines() }

// Version changes with every change of the text, and only then.
func (e *Editor) Version() uint64 { return e.version }

// countedLine is how many bytes of a line are counted character by character.
const countedLine = 64 << 10

// Position is the cursor's line and its character in the line, both from 1.
// Characters are counted as they are selected: an emoji of several code points is
// one. Very far into a line the cell stands for the character.
func (e *Editor) Position() (line, column int) {
	i := e.buf.lineOf(e.cursor)
	start, _ := e.buf.bounds(i)
	if e.cursor-start > countedLine {
		return i + 1, e.columnOf(e.cursor) + 1
	}
	return i + 1, safetext.Count(e.buf.text[start:e.cursor]) + 1
}

// Offset is the cursor's place in bytes.
func (e *Editor) Offset() int { return e.cursor }

// touched notes that the text from offset on is not what it was.
func (e *Editor) touched(from int) {
	e.version++
	e.lex.forget(from)
	e.ruler.Forget(from - e.ruled)
}

// setCursor moves the cursor; with extend the selection's other end stays.
func (e *Editor) setCursor(at int, extend bool) {
	e.cursor = at
	if !extend {
		e.anchor = at
	}
	e.goal, e.run = -1, runNone
	e.reveal()
}

// Selection is the selected range of bytes; from == to when nothing is selected.
func (e *Editor) Selection() (from, to int) {
	return min(e.cursor, e.anchor), max(e.cursor, e.anchor)
}

// HasSelection reports whether anything is selected.
func (e *Editor) HasSelection() bool { return e.cursor != e.anchor }

// SelectAll selects the whole text.
func (e *Editor) SelectAll() {
	e.anchor, e.cursor = 0, len(e.buf.text)
	e.goal, e.run = -1, runNone
}

// Deselect forgets the selection; it reports whether there was one.
func (e *Editor) Deselect() bool {
	was := e.HasSelection()
	e.anchor = e.cursor
	return was
}

// GoTo puts the cursor on a line and on a code point in it, both from 1, as
// jsondoc.SyntaxError counts them. What lies outside goes to the nearest place.
func (e *Editor) GoTo(line, column int) {
	start, end := e.buf.bounds(min(max(line, 1), e.buf.lines()) - 1)
	text := e.buf.text[start:end]
	for ; column > 1 && len(text) > 0; column-- {
		text = text[runeLen(text):]
	}
	e.GoToOffset(end - len(text))
}

// GoToOffset puts the cursor on a byte.
func (e *Editor) GoToOffset(offset int) {
	e.setCursor(safetext.Boundary(e.buf.text, max(offset, 0)), false)
}
