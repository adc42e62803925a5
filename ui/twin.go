package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/jsonrows"
	"lambent/ui/safetext"
)

// A twin is one payload on its way to two places at the same time, and then the two
// answers and how they differ: what "lambent compare" does. Each side is an ordinary
// invocation, recorded as any other.
type twin struct {
	function   string
	sides      [2]*twinSide
	began      time.Time
	halt       context.CancelFunc
	cancelling bool

	compared    bool
	differences []bulkRow // one each, for their painting
	more        bool
	wrong       error // why they were not compared
	list        list
	inBodies    bool // movement is in the answers, not in the differences
}

// A twinSide is one of the two places.
type twinSide struct {
	session *Session
	request invoke.Request
	place   string
	news    *mailbox
	log     logText // what the function has written so far
	out     *outcome
	body    *jsonrows.View // of the response, nil when there is none
}

// A twinPlace is where one side of a twin goes.
type twinPlace struct {
	session   *Session
	qualifier string // "" for none
}

// placeName says where a side goes: "live on local · shop".
func placeName(info invoke.TargetInfo, qualifier string) string {
	return qualifierName(qualifier) + " on " + (&TargetChoice{Info: info}).name()
}

// cannotTwin is why no twin can begin.
func (a *App) cannotTwin() string {
	if why := a.noPayload(); why != "" {
		return why
	}
	return a.jobInTheWay()
}

// startTwin sends the payload to both places, once every gate on the way allows it.
func (a *App) startTwin(req invoke.Request, this, that twinPlace) tea.Cmd {
	if why := a.jobInTheWay(); why != "" {
		a.warn(safetext.FromString(why))
		return nil
	}
	var protected []string
	for _, p := range []twinPlace{this, that} {
		rules := invoke.GateOf(p.session.Target)
		if req.Type == invoke.DryRun {
			continue
		}
		name := (&TargetChoice{Info: p.session.Target.Info()}).name()
		if rules.ReadOnly {
			a.warn(safetext.FromString("nothing is invoked on " + name + ": lambent is read-only"))
			return nil
		}
		if rules.Protected && !slices.Contains(protected, name) {
			protected = append(protected, name)
		}
	}
	if protected == nil {
		return a.sendTwin(a.ctx, req, this, that)
	}
	a.push(&prompt{
		title: "Invoke on " + strings.Join(protected, " and "), label: "Type the function's name: " + req.Function, verb: "invoke",
		accept: func(a *App, text string) (string, tea.Cmd) {
			if text != req.Function {
				return "that is not " + req.Function, nil
			}
			return "", a.sendTwin(invoke.Confirmed(a.ctx), req, this, that)
		},
	})
	return nil
}

// sendTwin makes the two invocations.
func (a *App) sendTwin(base context.Context, req invoke.Request, this, that twinPlace) tea.Cmd {
	if why := a.jobInTheWay(); why != "" {
		a.warn(safetext.FromString(why))
		return nil
	}
	t := &twin{function: req.Function, began: a.now}
	var ctx context.Context
	if wait := a.request.wait; wait > 0 {
		ctx, t.halt = a.clock.WithTimeout(base, wait)
	} else {
		ctx, t.halt = context.WithCancel(base)
	}
	cmds := []tea.Cmd{a.saveDraft()}
	for i, p := range []twinPlace{this, that} {
		info := p.session.Target.Info()
		side := &twinSide{session: p.session, request: req, place: placeName(info, p.qualifier), news: new(mailbox)}
		side.request.Qualifier = p.qualifier
		t.sides[i] = side
		target, busy := p.session.Target, a.busy
		busy.Add(1)
		cmds = append(cmds, func() tea.Msg {
			defer busy.Done()
			result, err := target.Invoke(ctx, side.request, side.news.put)
			return twinAnswered{t, side, result, err}
		})
	}
	if old, ok := a.job.(*twin); ok {
		a.drop(old)
	}
	a.begin(t, this.session, that.session)
	return tea.Batch(cmds...)
}

// twinAnswered is the answer of one side.
type twinAnswered struct {
	twin   *twin
	side   *twinSide
	result invoke.Result
	err    error
}

