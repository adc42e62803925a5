package ui

import (
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/edit"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A resultTab is one of the views of a result.
type resultTab int

const (
	tabError resultTab = iota
	tabBody
	tabLogs
	tabReport
	tabEvent
)

var tabNames = [...]safetext.Line{
	tabError: safetext.Trusted("Error"), tabBody: safetext.Trusted("Body"),
	tabLogs: safetext.Trusted("Logs"), tabReport: safetext.Trusted("Report"), tabEvent: safetext.Trusted("Event"),
}

// A resultPane shows what came of the last invocation, or of one from history.
type resultPane struct {
	shown   *outcome
	watched *run          // the run under way that the pane is about, nil when it is about what is shown
	refusal *edit.Verdict // invoking was refused because the payload is no JSON
	tab     resultTab
	wrap    bool
	body    body
	sheet   sheet // the error or the report
	top     int   // of the sheet

	attempt  int      // the chosen one of the event that is shown, counted from 1; 0 for none
	looked   *outcome // that attempt as an outcome, nil when none is chosen
	marks    []int    // rows of the event's sheet at which attempts begin, as of the last layout
	marksEnd int      // the row after the last attempt
	reveal   bool     // the chosen attempt is to be brought into view

	expand bool // show the frames of runtime and libraries
	usual  history.Stats
	search search
	last   map[string]time.Duration // of the last success of each function
	w, h   int                      // of the tab's content, as of the last layout
}

// forget empties the pane: another function was chosen.
func (p *resultPane) forget() {
	p.unfollow()
	p.shown, p.watched, p.refusal, p.usual = nil, nil, nil, history.Stats{}
	p.tab, p.top, p.expand, p.attempt, p.looked = tabBody, 0, false, 0, nil
	p.search.close()
	p.body.rows = nil
}

// begin watches a run that begins; the old result stays until its answer is there.
func (p *resultPane) begin(a *App) {
	p.refusal = nil
	if p.tab == tabError || p.tab == tabReport {
		p.tab = tabBody
	}
	p.watch(a, a.run)
}

// watch shows a run under way.
func (p *resultPane) watch(a *App, r *run) {
	p.watched = r
	a.logs.watch(r)
}

// refuse shows that the payload was not sent because it is no JSON.
func (p *resultPane) refuse(_ *App, v edit.Verdict) { p.refusal = &v }

// end shows the outcome of the run under way, if it is what the pane is about.
// Somebody who looks at something else by now is told, and goes on reading.
func (p *resultPane) end(a *App, o outcome) tea.Cmd {
	if p.last == nil {
		p.last = map[string]time.Duration{}
	}
	if history.ScopeOf(o.target) == history.ScopeOf(a.info()) { // how long it takes elsewhere says nothing of here
		o.previous = p.last[o.function]
		if o.verdict() == verdictOK {
			p.last[o.function] = o.result.Duration
		}
	}
	if !p.running(a) {
		a.say(safetext.FromString(o.function + " answered: " + o.verdict().word()))
		return nil
	}
	a.logs.show(&o.result, &a.run.log)
	return p.present(a, o)
}

// show shows a run of history, with its log.
func (p *resultPane) show(a *App, o outcome) tea.Cmd {
	a.logs.show(&o.result, nil)
	if len(o.attempts) > 0 {
		text := new(logText)
		text.set(attemptLogs(o.attempts), 0)
		a.logs.take(text, o.result.RequestID)
	}
	a.logs.follow = false
	return p.present(a, o)
}

// present makes an outcome the one that is shown: an event's attempts, a failure, or
// else its body.
func (p *resultPane) present(a *App, o outcome) tea.Cmd {
	p.unfollow()
	follow := a.follow(&o)
	o.replayed = o.replayed || o.request.ReplayOf != ""
	if history.ScopeOf(o.target) != history.ScopeOf(a.info()) {
		o.elsewhere = (&TargetChoice{Info: o.target}).name()
	}
	if o.event != nil {
		o.event.log.set(attemptLogs(o.attempts), 0)
		a.logs.take(&o.event.log, o.result.RequestID)
		a.logs.follow = true
	}
	p.shown, p.watched, p.refusal = &o, nil, nil
	p.top, p.expand, p.attempt, p.looked = 0, false, 0, nil
	p.search.stale()
	if o.isEvent() {
		p.tab = tabEvent
	} else if o.failure != nil {
		p.tab = tabError
	} else if p.tab != tabLogs || !a.lay.logsTab {
		p.tab = tabBody
	}
	return tea.Batch(follow, a.readSource(&o), p.body.load(a, o.result.Payload))
}

// isEvent says that there are attempts to tell of.
func (o *outcome) isEvent() bool { return o.event != nil || len(o.attempts) > 0 }

// unreachable says that the last call did not reach its target.
func (p *resultPane) unreachable() bool {
	return p.shown != nil && !p.shown.fromHistory && p.shown.verdict() == verdictUnreachable
}

// tabs are the tabs that the outcome has, in order.
func (p *resultPane) tabs(a *App) []resultTab {
	o := p.shown
	if o == nil {
		if a.lay.logsTab {
			return []resultTab{tabBody, tabLogs}
		}
		return nil
	}
	var list []resultTab
	if o.isEvent() {
		list = append(list, tabEvent)
	}
	seen := p.seen()
	if seen.failure != nil {
		list = append(list, tabError)
	}
	if !o.refused && !o.isEvent() || len(seen.result.Payload) > 0 {
		list = append(list, tabBody)
	}
	if a.lay.logsTab {
		list = append(list, tabLogs)
	}
	return append(list, tabReport)
}

// keep fits the tab and the scroll positions to the layout.
func (p *resultPane) keep(a *App) {
	if tabs := p.tabs(a); len(tabs) > 0 && !slices.Contains(tabs, p.tab) {
		p.tab = tabs[0]
	}
	if p.refusal != nil && !a.payload.refused() {
		p.refusal = nil // it was about another text
	}
	w, h := a.inner(paneResult)
	p.w, p.h = w, max(h-len(p.head(a, w, h)), 0)
	if p.search.typing || a.logs.search.typing {
		p.h = max(p.h-1, 0)
	}
	p.body.keep(p.w, p.h, p.wrap)
	p.sheet = p.page(a, w)
	p.revealAttempt()
	p.top = min(max(p.top, 0), max(len(p.sheet)-p.h, 0))
}

func (p *resultPane) restyle(s *styles) { p.body.restyle(s) }

// page is the content of the error and the report tab.
func (p *resultPane) page(a *App, w int) sheet {
	switch {
	case p.shown == nil:
		return nil
	case p.tab == tabError:
		return errorSheet(a, p.seen(), w, p.expand)
	case p.tab == tabReport:
		return reportSheet(a, p.seen(), w)
	case p.tab == tabEvent:
		var lines sheet
		lines, p.marks, p.marksEnd = eventSheet(a, p.shown, w, p.attempt, p.expand)
		return lines
	}
	return nil
}

// running says that the pane is about a run under way.
func (p *resultPane) running(a *App) bool { return a.run != nil && p.watched == a.run }

// head are the first rows: what came of it, or how far it has come.
func (p *resultPane) head(a *App, w, h int) []string {
	s := a.styles
	switch {
	case p.running(a):
		return a.runningHead(w, h)
	case p.refusal != nil:
		return []string{frame.Text(w, s.warning, safetext.Trusted("! the payload is not JSON")), frame.Rule(w, s.border)}
	case p.shown == nil:
		return nil
	}
	rows := p.shown.head(s, w)
	if p.shown.isEvent() {
		rows = append(rows, eventLine(a, p.shown, w))
	}
	if h >= 8 {
		rows = append(rows, frame.Rule(w, s.border))
	}
	return rows
}

// view is the pane's content.
func (p *resultPane) view(a *App, w, h int) []string {
	s := a.styles
	head := p.head(a, w, h)
	room := max(h-len(head), 0)
	switch {
	case p.running(a):
		return frame.Fit(append(head, p.meanwhile(a, w, room)...), w, h)
	case p.refusal != nil:
		return frame.Fit(append(head, refusalSheet(a, p.refusal, w).rows(s, w, 0, room)...), w, h)
	case p.shown == nil && p.tab != tabLogs:
		return frame.Fit(emptyResult(a, w, h), w, h)
	}
	return frame.Fit(append(head, p.content(a, w, room)...), w, h)
}

// content is the active tab in room rows, with the search's field at the end
// while it is open.
func (p *resultPane) content(a *App, w, room int) []string {
	find := &p.search
	if p.tab == tabLogs {
		find = &a.logs.search
	}
	if find.typing && room > 0 {
		rows := p.tabRows(a, w, room-1)
		return append(frame.Fit(rows, w, room-1), find.row(a.styles, w))
	}
	return p.tabRows(a, w, room)
}

func (p *resultPane) tabRows(a *App, w, room int) []string {
	switch p.tab {
	case tabLogs:
		return a.logs.view(a, w, room)
	case tabBody:
		if text := p.noBody(); !text.Empty() {
			return paragraph(a.styles.muted, w, text)
		}
		return p.body.view(a, w, room)
	}
	return p.sheet.rows(a.styles, w, p.top, room)
}

// noBody says why there is no body, empty when there is one.
func (p *resultPane) noBody() safetext.Line {
	o := p.shown
	switch {
	case o == nil:
		return safetext.Trusted("no result yet")
	case len(p.seen().result.Payload) > 0:
		return safetext.Line{}
	case o.verdict() == verdictAccepted:
		return safetext.Trusted("No result comes back in this mode. The history row tells what becomes of the event.")
	case o.verdict() == verdictDryRun:
		return safetext.Trusted("The request is valid. Nothing ran.")
	case o.verdict() == verdictMayHaveRun:
		return safetext.Trusted("lambent ended before the answer came. The function may have run.")
	case o.verdict() == verdictRunning:
		return safetext.Trusted("No answer yet.")
	}
	return safetext.Trusted("the response is empty")
}

// meanwhile is what is under the running line: the parts of a streamed response that
// have come, or the log as it is written where
// it has no pane of its own, else the old result, dimmed.
func (p *resultPane) meanwhile(a *App, w, room int) []string {
	if a.run.response.lines() > 0 && p.tab != tabLogs {
		return a.run.response.lastRows(a.styles.text, w, room)
	}
	if a.lay.logsTab && (a.logs.text.lines() > 0 || p.tab == tabLogs) {
		return a.logs.view(a, w, room)
	}
	if p.shown == nil || room < 2 {
		return nil
	}
	old := append(p.shown.head(a.styles, w), p.tabRows(a, w, room)...)
	return frame.Dim(frame.Fit(old, w, room), a.styles.muted)
}

// runningHead says how far the run has come: elapsed time, what is usual, and a
// bar against the limit.
func (a *App) runningHead(w, h int) []string {
	s, r := a.styles, a.run
	spent := a.now.Sub(r.started)
	sign := spinner[a.spin/2%len(spinner)]
	word := safetext.Concat(sign, safetext.Trusted(" running"))
	if r.cancelling {
		word = safetext.Concat(sign, safetext.Trusted(" cancelling…"))
	}
	parts := [][]frame.Span{{{Style: s.info, Text: word}, span(s.text, "  "+elapsed(spent))}}
	if history.ScopeOf(r.target) != history.ScopeOf(a.info()) {
		parts = append(parts, []frame.Span{span(s.warning, "on "+(&TargetChoice{Info: r.target}).name())})
	}
	if r.stage == stageStarting {
		parts = append(parts, []frame.Span{span(s.subtle, "cold start")})
	}
	if r.usual.Count > 0 {
		parts = append(parts, []frame.Span{span(s.muted, "usually "+duration(r.usual.P50)+" · p95 "+duration(r.usual.P95))})
	}
	if n := r.response.size(); n > 0 {
		parts = append(parts, []frame.Span{span(s.subtle, size(n)+" so far")})
	}
	rows := flow(w, span(s.muted, "   "), parts...)
	if h < 5 {
		return rows
	}
	if h >= 8 {
		rows = append(rows, frame.Rule(w, s.border))
	}
	if r.limit > 0 {
		rows = append(rows, barRow(s, w, spent, r.limit))
	}
	if h >= 8 {
		rows = append(rows, frame.Blank(w))
	}
	return rows
}

// barRow is the elapsed time against the limit.
func barRow(s *styles, w int, spent, most time.Duration) string {
	label := safetext.FromString("  limit " + limit(most))
	n := max(w-label.Width(), 0)
	share := float64(spent) / float64(most)
	look := s.info
	if share > 0.8 {
		look = s.warning
	}
	return frame.Bar(n, share, look, s.border) + frame.Text(w-n, s.muted, label)
}

// spinner turns while something runs.
var spinner = [...]safetext.Line{
	safetext.Trusted("⠋"), safetext.Trusted("⠙"), safetext.Trusted("⠹"), safetext.Trusted("⠸"), safetext.Trusted("⠼"),
	safetext.Trusted("⠴"), safetext.Trusted("⠦"), safetext.Trusted("⠧"), safetext.Trusted("⠇"), safetext.Trusted("⠏"),
}

// box is the pane's outline with the tabs in its title.
func (p *resultPane) box(a *App) frame.Box {
	b := a.box(paneResult)
	for _, t := range p.tabSpans(a) {
		b.Title = append(b.Title, t.spans...)
	}
	b.Badge = p.badge(a)
	b.Foot = p.foot(a)
	if p.tab == tabLogs && (p.shown != nil || p.running(a)) {
		b.Thumb = a.logs.thumb()
	} else if p.tab == tabBody && !p.running(a) && p.shown != nil {
		b.Thumb = p.body.thumb()
	} else if p.sheet != nil {
		b.Thumb = frame.Thumb{First: p.top, Seen: p.h, All: len(p.sheet)}
	}
	return b
}

// A tabSpan is a tab in the title, and the cells that a click on it hits,
// counted from the pane's left edge.
type tabSpan struct {
	tab      resultTab
	spans    []frame.Span
	from, to int
}

// tabSpans lays the tabs out behind the title.
func (p *resultPane) tabSpans(a *App) []tabSpan {
	s := a.styles
	var list []tabSpan
	at := 3 + safetext.FromString(paneResult.String()).Width() // corner, line, blank, title
	for _, t := range p.tabs(a) {
		look := s.muted
		if t == p.tab {
			look = s.accent + s.strong
		}
		text := tabNames[t]
		if n := a.logs.text.lines(); t == tabLogs && n > 0 {
			text = safetext.Concat(text, safetext.FromString(" "+thousands(n)))
		}
		gap := safetext.Spaces(2)
		w := gap.Width() + text.Width()
		list = append(list, tabSpan{t, []frame.Span{{Text: gap}, {Style: look, Text: text}}, at + gap.Width(), at + w})
		at += w
	}
	return list
}

// badge says what the result belongs to.
func (p *resultPane) badge(a *App) []frame.Span {
	s := a.styles
	if p.running(a) {
		return []frame.Span{span(s.muted, shortID(a.run.requestID))}
	}
	o := p.shown
	switch {
	case o == nil || p.refusal != nil:
		return nil
	case p.attempt > 0 && p.tab != tabEvent:
		return []frame.Span{span(s.accent, "attempt "+strconv.Itoa(p.attempt))}
	case o.fromHistory:
		return []frame.Span{span(s.subtle, "#"+strconv.FormatInt(o.result.HistoryID, 10)+" of "+o.at.In(a.now.Location()).Format("15:04:05"))}
	case o.failure != nil && o.answered() && !o.isEvent():
		return []frame.Span{span(s.muted, "HTTP "+strconv.Itoa(o.result.StatusCode))}
	case o.verdict() == verdictUnreachable:
		return []frame.Span{span(s.warning, "offline")}
	}
	return nil
}

// foot says where one is in the body, and how the run compares with the last.
func (p *resultPane) foot(a *App) []frame.Span {
	s := a.styles
	o := p.shown
	switch {
	case p.running(a):
		return []frame.Span{span(s.key, "ctrl+c"), span(s.muted, " cancel")}
	case o == nil || p.refusal != nil:
		return nil
	case p.tab == tabLogs:
		return a.logs.foot(a)
	}
	spans := p.search.foot(s)
	if spans == nil && o.verdict() == verdictOK && o.previous > 0 {
		spans = append(spans, span(s.subtle, faster(o.result.Duration-o.previous)))
	}
	if p.tab == tabEvent && spans == nil && p.attempts() > 0 && a.focus == paneResult {
		spans = []frame.Span{span(s.key, a.upAndDown()), span(s.muted, " attempts")}
	}
	if p.tab == tabBody {
		room := a.lay.panes[paneResult].w - 8 - frame.Width(spans)
		if where := p.body.where(a.focus == paneResult, room); !where.Empty() {
			if spans != nil {
				spans = append(spans, span(s.muted, "  "))
			}
			spans = append(spans, frame.Span{Style: s.muted, Text: where})
		}
	}
	return spans
}

// faster compares with the run before.
func faster(by time.Duration) string {
	switch {
	case by <= -time.Millisecond:
		return duration((-by).Truncate(time.Millisecond)) + " faster than last"
	case by >= time.Millisecond:
		return duration(by.Truncate(time.Millisecond)) + " slower than last"
	}
	return "as fast as last"
}

// noResponse is why there is nothing to save.
func (a *App) noResponse() string {
	if a.result.shown == nil || len(a.result.seen().result.Payload) == 0 {
		return "there is no response"
	}
	return ""
}
