package ui

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// A bulk is a replay of many runs: the same engine as that of "lambent replay", paced
// by the workbench's clock. Each run is a command of its own, so that nothing but
// Update changes the state.
type bulk struct {
	plan  bulkPlan
	pace  *history.Pace
	began time.Time
	took  time.Duration // set when it is over
	sent  int           // handed out by pace
	ctx   context.Context
	halt  context.CancelFunc
	kept  []*Session // where it invokes, and whose store it reads

	stopping, cancelling bool
	finished             bool
	err                  error // what ended it before its time

	// What came of the runs, in the order in which they ended: what changed is listed
	// first, then what failed or was not compared, then the rest.
	changed, odd, same         []bulkRow
	failed, refused, unchecked int
	accepted                   int
	list                       list
	accepting                  bool
}

// A bulkPlan says what is replayed, where and how.
type bulkPlan struct {
	parts     []bulkPart
	total     int
	elsewhere bool   // at another target than where each ran
	qualifier string // instead of the recorded one, "" for that
	check     bool
	order     arrayOrder
	parallel  int
	rate      float64 // runs a second, 0 for as fast as they go
}

// A bulkPart are the runs that are replayed at one target.
type bulkPart struct {
	target  TargetChoice
	ids     []int64
	session *Session // once it is open
	engine  *history.Replay
}

// A bulkRow is what came of one record. It holds no bodies: there may be very many.
type bulkRow struct {
	from, to    int64 // the record and its replay; to is 0 when it was not kept
	against     int64 // the record that it was compared with: from, or what was accepted for it
	function    string
	verdict     verdict
	name        string // of the failure
	compared    bool
	differences int
	more        bool // there are more than were counted
	accepted    bool
	path        string // of the first difference; else why it was not compared
	this, that  string
	took        time.Duration
}

// again is the plan once more. Its targets are opened anew: one may have been left
// and closed meanwhile.
func (p *bulkPlan) again() bulkPlan {
	next := *p
	next.parts = nil
	for _, part := range p.parts {
		next.parts = append(next.parts, bulkPart{target: part.target, ids: part.ids})
	}
	return next
}

// request is what is sent for a record.
func (p *bulkPlan) request(at *Session) func(history.Entry) invoke.Request {
	local := at.Target.Info().Kind == invoke.Local
	return func(e history.Entry) invoke.Request {
		req := e.Request
		req.RecordUID, req.Door, req.ReplayOf = "", invoke.DoorWorkbench, e.UID
		name, qualifier := functionOf(req)
		switch {
		case p.elsewhere: // names of the API can hold an account and a region, which are another's there
			req.Function, req.Qualifier = name, qualifier
			req.Cold = req.Cold && local
		case p.qualifier != "":
			if n, bad := invoke.ParseName(req.Function); bad == nil {
				n.Qualifier = "" // it would contradict the one that was asked for
				req.Function = n.String()
			}
		}
		if p.qualifier != "" {
			req.Qualifier = p.qualifier
		}
		return req
	}
}

// startBulk begins a replay whose targets are open and allowed.
func (a *App) startBulk(p bulkPlan, confirmed bool) tea.Cmd {
	if why := a.jobInTheWay(); why != "" {
		a.warn(safetext.FromString(why))
		return nil
	}
	b := &bulk{plan: p, began: a.now}
	ctx := a.ctx
	if confirmed {
		ctx = invoke.Confirmed(ctx)
	}
	b.ctx, b.halt = context.WithCancel(ctx)
	var ids []int64
	for i := range p.parts {
		part := &b.plan.parts[i]
		ids = append(ids, part.ids...)
		store := part.session.Store
		if store == nil {
			store = a.store()
		}
		part.engine = &history.Replay{
			Store: store, Target: part.session.Target, Check: p.check, Request: b.plan.request(part.session),
			Compare: invoke.CompareOptions{AnyOrder: p.order == orderFree, InOrder: p.order == orderCounts},
		}
	}
	b.pace = history.NewPace(ids, p.parallel, p.rate)
	if old, ok := a.job.(*bulk); ok {
		a.drop(old)
	}
	b.kept = append(b.kept, a.session)
	for _, part := range p.parts {
		b.kept = append(b.kept, part.session)
	}
	a.begin(b, b.kept...)
	return b.beat(a)
}

