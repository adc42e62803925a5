package ui_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// versioned is a function whose answer says which version gave it.
func versioned(s *uitest.Setup) {
	s.Target = func(t *uitest.Target) {
		t.Add(invoke.Function{Name: "prices", Runtime: "python3.13", MemorySizeMB: 128, Timeout: 3 * time.Second}, func(c *uitest.Call) (invoke.Result, error) {
			c.Running()
			c.Log("pricing with version " + c.Version + "\n")
			if c.Wait(300*time.Millisecond) != nil {
				return c.Stopped()
			}
			switch c.Version {
			case "1":
				return c.Answer(`{"total":129.90,"currency":"EUR","lines":[1,2]}`)
			case "2":
				return c.Answer(`{"total":131.00,"currency":"EUR","lines":[1,2,3]}`)
			case "3":
				return c.Fail(`{"errorType":"KeyError","errorMessage":"'total'"}`)
			}
			return c.Answer(`{"total":129.90,"currency":"EUR","lines":[1,2]}`)
		})
		for _, v := range []string{"1", "2", "3"} {
			t.Qualify("prices", invoke.Qualifier{Name: v, Kind: invoke.KindVersion, Version: v})
		}
		t.Qualify("prices", invoke.Qualifier{Name: "live", Kind: invoke.KindAlias, Version: "1"})
	}
}

func TestATwinOfTwoVersions(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, versioned)
	chosen(s, "prices")
	s.Press("alt+=")
	s.Want("Send to $LATEST on local · shop and to", "live  → 1", "here")
	s.Type("2")
	s.Press("enter")
	s.Advance(100 * time.Millisecond)
	s.Want("Twin of prices", "$LATEST on local · shop", "2 on local · shop", "running  0.1 s", "pricing with version 2", "ctrl+c cancel both")
	s.Advance(time.Second)
	s.Want("✓ 200", "version 2", `"total": 129.90`, `"total": 131.00`, "≠ 2 differences", "$.total  129.90 → 131.00", "$.lines[2]  — → 3")
	if n := len(s.Target.Requests); n != 2 || s.Target.Requests[0].Qualifier == s.Target.Requests[1].Qualifier {
		t.Fatalf("sent %+v", s.Target.Requests)
	}
	if rows := summaries(t, s, "fn:prices"); len(rows) != 2 {
		t.Errorf("history holds %d runs", len(rows))
	}
	s.Press("=")
	s.Want("Compare #", "$.total")
	s.Press("esc")
	s.Want("Twin of prices")

	// The next time the place is the first of the list.
	s.Press("esc", "alt+=")
	s.Want("2 on local · shop", "the last one")
	s.Press("enter")
	s.Advance(time.Second)
	s.Want("≠ 2 differences")
	s.Press("r")
	s.Advance(time.Second)
	s.Want("≠ 2 differences")
	if n := len(s.Target.Requests); n != 6 {
		t.Errorf("%d were sent", n)
	}
	s.Press("2")
	s.Want("version 2", `"total": 131.00`)
	s.Without("Twin of")
	s.Press("alt+p")
	s.Want("Twin of prices")
}

func TestATwinThatAnswersTheSame(t *testing.T) {
	s := uitest.NewShop(t, 80, 24, versioned)
	chosen(s, "prices")
	s.Press("alt+=")
	s.Type("live")
	s.Press("enter")
	s.Advance(time.Second)
	s.Want("= both answered the same", "live on local · shop")
}

