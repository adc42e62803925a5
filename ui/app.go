package ui

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// An App is the workbench: the one model of the program. Its state changes in
// Update only; View is a pure function of it.
type App struct {
	opt   Options
	clock Clock
	now   time.Time // of the message being handled; views read it
	ctx   context.Context
	stop  context.CancelFunc

	width, height int
	enhanced      bool // the terminal tells ctrl+enter and its like apart
	mouse         bool
	profile       frame.Profile
	shade         themes.BackgroundShade
	themeName     string
	styles        *styles
	table         *commandTable
	variant       string // which variant of the command is being done, where it has any
	recent        []string

	focus, under pane
	zoom         bool
	lay          layout
	overlays     []overlay
	// comparedLayout is how the last comparison was laid out; the next one is, too.
	comparedLayout comparedLayout
	toasts         toasts
	event          string // the last thing that happened, at the foot's right
	eventAt        time.Time
	ticks          int // the current tick; earlier ones are stale
	tickAt         time.Time
	spin           int
	click          lastClick
	clipboard      clipboard
	ahead          ahead
	quitting       bool
	loses          bool // leaving could not save the draft; once more leaves without it

	session   *Session
	armed     []invoke.ArmedFault // of the session's target, as last looked at
	openErr   error
	beside    map[string]*Session // by scope; opened for replays elsewhere, closed at the end
	left      []*Session          // that are closed once nothing needs them any more
	switching *switching          // nil unless another target is being opened

	functions functionsPane
	request   requestOptions
	payload   payloadPane
	result    resultPane
	logs      logsPane
	history   historyPane

	run         *run
	runs        int // ids given out
	bulkChoices bulkChoices
	job         job             // the last twin or replay of many, under way or over; nil before the first
	busy        *sync.WaitGroup // invocations under way and drafts being written
}

// New makes the workbench. ctx ends everything that it starts.
func New(ctx context.Context, o Options) *App {
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Exec == nil {
		o.Exec = tea.ExecProcess
	}
	if o.Theme == "" {
		o.Theme = themes.Follow
	}
	a := &App{opt: o, clock: o.Clock, now: o.Clock.Now(), mouse: !o.NoMouse, themeName: o.Theme, busy: new(sync.WaitGroup)}
	a.ctx, a.stop = context.WithCancel(ctx)
	a.profile = profileOf(o.Profile)
	problems := o.Notices
	var clashes []string
	a.table, clashes = newCommandTable(o.Keys)
	for _, line := range append(problems, clashes...) {
		a.warn(safetext.FromString(line))
	}
	a.focus, a.under = panePayload, panePayload
	a.functions.loading = true
	a.request = defaultRequest()
	a.payload.init()
	a.logs.forget()
	a.logs.follow = true
	a.restyle()
	a.arrange()
	return a
}

// Init starts opening the session and asks for what the first frame can do without.
func (a *App) Init() tea.Cmd {
	cmds := []tea.Cmd{a.open(), a.detectProfile()}
	if a.themeName == themes.Follow {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// Update handles one message.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a.now = a.clock.Now()
	cmd := a.handle(msg)
	a.arrange()
	played := a.playAhead()
	return a, tea.Batch(cmd, played, a.keepTime())
}

// handle is the router of messages: from the terminal, from the clock, and the
// answers of commands.
func (a *App) handle(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		if a.hold(m) {
			return nil
		}
		return a.press(m)
	case tea.PasteMsg:
		if a.hold(m) {
			return nil
		}
		return a.paste(m.Content)
	case tea.MouseMsg:
		if _, wheel := m.(tea.MouseWheelMsg); !wheel && a.hold(m) {
			return nil
		}
		return a.pointer(m)
	case tickMsg:
		return a.tick(m)
	case answer:
		return m.apply(a)
	}
	return a.terminal(msg)
}

// An answer is what a command brings back: the change of state that follows
// from it. Commands touch no state themselves.
type answer interface{ apply(a *App) tea.Cmd }

// terminal takes note of what the terminal says about itself.
func (a *App) terminal(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.WindowSizeMsg:
		a.width, a.height = m.Width, m.Height
	case tea.ColorProfileMsg:
		a.profile = profileOf(m.Profile)
		a.restyle()
	case tea.BackgroundColorMsg:
		a.shade = themes.LightBackground
		if m.IsDark() {
			a.shade = themes.DarkBackground
		}
		a.restyle()
	case tea.KeyboardEnhancementsMsg:
		a.enhanced = m.SupportsKeyDisambiguation()
	case tea.ModeReportMsg:
		a.countCells(m)
	case tea.ClipboardMsg:
		return a.clipboardCame(m.Content)
	case interruptMsg:
		return a.cancelOrQuit()
	case leaveMsg:
		a.loses = true // nobody is there to be asked
		return a.leave()
	}
	return nil
}

// restyle works out the styles of the theme that is in force now.
func (a *App) restyle() {
	t, err := a.opt.Themes.Load(themes.Resolve(a.themeName, a.shade))
	if err != nil {
		a.warn(safetext.FromString(err.Error()))
		if a.styles != nil {
			return // the last good theme stays
		}
		t, _ = themes.Load(themes.Terminal) // embedded; the zero theme would do too
	}
	a.styles = newStyles(t, a.profile)
	a.payload.restyle(a.styles)
	a.result.restyle(a.styles)
}

// arrange works out the layout and brings cursors and scroll positions into it.
func (a *App) arrange() {
	q := layoutRequest{width: a.width, height: a.height, focus: a.focus, under: a.under, zoom: a.zoom}
	a.lay = arrange(q)
	// The logs are a pane or a tab, as the window has room: the focus goes along.
	switch {
	case a.focus == paneLogs && a.lay.logsTab:
		a.focus, a.result.tab = paneResult, tabLogs
	case a.focus == paneResult && a.result.tab == tabLogs && !a.lay.logsTab:
		a.focus, a.result.tab = paneLogs, tabBody
	}
	if q.focus != a.focus {
		q.focus = a.focus
		a.lay = arrange(q)
	}
	a.functions.keep(a.inner(paneFunctions))
	a.payload.keep(a.inner(panePayload))
	a.result.keep(a)
	a.logs.keep(a)
	a.history.keep(a)
}

// inner is the size of a pane's content.
func (a *App) inner(p pane) (w, h int) {
	r := a.lay.panes[p]
	return frame.Box{Pad: 1}.Inner(r.w, r.h)
}

// target is where invocations go, nil before the session is open.
func (a *App) target() invoke.Target {
	if a.session == nil {
		return nil
	}
	return a.session.Target
}

// info labels the target, also before it is open.
func (a *App) info() invoke.TargetInfo {
	if t := a.target(); t != nil {
		return t.Info()
	}
	return a.opt.Info
}