// part is where the nth run of all is made.
func (b *bulk) part(n int) *bulkPart {
	for i := range b.plan.parts {
		p := &b.plan.parts[i]
		if n < len(p.ids) {
			return p
		}
		n -= len(p.ids)
	}
	return &b.plan.parts[len(b.plan.parts)-1]
}

// beat starts the runs that are due.
func (b *bulk) beat(a *App) tea.Cmd {
	var cmds []tea.Cmd
	for {
		id, _, ok := b.pace.Start(a.now)
		if !ok {
			return tea.Batch(cmds...)
		}
		engine, ctx, busy := b.part(b.sent).engine, b.ctx, a.busy
		b.sent++
		busy.Add(1)
		cmds = append(cmds, func() tea.Msg {
			defer busy.Done()
			run, err := engine.One(ctx, id)
			if err != nil {
				return bulkRan{bulk: b, err: err}
			}
			return bulkRan{b, rowOf(&run), nil}
		})
	}
}

// bulkRan is what came of one run of a replay of many.
type bulkRan struct {
	bulk *bulk
	row  bulkRow
	err  error
}

func (m bulkRan) apply(a *App) tea.Cmd {
	b := m.bulk
	b.pace.End()
	if m.err != nil {
		if b.err == nil {
			b.err = m.err
		}
		b.pace.Stop()
		b.halt()
	} else {
		b.add(a, m.row)
	}
	return tea.Batch(b.beat(a), b.finish(a))
}

// finish ends the replay when nothing runs and nothing is left.
func (b *bulk) finish(a *App) tea.Cmd {
	if b.under() || b.finished {
		return nil
	}
	b.finished, b.took = true, a.now.Sub(b.began)
	b.halt()
	return a.ended(b, b.line(), b.kept...)
}

// rowOf keeps of a run what is shown of it.
func rowOf(r *history.Rerun) bulkRow {
	o := outcome{result: r.Answer.Result, failure: r.Answer.Failure}
	name, qualifier := functionOf(r.Request)
	row := bulkRow{
		from: r.Entry.ID, to: r.Result.HistoryID, against: cmp.Or(r.Against, r.Entry.ID), function: name, verdict: o.verdict(), path: r.Unchecked,
		accepted: r.Accepted, took: r.Result.Duration,
	}
	if qualifier != "" {
		row.function += " " + qualifier
	}
	if f := r.Answer.Failure; f != nil {
		row.name = f.Name
	}
	if c := r.Comparison; c != nil {
		row.compared, row.differences, row.more = true, len(c.Differences), c.More
		if len(c.Differences) > 0 {
			d := c.Differences[0]
			row.path, row.this, row.that = d.Path, short(d.This), short(d.That)
			if d.To != "" {
				row.that = "moved to " + d.To
			}
		}
	}
	return row
}

// shortValue bounds the bytes of a value in a row of a replay of many.
const shortValue = 80

func short(b []byte) string { return string(b[:min(len(b), shortValue)]) }

// add puts a row where it belongs. The cursor stays on the row that it is on, unless
// it is at the top.
func (b *bulk) add(a *App, row bulkRow) {
	switch row.verdict {
	case verdictFunctionError, verdictDead:
		b.failed++
	case verdictOK, verdictAccepted, verdictDryRun:
	default:
		b.refused++
	}
	at := 0
	switch {
	case row.compared && row.differences > 0:
		b.changed = append(b.changed, row)
		at = len(b.changed) - 1
	case row.compared:
		b.same = append(b.same, row)
		at = len(b.changed) + len(b.odd) + len(b.same) - 1
	case row.path != "" || row.verdict != verdictOK && row.verdict != verdictAccepted && row.verdict != verdictDryRun:
		if b.plan.check {
			b.unchecked++
		}
		b.odd = append(b.odd, row)
		at = len(b.changed) + len(b.odd) - 1
	default:
		b.same = append(b.same, row)
		at = len(b.changed) + len(b.odd) + len(b.same) - 1
	}
	if n := b.done(); b.list.cursor > 0 && at <= b.list.cursor && n > 1 {
		b.list.top++
		b.list.to(b.list.cursor+1, n, b.page(a))
	}
}

