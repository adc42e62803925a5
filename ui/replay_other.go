package ui

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// A replayed run is invoked again somewhere else: exactly what it was asked, at another
// target or another qualifier. Where it was invoked first stays what is looked at.
type replayed struct {
	request invoke.Request
	uid     string
	id      int64 // of history, 0 when it was not kept
	target  invoke.TargetInfo
}

// replayOther chooses where the run is to be replayed.
func (a *App) replayOther() tea.Cmd {
	if a.focus == paneHistory && a.history.marked.len() > 0 {
		return a.setUpBulk(true)
	}
	if a.focus == paneHistory {
		return a.readEntry(a.history.under().ID, replayOtherIt)
	}
	o := a.result.shown
	return a.chooseElsewhere(replayed{o.request, o.result.HistoryUID, o.result.HistoryID, o.target})
}

func replayedEntry(e history.Entry) replayed { return replayed{e.Request, e.UID, e.ID, e.Target} }

// elsewhereCame brings the places to choose from.
type elsewhereCame struct {
	open       *picker
	what       replayed
	qualifiers []invoke.Qualifier
	targets    []TargetChoice
	err        error
}

// chooseElsewhere opens the list of places. The other target comes first: where lambent
// was last on AWS for a local run, and local for one of AWS.
func (a *App) chooseElsewhere(what replayed) tea.Cmd {
	name, _ := functionOf(what.request)
	p := newPicker("Replay "+name+" elsewhere", "replay there and compare", nil)
	p.width, p.loading, p.nothing = 76, true, "there is no other place to replay it at"
	a.push(p)
	target, targets, ctx := a.target(), a.opt.Targets, a.ctx
	if !a.canSwitch() {
		targets = nil
	}
	return a.of(func() tea.Msg {
		m := elsewhereCame{open: p, what: what}
		// A function that is not here has no qualifiers here: that is no reason to say anything.
		m.qualifiers, _ = target.Qualifiers(ctx, name)
		if targets != nil {
			m.targets, m.err = targets(ctx)
		}
		return m
	})
}

func (m elsewhereCame) apply(a *App) tea.Cmd {
	m.open.loading = false
	if m.err != nil {
		a.warn(safetext.FromString("targets: " + m.err.Error()))
	}
	var choices []choice
	for _, t := range a.otherTargets(m.what, m.targets) {
		choices = append(choices, t.with(func(a *App, t TargetChoice) tea.Cmd { return a.replayOn(t, m.what) }))
	}
	_, qualifier := functionOf(m.what.request)
	for _, q := range m.qualifiers {
		here := history.ScopeOf(m.what.target) == history.ScopeOf(a.info())
		if here && q.Name == qualifierName(qualifier) {
			continue
		}
		c := a.qualifierChoice(q)
		c.right = "here"
		c.pick = func(a *App) tea.Cmd {
			what := m.what
			name, _ := functionOf(what.request)
			what.request.Function, what.request.Qualifier = name, q.Name
			return a.replayAt(a.session, what)
		}
		choices = append(choices, c)
	}
	m.open.fill(choices)
	return nil
}

// An otherTarget is a target to go to from another one.
type otherTarget struct {
	TargetChoice
	last bool // it is the one of AWS that was opened last
}

// with is the target as a row to choose, and what is done with it then.
func (t otherTarget) with(pick func(*App, TargetChoice) tea.Cmd) choice {
	c := choice{text: t.name(), dim: t.Detail, after: t.asksRegion(), pick: func(a *App) tea.Cmd { return pick(a, t.TargetChoice) }}
	if t.last {
		c.right = "the last one"
	}
	return c
}

// otherTargets are the targets where the run was not made, the other one first.
func (a *App) otherTargets(what replayed, targets []TargetChoice) []otherTarget {
	last := a.session.lastAWS
	first := func(t TargetChoice) bool {
		if what.target.Kind == invoke.AWS {
			return t.Info.Kind == invoke.Local
		}
		return last != nil && history.ScopeOf(t.Info) == history.ScopeOf(*last)
	}
	if last != nil && what.target.Kind == invoke.Local && !slices.ContainsFunc(targets, first) && a.canSwitch() {
		targets = append([]TargetChoice{{Info: *last}}, targets...)
	}
	targets = slices.Clone(targets)
	slices.SortStableFunc(targets, func(x, y TargetChoice) int {
		switch {
		case first(x) == first(y):
			return 0
		case first(x):
			return -1
		}
		return 1
	})
	var others []otherTarget
	for _, t := range targets {
		if history.ScopeOf(t.Info) == history.ScopeOf(what.target) || t.Info.Kind == invoke.Local && what.target.Kind == invoke.Local {
			continue
		}
		others = append(others, otherTarget{t, first(t) && t.Info.Kind == invoke.AWS})
	}
	return others
}

