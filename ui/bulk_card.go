package ui

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// bulkHead is how many rows of the card are above the list: how far it is, a bar, a rule.
const bulkHead = 3

func (b *bulk) at(a *App) rect { return a.lay.body }

func (b *bulk) page(a *App) int {
	_, h := card{at: b.at(a)}.inside()
	return max(h-bulkHead-1, 0)
}

func (b *bulk) card(a *App) card {
	s := a.styles
	c := card{at: b.at(a), title: safetext.FromString(b.plan.title()), badge: "esc close"}
	if b.under() {
		c.badge = "esc hide"
	}
	w, h := c.inside()
	c.body = append(c.body, b.progress(a, w), b.bar(s, w), frame.Rule(w, s.surface+s.border))
	page, n := b.page(a), b.done()
	l := b.list
	l.keep(n, page)
	for i := l.top; i < min(l.top+page, n); i++ {
		c.body = append(c.body, b.row(i).paint(s, w, i == l.cursor))
	}
	c.body = append(padTo(s, c.body, w, h-1), foot(s, w, b.hint(a), position(l.cursor, n)))
	c.thumb = frame.Thumb{First: l.top, Seen: page, All: n}
	return c
}

// title says how many runs are replayed, and where: AWS is always named.
func (p *bulkPlan) title() string {
	var places []string
	for _, part := range p.parts {
		places = append(places, part.target.name())
	}
	text := "Replay of " + count(p.total, "run", "runs") + " on " + strings.Join(places, " and ")
	if p.qualifier != "" {
		text += ", " + p.qualifier
	}
	return text
}

// progress is how far it is and what has come of it so far.
func (b *bulk) progress(a *App, w int) string {
	s := a.styles
	r := frame.NewRow(w)
	r.Base(s.surface)
	took := b.took
	if b.under() {
		took = a.now.Sub(b.began)
	}
	switch {
	case b.cancelling && b.under():
		r.AddCut(s.info, safetext.Concat(a.spinner(), safetext.Trusted(" cancelling…")))
	case b.stopping && b.under():
		r.AddCut(s.info, safetext.Concat(a.spinner(), safetext.Trusted(" stopping…")))
	case b.under():
		r.AddCut(s.info, safetext.Concat(a.spinner(), safetext.Trusted(" running")))
	case b.err != nil:
		r.AddCut(s.err+s.strong, safetext.Trusted("! ended"))
	case b.stopping:
		r.AddCut(s.subtle+s.strong, safetext.Trusted("– stopped"))
	default:
		r.AddCut(s.success+s.strong, safetext.Trusted("✓ done"))
	}
	add := func(look frame.Style, text string) {
		if line := safetext.FromString(text); line.Width()+2 <= r.Left() {
			r.Pad("", 2)
			r.Add(look, line)
		}
	}
	add(s.text, thousands(b.done())+" of "+thousands(b.plan.total))
	for _, part := range b.tally() {
		add(part.kind.look(s), part.text)
	}
	add(s.muted, elapsed(took))
	if rate := float64(b.done()) / took.Seconds(); took > 0 && b.done() > 0 {
		add(s.muted, strconv.FormatFloat(rate, 'f', 1, 64)+"/s")
		if left := b.plan.total - b.done(); b.under() && !b.stopping {
			add(s.muted, elapsed(time.Duration(float64(left)/rate*float64(time.Second)))+" left")
		}
	}
	return r.String()
}

// bar is how many of all are done.
func (b *bulk) bar(s *styles, w int) string {
	full := w * b.done() / max(b.plan.total, 1)
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.Add(s.accent, safetext.FromString(strings.Repeat("▓", full)))
	r.AddCut(s.muted, safetext.FromString(strings.Repeat("░", w-full)))
	return r.String()
}

