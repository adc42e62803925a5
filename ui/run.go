package ui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// A run is an invocation under way. There is one at a time; its answer is known
// by its id, so that a late one of another run changes nothing.
type run struct {
	id         int
	request    invoke.Request
	function   string
	target     invoke.TargetInfo
	session    *Session
	started    time.Time
	stage      stage
	requestID  string
	limit      time.Duration // the function's timeout, 0 while unknown
	stop       context.CancelFunc
	cancelling bool
	// compareWith is the run that the answer is compared with, 0 for none.
	compareWith int64
	usual       history.Stats
	news        *mailbox
	log         logText // what the function has written so far
	response    logText // the parts of a streamed response that have come so far
}

// A stage is how far a run has come.
type stage int

const (
	stageSent stage = iota
	stageStarting
	stageRunning
	stageQueued
)

// cannotInvoke is why invoking is off.
func (a *App) cannotInvoke() string {
	if why := a.noPayload(); why != "" {
		return why
	}
	if a.run != nil {
		return "a run is under way: ctrl+c cancels it"
	}
	return ""
}

// cannotInvokeCold is why invoking in a fresh environment is off.
func (a *App) cannotInvokeCold() string {
	if why := a.cannotInvoke(); why != "" {
		return why
	}
	if c, ok := invoke.As[invoke.ColdStarter](a.target()); !ok || !c.StartsCold() {
		return "this target cannot start cold on demand"
	}
	return ""
}

// noFunction is why there is nothing to invoke.
func (a *App) noFunction() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	switch {
	case a.chosenFunction() != nil:
		return ""
	case a.functions.loading:
		return stillOpening
	}
	return "no function is chosen"
}

// noFunctions is why there is nothing to choose from.
func (a *App) noFunctions() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	switch {
	case len(a.functions.all) > 0:
		return ""
	case a.functions.loading:
		return stillOpening
	}
	return "the target has no functions"
}

// invoke runs the chosen function with the payload.
func (a *App) invoke() tea.Cmd { return a.invokeWith(false) }

// invokeCold is invoke in a fresh environment.
func (a *App) invokeCold() tea.Cmd { return a.invokeWith(true) }

// invokeWith sends the payload unless it is no JSON. That is refused once: the
// same payload asked for again is sent as it is, because that is how one sees
// what Lambda answers. What was typed ahead cannot have been an answer to a refusal.
func (a *App) invokeWith(cold bool) tea.Cmd {
	if a.refusesPayload() {
		return nil
	}
	req := a.ask()
	req.Cold, req.SavedEvent = cold, a.payload.savedEvent()
	return a.launch(req)
}

// refusesPayload refuses a payload that is no JSON, once.
func (a *App) refusesPayload() bool {
	wrong := a.payload.wrong()
	if wrong == nil || a.payload.refused() && !a.ahead.playing {
		return false
	}
	a.payload.refuse()
	a.result.refuse(a, *wrong)
	a.focusForRefusal()
	return true
}

// focusForRefusal keeps the focus: the place to mend is the payload.
func (a *App) focusForRefusal() {
	if a.lay.arrangement == arrangeSingle && a.focus != panePayload {
		return
	}
	a.focusTo(panePayload)
}

// launch starts a run of a request. On a protected target the function's name is to be
// typed first.
func (a *App) launch(req invoke.Request) tea.Cmd { return a.launchIn(a.session, req, 0) }

// launchIn is launch in a session that may be another than the one that is looked at.
// compareWith is the run of history that the answer is compared with, 0 for none.
func (a *App) launchIn(s *Session, req invoke.Request, compareWith int64) tea.Cmd {
	rules := invoke.GateOf(s.Target)
	if !rules.Protected || rules.ReadOnly || req.Type == invoke.DryRun {
		return a.send(a.ctx, s, req, compareWith)
	}
	name, _ := functionOf(req)
	a.push(&prompt{
		title: "Invoke on " + (&TargetChoice{Info: s.Target.Info()}).name(), label: "Type the function's name: " + name, verb: "invoke",
		accept: func(a *App, text string) (string, tea.Cmd) {
			if text != name {
				return "that is not " + name, nil
			}
			if a.run != nil {
				return "a run is under way", nil
			}
			return "", a.send(invoke.Confirmed(a.ctx), s, req, compareWith)
		},
	})
	return nil
}

// send makes the invocation.
func (a *App) send(base context.Context, s *Session, req invoke.Request, compareWith int64) tea.Cmd {
	target := s.Target
	ctx, stop := context.WithCancel(base)
	if wait := a.request.wait; wait > 0 {
		ctx, stop = a.clock.WithTimeout(base, wait)
	}
	a.runs++
	name, _ := functionOf(req)
	r := &run{
		id: a.runs, request: req, function: name, target: target.Info(), session: s, started: a.now, stop: stop, news: new(mailbox),
		compareWith: compareWith,
	}
	if s == a.session {
		r.usual = a.result.usual
	}
	if f := a.functions.function(name); f != nil && s == a.session {
		r.limit = f.Timeout
	}
	a.run, a.event = r, ""
	a.result.begin(a)
	a.busy.Add(1)
	s.uses++
	busy := a.busy
	return tea.Batch(a.saveDraft(), func() tea.Msg {
		defer busy.Done()
		defer stop()
		result, err := target.Invoke(ctx, req, r.news.put)
		return ran{r.id, result, err}
	})
}

