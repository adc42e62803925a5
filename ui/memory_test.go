package ui_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// failing are options whose session does not open.
func failing(why string) ui.Options {
	return ui.Options{
		Open: func(context.Context) (*ui.Session, error) { return nil, errors.New(why) },
		Info: invoke.TargetInfo{Kind: invoke.Local, ProjectName: "shop"},
	}
}

// summaries are the rows of the store that match a query.
func summaries(t *testing.T, s *uitest.Shop, query string) []history.Summary {
	t.Helper()
	q, err := history.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Store.List(context.Background(), q, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// beside opens a second lambent on the same store and project.
func beside(t *testing.T, dir, project string, clock *uitest.Clock) *uitest.Shop {
	t.Helper()
	return uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.DataDir, s.ProjectDir, s.Clock = dir, project, clock })
}

func TestDraftsSurvive(t *testing.T) {
	dir, project := t.TempDir(), t.TempDir()
	s := beside(t, dir, project, uitest.NewClock(uitest.Noon))
	s.Press("ctrl+a")
	s.Type(`{"draft": 1}`)
	s.Advance(time.Second) // a pause of typing
	s.Want("saved 14:02")
	chosen(s, "slow")
	s.Press("ctrl+a")
	s.Type(`{"draft": 2}`)
	s.Press("ctrl+q") // no pause
	if !s.Quit {
		t.Fatal("ctrl+q does not quit")
	}
	s.Close()

	s = beside(t, dir, project, uitest.NewClock(uitest.Noon))
	s.Want("slow  $LATEST", `{"draft": 2}`) // the function that was chosen last
	chosen(s, "orders")
	s.Want(`{"draft": 1}`)
	chosen(s, "slow")
	s.Want(`{"draft": 2}`)
}

func TestSwitchingFunctionsKeepsDraftAndUndo(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+a")
	s.Type("[1]")
	chosen(s, "slow")
	s.Without("[1]")
	chosen(s, "orders")
	s.Want("[1]")
	s.Press("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z")
	s.Want("OrderCreated")
}

func TestRowsOfAnotherLambentAppear(t *testing.T) {
	dir, project := t.TempDir(), t.TempDir()
	a := beside(t, dir, project, uitest.NewClock(uitest.Noon))
	a.Want("no runs yet")
	b := beside(t, dir, project, uitest.NewClock(uitest.Noon))
	b.Press("f5")
	b.Advance(time.Second)
	b.Want("✓ 14:02")
	a.Advance(2 * time.Second)
	a.Want("✓ 14:02")
}

func TestHistoryIsReadByThePage(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	recorder := s.Store.Recorder(s.Target)
	for range 250 {
		_, _ = recorder.Invoke(context.Background(), invoke.Request{Function: "throttled", Payload: []byte("{}")}, nil)
	}
	s.Advance(2 * time.Second)
	s.Press("alt+5")
	s.Want("1 of 100+")
	s.Press("G")
	s.Want("100 of 200+")
	s.Press("G", "G")
	s.Want("250 of 250")
	s.Press("g")
	s.Want("1 of 250")
}

func TestAFailingStoreIsSaid(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s.Press("f9")
	s.Press("alt+2", "ctrl+a")
	s.Type("[]")
	s.Advance(time.Second)
	s.Want("the draft is not saved")
	s.Press("f5")
	s.Advance(time.Second)
	s.Want("✓ 200")
	s.Press("alt+3", "]", "z")
	s.Want("Note", "This invocation is not in history")

}

func TestSearchHistory(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	fill(t, s)
	s.Press("ctrl+r")
	s.Want("History of this function", "1 of 2")
	s.Press("ctrl+r")
	s.Want("History of this target", "1 of 5")
	s.Press("ctrl+r")
	s.Want("History everywhere")
	s.Type("lines")
	s.Want("payments", "OrderCreated") // the error of one, the payload of the others
	s.Type(" is:error")
	s.Want("1 of 1", "KeyError")
	s.Press("enter")
	s.Want("✗ function error", "payments  $LATEST", "#3 of")
	s.Press("esc")

	chosen(s, "orders")
	s.Press("alt+2", "ctrl+a")
	s.Type("[7]")
	s.Press("ctrl+r", "tab")
	s.Want("OrderCreated", "#2")
	s.Press("ctrl+z")
	s.Want("[7]")

	n := len(s.Target.Requests)
	s.Press("ctrl+r", "f5")
	s.Advance(time.Second)
	if len(s.Target.Requests) != n+1 || last(t, s).ReplayOf == "" {
		t.Errorf("%d requests, the last %+v", len(s.Target.Requests)-n, last(t, s))
	}
	s.Press("ctrl+r")
	s.Type("since:nonsense")
	s.Want("! ")
}

func TestDeleteAsks(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	fill(t, s)
	s.Press("alt+5", "d", "n")
	if n := len(summaries(t, s, "")); n != 5 {
		t.Fatalf("%d runs are left, want 5", n)
	}
	s.Press("space", "space", "d", "enter") // enter is no answer
	s.Want("y delete")
	s.Press("y")
	s.Want("2 runs deleted", "of 3")
	if n := len(summaries(t, s, "")); n != 3 {
		t.Errorf("%d runs are left, want 3", n)
	}
}

func TestCompare(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, behaves(counting()))
	chosen(s, "special")
	for range 2 {
		s.Press("f5")
		s.Advance(time.Second)
	}
	s.Press("alt+3", "=")
	s.Want("Compare #1 ↔ #2", "body.count", "1 → 2", "1 difference")
	s.Press("esc", "alt+5", "G", "=")
	s.Want("there is no earlier run")
}

// counting answers with how often it was called.
func counting() uitest.Behaviour {
	n := 0
	return func(c *uitest.Call) (invoke.Result, error) {
		n++
		c.Running()
		return c.Answer(`{"ok":true,"body":{"count":` + strconv.Itoa(n) + `}}`)
	}
}

func TestLeavingWithoutSavingTakesTwo(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s.Press("ctrl+a")
	s.Type("[1]")
	s.Press("ctrl+q")
	s.Want("the draft is not saved", "[1]")
	if s.Quit {
		t.Fatal("a draft was thrown away")
	}
	s.Press("ctrl+q")
	if !s.Quit {
		t.Error("ctrl+q does not quit")
	}
}
