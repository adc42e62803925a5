package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// twinBeside is the width of a card's content from which its two answers stand beside
// each other; below it they stand one above the other.
const twinBeside = 60

// A twinLayout says where everything on the card of a twin is, for its size.
type twinLayout struct {
	w, h     int // of the content
	beside   bool
	column   int // cells of one answer
	answer   int // rows of one answer, its head included
	listRows int // rows of the list of differences
	listTop  int // the first of them
}

func (t *twin) layout(a *App) twinLayout {
	var l twinLayout
	l.w, l.h = card{at: t.at(a)}.inside()
	l.beside = l.w >= twinBeside
	l.listRows = min(max(l.h/4, 3), 10)
	rest := max(l.h-l.listRows-3, 0) // a rule and what is said of the differences above, the foot below
	l.column, l.answer = l.w, rest/2
	if l.beside {
		l.column, l.answer = (l.w-3)/2, rest
	}
	l.listTop = rest + 2
	if !l.beside {
		l.listTop = 2*l.answer + 2
	}
	return l
}

func (t *twin) at(a *App) rect { return a.lay.body }

func (t *twin) card(a *App) card {
	s := a.styles
	c := card{at: t.at(a), title: safetext.FromString("Twin of " + t.function), badge: "esc close"}
	if t.under() {
		c.badge = "esc hide"
	}
	l := t.layout(a)
	this, that := t.sides[0].rows(a, t, l), t.sides[1].rows(a, t, l)
	if l.beside {
		bar := make([]string, len(this))
		for i := range bar {
			bar[i] = frame.Spans(3, span(s.border, " │ "))
		}
		c.body = frame.Beside(this, bar, that)
	} else {
		c.body = frame.Stack(this, that)
	}
	for i, row := range c.body { // an odd column leaves a cell
		if missing := l.w - frame.Measure(row); missing > 0 {
			c.body[i] = row + frame.Blank(missing)
		}
	}
	c.body = onCanvas(c.body, s.surface)
	c.body = append(c.body, frame.Rule(l.w, s.surface+s.border), t.said(a, l.w))
	list := t.list
	list.keep(len(t.differences), l.listRows)
	for i := list.top; i < min(list.top+l.listRows, len(t.differences)); i++ {
		c.body = append(c.body, t.differences[i].paintDifference(s, l.w, i == list.cursor && !t.inBodies))
	}
	c.body = padTo(s, c.body, l.w, l.h-1)
	where := ""
	if len(t.differences) > 0 {
		where = position(list.cursor, len(t.differences))
	}
	c.body = append(c.body, foot(s, l.w, t.hint(), where))
	return c
}

// said is what is said of the difference, in one row.
func (t *twin) said(a *App, w int) string {
	s := a.styles
	r := frame.NewRow(w)
	r.Base(s.surface)
	switch {
	case t.under() && t.cancelling:
		r.AddCut(s.info, safetext.Concat(a.spinner(), safetext.Trusted(" cancelling both…")))
	case t.under():
		r.AddCut(s.info, safetext.Concat(a.spinner(), safetext.Trusted(" both are sent: the answers are compared once they are there")))
	case !t.compared:
		r.AddCut(s.info, safetext.Trusted("comparing…"))
	case t.wrong != nil:
		r.AddCut(s.warning, safetext.FromString("not compared: "+t.wrong.Error()))
	case t.more:
		r.AddCut(s.warning+s.strong, safetext.FromString("≠ more than "+count(len(t.differences), "difference", "differences")))
	case len(t.differences) > 0:
		r.AddCut(s.warning+s.strong, safetext.FromString("≠ "+count(len(t.differences), "difference", "differences")))
	default:
		r.AddCut(s.success+s.strong, safetext.Trusted("= both answered the same"))
	}
	return r.String()
}

func (t *twin) hint() string {
	switch {
	case t.cancelling && t.under():
		return "waiting for both to end"
	case t.under():
		return "ctrl+c cancel both · esc hide, it goes on"
	case t.inBodies:
		return "tab differences · ↑/↓ both answers · ←/→ fold · = compare · 1 2 open · r again"
	}
	return "tab answers · = compare · 1 2 open · r again"
}

// rows are one side: where it was, what came of it, and the answer.
func (s *twinSide) rows(a *App, t *twin, l twinLayout) []string {
	st, w := a.styles, l.column
	look := st.accent
	if s.session.Target.Info().Kind == invoke.AWS {
		look = st.warning
	}
	rows := []string{frame.Text(w, look+st.strong, safetext.FromString(s.place))}
	if s.out == nil {
		word := safetext.Trusted(" running")
		if t.cancelling {
			word = safetext.Trusted(" cancelling…")
		}
		rows = append(rows, frame.Spans(w, frame.Span{Style: st.info, Text: safetext.Concat(a.spinner(), word)},
			span(st.text, "  "+elapsed(a.now.Sub(t.began)))), frame.Rule(w, st.border))
		if room := l.answer - len(rows); room > 0 && s.log.lines() > 0 {
			rows = append(rows, s.log.lastRows(st.muted, w, room)...)
		}
		return frame.Fit(rows, w, l.answer)
	}
	rows = append(rows, s.out.head(st, w)...)
	// Both heads are as high as the higher one, so that the answers begin in one row.
	if l.beside {
		other := 1
		for _, side := range t.sides {
			if side.out != nil {
				other = max(other, 1+len(side.out.head(st, w)))
			}
		}
		for len(rows) < other {
			rows = append(rows, frame.Blank(w))
		}
	}
	rows = append(rows, frame.Rule(w, st.border))
	room := max(l.answer-len(rows), 0)
	switch {
	case s.out.failure != nil && s.body == nil:
		rows = append(rows, errorSheet(a, s.out, w, false).rows(st, w, 0, room)...)
	case s.body == nil:
		rows = append(rows, frame.Text(w, st.muted, s.out.silence()))
	default:
		styles := a.result.body.styles
		if !t.inBodies {
			styles.Cursor = ""
		}
		rows = append(rows, s.body.Rows(w, room, &styles)...)
	}
	return frame.Fit(rows, w, l.answer)
}