// replayOn opens a target beside the one that is open, and replays there. Its region is
// asked for where it has none.
func (a *App) replayOn(t TargetChoice, what replayed) tea.Cmd {
	if t.asksRegion() {
		a.push(regionPicker(t, "replay there", func(a *App, t TargetChoice) tea.Cmd { return a.replayOn(t, what) }))
		return nil
	}
	// Names of the API can hold an account and a region, which are another's there.
	name, qualifier := functionOf(what.request)
	what.request.Function, what.request.Qualifier = name, qualifier
	what.request.Cold = what.request.Cold && t.Info.Kind == invoke.Local
	return a.openBeside(t, func(a *App, s *Session) tea.Cmd { return a.replayAt(s, what) })
}

// replayAt sends the request in a session, and shows then how the answers differ.
func (a *App) replayAt(s *Session, what replayed) tea.Cmd {
	if a.run != nil {
		a.warn(safetext.Trusted("a run is under way: ctrl+c cancels it"))
		return nil
	}
	req := what.request
	req.Door, req.ReplayOf, req.RecordUID = invoke.DoorWorkbench, what.uid, ""
	return a.launchIn(s, req, what.id)
}

// besideOpened brings a session beside the one that is looked at.
type besideOpened struct {
	scope  string
	name   string
	opened opened
	then   func(*App, *Session) tea.Cmd
}

// openBeside opens a target without leaving the one that is open. It stays open for the
// next time.
func (a *App) openBeside(t TargetChoice, then func(*App, *Session) tea.Cmd) tea.Cmd {
	if a.isHere(t) {
		return then(a, a.session)
	}
	return a.openAt(t, then)
}

// openAt is openBeside for a target that may be another project on this machine: that
// is where its records were made.
func (a *App) openAt(t TargetChoice, then func(*App, *Session) tea.Cmd) tea.Cmd {
	scope := history.ScopeOf(t.Info)
	if scope == history.ScopeOf(a.info()) {
		return then(a, a.session)
	}
	if a.opt.OpenTarget == nil {
		a.warn(safetext.FromString("it ran on " + t.name() + ", which cannot be opened here"))
		return nil
	}
	if s := a.beside[scope]; s != nil {
		return then(a, s)
	}
	openTarget, ctx, name := a.opt.OpenTarget, a.ctx, t.name()
	a.note("opening " + name)
	return func() tea.Msg {
		s, err := openTarget(ctx, t)
		if err == nil && ctx.Err() != nil {
			return closeSession(s)()
		}
		return besideOpened{scope, name, prepare(ctx, s, err), then}
	}
}

func (m besideOpened) apply(a *App) tea.Cmd {
	if m.opened.err != nil {
		a.push(newFailureCard(m.name+" could not be opened", m.opened.err, nil))
		return nil
	}
	if a.beside == nil {
		a.beside = map[string]*Session{}
	}
	if s := a.beside[m.scope]; s != nil { // asked for twice
		return tea.Batch(closeSession(m.opened.session), m.then(a, s))
	}
	a.beside[m.scope] = m.opened.session
	return m.then(a, m.opened.session)
}

// sourceCame says which run a replay repeats.
type sourceCame struct{ uid, text string }

// readSource asks history for the run that an outcome repeats.
func (a *App) readSource(o *outcome) tea.Cmd {
	store, ctx, uid := a.store(), a.ctx, o.request.ReplayOf
	if store == nil || uid == "" {
		return nil
	}
	return a.of(func() tea.Msg {
		e, err := store.EntryByUID(ctx, uid)
		if err != nil {
			return nil // it was deleted, or never kept here: that it is a replay is said all the same
		}
		text := "#" + strconv.FormatInt(e.ID, 10) + " on " + (&TargetChoice{Info: e.Target}).name()
		if e.Qualifier != "" {
			text += ", " + e.Qualifier
		}
		return sourceCame{uid, text}
	})
}

func (m sourceCame) apply(a *App) tea.Cmd {
	if o := a.result.shown; o != nil && o.request.ReplayOf == m.uid {
		o.source = m.text
	}
	return nil
}

// lastAWSState is where the store remembers the target of AWS that was opened last.
const lastAWSState = "target:aws"

// place is a target of AWS as it is remembered.
type awsPlace struct {
	Profile  string `json:"profile,omitempty"`
	Region   string `json:"region,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
}

// readLastAWS is the target of AWS that was opened last, nil when none is remembered.
func readLastAWS(ctx context.Context, s *Session) *invoke.TargetInfo {
	if info := s.Target.Info(); info.Kind == invoke.AWS {
		return &info
	}
	text, err := s.Store.State(ctx, lastAWSState)
	var p awsPlace
	if err != nil || json.Unmarshal([]byte(text), &p) != nil {
		return nil
	}
	return &invoke.TargetInfo{Kind: invoke.AWS, Profile: p.Profile, Region: p.Region, Endpoint: p.Endpoint}
}

// keepLastAWS remembers the target of AWS that was opened.
func (a *App) keepLastAWS() tea.Cmd {
	store, ctx, info := a.store(), a.ctx, a.info()
	if store == nil || info.Kind != invoke.AWS {
		return nil
	}
	return func() tea.Msg {
		text, err := json.Marshal(awsPlace{info.Profile, info.Region, info.Endpoint})
		if err == nil { // without it the other target has to be looked for in the list
			_ = store.SetState(ctx, lastAWSState, string(text))
		}
		return nil
	}
}
