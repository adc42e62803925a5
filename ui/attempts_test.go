package ui_test

import (
	"testing"
	"time"

	"lambent/invoke"
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

// What an outcome has sent on stands below the attempts: where to, and what became of it.
func TestDestinationsOfAnEventAreShown(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	ctx, at := t.Context(), s.Clock.Now()
	info := s.Target.Info()
	err := s.Store.Enqueue(ctx, invoke.QueuedEvent{ID: "11111111-2222-4333-8444-555555555555", Project: "elsewhere", Info: info, Function: "orders",
		Request: invoke.Request{Function: "orders", Payload: []byte("{}"), Type: invoke.Event, RecordUID: "01a20c8d-eaf1-78c8-8873-9fc970843541"}, AcceptedAt: at, NotBefore: at})
	if err != nil {
		t.Fatal(err)
	}
	event, _, err := s.Store.Lease(ctx, "elsewhere", "test", at, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Store.Settle(ctx, event.ID, "test", invoke.Attempt{Number: 1, Counts: true, Result: invoke.Result{StatusCode: 200, StartedAt: at}}, invoke.Verdict{
		State: invoke.EventDone, Deliveries: []invoke.Delivery{
			{Kind: invoke.DeliverySuccess, Destination: "arn:aws:lambda:us-east-1:123456789012:function:audit", RequestID: "99999999-2222-4333-8444-555555555555", Body: []byte(`{"version":"1.0"}`)},
			{Kind: invoke.DeliverySuccess, Destination: "arn:aws:sqs:us-east-1:123456789012:evil\x1b[2J", Problem: "Nothing was sent.", Body: []byte("{")},
		}})
	if err != nil {
		t.Fatal(err)
	}
	s.Press("f9", "alt+5", "g", "enter", "alt+3", "z")
	s.Want("✓ attempt 1", "→ on success", "arn:aws:lambda:us-east-1:123456789012:function:audit", "invoked, request 99999999", `"version": "1.0"`, "Nothing was sent.")
	s.Without("\x1b[2J")
}
