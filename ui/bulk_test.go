package ui_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// A changing is a function that answers its payload, and how often it was changed since.
type changing struct {
	change int
	takes  time.Duration

	mu      sync.Mutex // several run at the same time
	flying  int
	at      []time.Time // when the function began
	most    int         // how many ran at the same time
	refuses map[string]bool
}

// does is the function: {"n": 3} is answered with {"n":3,"twice":6}, and with another
// number for even ones once it was changed.
func (c *changing) does(clock *uitest.Clock) uitest.Behaviour {
	return func(call *uitest.Call) (invoke.Result, error) {
		c.mu.Lock()
		c.flying++
		c.most = max(c.most, c.flying)
		c.at = append(c.at, clock.Now())
		c.mu.Unlock()
		defer func() {
			c.mu.Lock()
			c.flying--
			c.mu.Unlock()
		}()
		call.Running()
		if c.takes > 0 {
			if call.Wait(c.takes) != nil {
				return call.Stopped()
			}
		}
		if c.refuses[string(call.Request.Payload)] {
			return call.Fail(`{"errorType":"KeyError","errorMessage":"'n'"}`)
		}
		n, _ := strconv.Atoi(string(call.Request.Payload))
		twice := 2 * n
		if n%2 == 0 {
			twice += c.change
		}
		return call.Answer(fmt.Sprintf(`{"n":%d,"twice":%d}`, n, twice))
	}
}

// newBulk is a shop whose function numbers was invoked with 1 to n.
func newBulk(t *testing.T, n int) (*uitest.Shop, *changing) {
	t.Helper()
	c := &changing{refuses: map[string]bool{}}
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Clock = uitest.NewClock(uitest.Noon)
		s.Target = func(x *uitest.Target) {
			x.Add(invoke.Function{Name: "numbers", Runtime: "python3.13", MemorySizeMB: 128, Timeout: 3 * time.Second}, c.does(s.Clock))
			x.Qualify("numbers", invoke.Qualifier{Name: "7", Kind: invoke.KindVersion, Version: "7"})
		}
	})
	chosen(s, "numbers")
	for i := range n {
		s.Press("ctrl+a")
		s.Type(strconv.Itoa(i + 1))
		s.Press("f5")
		s.Advance(time.Second)
	}
	c.at, c.most = nil, 0
	s.Target.Requests = nil
	return s, c
}

// marked sets up a replay of all the runs.
func marked(s *uitest.Shop) {
	s.Press("alt+5", "A", "r")
}

func TestMarkedRunsAreReplayedTogether(t *testing.T) {
	s, c := newBulk(t, 6)
	c.change = 1
	c.refuses["3"] = true
	marked(s)
	s.Want("Replay 6 runs", "where they ran: local · shop", "with what was recorded", "At a time", "Rate")
	s.Press("enter")
	s.Advance(time.Second)
	s.Want("Replay of 6 runs on local · shop", "✓ done  6 of 6  4 different  2 same  1 function error",
		"≠ differs   #2 → #", "$.twice  4 → 5", "= same", "r again")
	rows := s.Screen()
	if first, last := strings.Index(rows, "≠ differs"), strings.LastIndex(rows, "= same"); first < 0 || strings.Index(rows, "= same") < strings.LastIndex(rows, "≠ differs") || last < first {
		t.Errorf("what changed is not first:\n%s", rows)
	}
	if n := len(s.Target.Requests); n != 6 {
		t.Errorf("%d were sent", n)
	}
	kept := summaries(t, s, "fn:numbers")
	if len(kept) != 12 || kept[0].Source == "" {
		t.Errorf("history holds %d runs, the newest of %q", len(kept), kept[0].Source)
	}
	s.Press("enter") // what differs, in full
	s.Want("Compare #", "$.twice")
	s.Press("esc")
	s.Want("Replay of 6 runs")

	// What was accepted counts from now on.
	s.Press("A")
	s.Want("≠ accepted", "4 accepted")
	s.Press("r")
	s.Advance(time.Second)
	s.Want("✓ done  6 of 6  6 same")
	c.change = 2
	s.Press("r")
	s.Advance(time.Second)
	s.Want("3 different", "$.twice  5 → 6")
	s.Press("enter") // with what was accepted, not with what was recorded first
	s.Want("Compare #", "5", "6")
	s.Without("Compare #2 ↔")
	s.Press("esc")
	s.Press("esc", "alt+p")
	s.Want("Replay of 6 runs")
}

