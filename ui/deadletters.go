package ui

import (
	"errors"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A deadLetters is the card with the asynchronous events that were given up on,
// those of the open project or of all, newest first.
type deadLetters struct {
	everywhere bool
	rows       []invoke.DeadLetter
	list       list
	marked     []int64
	asked      int // numbers the reads; the answer of an older one is dropped
	loading    bool
	wrong      string
	preview    *invoke.DeadLetter // the one under the cursor, with its event
	wanted     int64              // the one whose preview was asked for
}

// openDeadLetters lists dead letters.
func (a *App) openDeadLetters() tea.Cmd {
	d := &deadLetters{everywhere: a.info().Project == ""}
	a.push(d)
	return d.read(a)
}

// deadLettersCame brings the list.
type deadLettersCame struct {
	card  *deadLetters
	asked int
	rows  []invoke.DeadLetter
	err   error
}

func (d *deadLetters) read(a *App) tea.Cmd {
	d.asked++
	d.loading = true
	asked, store, ctx, project := d.asked, a.store(), a.ctx, a.info().Project
	if d.everywhere {
		project = ""
	}
	return a.of(func() tea.Msg {
		rows, err := store.DeadLetters(ctx, project)
		return deadLettersCame{d, asked, rows, err}
	})
}

func (m deadLettersCame) apply(a *App) tea.Cmd {
	d := m.card
	if m.asked != d.asked {
		return nil
	}
	d.loading, d.wrong = false, ""
	if m.err != nil {
		d.wrong = m.err.Error() // what was read before stays
		return nil
	}
	under := d.under()
	d.rows = m.rows
	isThere := func(id int64) bool {
		return slices.ContainsFunc(d.rows, func(r invoke.DeadLetter) bool { return r.ID == id })
	}
	d.marked = slices.DeleteFunc(d.marked, func(id int64) bool { return !isThere(id) })
	if under != nil {
		if i := slices.IndexFunc(d.rows, func(r invoke.DeadLetter) bool { return r.ID == under.ID }); i >= 0 {
			d.list.cursor = i
		}
	}
	d.list.keep(len(d.rows), d.page(a))
	return d.look(a)
}

func (d *deadLetters) under() *invoke.DeadLetter {
	if d.list.cursor >= len(d.rows) {
		return nil
	}
	return &d.rows[d.list.cursor]
}

// deadLetterCame brings the dead letter under the cursor with its event.
type deadLetterCame struct {
	card   *deadLetters
	letter invoke.DeadLetter
	err    error
}

// look reads the event of the dead letter under the cursor, for the preview.
func (d *deadLetters) look(a *App) tea.Cmd {
	r := d.under()
	if r == nil || d.previewHeight(a) == 0 {
		d.preview, d.wanted = nil, 0
		return nil
	}
	if d.wanted == r.ID {
		return nil
	}
	d.wanted = r.ID
	store, ctx, id := a.store(), a.ctx, r.ID
	return a.of(func() tea.Msg {
		letter, err := store.DeadLetter(ctx, id)
		return deadLetterCame{d, letter, err}
	})
}

func (m deadLetterCame) apply(*App) tea.Cmd {
	if m.err == nil && m.letter.ID == m.card.wanted {
		m.card.preview = &m.letter
	}
	return nil
}

func (d *deadLetters) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := keyName(k)
	switch key {
	case "enter":
		return true, d.open(a)
	case "space":
		d.mark(a)
		return true, d.look(a)
	case "a":
		d.markAll()
		return true, nil
	case "r":
		d.ask(a, redriveThem)
		return true, nil
	case "d":
		d.ask(a, deleteThem)
		return true, nil
	case "tab", "ctrl+r":
		d.everywhere = !d.everywhere
		return true, d.read(a)
	case "f9":
		return true, d.read(a)
	}
	if d.list.move(key, len(d.rows), d.page(a)) {
		return true, d.look(a)
	}
	return false, nil
}

// open shows the run of the dead letter under the cursor: attempts, log and error.
func (d *deadLetters) open(a *App) tea.Cmd {
	r := d.under()
	if r == nil {
		return nil
	}
	a.drop(d)
	return a.readEntry(r.ID, openIt)
}

func (d *deadLetters) mark(a *App) {
	r := d.under()
	if r == nil {
		return
	}
	if i := slices.Index(d.marked, r.ID); i >= 0 {
		d.marked = slices.Delete(d.marked, i, i+1)
	} else {
		d.marked = append(d.marked, r.ID)
	}
	d.list.move("down", len(d.rows), d.page(a))
}

// markAll marks all; when all are marked, none.
func (d *deadLetters) markAll() {
	if len(d.marked) == len(d.rows) {
		d.marked = nil
		return
	}
	d.marked = d.marked[:0]
	for _, r := range d.rows {
		d.marked = append(d.marked, r.ID)
	}
}

// chosen are the marked ones, or the one under the cursor.
func (d *deadLetters) chosen() []int64 {
	if len(d.marked) > 0 {
		return slices.Clone(d.marked)
	}
	if r := d.under(); r != nil {
		return []int64{r.ID}
	}
	return nil
}