func (m twinAnswered) apply(a *App) tea.Cmd {
	t, side := m.twin, m.side
	side.hear()
	o := outcome{
		request: side.request, function: t.function, result: m.result, at: t.began, elapsed: a.now.Sub(t.began),
		target: side.session.Target.Info(), failure: m.result.Failure,
	}
	if m.err != nil {
		o.refused = true
		if !errors.As(m.err, &o.failure) {
			o.failure = &invoke.Failure{Kind: invoke.ClientFailure, Name: "Error", Message: m.err.Error(), Ran: invoke.RanUnknown, Err: m.err}
		}
		o.result.Payload, o.result.FunctionError = nil, ""
	}
	side.out = &o
	cmds := []tea.Cmd{side.load()}
	if !t.under() {
		t.halt()
		said := "both places have answered " + t.function
		cmds = append(cmds, t.compare(a), a.ended(t, said, t.sides[0].session, t.sides[1].session))
	}
	return tea.Batch(cmds...)
}

// twinIndexed brings the index of a large response.
type twinIndexed struct {
	view  *jsonrows.View
	index *jsonrows.Index
}

func (m twinIndexed) apply(*App) tea.Cmd {
	m.view.Take(m.index)
	return nil
}

// load shows a side's response. The index of a large one comes from the background.
func (s *twinSide) load() tea.Cmd {
	payload := s.out.result.Payload
	if len(payload) == 0 {
		return nil
	}
	v := jsonrows.New(payload)
	s.body = v
	if v.Complete() {
		return nil
	}
	return func() tea.Msg { return twinIndexed{v, jsonrows.Build(payload)} }
}

// twinCompared brings how the two answers differ.
type twinCompared struct {
	twin *twin
	rows []bulkRow
	more bool
	err  error
}

// compare works out how the answers differ, beside the event loop: they may be large.
func (t *twin) compare(a *App) tea.Cmd {
	this, that := t.sides[0], t.sides[1]
	for _, s := range t.sides {
		if f := s.out.failure; f != nil && f.Kind == invoke.ClientFailure {
			t.compared, t.wrong = true, errNoAnswer
			return nil
		}
	}
	store, ctx := a.store(), a.ctx
	return func() tea.Msg {
		var o invoke.CompareOptions
		var err error
		if store != nil {
			o, err = store.LeavingOut(ctx, o, history.KeyOf(this.out.target, t.function), history.KeyOf(that.out.target, t.function))
			if err != nil {
				return twinCompared{twin: t, err: err}
			}
		}
		found, err := invoke.Compare(ctx, this.out.answer(), that.out.answer(), o)
		if err != nil {
			return twinCompared{twin: t, err: err}
		}
		m := twinCompared{twin: t, more: found.More}
		for _, d := range found.Differences {
			row := bulkRow{compared: true, differences: 1, path: d.Path, this: head(d.This), that: head(d.That)}
			if d.To != "" {
				row.that = "moved to " + d.To
			}
			m.rows = append(m.rows, row)
		}
		return m
	}
}

var errNoAnswer = errors.New("there is no answer to compare with")

func (o *outcome) answer() invoke.Answer { return invoke.Answer{Result: o.result, Failure: o.failure} }

func (m twinCompared) apply(*App) tea.Cmd {
	t := m.twin
	t.compared, t.differences, t.more, t.wrong = true, m.rows, m.more, m.err
	return nil
}

// hear takes in what a side has reported since the last tick.
func (s *twinSide) hear() {
	news, dropped := s.news.take()
	for _, p := range news {
		if p.Kind == invoke.ProgressLog {
			s.log.append(p.Data)
		}
	}
	s.log.dropped += dropped.log
}

func (t *twin) under() bool { return t.sides[0].out == nil || t.sides[1].out == nil }

func (t *twin) interrupt(*App) tea.Cmd {
	t.stop()
	return nil
}

func (t *twin) stop() {
	t.cancelling = true
	t.halt()
}

func (t *twin) beat(*App) tea.Cmd {
	for _, s := range t.sides {
		if s.out == nil {
			s.hear()
		}
	}
	return nil
}

func (t *twin) due(now time.Time) time.Time { return now.Add(tickEvery) }

func (t *twin) words() string { return "twin of " + t.function }
