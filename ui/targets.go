package ui

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// A TargetChoice is one target to choose from.
type TargetChoice struct {
	// Info says where it is: Kind, and for AWS Profile, Region and Endpoint.
	Info invoke.TargetInfo

	Detail string // what else is known of it, in a few words: "sso · 123456789012"

	// Regions are to choose from where Info has no region: ids such as eu-west-1.
	Regions []string
}

// name is how a target is called in a list and while it opens.
func (c *TargetChoice) name() string {
	i := c.Info
	if i.Kind == invoke.Local {
		return strings.Join(nonEmpty([]string{"local", i.ProjectName}), " · ")
	}
	return strings.Join(nonEmpty([]string{"aws", i.Profile, i.Region, i.Endpoint}), " · ")
}

// asksRegion says that the target is not complete: one of Regions is to be chosen.
func (c *TargetChoice) asksRegion() bool {
	return c.Info.Kind == invoke.AWS && c.Info.Region == "" && len(c.Regions) > 0
}

// A switching is another target being opened. Until it is there, or is not, what is
// typed is held: nobody wants it to act on the target that is being left.
type switching struct {
	id     int // the answer for an earlier one is dropped
	choice TargetChoice
}

// cannotPickTarget is why no target can be chosen.
func (a *App) cannotPickTarget() string {
	if a.openErr != nil && a.canSwitch() {
		return "" // another one may open
	}
	return a.notOpen()
}

func (a *App) canSwitch() bool { return a.opt.Targets != nil && a.opt.OpenTarget != nil }

// targetsCame brings the targets to choose from.
type targetsCame struct {
	open *picker
	list []TargetChoice
	err  error
}

// pickTarget opens the list of targets. The current one is there at once.
func (a *App) pickTarget() tea.Cmd {
	p := newPicker("Choose a target", "open", nil)
	p.width = 76
	a.push(p)
	a.fillTargets(p, nil)
	if !a.canSwitch() {
		return nil
	}
	p.loading = true
	targets, ctx := a.opt.Targets, a.ctx
	return func() tea.Msg {
		list, err := targets(ctx)
		return targetsCame{p, list, err}
	}
}

func (m targetsCame) apply(a *App) tea.Cmd {
	m.open.loading = false
	a.fillTargets(m.open, m.list)
	if m.err != nil {
		a.warn(safetext.FromString("targets: " + m.err.Error()))
	}
	return nil
}

// fillTargets lists targets, the current one marked.
func (a *App) fillTargets(p *picker, list []TargetChoice) {
	if !slices.ContainsFunc(list, a.isHere) {
		list = append([]TargetChoice{{Info: a.info()}}, list...)
	}
	var choices []choice
	at := 0
	for i, t := range list {
		c := choice{text: t.name(), dim: t.Detail, after: t.asksRegion(), pick: func(a *App) tea.Cmd { return a.chooseTarget(t) }}
		if a.isHere(t) {
			t.Info = a.info()
			at, c.text, c.right = i, t.name(), "open"
			if id := a.identity(); id != "" {
				c.dim = id
			}
		}
		if t.Info.Kind == invoke.Local && c.dim == "" {
			c.dim = t.Info.Project
			if c.dim == "sample" {
				c.dim = "the sample project"
			}
		}
		choices = append(choices, c)
	}
	p.fill(choices)
	if p.input.String() == "" {
		p.list.cursor = at
	}
}

// isHere says that a choice is the target that is open. There is one project on
// this machine, whatever it is called before it has been opened.
func (a *App) isHere(t TargetChoice) bool {
	here := a.info()
	return t.Info.Kind == invoke.Local && here.Kind == invoke.Local || history.ScopeOf(t.Info) == history.ScopeOf(here)
}

// identity says as whom the target is called, "" where that is not known.
func (a *App) identity() string {
	if a.session == nil || a.session.identity == nil {
		return ""
	}
	i := a.session.identity
	_, who, _ := strings.Cut(i.ARN, i.Account+":")
	return strings.Join(nonEmpty([]string{i.Account, who}), " · ")
}

// chooseTarget opens a target, or asks for its region first.
func (a *App) chooseTarget(t TargetChoice) tea.Cmd {
	if t.asksRegion() {
		a.push(regionPicker(t, "open", (*App).openTarget))
		return nil
	}
	return a.openTarget(t)
}

// regionPicker lists the regions of a target, for what is to be done with it there.
func regionPicker(t TargetChoice, verb string, pick func(*App, TargetChoice) tea.Cmd) *picker {
	var choices []choice
	for _, region := range t.Regions {
		in := t
		in.Info.Region = region
		choices = append(choices, choice{text: region, pick: func(a *App) tea.Cmd { return pick(a, in) }})
	}
	return newPicker("Region for "+t.name(), verb, choices)
}

// targetOpened is the answer to Options.OpenTarget.
type targetOpened struct {
	id     int
	opened opened
}