// A letterUse is what is done with dead letters.
type letterUse int

const (
	redriveThem letterUse = iota
	deleteThem
)

// ask asks before dead letters are redriven, which runs code, or deleted.
func (d *deadLetters) ask(a *App, use letterUse) {
	ids := d.chosen()
	if len(ids) == 0 {
		return
	}
	if use == redriveThem && invoke.GateOf(a.target()).ReadOnly {
		a.warn(safetext.Trusted("nothing is redriven: lambent is read-only"))
		return
	}
	what := "dead letter #" + strconv.FormatInt(ids[0], 10)
	if len(ids) > 1 {
		what = count(len(ids), "dead letter", "dead letters")
	}
	c := &confirm{
		title: "Redrive dead letters", verb: "redrive",
		lines: []safetext.Line{
			safetext.FromString("Queue " + what + " again?"),
			safetext.Trusted("The request ids stay; retries and age count anew. Events of other projects wait for a lambent that has theirs open."),
		},
	}
	if use == deleteThem {
		c.title, c.verb = "Delete dead letters", "delete"
		c.lines = []safetext.Line{
			safetext.FromString("Delete " + what + " with event, log and errors?"),
			safetext.Trusted("This cannot be undone."),
		}
	}
	c.yes = func(a *App) tea.Cmd { return d.settle(a, use, ids, what) }
	a.push(c)
}

// lettersSettled says what has become of dead letters.
type lettersSettled struct {
	card *deadLetters
	use  letterUse
	ids  []int64
	what string
	err  error
}

func (d *deadLetters) settle(a *App, use letterUse, ids []int64, what string) tea.Cmd {
	store, ctx := a.store(), a.ctx
	return a.of(func() tea.Msg {
		var err error
		if use == redriveThem {
			err = store.Redrive(ctx, ids...)
		} else {
			err = store.DeleteDeadLetters(ctx, ids...)
		}
		return lettersSettled{d, use, ids, what, err}
	})
}

func (m lettersSettled) apply(a *App) tea.Cmd {
	d := m.card
	again := tea.Batch(d.read(a), a.readHistory())
	switch {
	case errors.Is(m.err, invoke.ErrNoDeadLetter):
		a.warn(safetext.Trusted("nothing was changed: another lambent was faster"))
		return again
	case m.err != nil:
		a.warn(safetext.FromString("dead letters: " + m.err.Error()))
		return nil
	}
	d.marked = slices.DeleteFunc(d.marked, func(id int64) bool { return slices.Contains(m.ids, id) })
	if m.use == deleteThem {
		a.say(safetext.FromString(m.what + " deleted"))
		return again
	}
	a.say(safetext.FromString(m.what + " queued again"))
	if len(m.ids) == 1 && slices.ContainsFunc(d.rows, func(r invoke.DeadLetter) bool {
		return r.ID == m.ids[0] && r.Project == a.info().Project
	}) {
		a.drop(d) // its attempts come into view instead
		return tea.Batch(a.readEntry(m.ids[0], openIt), a.readHistory())
	}
	return again
}

func (d *deadLetters) at(a *App) rect { return a.cardAt(110, max(a.height*3/4, 14)) }

// previewHeight is how many rows show the event of the dead letter under the cursor.
func (d *deadLetters) previewHeight(a *App) int {
	_, h := card{at: d.at(a)}.inside()
	if h < 12 {
		return 0
	}
	return h / 2
}

func (d *deadLetters) page(a *App) int {
	_, h := card{at: d.at(a)}.inside()
	return max(h-1-d.previewHeight(a), 0)
}

func (d *deadLetters) card(a *App) card {
	s := a.styles
	title := safetext.Trusted("Dead letters of this project")
	if d.everywhere {
		title = safetext.Trusted("Dead letters everywhere")
	}
	c := card{at: d.at(a), title: title, badge: "esc close"}
	w, _ := c.inside()
	b := listCard{
		rows: len(d.rows), page: d.page(a),
		row:   func(i int, current bool) string { return d.row(a, w, &d.rows[i], current) },
		none:  []string{saying(s, w, s.muted, safetext.Trusted("no dead letters: no event was given up on"))},
		below: d.previewRows(a, w),
		hint:  "enter open  r redrive  d delete  space mark  a all  tab " + map[bool]string{false: "everywhere", true: "this project"}[d.everywhere],
		where: position(d.list.cursor, len(d.rows)),
	}
	if d.loading {
		b.none = []string{saying(s, w, s.muted, safetext.Trusted("loading…"))}
	}
	if d.wrong != "" {
		b.hint = "! " + d.wrong
	}
	if n := len(d.marked); n > 0 {
		b.where = strconv.Itoa(n) + " marked"
	}
	b.fill(s, &c, d.list)
	return c
}

