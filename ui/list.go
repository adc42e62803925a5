package ui

// A list is the cursor and the scroll position of a list of rows.
type list struct{ cursor, top int }

// move handles a movement key over n rows of which page are visible; used is
// false when the key does not move.
func (l *list) move(key string, n, page int) (used bool) {
	switch key {
	case "up", "k", "ctrl+p":
		l.cursor--
	case "down", "j", "ctrl+n":
		l.cursor++
	case "pgup":
		l.cursor -= max(page-1, 1)
	case "pgdown":
		l.cursor += max(page-1, 1)
	case "home", "g":
		l.cursor = 0
	case "end", "G":
		l.cursor = n - 1
	default:
		return false
	}
	l.keep(n, page)
	return true
}

// keep brings the cursor into the n rows and the window of page rows around it.
func (l *list) keep(n, page int) {
	l.cursor = min(max(l.cursor, 0), max(n-1, 0))
	if l.cursor < l.top {
		l.top = l.cursor
	}
	if page > 0 && l.cursor >= l.top+page {
		l.top = l.cursor - page + 1
	}
	l.top = min(max(l.top, 0), max(n-page, 0))
}

// scroll moves the window without the cursor leaving it.
func (l *list) scroll(lines, n, page int) {
	l.top = min(max(l.top+lines, 0), max(n-page, 0))
	l.cursor = min(max(l.cursor, l.top), max(min(l.top+page, n)-1, 0))
}

// follow keeps the cursor on the row that it is on, which is another one by now, and the
// row where it is on the screen. A row below 0 is gone: the cursor stays where it is.
func (l *list) follow(row int) {
	if row >= 0 {
		l.top += row - l.cursor
		l.cursor = row
	}
}

// to puts the cursor on a row.
func (l *list) to(row, n, page int) {
	l.cursor = row
	l.keep(n, page)
}

// skip takes the cursor off a heading of n rows, in a direction (1 or -1) if there is
// a row, else in the other. The heading right above a row stays in view with it.
func (l *list) skip(by, n, page int, heading func(row int) bool) {
	at := l.cursor
	for at >= 0 && at < n && heading(at) {
		at += by
	}
	if at < 0 || at >= n {
		at = l.cursor - by
	}
	if at < 0 || at >= n {
		return
	}
	l.to(at, n, page)
	if at > 0 && heading(at-1) && at-1 < l.top {
		l.top = at - 1
	}
}

// moveTop moves the window over n rows of text without a cursor.
func (l *list) moveTop(key string, n, page int) {
	switch key {
	case "up", "k":
		l.top--
	case "down", "j":
		l.top++
	case "pgup":
		l.top -= max(page-1, 1)
	case "pgdown":
		l.top += max(page-1, 1)
	case "home", "g":
		l.top = 0
	case "end", "G":
		l.top = n
	}
	l.top = min(max(l.top, 0), max(n-page, 0))
}
