package jsonrows

import (
	"lambent/invoke/jsondoc"
	"lambent/ui/safetext"
)

// DeepFold is the depth from which containers start folded.
const DeepFold = 64

// A View is a document being looked at: what is folded, where the cursor is and
// what is in view. Make one with New.
type View struct {
	b  []byte
	ix *Index
	// Containers from foldFrom deep on are folded, except those in toggled; above
	// it only those in toggled are. So folding all is one assignment.
	foldFrom int
	toggled  map[int]bool // by opening row

	cursor        int // row
	top           int // first row in view
	sub           int // wrapped: how many screen rows of it are above the view
	left          int // first column in view, when not wrapped
	wrap          bool
	free          bool // scrolled away from the cursor
	width, height int

	find       safetext.Finder
	hitA, hitB int // the match that the cursor is at, in bytes; equal for none

	ruler safetext.Ruler // of the row looked at last, when it is very long
	names members
	place position
}

// New makes a view of b, which must not change afterwards. Of a large document
// only the beginning is indexed: see Complete.
func New(b []byte) *View {
	v := &View{b: b, ix: Head(b)}
	v.reset()
	return v
}

func (v *View) reset() {
	v.foldFrom, v.toggled = DeepFold, map[int]bool{}
	v.cursor, v.top, v.sub, v.left, v.hitA, v.hitB = 0, 0, 0, 0, 0, 0
	v.place, v.names = position{}, members{}
}

// Complete reports whether the whole document is indexed. When it isn't, a caller
// runs Build on the same bytes, in the background, and hands the result to Take;
// until then the beginning can be looked at, and what needs the rest (End, Find)
// has the index built on the spot.
func (v *View) Complete() bool { return v.ix.complete }

// Take goes on with a complete index of the same bytes. Cursor and folds stay.
func (v *View) Take(ix *Index) {
	if len(ix.b) != len(v.b) || v.ix.complete {
		return
	}
	if ix.mode != v.ix.mode {
		at, _ := v.ix.bounds(v.cursor)
		v.ix = ix
		v.reset()
		v.cursor = ix.rowOf(at)
	}
	v.ix = ix
	v.place, v.names = position{}, members{}
	v.reveal()
}

func (v *View) finish() {
	if !v.ix.complete {
		v.Take(Build(v.b))
	}
}

// Mode is how the document is shown.
func (v *View) Mode() Mode { return v.ix.mode }

// Fault says why the document is no JSON; nil when it is, or nobody knows yet.
func (v *View) Fault() *jsondoc.SyntaxError { return v.ix.fault }

// SetMode shows the document in another way: as text or in hexadecimal, or again
// as what it is. The cursor stays at its bytes.
func (v *View) SetMode(m Mode) {
	at, _ := v.ix.bounds(v.cursor)
	v.finish()
	fault := v.ix.fault
	switch m {
	case JSON:
		v.ix = Build(v.b)
	case Text:
		v.ix = lines(v.b)
	case Hex:
		v.ix = &Index{b: v.b, mode: Hex, complete: true}
	}
	v.ix.fault = fault
	v.reset()
	v.GoToOffset(at)
}

// Bytes is the document itself, not a copy.
func (v *View) Bytes() []byte { return v.b }

// SetSize says how large the view is, in cells.
func (v *View) SetSize(w, h int) {
	v.width, v.height = w, h
	v.reveal()
}

// Position is the cursor's row and the number of rows, both from 1, folded or
// not. exact is false while the document is not indexed to its end.
func (v *View) Position() (row, rows int, exact bool) {
	return v.cursor + 1, v.ix.rows(), v.ix.complete
}

// Top is the first row in view, from 0, for a scroll bar.
func (v *View) Top() int { return v.top }

// Wrapped reports whether long rows go on below.
func (v *View) Wrapped() bool { return v.wrap }

// SetWrap shows long rows on several lines, or on one to be scrolled sideways.
func (v *View) SetWrap(on bool) {
	v.wrap, v.sub, v.left = on, 0, 0
	v.reveal()
}

// Value is the value in the cursor's row, exactly as it is in the document: a
// whole object or array on its brackets, a whole line of text.
func (v *View) Value() []byte {
	start, end := v.ix.bounds(v.cursor)
	if v.ix.mode != JSON {
		return v.b[start:end]
	}
	switch v.ix.kind(v.cursor) {
	case opening:
		v.finish()
		_, last := v.ix.bounds(v.ix.last(v.cursor))
		return v.b[v.ix.member(v.cursor).value:last]
	case closing:
		parent, _ := v.ix.parent(v.cursor)
		return v.b[v.ix.member(max(parent, 0)).value:end]
	}
	return v.b[v.ix.member(v.cursor).value:end]
}

// Key is the name in the cursor's row as it is spelled, quotes included; nil when
// the row has none.
func (v *View) Key() []byte {
	if v.ix.mode != JSON {
		return nil
	}
	m := v.ix.member(v.cursor)
	return v.b[m.start:m.nameEnd]
}
