package jsonrows

// moveTo puts the cursor on a row that is shown.
func (v *View) moveTo(row int) {
	v.cursor = min(max(row, 0), v.ix.rows()-1)
	v.hitA, v.hitB = 0, 0
	v.reveal()
}

// Move moves the cursor by so many rows, negative for up. Inside a wrapped row
// that is taller than the view it moves the view first.
func (v *View) Move(rows int) {
	row := v.cursor
	for ; rows > 0; rows-- {
		if v.scrolledInside(row, 1) {
			return
		}
		next := v.next(row)
		if next >= v.ix.rows() {
			break
		}
		row = next
	}
	for ; rows < 0; rows++ {
		if v.scrolledInside(row, -1) {
			return
		}
		before := v.previous(row)
		if before < 0 {
			break
		}
		row = before
	}
	v.moveTo(row)
}

// scrolledInside moves the view within the cursor's wrapped row, if more of the
// row lies in that direction than is in view.
func (v *View) scrolledInside(row, by int) bool {
	if !v.wrap || row != v.cursor || v.top != row || v.height <= 0 {
		return false
	}
	sub := v.sub + by
	if sub < 0 || by > 0 && v.pieces(row) < sub+v.height {
		return false
	}
	v.sub = sub
	return true
}

// Page moves by pages, negative for up.
func (v *View) Page(pages int) { v.Move(pages * max(v.height-1, 1)) }

// Start goes to the first row.
func (v *View) Start() { v.moveTo(0) }

// End goes to the last row.
func (v *View) End() {
	v.finish()
	v.moveTo(v.shown(v.ix.rows() - 1))
}

// GoToOffset goes to the row that holds a byte, unfolding what hides it.
func (v *View) GoToOffset(offset int) {
	if !v.ix.complete && offset >= HeadSize {
		v.finish()
	}
	row := v.ix.rowOf(offset)
	v.unfoldTo(row)
	v.moveTo(row)
}

// Scroll moves the view without the cursor, as a wheel does: by rows, and
// sideways by columns when long rows are not wrapped.
func (v *View) Scroll(rows, columns int) {
	for ; rows > 0; rows-- {
		if v.wrap && v.sub+1 < v.pieces(v.top) {
			v.sub++
		} else if next := v.next(v.top); next < v.ix.rows() && !v.atEnd() {
			v.top, v.sub = next, 0
		}
	}
	for ; rows < 0; rows++ {
		if v.sub > 0 {
			v.sub--
		} else if before := v.previous(v.top); before >= 0 {
			v.top, v.sub = before, v.pieces(before)-1
		}
	}
	if !v.wrap {
		v.left = max(v.left+columns, 0)
	}
	v.free = true
}

// atEnd reports whether the last row is in view.
func (v *View) atEnd() bool {
	row, seen := v.top, v.pieces(v.top)-v.sub
	for seen < v.height {
		if row = v.next(row); row >= v.ix.rows() {
			return true
		}
		seen += v.pieces(row)
	}
	return v.next(row) >= v.ix.rows() && seen == v.height
}

// reveal scrolls as little as is needed to have the cursor in view.
func (v *View) reveal() {
	v.free = false
	v.top, v.sub = v.scroll(v.height)
}

// scroll is the first row in view, and how much of it is above the view, in a view of h rows.
func (v *View) scroll(h int) (top, sub int) {
	top = v.shown(min(v.top, v.ix.rows()-1))
	sub = min(v.sub, v.pieces(top)-1)
	if h <= 0 || v.free {
		return top, sub
	}
	if v.cursor < top {
		return v.cursor, 0
	}
	// Walk up from the cursor until the view is full: it must not begin before.
	room := h - min(v.pieces(v.cursor), h)
	row := v.cursor
	for row > top {
		if room == 0 {
			return row, 0
		}
		before := v.previous(row)
		n := v.pieces(before)
		if before == top {
			n -= sub
		}
		if n > room {
			if before == top {
				sub += n - room
				return top, sub
			}
			return before, v.pieces(before) - room
		}
		room -= n
		row = before
	}
	return top, sub
}

// pieces is how many screen rows a row takes.
func (v *View) pieces(row int) int {
	room := v.wrapWidth(v.width)
	if !v.wrap || room <= 0 {
		return 1
	}
	return max((v.columns(row)+room-1)/room, 1)
}

// wrapWidth is how many columns of a wrapped row a screen row shows. The last
// cell is kept free for the second half of a wide character.
func (v *View) wrapWidth(w int) int { return max(w-1, 1) }

// Click puts the cursor on the row under a line of the view; it reports whether
// there is one.
func (v *View) Click(y int) bool {
	row, seen := v.top, v.pieces(v.top)-v.sub
	for y >= seen {
		if row = v.next(row); row >= v.ix.rows() {
			return false
		}
		seen += v.pieces(row)
	}
	v.cursor, v.hitA, v.hitB = row, 0, 0
	return true
}
