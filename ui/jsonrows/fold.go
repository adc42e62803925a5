package jsonrows

// folded reports whether a row opens a container that is folded.
func (v *View) folded(row int) bool {
	if v.ix.kind(row) != opening {
		return false
	}
	_, depth := v.ix.parent(row)
	return v.foldedAt(row, depth)
}

// foldedAt is folded for an opening row whose depth is known.
func (v *View) foldedAt(row, depth int) bool {
	return (depth >= v.foldFrom) != v.toggled[row]
}

// next is the row shown after a row.
func (v *View) next(row int) int {
	if v.folded(row) {
		row = v.ix.last(row)
	}
	return row + 1
}

// previous is the row shown before a row that is shown, -1 before the first. Of the
// containers around it, only one that closes there can be folded.
func (v *View) previous(row int) int {
	row--
	if row >= 0 && v.ix.kind(row) == closing {
		if parent, depth := v.ix.parent(row); parent >= 0 && v.foldedAt(parent, depth-1) {
			return parent
		}
	}
	return row
}

// shown is the row itself, or the row of the outermost folded container that hides it.
func (v *View) shown(row int) int {
	if v.ix.mode != JSON || v.foldFrom > v.ix.depths && len(v.toggled) == 0 {
		return row
	}
	shown := row
	for parent, depth := range v.ix.ancestors(row) {
		if v.foldedAt(parent, depth) {
			shown = parent
		}
	}
	return shown
}

// container is the opening row of the container that the cursor's row opens or
// closes, else of the one it is in; -1 at the top.
func (v *View) container() int {
	if v.ix.mode != JSON {
		return -1
	}
	if v.ix.kind(v.cursor) == opening {
		return v.cursor
	}
	parent, _ := v.ix.parent(v.cursor)
	return parent
}

func (v *View) setFolded(row int, folded bool) {
	if v.folded(row) != folded {
		v.toggle(row)
	}
}

func (v *View) toggle(row int) {
	if v.toggled[row] {
		delete(v.toggled, row)
	} else {
		v.toggled[row] = true
	}
}

// Fold folds the container in the cursor's row or, if that is folded or the row
// has none, goes to the one around it. It reports whether anything changed.
func (v *View) Fold() bool {
	row := v.container()
	if row < 0 {
		return false
	}
	if row == v.cursor && v.folded(row) {
		if row, _ = v.ix.parent(row); row < 0 {
			return false
		}
	} else if row == v.cursor || v.ix.kind(v.cursor) == closing {
		v.setFolded(row, true)
	}
	v.moveTo(row)
	return true
}

// Unfold unfolds the container in the cursor's row, or goes to its first child if
// it is unfolded. It reports whether anything changed.
func (v *View) Unfold() bool {
	switch {
	case v.ix.kind(v.cursor) != opening:
		return false
	case v.folded(v.cursor):
		v.setFolded(v.cursor, false)
		v.reveal()
	default:
		v.moveTo(v.cursor + 1)
	}
	return true
}

// Toggle folds or unfolds the container in the cursor's row; it reports whether
// there is one.
func (v *View) Toggle() bool {
	row := v.container()
	if row < 0 || row != v.cursor && v.ix.kind(v.cursor) != closing {
		return false
	}
	v.setFolded(row, !v.folded(row))
	v.moveTo(row)
	return true
}

// FoldAll folds everything inside the outermost container, or unfolds everything
// if it is all folded.
func (v *View) FoldAll() {
	if v.foldFrom == 1 && len(v.toggled) == 0 {
		v.foldFrom = maxDepth
	} else {
		v.foldFrom = 1
	}
	v.toggled = map[int]bool{}
	v.moveTo(v.shown(v.cursor))
}

const maxDepth = int(^uint(0) >> 1)

// unfoldTo unfolds whatever hides a row.
func (v *View) unfoldTo(row int) {
	for parent, depth := range v.ix.ancestors(row) {
		if v.foldedAt(parent, depth) {
			v.toggle(parent)
		}
	}
}