// functionOf is the bare name and the qualifier of a request.
func functionOf(req invoke.Request) (name, qualifier string) {
	n, failure := invoke.ParseName(req.Function)
	if failure != nil {
		return req.Function, req.Qualifier
	}
	if req.Qualifier != "" {
		return n.Function, req.Qualifier
	}
	return n.Function, n.Qualifier
}

// hear takes in what a run has reported since the last tick.
func (a *App) hear(r *run) {
	news, dropped := r.news.take()
	for _, p := range news {
		switch p.Kind {
		case invoke.ProgressStarting:
			r.stage = stageStarting
		case invoke.ProgressRunning:
			r.stage = stageRunning
			r.limit = max(p.Limit, r.limit)
		case invoke.ProgressQueued:
			r.stage = stageQueued
		case invoke.ProgressLog:
			r.log.append(p.Data)
		case invoke.ProgressChunk:
			r.response.append(p.Data)
		}
		if p.RequestID != "" {
			r.requestID = p.RequestID
		}
	}
	r.log.dropped += dropped.log
	r.response.dropped += dropped.response
	if a.result.running(a) {
		a.logs.requestID = r.requestID
	}
}

// ran is the answer to a run.
type ran struct {
	id     int
	result invoke.Result
	err    error
}

func (m ran) apply(a *App) tea.Cmd {
	r := a.run
	if r == nil || r.id != m.id {
		return nil
	}
	a.hear(r)
	o := outcome{
		request: r.request, function: r.function, result: m.result, at: r.started, elapsed: a.now.Sub(r.started),
		target: r.target,
	}
	if m.err != nil {
		o.refused = true
		if !errors.As(m.err, &o.failure) {
			o.failure = &invoke.Failure{Kind: invoke.ClientFailure, Name: "Error", Message: m.err.Error(), Ran: invoke.RanUnknown, Err: m.err}
		}
	} else {
		o.failure = m.result.Failure
	}
	show := a.result.end(a, o)
	a.run = nil
	a.readArmed()
	a.note(o.verdict().word())
	return tea.Batch(show, a.readHistory(), a.readStats(r.function), a.compareRuns(r.compareWith, m.result.HistoryID), a.release(r.session))
}

// cancelRun cancels the run. Its row says so until the answer is there.
func (a *App) cancelRun() {
	a.run.cancelling = true
	a.run.stop()
}

// cancelOrQuit cancels the run, and quits when nothing runs: drafts are kept,
// so nothing has to be asked. The reading of a whole log is what runs, too. While the cancelled run has not answered, a second time quits.
func (a *App) cancelOrQuit() tea.Cmd {
	if a.run == nil && a.logs.whole != nil {
		a.stopWholeLog()
		return nil
	}
	if a.run != nil && !a.run.cancelling {
		a.cancelRun()
		return nil
	}
	if a.jobUnder() {
		return a.job.interrupt(a)
	}
	return a.leave()
}

// quit leaves the workbench.
func (a *App) quit() tea.Cmd { return a.leave() }

// leave ends the workbench: the draft is written, the run is ended, and Run
// waits for both. A draft that cannot be written keeps the workbench open, once.
func (a *App) leave() tea.Cmd {
	if a.quitting {
		return tea.Quit
	}
	a.quitting = true
	save, loses := a.saveDraft(), a.loses
	if a.run != nil {
		a.cancelRun()
	}
	if a.jobUnder() {
		a.job.stop()
	}
	return func() tea.Msg {
		if save != nil {
			if m, ok := save().(draftSaved); ok && m.err != nil && !loses {
				return unsaved{m}
			}
		}
		return tea.QuitMsg{}
	}
}

// unsaved says that leaving would lose the draft.
type unsaved struct{ draftSaved }

func (m unsaved) apply(a *App) tea.Cmd {
	a.quitting, a.loses = false, true
	m.session.uses--
	m.draft.saved = 0
	a.warn(safetext.FromString("the draft is not saved: " + m.err.Error() + ". Leaving once more leaves without it"))
	return nil
}

// cannotReplay is why there is nothing to replay.
func (a *App) cannotReplay() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	if a.run != nil {
		return "a run is under way: ctrl+c cancels it"
	}
	if a.focus == paneHistory {
		if a.history.under() == nil {
			return "no run is chosen"
		}
		return ""
	}
	if a.result.shown == nil {
		return "no result to replay"
	}
	return ""
}

// replay invokes again exactly what the result or the row came from.
func (a *App) replay() tea.Cmd {
	if a.focus == paneHistory && a.history.marked.len() > 0 {
		return a.setUpBulk(false)
	}
	if a.focus == paneHistory {
		return a.readEntry(a.history.under().ID, replayIt)
	}
	o := a.result.shown
	return a.replayThere(replayed{o.request, o.result.HistoryUID, o.result.HistoryID, o.target})
}

// replayThere sends a request once more, byte for byte, to the target where it was sent
// before: that one is opened beside where it is not the one that is looked at.
func (a *App) replayThere(what replayed) tea.Cmd {
	what.id = 0 // what it answers is shown, not compared
	return a.openAt(TargetChoice{Info: what.target}, func(a *App, s *Session) tea.Cmd { return a.replayAt(s, what) })
}
