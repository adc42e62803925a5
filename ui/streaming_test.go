package ui_test

import (
	"slices"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// talks streams its response in three parts, a second apart.
func talks(c *uitest.Call) (invoke.Result, error) {
	c.Running()
	for _, part := range []string{"data: one\n\n", "data: t", "wo\n\n"} {
		if c.Request.Stream {
			c.Part(part)
		}
		if c.Wait(time.Second) != nil {
			return c.Stopped()
		}
	}
	return c.Answer("data: one\n\ndata: two\n\n")
}

func TestAStreamedResponseIsShownAsItComes(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Target = func(x *uitest.Target) {
			x.Add(invoke.Function{Name: "talker", Runtime: "nodejs22.x", Timeout: 9 * time.Second}, talks)
		}
	})
	s.Press("ctrl+g")
	s.Type("talker")
	s.Press("enter", "f4", "up", "space")
	s.Want("Response", "streamed")
	s.Press("enter")
	s.Want("● stream")
	s.Press("f5")
	s.Advance(500 * time.Millisecond)
	s.Want("running", "data: one", "11 B so far")
	s.Without("data: t")
	s.Advance(time.Second)
	s.Want("data: t", "18 B so far")
	s.Advance(3 * time.Second)
	s.Want("✓ 200", "data: two")

	// History knows how it was asked for, and a replay asks in the same way.
	rows := summaries(t, s, "")
	entry, err := s.Store.Entry(t.Context(), rows[0].ID)
	if err != nil || !entry.Request.Stream {
		t.Fatalf("recorded %+v, %v", entry.Request, err)
	}
	s.Press("f4", "up", "space", "enter") // whole again
	s.Press("alt+3", "r")
	s.Advance(500 * time.Millisecond)
	s.Want("11 B so far")
	s.Advance(3 * time.Second)

	s.Press("f5")
	s.Advance(500 * time.Millisecond)
	s.Without("so far")
}

func TestATargetThatDoesNotStreamSaysSo(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Session = func(x *ui.Session) { x.Target = whole{x.Target} }
	})
	s.Press("f4", "up", "space")
	s.Want("this target gives the response whole")
}

// whole is a target that gives responses whole only: its embedding hides what the other can.
type whole struct{ invoke.Target }

// A function whose URL streams is invoked so by itself; the switch has the last word.
func TestAFunctionWhoseURLStreamsIsStreamed(t *testing.T) {
	talker := func(x *uitest.Target) {
		x.Add(invoke.Function{Name: "talker", Runtime: "nodejs22.x", Timeout: 9 * time.Second, InvokeMode: "RESPONSE_STREAM"}, talks)
	}
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.Target = talker })
	s.Without("● stream")
	s.Press("ctrl+g")
	s.Type("talker")
	s.Press("enter")
	s.Want("● stream")
	s.Press("f4")
	s.Want("by itself: streamed")
	s.Press("esc", "f3", "f3") // a dry run has no response
	s.Without("● stream")
	s.Press("f3", "f5")
	s.Advance(500 * time.Millisecond)
	s.Want("11 B so far")
	s.Advance(3 * time.Second)
	s.Press("f4", "up", "space", "space", "enter")
	s.Without("● stream")
	s.Press("f5")
	s.Advance(4 * time.Second)
	s.Press("ctrl+g")
	s.Type("orders")
	s.Press("enter", "f5")
	s.Advance(time.Second)
	var streamed []bool
	for _, r := range s.Target.Requests {
		streamed = append(streamed, r.Stream)
	}
	if want := []bool{true, false, false}; !slices.Equal(streamed, want) {
		t.Errorf("streamed %v, want %v", streamed, want)
	}

	s = uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Target = talker
		s.Session = func(x *ui.Session) { x.Target = whole{x.Target} }
	})
	s.Press("ctrl+g")
	s.Type("talker")
	s.Press("enter")
	s.Without("● stream")
}

// On AWS the list does not say how a URL answers: the function, or its alias, is asked about.
func TestTheModeOfAURLOnAWSIsAskedFor(t *testing.T) {
	s := awsShop(t, invoke.GateRules{})
	s.Without("● stream")
	s.Target.Configure("orders", "2", func(c *invoke.Configuration) { c.InvokeMode = "RESPONSE_STREAM" })
	s.Press("f2")
	s.Type("live")
	s.Press("enter")
	s.Want("live → 2", "● stream")
	s.Press("f2")
	s.Type("canary")
	s.Press("enter")
	s.Without("● stream")
}