// hint says what keys do now, or what went wrong.
func (b *bulk) hint(a *App) string {
	switch n := b.pace.Running(); {
	case b.err != nil && !b.under():
		return "! " + b.err.Error()
	case b.cancelling && b.under():
		return "waiting for " + count(n, "run", "runs") + " to end"
	case b.stopping && b.under():
		return "nothing more is sent, " + count(n, "run goes", "runs go") + " on to the end · ctrl+c cancels " + them(n)
	case b.under():
		return "ctrl+c stop · enter compare · esc hide, it goes on"
	case b.plan.check && len(b.changed) > b.accepted:
		return "enter compare · a accept the new answer · A accept all · r again"
	}
	return "enter compare · r again"
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// bulkWord is how the verdict of a row reads: in ten cells.
func (r *bulkRow) word(s *styles) (safetext.Line, frame.Style) {
	switch {
	case r.accepted:
		return safetext.Trusted("≠ accepted"), s.success
	case r.compared && r.differences > 0:
		return safetext.Trusted("≠ differs"), s.warning
	case r.compared:
		return safetext.Trusted("= same"), s.success
	}
	return bulkWords[r.verdict], r.verdict.look(s)
}

var bulkWords = [...]safetext.Line{
	verdictOK:            safetext.Trusted("✓ 200"),
	verdictAccepted:      safetext.Trusted("✓ 202"),
	verdictDryRun:        safetext.Trusted("✓ 204"),
	verdictFunctionError: safetext.Trusted("✗ error"),
	verdictRefused:       safetext.Trusted("! refused"),
	verdictUnreachable:   safetext.Trusted("○ offline"),
	verdictCancelled:     safetext.Trusted("– cancelled"),
	verdictLost:          safetext.Trusted("? lost"),
	verdictRunning:       safetext.Trusted("⠹ running"),
	verdictMayHaveRun:    safetext.Trusted("? unknown"),
	verdictDead:          safetext.Trusted("✗ dead"),
	verdictLocal:         safetext.Trusted("! not sent"),
	verdictUnreadable:    safetext.Trusted("? foreign"),
}

// paint is one run: what came of it, which it is, and how it differs.
func (r *bulkRow) paint(s *styles, w int, current bool) string {
	row := frame.NewRow(w)
	row.Base(s.surface)
	marker := safetext.Spaces(2)
	if current {
		row.Base(s.surface + s.selection)
		marker = safetext.Trusted("▌ ")
	}
	row.Add(s.accent, marker)
	word, look := r.word(s)
	row.AddIn(min(11, row.Left()), look, word)
	row.Pad("", 1)
	ids := "#" + strconv.FormatInt(r.from, 10)
	if r.to != 0 {
		ids += " → #" + strconv.FormatInt(r.to, 10)
	}
	row.AddIn(min(max(14, len(ids)-1), row.Left()), s.subtle, safetext.FromString(ids))
	row.Pad("", 1)
	name := safetext.FromString(r.function)
	row.AddIn(min(max(w/6, 12), row.Left()), s.text, name)
	row.Pad("", 1)
	switch {
	case r.compared && r.differences > 0:
		r.addDifference(s, row)
	case r.path != "":
		row.AddCut(s.muted, safetext.FromString(r.path))
	case r.name != "":
		row.AddCut(s.err, safetext.FromString(r.name))
	default:
		row.AddCut(s.muted, safetext.FromString(duration(r.took)))
	}
	return row.String()
}

// addDifference adds the first difference, and how many more there are.
func (r *bulkRow) addDifference(s *styles, row *frame.Row) {
	rest := ""
	switch n := r.differences - 1; {
	case r.more:
		rest = "  and many more"
	case n > 0:
		rest = "  and " + thousands(n) + " more"
	}
	more := safetext.FromString(rest)
	room := max(row.Left()-more.Width()-1, 0)
	path := safetext.FromString(r.path).CutLeft(max(room/2, 8))
	row.AddCut(s.text, path)
	row.Pad("", 2)
	room -= path.Width() + 2
	each := max((room-3)/2, 1)
	old, now := safetext.FromString(r.this), safetext.FromString(r.that)
	if r.this == "" {
		old = nothingThere
	}
	if r.that == "" {
		now = nothingThere
	}
	old = old.Cut(max(each, room-3-now.Width()))
	row.AddCut(s.diffDel, old)
	row.AddCut(s.muted, safetext.Trusted(" → "))
	row.AddCut(s.diffAdd, now.Cut(max(room-3-old.Width(), 1)))
	row.AddCut(s.muted, more)
}

func (b *bulk) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := keyName(k)
	if b.list.move(key, b.done(), b.page(a)) {
		return true, nil
	}
	switch key {
	case "enter", "=":
		return true, b.open(a)
	case "a", "A":
		if b.under() || !b.plan.check {
			return true, nil
		}
		return true, b.accept(a, key == "A")
	case "r":
		if b.under() {
			return true, nil
		}
		return true, a.openBulk(b.plan.again(), 0)
	}
	return false, nil
}

// open shows how the run under the cursor differs from its replay.
func (b *bulk) open(a *App) tea.Cmd {
	if b.list.cursor >= b.done() {
		return nil
	}
	r := b.row(b.list.cursor)
	if r.to == 0 {
		a.warn(safetext.Trusted("its replay is not in history"))
		return nil
	}
	return a.compareRuns(r.against, r.to)
}

func (b *bulk) point(a *App, row int, double bool) tea.Cmd {
	i := row - bulkHead + b.list.top
	if row < bulkHead || row >= bulkHead+b.page(a) || i >= b.done() {
		return nil
	}
	b.list.to(i, b.done(), b.page(a))
	if double {
		return b.open(a)
	}
	return nil
}

func (b *bulk) wheel(a *App, lines int) tea.Cmd {
	b.list.scroll(lines, b.done(), b.page(a))
	return nil
}

func (b *bulk) insert(*App, string) tea.Cmd { return nil }
func (b *bulk) closed(*App)                 {}
