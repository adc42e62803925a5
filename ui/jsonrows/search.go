package jsonrows

import "lambent/ui/safetext"

// Find looks for text in the document's bytes, as safetext.Finder does, from the
// cursor's row on, and goes there; what hides the place is unfolded. An empty
// query stops highlighting. wrapped says that the search went past the end.
func (v *View) Find(query string) (found, wrapped bool) {
	v.find = safetext.NewFinder(query)
	from, _ := v.ix.bounds(v.cursor)
	return v.findFrom(from)
}

// FindNext goes to the next match of the last query.
func (v *View) FindNext() (found, wrapped bool) {
	from, _ := v.ix.bounds(v.cursor)
	if v.hitB > v.hitA {
		from = v.hitB
	}
	return v.findFrom(from)
}

// FindPrevious goes to the match before.
func (v *View) FindPrevious() (found, wrapped bool) {
	from, _ := v.ix.bounds(v.cursor)
	if v.hitB > v.hitA {
		from = v.hitA
	}
	start, end, ok := v.find.Previous(v.b, from)
	if !ok {
		start, end, ok = v.find.Previous(v.b, len(v.b))
		wrapped = ok
	}
	return v.hit(start, end, ok), wrapped
}

// Query is the text being looked for, "" for none.
func (v *View) Query() string { return v.find.Query() }

func (v *View) findFrom(from int) (found, wrapped bool) {
	start, end, ok := v.find.Next(v.b, from)
	if !ok {
		start, end, ok = v.find.Next(v.b, 0)
		wrapped = ok
	}
	return v.hit(start, end, ok), wrapped
}

// hit goes to a match and scrolls sideways, or inside its row, until it is in view.
func (v *View) hit(start, end int, ok bool) bool {
	if !ok {
		return false
	}
	v.GoToOffset(start)
	v.hitA, v.hitB = start, end
	from := v.columnOf(v.cursor, start)
	if v.wrap {
		piece := from / v.wrapWidth(v.width)
		if v.top == v.cursor && piece < v.sub || v.height > 0 && piece >= v.height {
			v.top, v.sub = v.cursor, max(0, piece-v.height/2)
		}
		return true
	}
	to := from + min(v.columnOf(v.cursor, end)-from, v.width/2)
	if from < v.left || to > v.left+v.width {
		v.left = max(0, to-v.width*2/3)
		if to <= v.width {
			v.left = 0
		}
	}
	return true
}
