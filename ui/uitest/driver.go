// Package uitest drives the workbench in tests: without a terminal, without
// time passing by itself, and with every command run to its end before the next
// key is pressed, so that a test reads as what a person does and sees.
package uitest

import (
	"context"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/ui"
	"lambent/ui/frame"
)

// stuck is how long, in real time, a command may run without sleeping by the clock.
const stuck = 20 * time.Second

// A Driver presses keys and looks at the screen.
type Driver struct {
	t      testing.TB
	App    *ui.App
	Clock  *Clock
	cancel context.CancelFunc

	queue   []tea.Msg
	running int // commands that have not returned; guarded by Clock.mu

	// What the workbench has done to the world.
	Clipboard string // the last text put on the terminal's clipboard
	Quit      bool
	Suspended bool
	Programs  [][]string // programs that were given the terminal
	Updates   int        // messages that the workbench has handled

	// Program plays a program that is given the terminal, such as an editor.
	Program func(cmd *exec.Cmd) error
	// TerminalClipboard is what the terminal answers when it is asked for its
	// clipboard; nil: it does not answer.
	TerminalClipboard *string
}

// Start makes a workbench of a size and lets it open its session.
func Start(t testing.TB, o ui.Options, clock *Clock, width, height int) *Driver {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d := &Driver{t: t, Clock: clock, cancel: cancel}
	o.Clock = clock
	o.Exec = d.exec
	d.App = ui.New(ctx, o)
	t.Cleanup(d.Close)
	d.Send(tea.WindowSizeMsg{Width: width, Height: height})
	d.start(d.App.Init())
	d.settle()
	return d
}

// Close ends the workbench and everything that it has started.
func (d *Driver) Close() {
	d.cancel()
	d.settle()
}

// exec stands for handing the terminal to a program.
func (d *Driver) exec(cmd *exec.Cmd, ended tea.ExecCallback) tea.Cmd {
	return func() tea.Msg {
		d.Programs = append(d.Programs, cmd.Args)
		var err error
		if d.Program != nil {
			err = d.Program(cmd)
		}
		return ended(err)
	}
}

// Send hands a message to the workbench and runs what follows from it.
func (d *Driver) Send(m tea.Msg) {
	d.t.Helper()
	d.queue = append(d.queue, m)
	d.settle()
}

// Run runs a command that Update has returned, and what follows from it.
func (d *Driver) Run(cmd tea.Cmd) {
	d.t.Helper()
	d.start(cmd)
	d.settle()
}

// settle handles messages until there are none and everything that runs sleeps.
func (d *Driver) settle() {
	d.t.Helper()
	for {
		d.await()
		d.Clock.mu.Lock()
		if len(d.queue) == 0 {
			d.Clock.mu.Unlock()
			return
		}
		m := d.queue[0]
		d.queue = d.queue[1:]
		d.Clock.mu.Unlock()
		d.handle(m)
	}
}

// await waits until every command that runs has returned or sleeps.
func (d *Driver) await() {
	d.t.Helper()
	timer := time.AfterFunc(stuck, func() { d.Clock.changed.Broadcast() })
	defer timer.Stop()
	deadline := time.Now().Add(stuck)
	d.Clock.mu.Lock()
	defer d.Clock.mu.Unlock()
	for d.running > d.Clock.asleep() {
		if time.Now().After(deadline) {
			d.t.Fatalf("a command neither returns nor sleeps: %d run, %d sleep", d.running, d.Clock.asleep())
		}
		d.Clock.changed.Wait()
	}
}

// handle is one message: what Bubble Tea does with its own, and Update.
func (d *Driver) handle(m tea.Msg) {
	switch m := m.(type) {
	case nil:
		return
	case tea.BatchMsg:
		for _, cmd := range m {
			d.start(cmd)
		}
		return
	case tea.QuitMsg:
		d.Quit = true
		return
	case tea.SuspendMsg:
		d.Suspended = true
	}
	switch v := reflect.ValueOf(m); v.Type().String() {
	case "tea.setClipboardMsg":
		d.Clipboard = v.String()
	case "tea.readClipboardMsg":
		if d.TerminalClipboard != nil {
			d.queue = append(d.queue, tea.ClipboardMsg{Content: *d.TerminalClipboard})
		}
	}
	d.Updates++
	_, cmd := d.App.Update(m)
	d.start(cmd)
}

// start runs a command until it returns or sleeps.
func (d *Driver) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	d.Clock.mu.Lock()
	d.running++
	d.Clock.mu.Unlock()
	go func() {
		m := cmd()
		d.Clock.mu.Lock()
		defer d.Clock.mu.Unlock()
		if m != nil {
			d.queue = append(d.queue, m)
		}
		d.running--
		d.Clock.changed.Broadcast()
	}()
	d.await()
}

// Advance lets time pass.
func (d *Driver) Advance(by time.Duration) {
	d.t.Helper()
	end := d.Clock.Now().Add(by)
	d.settle()
	for d.Clock.next(end) {
		d.settle()
	}
}

// Press presses keys, written as the command table writes them: "f5", "ctrl+r",
// "a", "shift+tab", "alt+2", "space".
func (d *Driver) Press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.Send(Key(k))
	}
}

// Type types text, a key for each character; a line feed is enter.
func (d *Driver) Type(text string) {
	d.t.Helper()
	for _, r := range text {
		switch r {
		case '\n':
			d.Press("enter")
		default:
			d.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
}

// Paste pastes text, as a terminal with bracketed paste sends it.
func (d *Driver) Paste(text string) {
	d.t.Helper()
	d.Send(tea.PasteMsg{Content: text})
}

// Resize gives the window another size.
func (d *Driver) Resize(width, height int) {
	d.t.Helper()
	d.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// Click presses and lets go the left button at a cell.
func (d *Driver) Click(x, y int) {
	d.t.Helper()
	d.Send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	d.Send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
}

// ClickOn clicks on the first cell of the first occurrence of a text.
func (d *Driver) ClickOn(text string) {
	d.t.Helper()
	for y, row := range d.Rows() {
		if at := strings.Index(row, text); at >= 0 {
			d.Click(frame.Measure(row[:at]), y)
			return
		}
	}
	d.t.Fatalf("%q is not on the screen:\n%s", text, d.Screen())
}

// Wheel turns the wheel at a cell: down for positive turns.
func (d *Driver) Wheel(x, y, turns int) {
	d.t.Helper()
	button := tea.MouseWheelDown
	if turns < 0 {
		button, turns = tea.MouseWheelUp, -turns
	}
	for range turns {
		d.Send(tea.MouseWheelMsg{X: x, Y: y, Button: button})
	}
}

// Styled is the frame in rows, with its styles.
func (d *Driver) Styled() []string { return strings.Split(d.App.View().Content, "\n") }

// Rows is the frame in rows of plain text.
func (d *Driver) Rows() []string {
	rows := d.Styled()
	for i := range rows {
		rows[i] = frame.Plain(rows[i])
	}
	return rows
}

// Screen is the frame as plain text.
func (d *Driver) Screen() string { return strings.Join(d.Rows(), "\n") + "\n" }

// Want fails the test when a text is not on the screen.
func (d *Driver) Want(texts ...string) {
	d.t.Helper()
	screen := d.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			d.t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// Without fails the test when a text is on the screen.
func (d *Driver) Without(texts ...string) {
	d.t.Helper()
	screen := d.Screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			d.t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}