func (b *bulk) done() int { return len(b.changed) + len(b.odd) + len(b.same) }

// row is the nth of all, those that changed first.
func (b *bulk) row(n int) *bulkRow {
	for _, rows := range [][]bulkRow{b.changed, b.odd, b.same} {
		if n < len(rows) {
			return &rows[n]
		}
		n -= len(rows)
	}
	return nil
}

func (b *bulk) under() bool { return !b.pace.Over() }

// interrupt first lets what runs end and sends no more, then ends what runs, too.
func (b *bulk) interrupt(a *App) tea.Cmd {
	if b.stopping {
		b.cancelling = true
		b.halt()
		return nil
	}
	b.stopping = true
	b.pace.Stop()
	return b.finish(a) // between two starts nothing runs that would end it
}

func (b *bulk) stop() {
	b.stopping, b.cancelling = true, true
	b.pace.Stop()
	b.halt()
}

func (b *bulk) due(now time.Time) time.Time { return now.Add(tickEvery) }

func (b *bulk) words() string {
	return "replay " + thousands(b.done()) + " of " + thousands(b.plan.total)
}

// line sums up in one line.
func (b *bulk) line() string {
	text := count(b.done(), "run", "runs") + " replayed"
	if b.done() < b.plan.total && !b.under() {
		text = thousands(b.done()) + " of " + count(b.plan.total, "run", "runs") + " replayed"
	}
	for _, part := range b.tally() {
		text += " · " + part.text
	}
	return text
}

// A tallied is a number of runs of one kind, and how it looks.
type tallied struct {
	text string
	kind verdict // for its colour
}

// tally counts what came of the runs, what changed first.
func (b *bulk) tally() []tallied {
	var parts []tallied
	add := func(n int, text string, kind verdict) {
		if n > 0 {
			parts = append(parts, tallied{text, kind})
		}
	}
	if b.plan.check {
		add(len(b.changed), thousands(len(b.changed))+" different", verdictRefused)
		add(b.accepted, thousands(b.accepted)+" accepted", verdictOK)
		add(len(b.same), thousands(len(b.same))+" same", verdictOK)
		add(b.unchecked, thousands(b.unchecked)+" not compared", verdictCancelled)
	}
	add(b.failed, count(b.failed, "function error", "function errors"), verdictFunctionError)
	add(b.refused, thousands(b.refused)+" refused", verdictRefused)
	return parts
}

// acceptedRows says that answers of replays count from now on.
type acceptedRows struct {
	bulk *bulk
	rows []int64 // the records
	err  error
}

// accept makes new answers the ones that later checks compare with: that of the row
// under the cursor, or all that differ.
func (b *bulk) accept(a *App, all bool) tea.Cmd {
	var pairs [][2]int64
	for i := range b.changed {
		if r := &b.changed[i]; !r.accepted && r.to != 0 && (all || i == b.list.cursor) {
			pairs = append(pairs, [2]int64{r.from, r.to})
		}
	}
	store, ctx := a.store(), a.ctx
	if len(pairs) == 0 || store == nil || b.accepting {
		return nil
	}
	b.accepting = true
	return func() tea.Msg {
		m := acceptedRows{bulk: b}
		for _, pair := range pairs {
			if m.err = store.Accept(ctx, pair[0], pair[1]); m.err != nil {
				return m
			}
			m.rows = append(m.rows, pair[0])
		}
		return m
	}
}

func (m acceptedRows) apply(a *App) tea.Cmd {
	b := m.bulk
	b.accepting = false
	done := map[int64]bool{}
	for _, id := range m.rows {
		done[id] = true
	}
	for i := range b.changed {
		if r := &b.changed[i]; !r.accepted && done[r.from] {
			r.accepted = true
			b.accepted++
		}
	}
	switch {
	case errors.Is(m.err, history.ErrNotFound):
		a.warn(safetext.Trusted("accept: the run or its replay is not in history any more"))
	case m.err != nil:
		a.warn(safetext.FromString("accept: " + m.err.Error()))
	default:
		a.note(strconv.Itoa(len(m.rows)) + " accepted")
	}
	return nil
}
