package ui

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"lambent/ui/safetext"
)

// endGrace is how long the end waits for invocations to be answered and drafts
// to be written, and then for the session to close. Both together end before the
// guard loses patience.
const endGrace = 900 * time.Millisecond

// framesPerSecond is the most that Bubble Tea draws: at 120 the first frame and
// the echo of a key come several milliseconds earlier than at its default of 60.
const framesPerSecond = 120

// interruptMsg is SIGINT, which means what ctrl+c means.
type interruptMsg struct{}

// leaveMsg says that the workbench has to end.
type leaveMsg struct{}

// CheckTerminal says in one line why the workbench cannot run here; nil when it can.
func CheckTerminal(in, out *os.File, environ []string) error {
	switch {
	case !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())):
		return errors.New("the workbench needs a terminal: lambent --help lists the commands that do without one")
	case environment(environ, "TERM") == "dumb" || environment(environ, "TERM") == "" && runtime.GOOS != "windows":
		return errors.New("the workbench needs a terminal that can draw, and TERM says that it cannot: lambent --help lists the commands that do without one")
	}
	return nil
}

func environment(environ []string, name string) string {
	for _, line := range environ {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			return v
		}
	}
	return ""
}

// Run runs the workbench until the person leaves it or ctx ends. It returns
// nil when the person left, the cause of ctx when that ended it, and any other
// error when the terminal could not be used. When it returns the terminal is as
// it was, the run under way has been ended and recorded, drafts are written,
// and the session is closed.
func Run(ctx context.Context, o Options) error {
	in, out := os.Stdin, os.Stdout
	if f, ok := o.Input.(*os.File); ok {
		in = f
	}
	if f, ok := o.Output.(*os.File); ok {
		out = f
	}
	o.Profile = profile(o.Environ)
	o.detect = func(environ []string) colorprofile.Profile { return colorprofile.Detect(out, environ) }
	o.after = 2 * time.Second / framesPerSecond
	a := New(ctx, o)
	defer a.stop()
	options := []tea.ProgramOption{
		tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(o.Environ),
		tea.WithFPS(framesPerSecond), tea.WithColorProfile(o.Profile), tea.WithoutSignalHandler(),
	}
	if w, h, err := term.GetSize(int(out.Fd())); err == nil {
		options = append(options, tea.WithWindowSize(w, h))
		a.width, a.height = w, h
		a.arrange()
	}
	p := tea.NewProgram(a, options...)
	over := make(chan struct{})
	go signals(ctx, p, over)
	_, err := p.Run()
	close(over)
	err = errors.Join(err, a.end())
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// profile is what the environment says about colours. It asks nobody, because
// the first frame waits for it; see detectProfile.
func profile(environ []string) colorprofile.Profile {
	p := colorprofile.Env(environ)
	term, colours := environment(environ, "TERM"), environment(environ, "COLORTERM")
	switch {
	case environment(environ, "NO_COLOR") != "": // whatever it says: https://no-color.org
		return min(p, colorprofile.ASCII)
	case strings.HasPrefix(term, "tmux") && (colours == "truecolor" || colours == "24bit"):
		return colorprofile.TrueColor // tmux takes colours down to what its client shows
	}
	return p
}

// detectProfile asks terminfo and tmux what the terminal can show, which takes
// milliseconds. It answers only if that is more than what is known.
func (a *App) detectProfile() tea.Cmd {
	environ, known, after, ctx, clock := a.opt.Environ, a.opt.Profile, a.opt.after, a.ctx, a.clock
	if known == colorprofile.TrueColor || known <= colorprofile.ASCII || a.opt.detect == nil {
		return nil
	}
	detect := a.opt.detect
	return func() tea.Msg {
		clock.Sleep(ctx, after)
		if p := detect(environ); p > known {
			return tea.ColorProfileMsg{Profile: p}
		}
		return nil
	}
}

// signals sends the end of ctx and SIGINT to the program as messages, so that
// both take the way that keys take.
func signals(ctx context.Context, p *tea.Program, over <-chan struct{}) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, syscall.SIGINT)
	defer signal.Stop(interrupts)
	ended := ctx.Done()
	for {
		select {
		case <-over:
			return
		case <-interrupts:
			p.Send(interruptMsg{})
		case <-ended:
			ended = nil
			p.Send(leaveMsg{})
		}
	}
}

// end waits for what must not be lost and closes the session.
func (a *App) end() error {
	if a.run != nil {
		a.run.stop()
	}
	if a.jobUnder() {
		a.job.stop()
	}
	done := make(chan struct{})
	go func() {
		a.busy.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(endGrace):
	}
	a.stop()
	ctx, cancel := context.WithTimeout(context.Background(), endGrace)
	defer cancel()
	var errs []error
	for _, s := range slices.Concat(a.left, slices.Collect(maps.Values(a.beside)), []*Session{a.session}) {
		if s == nil || s.Close == nil {
			continue
		}
		if err := s.Close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("close: %w", err))
		}
	}
	return errors.Join(errs...)
}

// countCells takes note of how the terminal counts cells: by grapheme cluster
// as soon as it knows mode 2027, which Bubble Tea then switches on.
func (a *App) countCells(m tea.ModeReportMsg) {
	if m.Mode == ansi.ModeUnicodeCore && (m.Value == ansi.ModeSet || m.Value == ansi.ModeReset || m.Value == ansi.ModePermanentlySet) {
		safetext.CountGraphemes(true)
	}
}
