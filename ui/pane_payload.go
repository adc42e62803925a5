package ui

import (
	"bytes"
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/ui/edit"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A draft is the payload being written for one function: its editor, and what
// was said about it.
type draft struct {
	editor  *edit.Editor
	known   bool   // the draft of the store, or the event to begin with, has come
	event   string // the saved event that it was opened from or saved to
	run     string // the run of history that it was loaded from, as "#214"
	clean   uint64 // the editor's version that is the same as the event's, or the start's
	saved   uint64 // the editor's version that the store has
	refused uint64 // the editor's version that invoking refused, plus one

	asides   []aside // drafts that gave way to what was loaded, the newest last
	replaced bool    // a payload was loaded before the store's draft had come
}

// A payloadPane is the payload editor, with a draft for each function.
type payloadPane struct {
	drafts   map[string]*draft
	current  *draft
	function string
	draftDue time.Time // when the draft is saved, zero when nothing has to be
	checking uint64    // the version that is being checked in the background, plus one
	styles   edit.Styles
	search   search
	w, h     int
}

// opening says that functions or a draft are still to come.
func (a *App) opening() bool {
	return a.openErr == nil && (a.session == nil || a.functions.loading || a.functions.chosen != "")
}

// noPayload is why there is no payload to work on.
func (a *App) noPayload() string {
	if a.payload.ready() {
		return ""
	}
	if why := a.noFunction(); why != "" {
		return why
	}
	return stillOpening
}

// firstPayload is what is offered where nothing better is known.
const firstPayload = "{}"

func (p *payloadPane) init() {
	p.drafts = map[string]*draft{}
	p.current = newDraft()
}

func newDraft() *draft {
	e := edit.New([]byte(firstPayload))
	return &draft{editor: e, clean: e.Version(), saved: e.Version()}
}

func (p *payloadPane) restyle(s *styles) {
	p.styles = edit.Styles{
		JSON: s.json(), Number: s.muted, NumberHere: s.subtle, Selection: s.selection, Match: s.match,
		Bracket: s.accent + s.strong, Fault: s.err + s.underline, Placeholder: s.muted,
	}
}

// switchTo makes the draft of a function the current one.
func (p *payloadPane) switchTo(function string) {
	p.search.close()
	p.function = function
	if p.drafts[function] == nil {
		p.drafts[function] = newDraft()
	}
	p.current = p.drafts[function]
	p.current.editor.SetSize(p.w, p.h)
	p.draftDue = time.Time{}
}

// keep fits the editor to the layout.
func (p *payloadPane) keep(w, h int) {
	if p.search.typing {
		h = max(h-1, 0)
	}
	if w == p.w && h == p.h {
		return
	}
	p.w, p.h = w, h
	p.current.editor.SetSize(w, h)
}

// ready says that there is a payload: that of a chosen function, whose draft has
// come. Until then nothing is shown, and what is typed is held.
func (p *payloadPane) ready() bool { return p.function != "" && p.current.known }

// bytes is the payload, exactly.
func (p *payloadPane) bytes() []byte { return p.current.editor.Bytes() }

// wrong is what keeps the payload from being JSON, nil when it is, or is empty:
// an empty body is a payload too. A large one is judged here and now: invoking
// must not depend on whether the background has come to it.
func (p *payloadPane) wrong() *edit.Verdict {
	e := p.current.editor
	if e.Len() == 0 {
		return nil
	}
	v, current := e.Verdict()
	if !current {
		v = edit.Check(e.Bytes())
		e.SetVerdict(e.Version(), v)
	}
	if v.Valid() {
		return nil
	}
	return &v
}

// refused says that this very text was refused before; refuse notes it.
func (p *payloadPane) refused() bool { return p.current.refused == p.current.editor.Version()+1 }
func (p *payloadPane) refuse()       { p.current.refused = p.current.editor.Version() + 1 }

// press gives a key to the editor.
func (p *payloadPane) press(a *App, k tea.KeyPressMsg) tea.Cmd {
	if p.ready() && p.current.editor.Key(k) {
		return p.edited(a)
	}
	return nil
}

func (p *payloadPane) paste(a *App, text string) tea.Cmd {
	if !p.ready() {
		return nil
	}
	p.current.editor.Paste(text)
	return p.edited(a)
}

// edited notes that the text may have changed: the draft is saved after a
// pause, and a large text is checked in the background.
func (p *payloadPane) edited(a *App) tea.Cmd {
	d := p.current
	if d.editor.Version() != d.saved {
		p.draftDue = a.now.Add(draftPause)
		d.known = true
	}
	return p.check()
}

// checked brings the verdict about a large text.
type checked struct {
	draft   *draft
	version uint64
	verdict edit.Verdict
}

// check judges a text that is too large to be judged at once.
func (p *payloadPane) check() tea.Cmd {
	d := p.current
	if _, current := d.editor.Verdict(); current || p.checking != 0 {
		return nil
	}
	version, text := d.editor.Version(), d.editor.Bytes()
	p.checking = version + 1
	return func() tea.Msg { return checked{d, version, edit.Check(text)} }
}

func (m checked) apply(a *App) tea.Cmd {
	m.draft.editor.SetVerdict(m.version, m.verdict)
	a.payload.checking = 0
	return a.payload.check() // there may be a newer text by now
}

// replace puts another payload in the place of the text, as an edit that undo takes
// back. A draft that is lost by that is kept aside.
func (p *payloadPane) replace(a *App, payload []byte, event, run string) tea.Cmd {
	d := p.current
	keep := p.keepDraft(a, payload)
	d.known = true
	if !bytes.Equal(d.editor.Bytes(), payload) {
		d.editor.Replace(payload)
	}
	d.event, d.run, d.clean = event, run, d.editor.Version()
	return tea.Batch(keep, p.edited(a))
}

// draftSaved says whether a draft was written.
type draftSaved struct {
	session *Session
	draft   *draft
	version uint64
	err     error
}

// saveDraft writes the current draft, if it has changed since it was written.
func (a *App) saveDraft() tea.Cmd {
	p := &a.payload
	d := p.current
	p.draftDue = time.Time{}
	store := a.store()
	if store == nil || p.function == "" || d.editor.Version() == d.saved {
		return nil
	}
	version, text, key := d.editor.Version(), d.editor.Bytes(), a.key(p.function)
	d.saved = version
	// Not the workbench's context: a draft is written also while it is being left.
	ctx, busy := context.WithoutCancel(a.ctx), a.busy
	session := a.session
	session.uses++
	busy.Add(1)
	return func() tea.Msg {
		defer busy.Done()
		return draftSaved{session, d, version, store.SaveDraft(ctx, key, text)}
	}
}

func (m draftSaved) apply(a *App) tea.Cmd {
	switch {
	case m.err != nil && m.session != a.session: // its editor is gone, and its text must not be
		a.clipboard.text = string(m.draft.editor.Bytes())
		a.warn(safetext.FromString("the draft of the target before is not saved: " + m.err.Error() + ". ctrl+v pastes it"))
	case m.err != nil:
		m.draft.saved = 0
		a.warn(safetext.FromString("the draft is not saved: " + m.err.Error()))
	default:
		a.note("saved " + a.now.Format("15:04"))
	}
	return a.release(m.session)
}

// draftCame brings what a function's payload begins with.
type draftCame struct {
	function string
	text     []byte
	event    string
	found    bool
	err      error
	aside    []byte // the draft that was kept aside last, nil for none
}

// readDraft reads the draft of a function; where there is none, its saved event.
func (a *App) readDraft(function string) tea.Cmd {
	d := a.payload.current
	if d.known {
		return nil
	}
	store, ctx, key, session := a.store(), a.ctx, a.key(function), a.session
	return a.of(func() tea.Msg {
		m := draftCame{function: function}
		if store != nil {
			m.aside, _, m.err = store.Draft(ctx, asideKey(key))
			if text, ok, err := store.Draft(ctx, key); ok || err != nil {
				m.text, m.found, m.err = text, ok, err
				return m
			}
		}
		if m.event = session.eventFor(function); m.event == "" {
			return m
		}
		var err error
		if m.text, err = history.LoadEvent(session.eventPlace(m.event)); err != nil {
			m.err = err
		}
		m.found = err == nil
		return m
	})
}

// eventFor is the saved event that matches a function best, "" where none does.
func (s *Session) eventFor(function string) string {
	events, _ := s.events() // opening events says what is wrong
	best := ""
	for _, e := range events {
		if fit(e.Name, function) > fit(best, function) {
			best = e.Name
		}
	}
	return best
}

func (m draftCame) apply(a *App) tea.Cmd {
	d := a.payload.drafts[m.function]
	if m.err != nil {
		a.warn(safetext.FromString("draft of " + m.function + ": " + m.err.Error()))
	}
	if d == nil {
		return nil
	}
	if m.aside != nil {
		d.putAside(aside{text: m.aside})
	}
	if d.known {
		return m.displaced(a, d) // typed into meanwhile: what was typed holds
	}
	d.known = true
	if !m.found {
		return nil
	}
	d.editor.Load(m.text)
	d.event = m.event
	d.clean, d.saved = d.editor.Version(), d.editor.Version()
	return a.payload.check()
}

// view is the pane's content.
func (p *payloadPane) view(a *App, w, h int) []string {
	if !p.ready() || a.switching != nil {
		text := safetext.Trusted("no function to write a payload for")
		if a.waiting() {
			text = safetext.Trusted("opening…")
			if len(a.ahead.held) > 0 {
				text = safetext.Trusted("opening… what you type is kept")
			}
		}
		return frame.Fit([]string{frame.Text(w, a.styles.muted, text)}, w, h)
	}
	if p.search.typing {
		rows := p.current.editor.Rows(w, max(h-1, 0), &p.styles)
		return frame.Fit(append(rows, p.search.row(a.styles, w)), w, h)
	}
	return p.current.editor.Rows(w, h, &p.styles)
}

// cursor is where the terminal's cursor belongs in the content.
func (p *payloadPane) cursor(w, h int) *place {
	if p.search.typing {
		return &place{p.search.cursor(), max(h-1, 0)}
	}
	if !p.ready() {
		return nil
	}
	if x, y, ok := p.current.editor.Cursor(w, h); ok {
		return &place{x, y}
	}
	return nil
}

// box is the pane's outline: the event at the top, validity and size at the foot.
func (p *payloadPane) box(a *App) frame.Box {
	s, d := a.styles, p.current
	b := a.box(panePayload)
	if !p.ready() {
		return b
	}
	b.Badge = p.badge(a, a.lay.panes[panePayload].w)
	b.Foot = p.search.foot(s)
	if b.Foot == nil {
		b.Foot = p.state(s, a.lay.panes[panePayload].w)
	}
	b.Thumb = frame.Thumb{First: d.editor.Top(), Seen: p.h, All: d.editor.Lines()}
	return b
}

// payloadTitle is how many cells the top edge of the pane has beside the badge.
const payloadTitle = 16

// badge says where the payload is from, whether it was changed since, and that a draft
// is kept aside: how it comes back is said in full, whatever of the name has no room.
func (p *payloadPane) badge(a *App, w int) []frame.Span {
	s, d := a.styles, p.current
	var changed, kept []frame.Span
	if len(d.asides) > 0 {
		kept = []frame.Span{span(s.muted, "  "), span(s.key, a.keyOf("draft.back")), span(s.muted, " draft")}
	}
	from := safetext.FromString(d.event + d.run)
	if from.Empty() {
		return kept[min(1, len(kept)):]
	}
	if d.editor.Version() != d.clean {
		changed = []frame.Span{span(s.warning, " ●")}
	}
	if room := w - payloadTitle - frame.Width(changed) - frame.Width(kept); len(kept) > 0 {
		from = from.Cut(max(room, 1))
	}
	return slices.Concat([]frame.Span{{Style: s.subtle, Text: from}}, changed, kept)
}

// state says whether the payload is JSON, and how large it is.
func (p *payloadPane) state(s *styles, w int) []frame.Span {
	e := p.current.editor
	figures := count(e.Lines(), "line", "lines") + " · " + size(int64(e.Len()))
	v, current := e.Verdict()
	switch {
	case e.Len() == 0:
		return []frame.Span{span(s.muted, "empty: sent without a body")}
	case !current:
		return []frame.Span{span(s.muted, "checking… · "+figures)}
	case v.Valid():
		return []frame.Span{span(s.success, "valid JSON"), span(s.muted, " · "+figures)}
	}
	text := "✗ " + faultText(v)
	return []frame.Span{{Style: s.err, Text: safetext.FromString(text).Cut(max(w-6, 1))}}
}

// faultText says where a text stops being JSON, and why.
func faultText(v edit.Verdict) string {
	if v.Blank {
		return "only white space"
	}
	return "line " + thousands(v.Fault.Line) + ", column " + thousands(v.Fault.Column) + ": " + v.Fault.Message
}

// savedEvent is the name of the saved event that the payload is; "" for none, or when
// it was changed since.
func (p *payloadPane) savedEvent() string {
	if d := p.current; d.editor.Version() == d.clean {
		return d.event
	}
	return ""
}
