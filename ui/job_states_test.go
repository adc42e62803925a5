package ui_test

import (
	"fmt"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// revised is a function that was changed after its first five runs: it answers another
// total, and refuses one of the payloads.
func revised(s *uitest.Setup) {
	runs := 0
	behaves(func(c *uitest.Call) (invoke.Result, error) {
		runs++
		c.Running()
		if runs <= 5 {
			if c.Wait(20*time.Millisecond) != nil {
				return c.Stopped()
			}
			return c.Answer(fmt.Sprintf(`{"order":%s,"total":%d,"state":"ACCEPTED"}`, c.Request.Payload, 10*runs))
		}
		if c.Wait(400*time.Millisecond) != nil {
			return c.Stopped()
		}
		switch string(c.Request.Payload) {
		case "2":
			return c.Fail(`{"errorType":"KeyError","errorMessage":"'total'"}`)
		case "3":
			return c.Answer(`{"order":3,"total":31,"state":"ON HOLD","reason":"stock"}`)
		}
		return c.Answer(fmt.Sprintf(`{"order":%s,"total":%s0,"state":"ACCEPTED"}`, c.Request.Payload, c.Request.Payload))
	})(s)
}

// revisedRuns invokes it five times, and marks the runs.
func revisedRuns(s *uitest.Shop) {
	chosen(s, "special")
	for i := range 5 {
		s.Press("ctrl+a")
		s.Type(fmt.Sprint(i + 1))
		s.Press("f5")
		s.Advance(time.Second)
	}
	s.Press("alt+5", "A")
}

// twinOf sends the payload of prices to $LATEST and to a qualifier.
func twinOf(s *uitest.Shop, qualifier string, wait time.Duration) {
	chosen(s, "prices")
	s.Press("alt+=")
	s.Type(qualifier)
	s.Press("enter")
	s.Advance(wait)
}

// jobStates are those of twins and of replays of many.
var jobStates = []state{
	{name: "bulk-form", setup: revised, reach: func(_ *testing.T, s *uitest.Shop) {
		revisedRuns(s)
		s.Press("r")
	}, want: []string{"Replay 5 runs", "where they ran: local · shop", "with what was recorded"}},
	{name: "bulk-running", setup: revised, reach: func(_ *testing.T, s *uitest.Shop) {
		revisedRuns(s)
		s.Press("r", "enter")
		s.Advance(500 * time.Millisecond)
	}, want: []string{"running  4 of 5  2 different  2 same", "ctrl+c stop", "esc hide"}},
	{name: "bulk-stopping", setup: revised, reach: func(_ *testing.T, s *uitest.Shop) {
		revisedRuns(s)
		s.Press("r", "enter")
		s.Advance(100 * time.Millisecond)
		s.Press("ctrl+c")
	}, want: []string{"stopping…", "nothing more is sent"}},
	{name: "bulk-done", setup: revised, reach: func(_ *testing.T, s *uitest.Shop) {
		revisedRuns(s)
		s.Press("r", "enter")
		s.Advance(2 * time.Second)
	}, want: []string{"✓ done  5 of 5", "≠ differs", "= same", "a accept the new answer"}},
	{name: "bulk-hidden", setup: revised, reach: func(_ *testing.T, s *uitest.Shop) {
		revisedRuns(s)
		s.Press("r", "enter", "esc")
		s.Advance(100 * time.Millisecond)
	}, want: []string{"replay 0 of 5", "◆"}},
	{name: "twin-places", setup: versioned, reach: func(_ *testing.T, s *uitest.Shop) {
		twinOf(s, "2", time.Second)
		s.Press("esc", "alt+=")
	}, want: []string{"Send to $LATEST on local · shop and to", "the last one", "live  → 1"}},
	{name: "twin-running", setup: versioned, reach: func(_ *testing.T, s *uitest.Shop) {
		twinOf(s, "2", 100*time.Millisecond)
	}, want: []string{"running  0.1 s", "pricing with version 2", "ctrl+c cancel both"}},
	{name: "twin-differs", setup: versioned, reach: func(_ *testing.T, s *uitest.Shop) {
		twinOf(s, "2", time.Second)
	}, want: []string{"≠ 2 differences", "$.total", "$LATEST on local · shop", "2 on local · shop"}},
	{name: "twin-same", setup: versioned, reach: func(_ *testing.T, s *uitest.Shop) {
		twinOf(s, "live", time.Second)
		s.Press("tab", "down")
	}, want: []string{"= both answered the same", "fold"}},
	{name: "twin-error", setup: versioned, reach: func(_ *testing.T, s *uitest.Shop) {
		twinOf(s, "3", time.Second)
	}, want: []string{"✗ function error", "✓ 200", "functionError"}},
	{name: "twin-cancelled", setup: versioned, reach: func(_ *testing.T, s *uitest.Shop) {
		twinOf(s, "3", 100*time.Millisecond)
		s.Press("ctrl+c")
		s.Advance(100 * time.Millisecond)
	}, want: []string{"– cancelled", "not compared"}},
	{name: "draft-aside", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		typed(s, `{"draft":"not sent"}`)
		s.Press("ctrl+r", "tab")
	}, want: []string{"#1  alt+u draft", "the draft is kept aside: alt+u brings it back"}},
}
