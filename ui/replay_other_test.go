package ui_test

import (
	"errors"
	"testing"
	"time"

	"lambent/invoke"
)

func TestARunIsReplayedOnTheOtherTarget(t *testing.T) {
	c := newCloud(t)
	c.Press("ctrl+a")
	c.Type(`{"n":1.50}`)
	c.Press("f5")
	c.Advance(time.Second)
	c.goTo("prod") // which makes it the last one on AWS
	c.goTo("local")
	c.Press("alt+5", "R")
	c.Want("Replay orders elsewhere", "aws · prod · eu-west-1", "the last one", "aws · test")
	c.Press("enter")
	c.Want("running", "on aws · prod · eu-west-1", "local · shop  ● online")
	c.Advance(time.Second)
	c.Want("Compare #1 ↔ #2", `"aws"`)
	if n := len(c.prod.Requests); n != 1 || string(c.prod.Requests[0].Payload) != `{"n":1.50}` || c.prod.Requests[0].Function != "orders" {
		t.Fatalf("sent %+v", c.prod.Requests)
	}
	c.Press("esc")
	c.Want("✓ 200", `"orders": "aws"`, "on aws · prod")
	c.Press("alt+3", "]")
	c.Want("Replay of", "#1 on local · shop")

	// And back: from the row of history at the other target.
	c.goTo("prod")
	c.Press("alt+5", "alt+z")
	c.Want("orders ↻")
	c.Press("alt+z")
	c.Press("alt+r")
	c.Want("local · shop")
	c.Press("enter")
	c.Advance(time.Second)
	c.Want("Compare #2 ↔ #3")
	if rows := summaries(t, c.Shop, "fn:orders"); len(rows) != 3 || rows[0].Target.Kind != invoke.Local || rows[0].Source != rows[1].UID || rows[1].Source != rows[2].UID {
		t.Errorf("history holds %+v", rows)
	}
	c.Press("esc", "ctrl+q")
	if !c.Quit {
		t.Error("ctrl+q does not quit")
	}
}

func TestARunIsReplayedOnAnotherQualifierProfileOrRegion(t *testing.T) {
	c := newCloud(t)
	c.Press("f5")
	c.Advance(time.Second)
	c.Press("alt+3", "R")
	c.Type("live")
	c.Press("enter")
	c.Advance(time.Second)
	c.Want("Compare #1 ↔ #2")
	c.Press("esc", "alt+3", "R")
	c.Type("aws test")
	c.Press("enter")
	c.Want("Region for aws · test")
	c.Type("eu")
	c.Press("enter")
	c.Advance(time.Second)
	c.Want("Compare #2 ↔ #3")
	sent := c.Target.Requests
	if len(sent) != 2 || sent[1].Qualifier != "live" || len(c.prod.Requests) != 1 || c.prod.Requests[0].Qualifier != "live" {
		t.Errorf("sent %+v and %+v", sent, c.prod.Requests)
	}
}

// r goes where the run was made, whatever is looked at.
func TestARunIsReplayedWhereItRan(t *testing.T) {
	c := newCloud(t)
	c.Press("f5")
	c.Advance(time.Second)
	c.goTo("prod")
	chosen(c.Shop, "orders")
	c.Press("f5")
	c.Advance(time.Second)
	c.goTo("local")
	local := len(c.Target.Requests)
	c.Press("ctrl+r", "ctrl+r", "ctrl+r")
	c.Want("History everywhere")
	c.Press("f5") // the newest is the one of AWS
	c.Advance(time.Second)
	c.Want(`"orders": "aws"`, "on aws · prod · eu-west-1", "local · shop  ● online")
	c.Press("alt+3", "r")
	c.Advance(time.Second)
	if len(c.Target.Requests) != local || len(c.prod.Requests) != 3 {
		t.Errorf("%d were sent here and %d there", len(c.Target.Requests)-local, len(c.prod.Requests))
	}
	c.Without("Compare #")
}

func TestReplayingElsewhereWhereItCannotBe(t *testing.T) {
	c := newCloud(t)
	c.Press("f5")
	c.Advance(time.Second)
	c.fails = errors.New("no such profile")
	c.Press("alt+3", "R")
	c.Type("prod")
	c.Press("enter")
	c.Want("aws · prod · eu-west-1 could not be opened", "no such profile")
	c.Press("esc")
	c.Want("local · shop  ● online", "✓ 200")

	// A run that began meanwhile is not joined by another one.
	c.fails, c.takes = nil, time.Second
	c.Press("R")
	c.Type("prod")
	c.Press("enter")
	of("slow", 500*time.Millisecond)(t, c.Shop)
	c.Advance(time.Second)
	c.Want("a run is under way")
	if n := len(c.prod.Requests); n != 0 {
		t.Errorf("%d were sent", n)
	}
}

// The gate of the target that it goes to decides, not that of the one it is looked at from.
func TestAReplayElsewhereAsksAtAProtectedTarget(t *testing.T) {
	c := newCloud(t)
	c.wrap = func(target invoke.Target) invoke.Target {
		return invoke.NewGate(target, invoke.GateRules{Protected: true})
	}
	c.Press("f5")
	c.Advance(time.Second)
	c.Press("alt+3", "R")
	c.Type("prod")
	c.Press("enter")
	c.Want("Invoke on aws · prod · eu-west-1", "Type the function's name: orders")
	c.Type("orders")
	c.Press("enter")
	c.Advance(time.Second)
	c.Want("Compare #1 ↔ #2")
	if n := len(c.prod.Requests); n != 1 {
		t.Errorf("%d were sent", n)
	}
}
