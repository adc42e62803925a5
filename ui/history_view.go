package ui

import (
	"strconv"
	"strings"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// view is the pane's content.
func (p *historyPane) view(a *App, w, h int) []string {
	s := a.styles
	switch {
	case p.off != "":
		return frame.Fit(paragraph(s.warning, w, safetext.FromString("history is off: "+p.off)), w, h)
	case p.wrong != "":
		return frame.Fit(paragraph(s.warning, w, safetext.FromString(p.wrong)), w, h)
	case p.err != nil:
		return frame.Fit(paragraph(s.err, w, safetext.FromString("! "+p.err.Error())), w, h)
	case len(p.rows) == 0:
		text := safetext.Trusted("no runs yet")
		if p.filter.active() {
			text = safetext.Trusted("nothing matches")
		} else if a.session == nil {
			text = safetext.Trusted("loading…")
		}
		return frame.Fit([]string{frame.Text(w, s.muted, text)}, w, h)
	}
	var rows []string
	for _, l := range p.inView(a.now, h) {
		if l.row < 0 {
			rows = append(rows, frame.Text(w, s.muted, safetext.FromString("  "+l.day)))
			continue
		}
		rows = append(rows, p.row(a, w, &p.rows[l.row], a.focus == paneHistory && l.row == p.list.cursor))
	}
	return frame.Fit(rows, w, h)
}

// A historyLine is a line of the list: a row, or the heading of a day.
type historyLine struct {
	row int // -1 for a heading
	day string
}

// inView are the lines that h rows show: from the list's top on, with the
// headings of days, and with the cursor's row whatever the headings take.
func (p *historyPane) inView(now time.Time, h int) []historyLine {
	var lines []historyLine
	last := "today"
	if p.list.top > 0 {
		last = day(p.rows[p.list.top-1].StartedAt, now)
	}
	cursor := 0
	for i := p.list.top; i < len(p.rows) && (len(lines) < h || i <= p.list.cursor); i++ {
		if d := day(p.rows[i].StartedAt, now); d != last {
			lines = append(lines, historyLine{-1, d})
			last = d
		}
		if i == p.list.cursor {
			cursor = len(lines)
		}
		lines = append(lines, historyLine{row: i})
	}
	if past := cursor - h + 1; past > 0 {
		lines = lines[past:]
	}
	return lines[:min(len(lines), max(h, 0))]
}

// rowAt is the run in a row of the pane.
func (p *historyPane) rowAt(a *App, y int) (row int, ok bool) {
	lines := p.inView(a.now, p.h)
	if y < 0 || y >= len(lines) || lines[y].row < 0 {
		return 0, false
	}
	return lines[y].row, true
}

// row is one run: sign, time, duration or status, function and where it went.
func (p *historyPane) row(a *App, w int, e *history.Summary, current bool) string {
	s := a.styles
	r := frame.NewRow(w)
	if current {
		r.Base(s.selection)
	}
	open := a.result.shown != nil && a.result.shown.result.HistoryID == e.ID
	switch {
	case p.marked.has(e.ID):
		r.Add(s.warning, safetext.Trusted("◆ "))
	case current:
		r.Add(s.accent, safetext.Trusted("› "))
	case open:
		r.Add(s.accent, safetext.Trusted("▌ "))
	default:
		r.Pad("", 2)
	}
	addRun(a, r, e, w >= 30)
	return r.String()
}

// addRun adds what a row says about a run. Where there is no room for both, a run of
// the chosen function has the name of its saved event in place of the function's.
func addRun(a *App, r *frame.Row, e *history.Summary, seconds bool) {
	addOutcome(a, r, e, seconds)
	if e.Pinned {
		r.Add(a.styles.text, safetext.Trusted("⚑ "))
	}
	if e.Injected { // a fault happened to it
		r.Add(a.styles.warning, safetext.Trusted("⌁ "))
	}
	if e.Door == invoke.DoorEndpoint { // an SDK called, through lambent serve
		r.Add(a.styles.muted, safetext.Trusted("⇠ "))
	}
	name, event := safetext.FromString(e.Function), safetext.FromString(e.SavedEvent)
	if q := runQualifier(e); q != "" {
		name = safetext.Concat(name, safetext.FromString(" "+q))
	}
	both := name.Width()+1+min(event.Width(), shortEvent) <= r.Left()
	if event.Empty() || both || e.Function != a.functions.chosen {
		r.AddCut(a.styles.text, name)
	}
	if e.Source != "" && r.Left() >= 2 {
		r.Add(a.styles.muted, safetext.Trusted(" ↻"))
	}
	switch {
	case event.Empty():
	case both:
		r.Pad("", 1)
		r.AddCut(a.styles.info, event)
	case e.Function == a.functions.chosen:
		r.AddCut(a.styles.info, event)
	}
}

// shortEvent is how many cells of an event's name are worth showing.
const shortEvent = 8

// addOutcome adds how a run ended, when it began and how long it took.
func addOutcome(a *App, r *frame.Row, e *history.Summary, seconds bool) {
	s := a.styles
	v := summaryVerdict(e)
	r.Add(v.look(s), v.glyph())
	clock := "15:04"
	if seconds {
		clock = "15:04:05"
	}
	r.Pad("", 1)
	r.Add(s.muted, safetext.FromString(e.StartedAt.In(a.now.Location()).Format(clock)))
	r.Pad("", 1)
	figure, width := runFigure(e, v), 7
	if !seconds {
		figure, width = compact(figure), 6
	}
	r.AddRight(width, s.subtle, safetext.FromString(figure))
	r.Pad("", 1)
}

// addMarks adds, after the name of a run, what is unusual about it.
func addMarks(a *App, r *frame.Row, e *history.Summary) {
	if e.Pinned {
		r.Add(a.styles.text, safetext.Trusted(" ⚑"))
	}
	if e.Source != "" {
		r.Add(a.styles.muted, safetext.Trusted(" ↻"))
	}
	if e.Injected {
		r.Add(a.styles.warning, safetext.Trusted(" injected"))
	}
	if e.Door == invoke.DoorEndpoint {
		r.Add(a.styles.muted, safetext.Trusted(" serve"))
	}
}

// runFigure is the number of a row: how long it took, or the status of an
// answer that is none of the function's.
func runFigure(e *history.Summary, v verdict) string {
	switch v {
	case verdictAccepted:
		if e.State == history.StateQueued {
			return "queued"
		}
		fallthrough
	case verdictRefused, verdictDryRun:
		if e.StatusCode > 0 {
			return strconv.Itoa(e.StatusCode)
		}
		return ""
	case verdictOK, verdictFunctionError, verdictDead:
		if e.ReportedDuration > 0 {
			return duration(e.ReportedDuration)
		}
		return duration(e.Duration)
	case verdictCancelled:
		return duration(e.Duration)
	}
	return ""
}

// compact leaves the blanks out of a time span, for narrow columns.
func compact(figure string) string { return strings.NewReplacer(" ", "", "min", "m").Replace(figure) }

// runQualifier says where a run went: "live→2".
func runQualifier(e *history.Summary) string {
	if e.Qualifier == "" || e.Qualifier == "$LATEST" {
		return ""
	}
	if e.ExecutedVersion != "" && e.ExecutedVersion != e.Qualifier {
		return e.Qualifier + "→" + e.ExecutedVersion
	}
	return e.Qualifier
}

// box is the pane's outline.
func (p *historyPane) box(a *App) frame.Box {
	b := a.box(paneHistory)
	hint := "ctrl+r"
	if p.w >= 30 {
		hint = "ctrl+r search"
	}
	b.Badge = p.filter.badge(a.styles, a.lay.panes[paneHistory].w-15, hint)
	if n := len(p.rows); n > 0 {
		text := position(p.list.cursor, n)
		if !p.whole {
			text += "+"
		}
		if marked := p.marked.text(); marked != "" {
			text = marked + " · " + text
		}
		b.Foot = a.footText(text)
	}
	b.Thumb = frame.Thumb{First: p.list.top, Seen: p.h, All: len(p.rows)}
	return b
}
