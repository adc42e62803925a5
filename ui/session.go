package ui

import (
	"context"
	"io"
	"os/exec"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"lambent/history"
	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/safetext"
)

// Options is what the workbench is started with.
type Options struct {
	// Open opens what the workbench works on. It runs once, outside the event
	// loop and after the first frame, so that nothing slow stands before it. An
	// error is shown with its words; the workbench stays open for reading it.
	Open func(ctx context.Context) (*Session, error)

	// Targets lists the targets to choose from, and OpenTarget opens one of them as
	// Open does. Both run outside the event loop. The session that it takes the place
	// of is closed once its last invocation has been answered. nil: there is no choice.
	Targets    func(ctx context.Context) ([]TargetChoice, error)
	OpenTarget func(ctx context.Context, choice TargetChoice) (*Session, error)

	// Info labels the target before Open has answered.
	Info invoke.TargetInfo

	Theme  string         // a name of Themes; "" means themes.Follow
	Themes themes.Library // the built-in themes and the user's
	// KeepTheme remembers a chosen theme for the next start; nil: it is not kept.
	KeepTheme func(name string) error

	Keys           map[string][]string // command id → keys, from the configuration
	NoMouse        bool
	FillBackground bool // paint the theme's background instead of the terminal's own

	Prices history.PriceTable // that statistics work out costs with

	Version string
	Clock   Clock    // nil means the machine's
	Environ []string // for EDITOR, PAGER, NO_COLOR, TERM; nil means none

	// Listening is the address that the open target is served at, "" when it is not.
	Listening string

	// Notices are lines to show at the start, such as what is wrong in the configuration.
	Notices []string

	// Exec hands the terminal to another program; nil means tea.ExecProcess.
	Exec func(*exec.Cmd, tea.ExecCallback) tea.Cmd

	// Profile is what the terminal can show, where that is known.
	Profile colorprofile.Profile

	Input  io.Reader // the terminal; nil means standard input
	Output io.Writer // nil means standard output

	// after is how long opening waits for the first frame, which it would compete
	// with for the processor.
	after time.Duration

	// detect asks the terminal's data bases what it can show; nil: nobody is asked.
	detect func(environ []string) colorprofile.Profile
}

// A Session is what the workbench works on: a target whose invocations are
// recorded, and the store that they are recorded in.
type Session struct {
	Target invoke.Target // recorded when Store is there

	Store *history.Store // nil when history is off
	// HistoryOff says why there is no store, in a line that names the thing and
	// what to do.
	HistoryOff string

	// EventsDir holds the folder events of saved events: the project's folder, or
	// one under the data folder where there is no project.
	EventsDir string
	// SharedEventsDir holds the folder events of those that all projects and targets
	// share, "" for none.
	SharedEventsDir string

	// Redact takes secrets out of what is exported; nil does so by the built-in rules.
	Redact *invoke.Redactor

	// Problems are what is wrong in the project's template, a line each with file and line.
	Problems []string

	// Close ends what Open started: processes, connections, the store. It is
	// called once, after the last invocation has been answered.
	Close func(ctx context.Context) error

	lastFunction string             // chosen at this target when the workbench was last left
	lastAWS      *invoke.TargetInfo // the target of AWS that was opened last, nil when none is known
	identity     *invoke.Identity
	tenancy
}

// opened is the answer to Options.Open.
type opened struct {
	session *Session
	err     error
}

// open opens the session beside the event loop.
func (a *App) open() tea.Cmd {
	openSession, ctx, clock, after := a.opt.Open, a.ctx, a.clock, a.opt.after
	return func() tea.Msg {
		if after > 0 {
			clock.Sleep(ctx, after)
		}
		s, err := openSession(ctx)
		return prepare(ctx, s, err)
	}
}

// prepare makes a session that was opened ready to be used.
func prepare(ctx context.Context, s *Session, err error) opened {
	if err != nil {
		return opened{err: err}
	}
	s.ctx, s.leave = context.WithCancel(ctx)
	if s.Store != nil {
		// Not knowing what was chosen last is no reason to stop.
		s.lastFunction, _ = s.Store.State(ctx, lastFunctionState(s.Target.Info()))
		s.lastAWS = readLastAWS(ctx, s)
	}
	return opened{session: s}
}

func (m opened) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.openErr = m.err
		a.dropAhead()
		a.functions.loading = false
		a.push(newFailureCard("lambent could not open", m.err, nil))
		return nil
	}
	a.session = m.session
	a.readArmed()
	if m.session.HistoryOff != "" {
		a.history.off = m.session.HistoryOff
		a.warn(safetext.FromString("history is off: " + m.session.HistoryOff))
	}
	if p := m.session.Problems; len(p) > 0 {
		text := p[0]
		if len(p) > 1 {
			text += " (and " + count(len(p)-1, "problem", "problems") + " more: see commands)"
		}
		a.warn(safetext.FromString(text))
	}
	return tea.Batch(a.readFunctions(), a.readHistory(), a.watch(), a.identify(), a.keepLastAWS())
}

// noProblems is why there are no problems to show.
func (a *App) noProblems() string {
	if a.problems() == 0 {
		return "nothing is wrong"
	}
	return ""
}

// showProblems lists what is wrong in the project's template.
func (a *App) showProblems() tea.Cmd {
	n := &notice{title: "Problems of the project"}
	for _, p := range a.session.Problems {
		n.lines = append(n.lines, safetext.Concat(safetext.Trusted("! "), safetext.FromString(p)))
	}
	a.push(n)
	return nil
}

// notOpen is the reason of commands that need the session.
func (a *App) notOpen() string {
	switch {
	case a.openErr != nil:
		return a.openErr.Error()
	case a.session == nil:
		return stillOpening
	}
	return ""
}

// key names a function of the target in the store.
func (a *App) key(function string) history.Key { return history.KeyOf(a.info(), function) }

// store is where runs are kept, nil when history is off.
func (a *App) store() *history.Store {
	if a.session == nil {
		return nil
	}
	return a.session.Store
}

// rememberFunction keeps the chosen function for the next start.
func (a *App) rememberFunction(name string) tea.Cmd {
	store, ctx, info := a.store(), a.ctx, a.info()
	if store == nil || name == a.session.lastFunction {
		return nil
	}
	a.session.lastFunction = name
	return func() tea.Msg {
		// A start without it begins at the first function: not worth a word.
		_ = store.SetState(ctx, lastFunctionState(info), name)
		return nil
	}
}