// openTarget opens a target beside the event loop. The current one stays until
// the other is there.
func (a *App) openTarget(t TargetChoice) tea.Cmd {
	if !a.canSwitch() || a.session != nil && a.isHere(t) {
		a.switching = nil // it is open already: one that is being opened is not wanted any more
		return nil
	}
	a.dropAhead() // it was meant for the target that is being left
	a.runs++
	a.switching = &switching{a.runs, t}
	openTarget, ctx, id := a.opt.OpenTarget, a.ctx, a.runs
	return func() tea.Msg {
		s, err := openTarget(ctx, t)
		if err == nil && ctx.Err() != nil {
			return closeSession(s)()
		}
		return targetOpened{id, prepare(ctx, s, err)}
	}
}

func (m targetOpened) apply(a *App) tea.Cmd {
	if a.switching == nil || a.switching.id != m.id {
		if m.opened.err != nil {
			return nil
		}
		return closeSession(m.opened.session)
	}
	choice := a.switching.choice
	name := choice.name()
	a.switching = nil
	if m.opened.err != nil {
		a.dropAhead()
		a.push(newFailureCard(name+" could not be opened", m.opened.err, func(a *App) tea.Cmd { return a.openTarget(choice) }))
		return nil
	}
	save, old := a.saveDraft(), a.session
	a.clear()
	a.note(name)
	use := m.opened.apply(a)
	if old == nil {
		return use
	}
	old.leave()
	a.left = append(a.left, old)
	return tea.Batch(save, use, a.retire(old))
}

// clear empties everything that belongs to the target that is being left.
func (a *App) clear() {
	a.openErr = nil
	a.overlays = nil
	a.functions = functionsPane{loading: true, asked: a.functions.asked + 1}
	a.history = historyPane{asked: a.history.asked + 1} // what the old store answers is dropped
	a.request.qualifier, a.request.known, a.request.qualifiers = "", "", nil
	a.request.byFunction, a.request.urlModes = map[string]string{}, nil
	a.result.forget()
	a.result.last = nil
	a.logs.forget()
	a.payload.search.close()
	a.payload.init()
	a.payload.function, a.payload.draftDue, a.payload.checking = "", time.Time{}, 0
}

// A tenancy is a session while it is the current one, and what still needs it after.
type tenancy struct {
	ctx   context.Context // ends when the session is left
	leave context.CancelFunc
	uses  int // invocations and drafts that need it to the end
}

// release ends one use of a session.
func (a *App) release(s *Session) tea.Cmd {
	s.uses--
	return a.retire(s)
}

// retire closes a session that was left, once nothing needs it any more.
func (a *App) retire(s *Session) tea.Cmd {
	i := slices.Index(a.left, s)
	if i < 0 || s.uses > 0 {
		return nil
	}
	a.left = slices.Delete(a.left, i, i+1)
	busy, closing := a.busy, closeSession(s)
	busy.Add(1)
	return func() tea.Msg {
		defer busy.Done()
		return closing()
	}
}

// closeSession closes a session that nothing needs.
func closeSession(s *Session) tea.Cmd {
	return func() tea.Msg {
		if s.Close == nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), retireGrace)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			return retired{err}
		}
		return nil
	}
}

// retireGrace is how long a session that was left may take to close.
const retireGrace = 10 * time.Second

// retired says that a session did not close as it should.
type retired struct{ err error }

func (m retired) apply(a *App) tea.Cmd {
	a.warn(safetext.FromString("closing the target before: " + m.err.Error()))
	return nil
}

// of ties the answer of a command to the session that it was given to: once
// another target is open the answer is about nothing that is shown.
func (a *App) of(cmd tea.Cmd) tea.Cmd {
	s := a.session
	return func() tea.Msg {
		if m, ok := cmd().(answer); ok {
			return sessionAnswer{s, m}
		}
		return nil
	}
}

type sessionAnswer struct {
	session *Session
	answer  answer
}

func (m sessionAnswer) apply(a *App) tea.Cmd {
	if m.session != a.session {
		if unwanted, ok := m.answer.(interface{ dropped() }); ok {
			unwanted.dropped()
		}
		return nil
	}
	return m.answer.apply(a)
}

// identityCame says as whom the target is called.
type identityCame struct{ identity invoke.Identity }

// identify asks the target as whom it is called. Not to know is no failure: what
// keeps the credentials from working is said by what needs them.
func (a *App) identify() tea.Cmd {
	who, can := invoke.As[invoke.Identifier](a.target())
	if !can {
		return nil
	}
	ctx := a.session.ctx
	return a.of(func() tea.Msg {
		if id, err := who.Identity(ctx); err == nil {
			return identityCame{id}
		}
		return nil
	})
}

func (m identityCame) apply(a *App) tea.Cmd {
	a.session.identity = &m.identity
	a.note("as " + a.identity())
	return nil
}
