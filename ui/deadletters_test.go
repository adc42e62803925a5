package ui_test

import (
	"context"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

func letters(t *testing.T, s *uitest.Shop) []invoke.DeadLetter {
	t.Helper()
	list, err := s.Store.DeadLetters(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDeadLettersAreListedAndOpened(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("alt+5", "D")
	s.Want("Dead letters of this project", "no dead letters")
	s.Press("esc")
	event(s, "payments", 5*time.Minute)
	s.Press("alt+5", "D")
	s.Want("payments", "3 attempts", "RetriesExhausted  KeyError", "✗ attempt 3  14:05:11", "1 of 1")
	s.Press("enter")
	s.Without("Dead letters of")
	s.Want("✗ dead letter  RetriesExhausted", "✗ given up after 3 attempts")
}

func TestADeadLetterIsRedriven(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 5*time.Minute)
	s.Press("alt+5", "D", "r")
	s.Want("Redrive dead letters", "Queue dead letter #")
	s.Press("n")
	if n := len(letters(t, s)); n != 1 {
		t.Fatalf("%d dead letters after a no", n)
	}
	s.Press("r", "y")
	s.Advance(100 * time.Millisecond)
	s.Want("✗ attempt 4", ", then attempt 5")
	if n := len(letters(t, s)); n != 0 {
		t.Errorf("%d dead letters after redriving", n)
	}
}

func TestMarkedDeadLettersAreDeleted(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	for range 3 {
		event(s, "payments", 5*time.Minute)
		s.Press("f3", "f3") // back to RequestResponse, from which event goes on
	}
	s.Press("alt+5", "D", "space", "space")
	s.Want("2 marked")
	s.Press("d")
	s.Want("Delete 2 dead letters", "cannot be undone")
	s.Press("y")
	s.Want("1 of 1")
	if n := len(letters(t, s)); n != 1 {
		t.Errorf("%d dead letters are left", n)
	}
	s.Press("a")
	s.Want("1 marked")
	s.Press("a")
	s.Want("1 of 1")
}

func TestADeadLetterThatAnotherLambentWasFasterWith(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	event(s, "payments", 5*time.Minute)
	s.Press("alt+5", "D", "d")
	if err := s.Store.DeleteDeadLetters(context.Background(), letters(t, s)[0].ID); err != nil {
		t.Fatal(err)
	}
	s.Press("y")
	s.Want("nothing was changed: another lambent was faster", "no dead letters")
}

func TestDeadLettersFitSmallScreens(t *testing.T) {
	s := uitest.NewShop(t, 80, 24)
	event(s, "payments", 5*time.Minute)
	s.Press("alt+5", "D")
	s.Want("payments", "3 attempts", "r redrive")
}

func TestNothingIsRedrivenWhereNothingMayRun(t *testing.T) {
	dir := t.TempDir()
	event(uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.DataDir = dir }), "payments", 5*time.Minute)
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.DataDir = dir
		s.Session = func(x *ui.Session) {
			x.Target = x.Store.Recorder(invoke.NewGate(x.Target, invoke.GateRules{ReadOnly: true}))
		}
	})
	s.Press("alt+5", "D", "r")
	s.Want("nothing is redriven: lambent is read-only")
	s.Press("y")
	if n := len(letters(t, s)); n != 1 {
		t.Errorf("%d dead letters", n)
	}
}