func TestAReplayOfManyKeepsToParallelAndRate(t *testing.T) {
	s, c := newBulk(t, 9)
	c.takes = time.Second
	marked(s)
	s.Press("up", "up")
	s.Press("backspace")
	s.Type("3")
	s.Press("enter")
	s.Advance(10 * time.Millisecond)
	s.Want("running", "0 of 9", "ctrl+c stop")
	s.Advance(time.Second)
	s.Want("3 of 9", "3 same", "left")
	s.Advance(3 * time.Second)
	if s.Want("✓ done  9 of 9"); c.most != 3 {
		t.Errorf("%d ran at the same time", c.most)
	}
	s.Press("esc")

	c.at, c.takes = nil, 0
	marked(s) // takes the marks of all but the replays away
	s.Press("esc", "esc", "/")
	s.Type("since:1h is:ok 9")
	s.Press("enter", "A", "r", "up")
	s.Type("2")
	s.Press("enter")
	s.Advance(5 * time.Second)
	s.Want("✓ done")
	for i := 1; i < len(c.at); i++ {
		if d := c.at[i].Sub(c.at[i-1]); d < 450*time.Millisecond {
			t.Errorf("run %d began %s after the one before it", i, d)
		}
	}
	if len(c.at) == 0 {
		t.Error("nothing was sent")
	}
}

func TestAReplayOfManyStopsCleanly(t *testing.T) {
	s, c := newBulk(t, 9)
	c.takes = time.Second
	marked(s)
	s.Press("enter")
	s.Advance(500 * time.Millisecond)
	s.Press("ctrl+c")
	s.Want("stopping…", "nothing more is sent, 4 runs go on to the end · ctrl+c cancels them")
	s.Advance(time.Second)
	s.Want("– stopped  4 of 9  4 same")
	if n := len(s.Target.Requests); n != 4 || s.Quit {
		t.Errorf("%d were sent; quit %v", n, s.Quit)
	}

	// Asked twice, what runs is cancelled too, and kept as what it is.
	s.Press("r")
	s.Advance(500 * time.Millisecond)
	s.Press("ctrl+c", "ctrl+c")
	s.Advance(100 * time.Millisecond)
	s.Want("– stopped  4 of 9  4 not compared", "– cancelled", "there is no answer")
	if n := len(s.Target.Requests); n != 8 {
		t.Errorf("%d were sent in all", n)
	}
	if rows := summaries(t, s, "fn:numbers is:refused"); len(rows) != 4 {
		t.Errorf("history holds %d cancelled runs", len(rows))
	}

	// It goes on while its card is closed, and leaving ends it.
	s.Press("r")
	s.Press("esc")
	s.Want("replay 0 of 9")
	s.Press("alt+5", "space")
	s.Press("r")
	s.Want("a replay 0 of 9 is under way: alt+p shows it")
	s.Press("ctrl+q")
	if !s.Quit {
		t.Error("ctrl+q does not quit")
	}
}

func TestAReplayOfManyIsStoppedBetweenTwoRuns(t *testing.T) {
	s, _ := newBulk(t, 3)
	marked(s)
	s.Press("up")
	s.Type("0.5")
	s.Press("enter")
	s.Advance(time.Second)
	s.Want("running  1 of 3")
	s.Press("ctrl+c")
	s.Advance(5 * time.Second)
	s.Want("– stopped  1 of 3  1 same")
	if n := len(s.Target.Requests); n != 1 {
		t.Errorf("%d were sent", n)
	}
	s.Press("r") // it is over: it can be made again
	s.Advance(10 * time.Second)
	s.Want("✓ done  3 of 3")
	s.Press("esc", "ctrl+c")
	if !s.Quit {
		t.Error("something is still under way")
	}
}

