package safetext

import "sort"

// A Ruler remembers at which columns of one very long line places some kilobytes
// apart are, so that moving about in it does not measure it from its start each
// time. The zero Ruler is ready; lines shorter than the marks' distance cost it nothing.
type Ruler struct {
	line      int // whose marks these are
	marks     []place
	graphemes bool // how cells were counted
}

// rulerEvery is how many bytes apart marks are.
const rulerEvery = 16 << 10

// unitReach is how many bytes before an edit may be shown differently after it:
// an accent typed behind a letter changes the unit of the letter.
const unitReach = 2 * clusterWindow

// Use makes the marks those of a line, which the number stands for: its place in
// the document, for instance. Marks of another line are dropped.
func (r *Ruler) Use(line int) {
	if r.line != line || r.graphemes != CountsGraphemes() {
		*r = Ruler{line: line, graphemes: CountsGraphemes()}
	}
}

// Forget drops what an edit at byte from of the line may have changed.
func (r *Ruler) Forget(from int) {
	n := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].offset > from-unitReach })
	r.marks = r.marks[:n]
}

// Column is the column of the byte at offset in the line.
func (r *Ruler) Column(line []byte, offset int) int {
	m := r.before(line[:offset], maxColumn, func(m place) bool { return m.offset > offset })
	return Measure(line[m.offset:offset], m.cell)
}

// Seek is the function Seek for the line from its start.
func (r *Ruler) Seek(line []byte, column int) (offset, at int) {
	m := r.before(line, column, func(m place) bool { return m.cell > column })
	n, at := Seek(line[m.offset:], m.cell, column)
	return m.offset + n, at
}

// before is the last mark that is not past, made on the way if need be.
func (r *Ruler) before(line []byte, column int, past func(place) bool) place {
	last := place{}
	n := sort.Search(len(r.marks), func(i int) bool { return past(r.marks[i]) })
	if n > 0 {
		last = r.marks[n-1]
	}
	for n == len(r.marks) && last.offset+rulerEvery < len(line) && last.cell < column {
		to := Boundary(line, last.offset+rulerEvery)
		next := place{to, Measure(line[last.offset:to], last.cell)}
		r.marks = append(r.marks, next)
		if past(next) {
			break
		}
		last, n = next, n+1
	}
	return last
}
