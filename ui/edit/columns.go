package edit

import (
	"sort"

	"lambent/ui/safetext"
)

// columns remembers, for one very long line, at which column places some
// kilobytes apart are. Lines shorter than that are measured each time.
type columns struct {
	start     int // of the line; meaningful when there are marks
	marks     []mark
	graphemes bool // how cells were counted
}

type mark struct{ offset, column int } // offset in the text

// markEvery is how many bytes apart marks are.
const markEvery = 16 << 10

// unitReach is how many bytes before an edit may be shown differently after it:
// an accent typed behind a letter changes the unit of the letter.
const unitReach = 256

// forget drops what an edit at offset from may have changed.
func (c *columns) forget(from int) {
	if from <= c.start {
		c.marks = nil
		return
	}
	n := sort.Search(len(c.marks), func(i int) bool { return c.marks[i].offset > from-unitReach })
	c.marks = c.marks[:n]
}

// use makes the marks those of the line that begins at start.
func (c *columns) use(start int) {
	if c.start != start || c.graphemes != safetext.CountsGraphemes() {
		*c = columns{start: start, graphemes: safetext.CountsGraphemes()}
	}
}

// columnOf is the column of the byte at offset in its line.
func (e *Editor) columnOf(offset int) int {
	start, _ := e.buf.bounds(e.buf.lineOf(offset))
	if offset-start < markEvery {
		return safetext.Measure(e.buf.text[start:offset], 0)
	}
	m := e.markBefore(start, func(m mark) bool { return m.offset > offset }, offset, maxInt)
	return safetext.Measure(e.buf.text[m.offset:offset], m.column)
}

const maxInt = int(^uint(0) >> 1)

// seek finds the unit of a line that takes a column: where it begins, in bytes of
// the text and in columns; the line's end if it is shorter.
func (e *Editor) seek(line, column int) (offset, at int) {
	start, end := e.buf.bounds(line)
	m := mark{start, 0}
	if end-start >= markEvery && column >= markEvery/8 {
		m = e.markBefore(start, func(m mark) bool { return m.column > column }, end, column)
	}
	n, at := safetext.Seek(e.buf.text[m.offset:end], m.column, column)
	return m.offset + n, at
}

// markBefore is the last mark of the line at start that is not past, made on the
// way if need be: up to byte end and up to the given column.
func (e *Editor) markBefore(start int, past func(mark) bool, end, column int) mark {
	c := &e.columns
	c.use(start)
	last := mark{start, 0}
	if n := sort.Search(len(c.marks), func(i int) bool { return past(c.marks[i]) }); n < len(c.marks) {
		if n > 0 {
			last = c.marks[n-1]
		}
		return last
	} else if n > 0 {
		last = c.marks[n-1]
	}
	for last.offset+markEvery < end && last.column < column {
		to := safetext.Boundary(e.buf.text, last.offset+markEvery)
		next := mark{to, safetext.Measure(e.buf.text[last.offset:to], last.column)}
		if past(next) {
			break
		}
		c.marks = append(c.marks, next)
		last = next
	}
	return last
}