func TestAHiddenReplayOfManySaysWhenItIsDone(t *testing.T) {
	s, c := newBulk(t, 2)
	c.takes, c.change = time.Second, 1
	marked(s)
	s.Press("enter", "esc")
	s.Advance(1200 * time.Millisecond)
	s.Want("2 runs replayed · 1 different · 1 same: alt+p shows it")
}

func TestAReplayOfManyRefusesWhatCannotBe(t *testing.T) {
	s, _ := newBulk(t, 2)
	marked(s)
	s.Press("up", "up")
	s.Type("x")
	s.Press("enter")
	s.Want("! a number from 1 to 1,000")
	s.Press("backspace", "down")
	s.Type("fast")
	s.Press("enter")
	s.Want("! a number of runs a second above 0")
	for range 4 {
		s.Press("backspace")
	}
	s.Press("up", "up", "up", "up")
	s.Type("7")
	s.Press("enter")
	s.Advance(time.Second)
	s.Want("Replay of 2 runs on local · shop, 7", "numbers 7")
	for _, req := range s.Target.Requests {
		if req.Qualifier != "7" {
			t.Errorf("sent %+v", req)
		}
	}
	s.Press("esc", "esc")
	s.Press("r")
	s.Without("Replay 2 runs") // without marks one run is replayed
}

// On AWS nothing is sent before a person has read how many calls it makes, and where.
func TestAReplayOfManyOnAWSAsks(t *testing.T) {
	c := newCloud(t)
	for range 3 {
		c.Press("f5")
		c.Advance(time.Second)
	}
	c.goTo("prod") // which makes it the last one on AWS
	c.goTo("local")
	c.Press("alt+5", "A", "R")
	c.Want("Replay 3 runs", "aws · prod · eu-west-1")
	c.Press("enter")
	c.Want("This makes 3 invocations on aws · prod · eu-west-1.", "y make them")
	c.Press("n")
	if n := len(c.prod.Requests); n != 0 {
		t.Fatalf("%d were sent", n)
	}
	c.Press("R", "enter", "y")
	c.Advance(time.Second)
	c.Want("Replay of 3 runs on aws · prod · eu-west-1", "✓ done  3 of 3  3 different")
	if n := len(c.prod.Requests); n != 3 {
		t.Errorf("%d were sent", n)
	}
	// Runs of both targets go where each ran.
	c.Press("esc", "ctrl+r", "ctrl+r", "ctrl+r")
	c.Press("alt+a")
	c.Want("History everywhere", "6 marked")
	c.Press("f5")
	c.Want("Replay 6 runs", "where each ran: at 2 targets", "3 on local · shop, 3 on aws · prod · eu-west-1")
	c.Press("enter")
	c.Want("This makes 3 invocations on aws · prod · eu-west-1.")
	c.Press("y")
	c.Advance(time.Second)
	c.Want("Replay of 6 runs on local · shop and aws · prod · eu-west-1", "✓ done  6 of 6  6 same")
}

func TestAReplayOfManyAtAGate(t *testing.T) {
	for _, rules := range []invoke.GateRules{{Protected: true}, {ReadOnly: true}} {
		c := newCloud(t)
		c.wrap = func(target invoke.Target) invoke.Target { return invoke.NewGate(target, rules) }
		c.Press("f5")
		c.Advance(time.Second)
		c.goTo("prod")
		c.goTo("local")
		c.Press("alt+5", "A", "R", "enter")
		if rules.ReadOnly {
			c.Want("nothing is invoked on aws · prod · eu-west-1: lambent is read-only")
			continue
		}
		c.Want("Make 1 invocation on aws · prod · eu-west-1", "Type the number of invocations: 1")
		c.Type("2")
		c.Press("enter")
		c.Want("that is not 1")
		c.Press("backspace")
		c.Type("1")
		c.Press("enter")
		c.Advance(time.Second)
		c.Want("✓ done  1 of 1")
		if n := len(c.prod.Requests); n != 1 {
			t.Errorf("%d were sent", n)
		}
	}
}
