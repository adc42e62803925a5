package edit

import "lambent/ui/safetext"

// Find looks for text as safetext.Finder does and selects the first match at or
// after the start of the selection, so that typing a query refines what is found.
// An empty query finds nothing and stops highlighting. wrapped says that the
// search went past the end.
func (e *Editor) Find(query string) (found, wrapped bool) {
	e.find = safetext.NewFinder(query)
	from, _ := e.Selection()
	return e.findFrom(from)
}

// FindNext selects the next match of the last query.
func (e *Editor) FindNext() (found, wrapped bool) {
	from, to := e.Selection()
	if from != to {
		from++
	}
	return e.findFrom(from)
}

// FindPrevious selects the match before.
func (e *Editor) FindPrevious() (found, wrapped bool) {
	from, _ := e.Selection()
	start, end, ok := e.find.Previous(e.buf.text, from)
	if !ok {
		start, end, ok = e.find.Previous(e.buf.text, len(e.buf.text))
		wrapped = ok
	}
	return e.found(start, end, ok), wrapped
}

// Query is the text being looked for, "" for none.
func (e *Editor) Query() string { return e.find.Query() }

func (e *Editor) findFrom(from int) (found, wrapped bool) {
	start, end, ok := e.find.Next(e.buf.text, from)
	if !ok {
		start, end, ok = e.find.Next(e.buf.text, 0)
		wrapped = ok
	}
	return e.found(start, end, ok), wrapped
}

func (e *Editor) found(start, end int, ok bool) bool {
	if ok {
		e.setCursor(end, false)
		e.anchor = start
	}
	return ok
}
