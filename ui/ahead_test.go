package ui_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// opensLate is a workbench whose session takes five seconds to open, or to fail.
func opensLate(t *testing.T, fails error) (*uitest.Driver, *uitest.Target) {
	t.Helper()
	clock := uitest.NewClock(uitest.Noon)
	target := uitest.NewTarget(clock, "shop")
	target.Add(invoke.Function{Name: "orders", Timeout: time.Second}, answers("1"))
	return uitest.Start(t, ui.Options{
		Info: target.Info(),
		Open: func(ctx context.Context) (*ui.Session, error) {
			clock.Sleep(ctx, 5*time.Second)
			return &ui.Session{Target: target, EventsDir: t.TempDir(), HistoryOff: "this is a test"}, fails
		},
	}, clock, 120, 36), target
}

func TestTypingAheadLosesNothing(t *testing.T) {
	d, target := opensLate(t, nil)
	d.Want("opening…", "local · shop")
	d.Without("valid JSON", "what you type is kept")
	d.Press("ctrl+a")
	d.Type(`{"typed": `)
	d.Paste("[1,\r2]")
	d.Press("end")
	d.Type(`}`)
	d.Press("f5")
	d.Want("opening… what you type is kept")
	d.Without("still opening", "typed")
	if len(target.Requests) != 0 {
		t.Fatal("something was sent before there was a session")
	}
	d.Advance(6 * time.Second)
	d.Want(`{"typed": [1,`, "valid JSON", "orders  $LATEST", "✓ 200")
	if n := len(target.Requests); n != 1 || string(target.Requests[0].Payload) != "{\"typed\": [1,\n2]}" {
		t.Errorf("sent %+v", target.Requests)
	}
}

func TestWhatNeedsNoPayloadActsWhileOpening(t *testing.T) {
	d, _ := opensLate(t, nil)
	d.Press("f1")
	d.Want("Help · Payload")
	d.Type("fold") // into the card's own field
	d.Press("esc", "f3")
	d.Want("Event")
	d.Type("kept")
	d.Click(90, 3) // on the result: now everything comes in its order
	d.Press("?")
	d.Without("Help")
	d.Advance(6 * time.Second)
	d.Want("Help · Result")
	d.Press("esc")
	d.Want("kept")
}

func TestLeavingWhileOpening(t *testing.T) {
	for _, key := range []string{"ctrl+q", "ctrl+c"} {
		d, _ := opensLate(t, nil)
		d.Type("kept")
		d.Press(key)
		if !d.Quit {
			t.Errorf("%s waits for the session to open", key)
		}
	}
}

// A payload that is no JSON is sent when somebody asks again who has seen why it
// was not. Nobody has seen that while typing ahead.
func TestTypingAheadConfirmsNothing(t *testing.T) {
	d, target := opensLate(t, nil)
	d.Type("oops")
	d.Press("f5", "f5")
	d.Advance(6 * time.Second)
	d.Want("! the payload is not JSON")
	if len(target.Requests) != 0 {
		t.Errorf("sent %q", target.Requests[0].Payload)
	}
	d.Press("f5")
	d.Advance(time.Second)
	if len(target.Requests) != 1 {
		t.Error("asked once more, it is not sent")
	}
}

func TestTypingAheadOfAnOpeningThatFails(t *testing.T) {
	d, _ := opensLate(t, errors.New("template.yaml:3: no map"))
	d.Type("lost")
	d.Advance(6 * time.Second)
	d.Want("lambent could not open", "what was typed while this was opening is not kept")
	d.Press("esc", "f5")
	d.Want("template.yaml:3")
	d.Type("x")
	d.Without("what you type is kept")
}

func TestTypingAheadIsBounded(t *testing.T) {
	d, target := opensLate(t, nil)
	d.Press("ctrl+a")
	d.Paste(`"` + strings.Repeat("x", 6<<20-2) + `"`)
	d.Paste(strings.Repeat("y", 6<<20))
	d.Want("too much was typed")
	d.Type("z") // what follows a gap would stand in the wrong place
	d.Advance(6 * time.Second)
	d.Press("f5")
	d.Advance(time.Second)
	if n := len(target.Requests); n != 1 || len(target.Requests[0].Payload) != 6<<20 {
		t.Fatalf("%d requests were sent", n)
	}
	d.Want("✓ 200")
}

// The draft of a function that was just chosen is read from the store meanwhile.
func TestTypingAheadOfADraft(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+g")
	s.Type("slow")
	_, cmd := s.App.Update(uitest.Key("enter")) // its commands have not run yet
	s.App.Update(tea.KeyPressMsg{Code: '7', Text: "7"})
	s.Want("opening… what you type is kept")
	s.Run(cmd)
	s.Want("7{}")
}
