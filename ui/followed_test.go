package ui_test

import (
	"testing"
	"time"

	"lambent/history"
	"lambent/ui"
	"lambent/ui/uitest"
)

func TestAnEventIsFollowedUntilItIsSettled(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 0)
	s.Want("✓ 202 accepted", "attempt 1  0.0 s")
	s.Advance(100 * time.Millisecond)
	s.Want("✗ attempt 1  14:02:11  44 ms", "KeyError", "waiting 1:00, then attempt 2")
	s.Advance(13 * time.Second)
	s.Want("waiting 0:47, then attempt 2")
	s.Advance(4 * time.Minute)
	s.Want("✗ dead letter  RetriesExhausted", "✗ attempt 3")
	if rows := summaries(t, s, ""); len(rows) != 1 || rows[0].State != history.StateDead || rows[0].Attempts != 3 {
		t.Errorf("history holds %+v", rows)
	}
	s.Want("▌ ✗ 14:02") // the row has the sign of the result
	before := s.Updates
	s.Advance(time.Hour)
	if n := s.Updates - before; n > 20 {
		t.Errorf("%d messages were handled in the hour after", n)
	}
}

func TestAnAttemptIsShownWhileItRuns(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "timeout", 63*time.Second+520*time.Millisecond)
	s.Want(" attempt 2  0.5 s", "✗ attempt 1", "waiting for the warehouse")
	s.Advance(3 * time.Second)
	s.Want("waiting 2:00, then attempt 3", "✗ attempt 2  14:03:14  3.0 s")
}

func TestWhileAnEventWaitsTheClockTicksOnceASecond(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 10*time.Second)
	before := s.Updates
	s.Advance(30 * time.Second)
	if n := s.Updates - before; n > 35 {
		t.Errorf("%d messages were handled in thirty seconds of waiting", n)
	}
}

func TestAnEventGoesOnWhileSomethingElseIsInvoked(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 1100*time.Millisecond)
	s.Want("waiting 0:59")
	s.Press("f3", "f3", "f5") // the same function, and its answer takes the pane
	s.Advance(time.Second)
	s.Want("✗ function error", "HTTP 200")
	s.Without("attempt")
	s.Press("alt+5", "G", "enter") // back to the event
	s.Want("✓ 202 accepted", "✗ attempt 1", "waiting 0:58")
	s.Advance(5 * time.Minute)
	s.Want("✗ dead letter")
	chosen(s, "orders")
	s.Without("dead letter", "attempt")
	s.Press("alt+5", "G", "enter")
	s.Want("✗ dead letter", "✗ attempt 3")
	s.Press("alt+4")
	s.Want("9 lines")
}

func TestLeavingAFollowedEvent(t *testing.T) {
	dir, project, clock := t.TempDir(), t.TempDir(), uitest.NewClock(uitest.Noon)
	s := beside(t, dir, project, clock)
	event(s, "payments", 1100*time.Millisecond)
	s.Press("ctrl+c") // nothing runs: it quits
	if !s.Quit {
		t.Fatal("a waiting event keeps the workbench open")
	}
	s.Close()
	s = beside(t, dir, project, clock)
	s.Want("queued")
	s.Press("alt+5", "enter")
	s.Want("waiting 0:59, then attempt 2")
	s.Advance(61 * time.Second)
	s.Want("✗ attempt 2")
}

func TestAnEventThatCannotBeFollowed(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 1100*time.Millisecond)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Minute)
	s.Want("? no longer followed", "✗ attempt 1")

	s = uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Session = func(x *ui.Session) { x.Store = nil }
	})
	event(s, "payments", 1100*time.Millisecond)
	s.Want("✓ 202 accepted", "No result comes back in this mode")
	s.Without("queued for attempt")
}