// row is one dead letter: when it was accepted, whose it is, and why it was given up on.
func (d *deadLetters) row(a *App, w int, e *invoke.DeadLetter, current bool) string {
	s := a.styles
	r := frame.NewRow(w)
	r.Base(s.surface)
	if current {
		r.Base(s.surface + s.selection)
	}
	switch {
	case slices.Contains(d.marked, e.ID):
		r.Add(s.warning, safetext.Trusted("◆ "))
	case current:
		r.Add(s.accent, safetext.Trusted("▌ "))
	default:
		r.Pad("", 2)
	}
	r.Add(s.err, safetext.Trusted("✗ "))
	at := e.AcceptedAt.In(a.now.Location())
	when := at.Format("15:04:05")
	if on := day(at, a.now); on != "today" {
		when = at.Format("01-02 15:04")
	}
	r.AddIn(11, s.muted, safetext.FromString(when))
	r.Pad("", 1)
	name := e.Function
	if e.Qualifier != "" {
		name += ":" + e.Qualifier
	}
	r.AddIn(min(max(w/4, 12), 30), s.text, safetext.FromString(name).Cut(min(max(w/4, 12), 30)))
	r.Pad("", 1)
	r.AddIn(12, s.subtle, safetext.FromString(count(e.Attempts, "attempt", "attempts")))
	r.Pad("", 1)
	text := e.Condition
	if e.Failure != nil && e.Failure.Name != e.Condition {
		text += "  " + e.Failure.Name
	}
	r.AddCut(s.err, safetext.FromString(text))
	return r.String()
}

// previewRows are the error of the dead letter under the cursor, its attempts, what
// was sent on, and its payload.
func (d *deadLetters) previewRows(a *App, w int) []string {
	n := d.previewHeight(a)
	if n == 0 {
		return nil
	}
	s := a.styles
	rows := []string{frame.Rule(w, s.surface+s.border)}
	if d.preview == nil || d.preview.ID != d.wanted || d.under() == nil {
		return rows
	}
	t := &sheetWriter{s: s, w: w}
	if f := d.preview.Failure; f != nil && len(d.preview.Event.Attempts) == 0 {
		t.text(s.err, f.Message)
	}
	for i := range d.preview.Event.Attempts {
		t.attempt(a, &d.preview.Event.Attempts[i], false, false)
	}
	t.deliveries(d.preview.Event.Deliveries)
	payload := d.preview.Event.Request.Payload
	t.text(s.subtle, string(payload[:min(len(payload), maxPreview)]))
	for _, l := range t.lines[:min(len(t.lines), n-1)] {
		r := frame.NewRow(w)
		r.Base(s.surface)
		for _, part := range l {
			r.AddCut(part.Style, part.Text)
		}
		rows = append(rows, r.String())
	}
	return rows
}

func (d *deadLetters) point(a *App, row int, double bool) tea.Cmd {
	i := row + d.list.top
	if row < 0 || row >= d.page(a) || i >= len(d.rows) {
		return nil
	}
	d.list.to(i, len(d.rows), d.page(a))
	if double {
		return d.open(a)
	}
	return d.look(a)
}

func (d *deadLetters) wheel(a *App, lines int) tea.Cmd {
	d.list.scroll(lines, len(d.rows), d.page(a))
	return d.look(a)
}

func (d *deadLetters) insert(*App, string) tea.Cmd { return nil }
func (d *deadLetters) closed(*App)                 {}

// rereadDeadLetters reads the list again when it is open: the store has changed.
func (a *App) rereadDeadLetters() tea.Cmd {
	for _, o := range a.overlays {
		if d, ok := o.(*deadLetters); ok {
			return d.read(a)
		}
	}
	return nil
}

// deliveryWords say which outcome sent a record on.
var deliveryWords = map[invoke.DeliveryKind]string{
	invoke.DeliverySuccess: "on success", invoke.DeliveryFailure: "on failure", invoke.DeliveryDeadLetterQueue: "dead-letter queue",
}

// deliveries adds what the outcome of an event has sent on: where to, and what became of it.
func (t *sheetWriter) deliveries(list []invoke.Delivery) {
	for i := range list {
		d := &list[i]
		t.add(span(t.s.accent, "→ "), span(t.s.text, deliveryWords[d.Kind]))
		inner := &sheetWriter{s: t.s, w: max(t.w-2, 1)}
		inner.text(t.s.text, d.Destination)
		switch {
		case d.Problem != "":
			inner.text(t.s.warning, d.Problem)
		case d.RequestID != "":
			inner.text(t.s.subtle, "invoked, request "+d.RequestID)
		}
		for _, attribute := range d.Attributes {
			inner.text(t.s.subtle, attribute.Name+": "+attribute.Value)
		}
		if len(d.Body) <= maxSheetText {
			inner.text(t.s.muted, string(readable(d.Body)))
		} else {
			inner.text(t.s.muted, string(d.Body))
		}
		for _, l := range inner.lines {
			t.add(append([]frame.Span{span("", "  ")}, l...)...)
		}
	}
}

var _ overlay = (*deadLetters)(nil)
