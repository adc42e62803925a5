package edit

import "lambent/ui/safetext"

// longLine is the length in bytes from which a line is worth marks. The editor
// keeps those of one line, and short ones must not cost it them.
const longLine = 16 << 10

// rulerOf is the ruler for the line between two offsets.
func (e *Editor) rulerOf(start, end int) *safetext.Ruler {
	if end-start < longLine {
		return new(safetext.Ruler)
	}
	e.ruler.Use(start)
	e.ruled = start
	return &e.ruler
}

// columnOf is the column of the byte at offset in its line.
func (e *Editor) columnOf(offset int) int {
	start, end := e.buf.bounds(e.buf.lineOf(offset))
	return e.rulerOf(start, end).Column(e.buf.text[start:end], offset-start)
}

// seek finds the unit of a line that takes a column: where it begins, in bytes of
// the text and in columns; the line's end if it is shorter.
func (e *Editor) seek(line, column int) (offset, at int) {
	start, end := e.buf.bounds(line)
	n, at := e.rulerOf(start, end).Seek(e.buf.text[start:end], column)
	return start + n, at
}
