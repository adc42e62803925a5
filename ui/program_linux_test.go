package ui_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// patience is how long something on the terminal may take.
const patience = 10 * time.Second

// A screen is the workbench on a pseudo-terminal.
type screen struct {
	t        *testing.T
	ptm, pts *os.File
	done     chan error
	before   unix.Termios
	closed   bool

	mu   sync.Mutex
	more sync.Cond // something was written
	seen bytes.Buffer
}

// onTerminal runs the workbench on a pseudo-terminal of 120x36.
func onTerminal(t *testing.T, ctx context.Context, does uitest.Behaviour) *screen {
	t.Helper()
	s := &screen{t: t, done: make(chan error, 1)}
	s.ptm, s.pts = terminal(t)
	t.Cleanup(func() { s.ptm.Close(); s.pts.Close() })
	s.more.L = &s.mu
	s.before = s.settings()
	target := uitest.NewTarget(uitest.NewClock(uitest.Noon), "shop")
	target.Add(invoke.Function{Name: "orders", Runtime: "nodejs22.x", Timeout: time.Minute, MemorySizeMB: 128}, does)
	session := &ui.Session{
		Target: target, EventsDir: t.TempDir(), HistoryOff: "this is a test",
		Close: func(context.Context) error { s.closed = true; return nil },
	}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := s.ptm.Read(buf)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.seen.Write(buf[:n])
			s.more.Broadcast()
			s.mu.Unlock()
		}
	}()
	go func() {
		s.done <- ui.Run(ctx, ui.Options{
			Open:  func(context.Context) (*ui.Session, error) { return session, nil },
			Input: s.pts, Output: s.pts, Environ: []string{"TERM=xterm-256color"}, Info: target.Info(),
		})
	}()
	return s
}

func (s *screen) settings() unix.Termios {
	t, err := unix.IoctlGetTermios(int(s.pts.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return *t
}

// wait waits until a text has been written to the terminal.
func (s *screen) wait(text string) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	timer := time.AfterFunc(patience, s.more.Broadcast)
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !bytes.Contains(s.seen.Bytes(), []byte(text)) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%q did not appear: %q", text, s.seen.String())
		}
		s.more.Wait()
	}
}

// ended waits for Run and checks that the terminal is as it was.
func (s *screen) ended() error {
	s.t.Helper()
	select {
	case err := <-s.done:
		if s.settings() != s.before {
			s.t.Error("the terminal's settings are not as they were")
		}
		s.wait("\x1b[?1049l")
		if !s.closed {
			s.t.Error("the session was not closed")
		}
		return err
	case <-time.After(patience):
		s.t.Fatal("the workbench does not end")
		return nil
	}
}

func quick(c *uitest.Call) (invoke.Result, error) {
	c.Running()
	return c.Answer(`{"answer":42}`)
}

func TestOnATerminal(t *testing.T) {
	s := onTerminal(t, t.Context(), quick)
	s.wait("No result yet")
	_, _ = s.ptm.WriteString("\x1b[15~") // f5
	s.wait("200")
	_, _ = s.ptm.WriteString("\x11") // ctrl+q
	if err := s.ended(); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestTheEndOfTheContextEndsTheWorkbench(t *testing.T) {
	cause := errors.New("told to end")
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := make(chan struct{})
	s := onTerminal(t, ctx, func(c *uitest.Call) (invoke.Result, error) {
		c.Running()
		_ = c.Wait(time.Hour)
		close(stopped)
		return c.Stopped()
	})
	s.wait("No result yet")
	_, _ = s.ptm.WriteString("\x1b[15~")
	s.wait("running")
	cancel(cause)
	if err := s.ended(); !errors.Is(err, cause) {
		t.Errorf("Run returned %v", err)
	}
	select {
	case <-stopped:
	default:
		t.Error("the invocation goes on")
	}
}

func TestCheckTerminal(t *testing.T) {
	_, pts := terminal(t)
	defer pts.Close()
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := ui.CheckTerminal(pts, pts, []string{"TERM=xterm"}); err != nil {
		t.Error(err)
	}
	for _, err := range []error{
		ui.CheckTerminal(file, pts, []string{"TERM=xterm"}),
		ui.CheckTerminal(pts, file, []string{"TERM=xterm"}),
		ui.CheckTerminal(pts, pts, []string{"TERM=dumb"}),
		ui.CheckTerminal(pts, pts, nil),
	} {
		if err == nil || bytes.ContainsRune([]byte(err.Error()), '\n') {
			t.Errorf("%v", err)
		}
	}
}