// silence says why there is no body.
func (o *outcome) silence() safetext.Line {
	switch o.verdict() {
	case verdictAccepted:
		return safetext.Trusted("no result comes back in this mode")
	case verdictDryRun:
		return safetext.Trusted("the request is valid, nothing ran")
	}
	return safetext.Trusted("the response is empty")
}

// paintDifference is a difference in one row: path, this, that.
func (r *bulkRow) paintDifference(s *styles, w int, current bool) string {
	row := frame.NewRow(w)
	row.Base(s.surface)
	marker := safetext.Spaces(2)
	if current {
		row.Base(s.surface + s.selection)
		marker = safetext.Trusted("▌ ")
	}
	row.Add(s.accent, marker)
	r.addDifference(s, row)
	return row.String()
}

func (t *twin) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := keyName(k)
	switch key {
	case "tab", "shift+tab":
		t.inBodies = !t.inBodies
		return true, nil
	case "enter", "=":
		if t.under() {
			return true, nil
		}
		return true, t.open(a)
	case "1", "2":
		return true, t.openSide(a, int(key[0]-'1'))
	case "r":
		if t.under() {
			return true, nil
		}
		return true, t.again(a)
	}
	if t.inBodies {
		return t.moveBodies(a, key), nil
	}
	return t.list.move(key, len(t.differences), t.layout(a).listRows), nil
}

// moveBodies moves and folds in both answers alike.
func (t *twin) moveBodies(a *App, key string) (used bool) {
	l := t.layout(a)
	for _, s := range t.sides {
		if s.body == nil {
			continue
		}
		s.body.SetSize(l.column, max(l.answer-3, 1))
		b := body{rows: s.body}
		switch key {
		case "up", "k":
			b.move("up")
		case "down", "j":
			b.move("down")
		case "home", "g":
			b.move("home")
		case "end", "G":
			b.move("end")
		case "pgup", "pgdown":
			b.move(key)
		case "left", "h":
			b.fold("close")
		case "right", "l":
			b.fold("open")
		case "Z":
			b.fold("all")
		default:
			return false
		}
		used = true
	}
	return used
}

// open shows the difference in full, where history has both runs.
func (t *twin) open(a *App) tea.Cmd {
	this, that := t.sides[0].out.result.HistoryID, t.sides[1].out.result.HistoryID
	if this == 0 || that == 0 {
		a.warn(safetext.Trusted("history does not have both runs"))
		return nil
	}
	return a.compareRuns(this, that)
}

// openSide leaves the card and shows one of the two runs as any other.
func (t *twin) openSide(a *App, n int) tea.Cmd {
	side := t.sides[n]
	if side.out == nil || side.out.result.HistoryID == 0 {
		a.warn(safetext.FromString("run " + strconv.Itoa(n+1) + " is not in history"))
		return nil
	}
	a.drop(t)
	return a.readEntry(side.out.result.HistoryID, openIt)
}

// again sends the same payload to the same two places. Their targets are opened anew:
// one may have been left and closed meanwhile.
func (t *twin) again(a *App) tea.Cmd {
	this, that := t.sides[0], t.sides[1]
	return a.openAt(TargetChoice{Info: this.out.target}, func(a *App, first *Session) tea.Cmd {
		return a.openAt(TargetChoice{Info: that.out.target}, func(a *App, second *Session) tea.Cmd {
			return a.startTwin(this.request, twinPlace{first, this.request.Qualifier}, twinPlace{second, that.request.Qualifier})
		})
	})
}

func (t *twin) point(a *App, row int, double bool) tea.Cmd {
	l := t.layout(a)
	i := row - l.listTop + t.list.top
	if row < l.listTop || row >= l.listTop+l.listRows || i >= len(t.differences) {
		t.inBodies = row >= 0 && row < l.listTop-2
		return nil
	}
	t.inBodies = false
	t.list.to(i, len(t.differences), l.listRows)
	if double && !t.under() {
		return t.open(a)
	}
	return nil
}

func (t *twin) wheel(a *App, lines int) tea.Cmd {
	if !t.inBodies {
		t.list.scroll(lines, len(t.differences), t.layout(a).listRows)
		return nil
	}
	for _, s := range t.sides {
		if s.body != nil {
			s.body.Scroll(lines, 0)
		}
	}
	return nil
}

func (t *twin) insert(*App, string) tea.Cmd { return nil }
func (t *twin) closed(*App)                 {}
