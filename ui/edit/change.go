package edit

import (
	"bytes"
	"unicode/utf8"
)

// A change is one step of history: old bytes at a place became new ones.
type change struct {
	at            int
	old, new      []byte
	before, after place // where cursor and selection were, and were then
	typed         int   // keystrokes that the step is made of
}

// place is a cursor and its selection.
type place struct{ cursor, anchor int }

// MaxHistory bounds, in bytes of text, what undo and redo keep. The newest
// change is kept whatever it takes.
const MaxHistory = 64 << 20

// runKind says which keystrokes go on with the change before, so that undo takes
// back a word and not a letter.
type runKind uint8

const (
	runNone runKind = iota
	runTyping
	runBackspace
	runDelete
)

// maxRun is how many keystrokes one undo takes back at most.
const maxRun = 40

// change replaces from..to by text, puts the cursor behind it and remembers how
// to undo. kind says whether it may be one step with the change before.
func (e *Editor) change(from, to int, text []byte, kind runKind) {
	if from == to && len(text) == 0 {
		return
	}
	c := change{
		at: from, old: bytes.Clone(e.buf.text[from:to]), new: bytes.Clone(text),
		before: place{e.cursor, e.anchor}, typed: 1,
	}
	e.apply(c.at, len(c.old), c.new)
	e.cursor = from + len(text)
	e.anchor, e.goal = e.cursor, -1
	c.after = place{e.cursor, e.anchor}
	e.remember(c, kind)
	e.reveal()
}

func (e *Editor) apply(at, length int, text []byte) {
	e.buf.replace(at, at+length, text)
	e.touched(at)
}

func (e *Editor) remember(c change, kind runKind) {
	for _, u := range e.undone {
		e.kept -= len(u.old) + len(u.new)
	}
	e.undone = nil
	e.kept += len(c.old) + len(c.new)
	if kind != runNone && kind == e.run && len(e.done) > 0 && e.done[len(e.done)-1].join(c, kind) {
		return
	}
	e.run = kind
	e.done = append(e.done, c)
	drop := 0
	for e.kept > MaxHistory && drop < len(e.done)-1 {
		e.kept -= len(e.done[drop].old) + len(e.done[drop].new)
		e.done[drop] = change{}
		drop++
	}
	e.done = e.done[drop:]
}

// join makes one step of c and the next change, if they belong together: letters
// typed in a row up to the next word, or deletions in one direction.
func (c *change) join(next change, kind runKind) bool {
	if c.typed >= maxRun {
		return false
	}
	switch kind {
	case runTyping:
		if len(next.old) > 0 || next.at != c.at+len(c.new) || beginsWord(c.new, next.new) {
			return false
		}
		c.new = append(c.new, next.new...)
	case runBackspace:
		if next.at+len(next.old) != c.at || len(c.new) > 0 {
			return false
		}
		c.old = append(next.old, c.old...)
		c.at = next.at
	case runDelete:
		if next.at != c.at || len(c.new) > 0 {
			return false
		}
		c.old = append(c.old, next.old...)
	}
	c.after = next.after
	c.typed++
	return true
}

func beginsWord(before, next []byte) bool {
	last, _ := utf8.DecodeLastRune(before)
	first, _ := utf8.DecodeRune(next)
	return !isWord(last) && isWord(first)
}

// Undo takes back the last step; it reports whether there was one.
func (e *Editor) Undo() bool {
	if len(e.done) == 0 {
		return false
	}
	c := e.done[len(e.done)-1]
	e.done = e.done[:len(e.done)-1]
	e.undone = append(e.undone, c)
	e.apply(c.at, len(c.new), c.old)
	e.restore(c.before)
	return true
}

// Redo does again what Undo took back; it reports whether there was anything.
func (e *Editor) Redo() bool {
	if len(e.undone) == 0 {
		return false
	}
	c := e.undone[len(e.undone)-1]
	e.undone = e.undone[:len(e.undone)-1]
	e.done = append(e.done, c)
	e.apply(c.at, len(c.old), c.new)
	e.restore(c.after)
	return true
}

func (e *Editor) restore(p place) {
	e.cursor, e.anchor = p.cursor, p.anchor
	e.goal, e.run = -1, runNone
	e.reveal()
}

// CanUndo and CanRedo report whether there is anything to take back or do again.
func (e *Editor) CanUndo() bool { return len(e.done) > 0 }

// CanRedo reports whether Redo would do anything.
func (e *Editor) CanRedo() bool { return len(e.undone) > 0 }