func TestATwinOfTwoTargetsAndRegions(t *testing.T) {
	c := newCloud(t)
	c.prod.Qualify("orders", invoke.Qualifier{Name: "live", Kind: invoke.KindAlias, Version: "7"})
	c.Press("alt+=")
	c.Type("prod eu")
	c.Press("enter")
	c.Want("Qualifier on aws · prod · eu-west-1", "live")
	c.Press("down", "enter")
	c.Advance(time.Second)
	c.Want("$LATEST on local · shop", "live on aws · prod · eu-west-1", `"orders": "aws"`, "differences")
	if sent := c.prod.Requests; len(sent) != 1 || sent[0].Qualifier != "live" || sent[0].Function != "orders" {
		t.Errorf("sent %+v", sent)
	}
	c.Press("esc", "alt+=")
	c.Want("live on aws · prod · eu-west-1", "the last one")
	c.Press("esc")

	// From one region to another one of the same profile.
	c.goTo("prod")
	chosen(c.Shop, "orders")
	c.Press("alt+=")
	c.Type("aws prod")
	c.Press("enter")
	c.Type("us")
	c.Press("enter")
	c.Press("enter")
	c.Advance(time.Second)
	c.Want("on aws · prod · us-east-1")
	if n := len(c.prod.Requests); n != 3 {
		t.Errorf("%d were sent", n)
	}
}

func TestATwinIsCancelled(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, versioned)
	chosen(s, "prices")
	s.Press("alt+=")
	s.Type("2")
	s.Press("enter")
	s.Advance(100 * time.Millisecond)
	s.Press("ctrl+c")
	s.Advance(100 * time.Millisecond)
	s.Want("– cancelled", "not compared: there is no answer to compare with")
	if s.Quit {
		t.Error("ctrl+c has quit")
	}
	if rows := summaries(t, s, "fn:prices is:refused"); len(rows) != 2 {
		t.Errorf("history holds %d cancelled runs", len(rows))
	}
	s.Press("esc", "ctrl+c")
	if !s.Quit {
		t.Error("with nothing under way ctrl+c does not quit")
	}
}

func TestATwinOfAFunctionError(t *testing.T) {
	s := uitest.NewShop(t, 200, 50, versioned)
	chosen(s, "prices")
	s.Press("alt+=")
	s.Type("3")
	s.Press("enter")
	s.Advance(time.Second)
	s.Want("✗ function error", "✓ 200", "functionError", "KeyError")
	for _, row := range s.Rows() { // both answers begin in one row
		if strings.Contains(row, `"total": 129.90`) && !strings.Contains(row, `"errorMessage"`) && !strings.Contains(row, `"errorType"`) {
			t.Errorf("the answers do not stand beside each other: %s", row)
		}
	}
}

func TestATwinAsksAtAProtectedTargetAndSendsNothingWhereItMayNot(t *testing.T) {
	for _, rules := range []invoke.GateRules{{Protected: true}, {ReadOnly: true}} {
		c := newCloud(t)
		c.wrap = func(target invoke.Target) invoke.Target { return invoke.NewGate(target, rules) }
		c.Press("alt+=")
		c.Type("prod eu")
		c.Press("enter")
		if rules.ReadOnly {
			c.Want("nothing is invoked on aws · prod · eu-west-1: lambent is read-only")
			if len(c.Target.Requests)+len(c.prod.Requests) != 0 {
				t.Error("something was sent")
			}
			continue
		}
		c.Want("Invoke on aws · prod · eu-west-1", "Type the function's name: orders")
		c.Type("orders")
		c.Press("enter")
		c.Advance(time.Second)
		c.Want("Twin of orders", "differences")
		if len(c.Target.Requests) != 1 || len(c.prod.Requests) != 1 {
			t.Errorf("%d and %d were sent", len(c.Target.Requests), len(c.prod.Requests))
		}
	}
}

func TestATwinWhereThereIsNoSecondPlace(t *testing.T) {
	c := newCloud(t)
	c.Press("ctrl+a")
	c.Type("{oops")
	c.Press("alt+=")
	c.Want("! the payload is not JSON", "Nothing was sent")
	c.Press("ctrl+a")
	c.Type("{}")
	c.fails = errors.New("no such profile")
	c.Press("alt+=")
	c.Type("prod eu")
	c.Press("enter")
	c.Want("aws · prod · eu-west-1 could not be opened", "no such profile")
	c.Press("esc")
	c.fails = nil
	chosen(c.Shop, "payments") // that is not there
	c.Press("alt+=")
	c.Type("prod eu")
	c.Press("enter")
	c.Want("payments at aws · prod · eu-west-1", "Function not found")
	if n := len(c.Target.Requests) + len(c.prod.Requests); n != 0 {
		t.Errorf("%d were sent", n)
	}
}
