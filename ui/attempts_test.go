package ui_test

import (
	"testing"
	"time"

	"lambent/ui/uitest"
)

// Each attempt has its own log, error, response and report; with none chosen they are
// the event's.
func TestAnAttemptIsChosen(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 4*time.Minute)
	s.Want("✗ dead letter", "9 lines", "✗ attempt 3")
	s.Press("alt+3", "down")
	s.Want("▌✗ attempt 1", "attempt 1 · 3 lines", "handler")
	s.Without("▌✗ attempt 2", "9 lines")
	s.Press("]")
	s.Want("KeyError", "Your function ran")
	s.Press("]", "]")
	s.Want("Started           2026-11-22 14:02:11")
	s.Press("[", "[", "[", "down", "down")
	s.Want("▌✗ attempt 3", "attempt 3 · 3 lines")
	s.Press("]", "]", "]")
	s.Want("Started           2026-11-22 14:05:11")
	s.Press("[", "[", "[", "down", "up", "up")
	s.Want("▌✗ attempt 1", "attempt 1 · 3 lines")
	s.Press("up")
	s.Want("9 lines")
	s.Without("▌✗", "attempt 1 ·")
	s.Press("down", "esc")
	s.Want("9 lines")
	s.Without("▌✗")
	s.Press("down")
	s.Press("f3", "f5") // another run takes the pane
	s.Advance(time.Second)
	s.Without("attempt 1")
}

func TestAnAttemptIsChosenWithTheMouse(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 4*time.Minute)
	s.ClickOn("attempt 2")
	s.Want("▌✗ attempt 2", "attempt 2 · 3 lines")
}

// The attempt that runs can be chosen too, and is followed to its outcome.
func TestAnAttemptIsChosenWhileItRuns(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "timeout", 63*time.Second+520*time.Millisecond)
	s.Press("alt+3", "down", "down")
	s.Want("▌… attempt 2", "running", "attempt 2 · ", "waiting for the warehouse")
	s.Advance(3 * time.Second)
	s.Want("▌✗ attempt 2", "attempt 2 · ", "Task timed out")
	s.Advance(5 * time.Minute) // settled while it is looked at
	s.Want("▌✗ attempt 2", "attempt 2 · ", "✗ dead letter")
}

// A sheet that is taller than its pane is read to its end, and the way back goes
// through the attempts.
func TestAttemptsAreChosenInASmallTerminal(t *testing.T) {
	s := uitest.NewShop(t, 80, 24)
	event(s, "payments", 4*time.Minute)
	s.Press("alt+3", "z")
	for range 3 {
		s.Press("down")
	}
	s.Want("▌✗ attempt 3")
	for range 30 {
		s.Press("up")
	}
	s.Want("✗ attempt 1")
	s.Without("▌✗")
	s.Press("down", "]", "]", "]")
	s.Want("attempt 1", "START RequestId")
	s.Press("]")
	s.Want("Started           2026-11-22 14:02:11")
}
