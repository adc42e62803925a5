package ui

// A pane is one of the five parts of the body. The numbers are the ones that
// focus.1 to focus.5 use.
type pane int

// The panes, in the order in which tab visits them.
const (
	paneFunctions pane = iota
	panePayload
	paneResult
	paneLogs
	paneHistory
	paneCount
)

// String is the pane's title.
func (p pane) String() string {
	return [...]string{"Functions", "Payload", "Result", "Logs", "History"}[p]
}

// A rect is a rectangle of cells; a zero rect is something that is not shown.
type rect struct{ x, y, w, h int }

func (r rect) shown() bool { return r.w > 0 && r.h > 0 }

func (r rect) contains(x, y int) bool {
	return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h
}

// An arrangement names which of the five layouts of the workbench is in use.
type arrangement int

// The arrangements, from the smallest window to the largest.
const (
	arrangeLine    arrangement = iota // one line: there is no room for anything
	arrangeSingle                     // one pane at a time
	arrangeStacked                    // payload above result; functions and history float over them
	arrangeWide                       // sidebar, payload, result
)

// The sizes at which the arrangement changes.
const (
	lineWidth, lineHeight     = 24, 5
	singleWidth, singleHeight = 60, 16
	wideWidth, roomyWidth     = 100, 160
	wideLogs, roomyLogs       = 30, 24 // heights from which logs have a pane of their own
)

// A layoutRequest is everything a layout depends on. Content is not in it, so
// nothing jumps when content changes.
type layoutRequest struct {
	width, height int
	focus         pane
	// under is the pane that had the focus before a floating pane took it:
	// what lies under a floating pane keeps its size.
	under pane
	zoom  bool
}

// A layout says where everything is.
type layout struct {
	arrangement
	width, height  int
	header, footer rect
	body           rect
	panes          [paneCount]rect
	// floating is the pane that lies over the others, -1 when none does.
	floating pane
	// logsTab is true where the logs are a tab of the result instead of a pane.
	logsTab bool
	zoomed  bool
}

// arrange computes the layout. It is a pure function.
func arrange(q layoutRequest) layout {
	l := layout{width: q.width, height: q.height, floating: -1}
	if q.width < lineWidth || q.height < lineHeight {
		l.arrangement = arrangeLine
		l.logsTab = true
		l.body = rect{0, 0, max(q.width, 0), max(q.height, 0)}
		return l
	}
	l.header = rect{0, 0, q.width, 1}
	l.footer = rect{0, q.height - 1, q.width, 1}
	l.body = rect{0, 1, q.width, q.height - 2}

	switch {
	case q.width < singleWidth || q.height < singleHeight:
		l.arrangement = arrangeSingle
		l.logsTab = true
	case q.width < wideWidth:
		l.arrangement = arrangeStacked
		l.logsTab = true
	default:
		l.arrangement = arrangeWide
		l.logsTab = q.width < roomyWidth && q.height < wideLogs || q.width >= roomyWidth && q.height < roomyLogs
	}

	shown := l.home(q.focus)
	switch {
	case q.zoom:
		l.panes[shown] = l.body
		l.zoomed = true
	case l.arrangement == arrangeSingle:
		l.panes[shown] = l.body
	case l.arrangement == arrangeStacked:
		l.stack(shown, l.home(q.under))
	default:
		l.spread()
	}
	return l
}

// home is the pane in which a pane is shown: logs are at home in the result
// where they are a tab of it.
func (l *layout) home(p pane) pane {
	if p == paneLogs && l.logsTab {
		return paneResult
	}
	return p
}

// stack puts the payload above the result and gives the focused one three
// fifths of the rows. Functions and history float over both.
func (l *layout) stack(shown, under pane) {
	main := shown
	if shown == paneFunctions || shown == paneHistory {
		l.floating = shown
		w := min(l.body.w-4, 60)
		l.panes[shown] = rect{l.body.x + (l.body.w-w)/2, l.body.y + 1, w, l.body.h - 2}
		main = under
	}
	top := l.body.h * 3 / 5
	if main == paneResult {
		top = l.body.h - top
	}
	l.panes[panePayload] = rect{0, l.body.y, l.body.w, top}
	l.panes[paneResult] = rect{0, l.body.y + top, l.body.w, l.body.h - top}
}

// spread lays out the sidebar, the payload and the result side by side.
func (l *layout) spread() {
	side, payload := 28, 0
	if l.width >= roomyWidth {
		side = 34
		payload = min((l.width-side)*40/100, 72)
	} else {
		payload = max((l.width-side)*45/100, 42)
	}
	b := l.body
	top := b.h * 2 / 5
	l.panes[paneFunctions] = rect{0, b.y, side, top}
	l.panes[paneHistory] = rect{0, b.y + top, side, b.h - top}
	l.panes[panePayload] = rect{side, b.y, payload, b.h}
	right := rect{side + payload, b.y, b.w - side - payload, b.h}
	if l.logsTab {
		l.panes[paneResult] = right
		return
	}
	logs := (b.h*35 + 50) / 100
	l.panes[paneResult] = rect{right.x, right.y, right.w, right.h - logs}
	l.panes[paneLogs] = rect{right.x, right.y + right.h - logs, right.w, logs}
}

// ring lists the panes that tab visits, in order.
func (l *layout) ring() []pane {
	if l.arrangement == arrangeSingle || l.zoomed && l.arrangement != arrangeWide {
		return []pane{paneFunctions, panePayload, paneResult, paneHistory}
	}
	if l.arrangement == arrangeStacked {
		return []pane{panePayload, paneResult}
	}
	if l.logsTab {
		return []pane{paneFunctions, panePayload, paneResult, paneHistory}
	}
	return []pane{paneFunctions, panePayload, paneResult, paneLogs, paneHistory}
}

// at is the pane under a cell. The floating pane is found first.
func (l *layout) at(x, y int) (pane, bool) {
	if l.floating >= 0 && l.panes[l.floating].contains(x, y) {
		return l.floating, true
	}
	for p := range l.panes {
		if pane(p) != l.floating && l.panes[p].contains(x, y) {
			return pane(p), true
		}
	}
	return 0, false
}
