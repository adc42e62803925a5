package jsonrows

import (
	"iter"
	"sort"
)

// kind says what a row of JSON is.
type kind uint8

const (
	scalar kind = iota // also empty containers
	opening
	closing
)

func (ix *Index) kind(row int) kind {
	start, end := ix.bounds(row)
	if ix.mode != JSON || start >= end {
		return scalar
	}
	switch first, last := ix.b[start], ix.b[end-1]; {
	case first == '}' || first == ']':
		return closing
	case last == '{' || last == '[':
		return opening
	}
	return scalar
}

// enclosing is the innermost large container that a row is inside of, or whose
// closing row it is; -1 when there is none. An opening row is inside of its parent.
func (ix *Index) enclosing(row int) int {
	i := sort.Search(len(ix.large), func(i int) bool { return int(ix.large[i].open) >= row }) - 1
	for i >= 0 && uint32(row) > ix.large[i].last {
		i = int(ix.large[i].parent)
	}
	return i
}

// listed is the large container that a row opens, -1 when it opens none.
func (ix *Index) listed(row int) int {
	i := sort.Search(len(ix.large), func(i int) bool { return int(ix.large[i].open) >= row })
	if i < len(ix.large) && int(ix.large[i].open) == row {
		return i
	}
	return -1
}

// parent is the row that opens the container around a row, -1 at the top; depth
// is the number of containers around it. A closing row's container is the one it
// closes.
func (ix *Index) parent(row int) (parent, depth int) {
	parent, depth = -1, 0
	around := ix.enclosing(row)
	if around >= 0 {
		parent, depth = int(ix.large[around].open), int(ix.large[around].depth)+1
	}
	// Small containers in between begin within the last few rows, and with no large
	// one in between: what closes there opens there too, or is of no account.
	closed, found := 0, false
	for r, first := row-1, max(parent, row-minLarge); r > first; r-- {
		switch ix.kind(r) {
		case closing:
			closed++
		case opening:
			if closed > 0 {
				closed--
				continue
			}
			depth++
			if !found {
				found, parent = true, r
			}
		}
	}
	return parent, depth
}

// ancestors are the opening rows of the containers around a row, from the
// innermost out, with the number of containers around each.
func (ix *Index) ancestors(row int) iter.Seq2[int, int] {
	return func(yield func(row, depth int) bool) {
		parent, depth := ix.parent(row)
		for parent >= 0 {
			depth--
			if !yield(parent, depth) {
				return
			}
			if i := ix.listed(parent); i >= 0 {
				// All around a large container are large.
				for i = int(ix.large[i].parent); i >= 0; i = int(ix.large[i].parent) {
					if !yield(int(ix.large[i].open), int(ix.large[i].depth)) {
						return
					}
				}
				return
			}
			parent, _ = ix.parent(parent)
		}
	}
}

// last is the closing row of the container that a row opens; the last known row
// while its end is not known; the row itself when it opens none.
func (ix *Index) last(row int) int {
	if ix.kind(row) != opening {
		return row
	}
	if i := ix.listed(row); i >= 0 {
		return min(int(ix.large[i].last), ix.rows()-1)
	}
	return ix.lastOfSmall(row)
}

// lastOfSmall is the closing row of a container that is not listed.
func (ix *Index) lastOfSmall(row int) int {
	for r, open := row+1, 1; r < ix.rows(); r++ {
		switch ix.kind(r) {
		case opening:
			open++
		case closing:
			if open--; open == 0 {
				return r
			}
		}
	}
	return ix.rows() - 1
}

// children is the number of members or elements of the container that a row opens;
// exact is false while its end is not known.
func (ix *Index) children(row int) (n int, exact bool) {
	if i := ix.listed(row); i >= 0 {
		return int(ix.large[i].children), ix.large[i].last != unknown
	}
	last := ix.last(row)
	for r := row + 1; r < last; r = ix.last(r) + 1 {
		n++
	}
	return n, true
}

// isObject reports whether the container that a row opens is an object.
func (ix *Index) isObject(row int) bool {
	_, end := ix.bounds(row)
	return end > 0 && ix.b[end-1] == '{'
}

// between is the number of children of one container from the one at row from to
// before the one at row to.
func (ix *Index) between(from, to int) int {
	n, r := 0, from
	next := sort.Search(len(ix.large), func(i int) bool { return int(ix.large[i].open) >= from })
	for ; r < to; n++ {
		switch {
		case next < len(ix.large) && int(ix.large[next].open) == r:
			r = int(ix.large[next].last) + 1
			next = ix.after(next)
		case ix.kind(r) == opening:
			r = ix.lastOfSmall(r) + 1
		default:
			r++
		}
	}
	return n
}

// after is the next listed container that does not lie in the i-th. Most lie
// close, so the search widens from there.
func (ix *Index) after(i int) int {
	last := ix.large[i].last
	from, to := i+1, i+2
	for to < len(ix.large) && ix.large[to-1].open <= last {
		from, to = to, min(to+2*(to-i), len(ix.large))
	}
	to = min(to, len(ix.large))
	return from + sort.Search(max(to-from, 0), func(k int) bool { return ix.large[from+k].open > last })
}
