package safetext

import (
	"sort"
	"unicode/utf8"
)

// Editor and viewers need to know which bytes a cell stands for. Both of them
// take text apart into the same units as FromBytes does: what is shown, selected
// and cut as a whole.

// A Shown is a Line with the way back to the bytes that it was made of.
type Shown struct {
	Line
	source int     // bytes
	units  []place // nil when every byte is one cell
}

// place says where a unit begins: in the source, and in cells.
type place struct{ offset, cell int }

// Show makes a Shown of foreign bytes whose first cell is the given column of
// its row, on which tab stops depend. Offsets are those of b, cells are counted
// from the first one shown.
func Show(b []byte, column int) Shown {
	if cleanASCII(b) == len(b) {
		return Shown{Line{string(b), len(b), len(b)}, len(b), nil}
	}
	var w writer
	w.text.Grow(len(b) + len(b)/8 + 16)
	w.column = column
	units := make([]place, 0, len(b)+1)
	for at := 0; at < len(b); {
		u := first(b[at:], w.cell())
		units = append(units, place{at, w.cell() - column})
		w.add(u, b[at:at+u.source])
		at += u.source
	}
	return Shown{Line{w.text.String(), w.points, w.clusters}, len(b), units}
}

// Cell is the first cell of the unit that the byte at offset belongs to; the
// width of the line for an offset at the end.
func (s Shown) Cell(offset int) int {
	switch {
	case offset <= 0:
		return 0
	case offset >= s.source:
		return s.Width()
	case s.units == nil:
		return offset
	}
	i := sort.Search(len(s.units), func(i int) bool { return s.units[i].offset > offset })
	return s.units[i-1].cell
}

// Offset is where the unit that takes the cell begins in the source; the
// source's length for cells past the end.
func (s Shown) Offset(cell int) int {
	switch {
	case cell <= 0:
		return 0
	case cell >= s.Width():
		return s.source
	case s.units == nil:
		return cell
	}
	i := sort.Search(len(s.units), func(i int) bool { return s.units[i].cell > cell })
	return s.units[i-1].offset
}

// Measure is the column at which b ends when it begins at the given one, as
// FromBytesAt would show it.
func Measure(b []byte, column int) int {
	_, column = Seek(b, column, maxColumn)
	return column
}

const maxColumn = int(^uint(0) >> 1)

// Seek finds the unit of b that takes the target column, when b begins at the
// given one: where it begins, in bytes and in columns. Both are those of the end
// of b if b ends before.
func Seek(b []byte, column, target int) (offset, at int) {
	for offset < len(b) && column < target {
		// A clean byte is one cell: there is no use in looking further than the target.
		ahead := b[offset:]
		if reach := target - column; reach < len(ahead)-1 {
			ahead = ahead[:reach+1]
		}
		if n := cleanPrefix(ahead); n > 0 {
			n = min(n, target-column)
			offset, column = offset+n, column+n
			continue
		}
		u := first(b[offset:], column)
		if column+u.width() > target {
			return offset, column
		}
		offset, column = offset+u.source, column+u.width()
	}
	return offset, column
}

// Count is the number of units of b.
func Count(b []byte) int {
	n := 0
	for len(b) > 0 {
		clean := cleanPrefix(b)
		if clean == 0 {
			clean = first(b, 0).source
			n++
		} else {
			n += clean
		}
		b = b[clean:]
	}
	return n
}

// Next is where the unit after the one at offset at begins.
func Next(b []byte, at int) int {
	if at >= len(b) {
		return len(b)
	}
	return at + first(b[at:], 0).source
}

// lookBack bounds, in bytes, the search for a place where a unit surely begins.
const lookBack = 1024

// Previous is where the unit before offset at begins.
func Previous(b []byte, at int) int {
	if at <= 0 {
		return 0
	}
	start := sureStart(b[:at])
	for {
		next := Next(b, start)
		if next >= at {
			return start
		}
		start = next
	}
}

// Boundary is the beginning of the unit that the byte at offset belongs to.
func Boundary(b []byte, offset int) int {
	if offset >= len(b) {
		return len(b)
	}
	return Previous(b, offset+1)
}

// sureStart is the last place in b, which is not empty, where a unit begins
// whatever comes before: at ASCII, which nothing joins, or between two
// characters that stand alone.
func sureStart(b []byte) int {
	end := len(b)
	settled := false // whether what begins at end stands alone
	for end > 0 && len(b)-end < lookBack {
		r, n := utf8.DecodeLastRune(b[:end])
		k := classOf(r)
		if r < 0x80 {
			if settled {
				return end
			}
			return end - 1
		}
		stands := k <= alone || r == utf8.RuneError && n == 1
		if settled && stands {
			return end
		}
		settled = stands
		end -= n
	}
	return end
}
