package ui_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// A cloud is what another target of a shop is made of.
type cloud struct {
	*uitest.Shop
	prod   *uitest.Target
	fails  error                             // opening it does
	takes  time.Duration                     // opening it
	closed []string                          // the sessions that were closed, by their target
	wrap   func(invoke.Target) invoke.Target // what stands before the targets, nil for nothing
}

var prod = invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1"}

// newCloud is a shop that can go to AWS and back, on one store.
func newCloud(t *testing.T, setups ...func(*uitest.Setup)) *cloud {
	t.Helper()
	clock, dir := uitest.NewClock(uitest.Noon), t.TempDir()
	c := &cloud{prod: uitest.NewTarget(clock, "")}
	c.prod.Label(prod)
	c.prod.Add(invoke.Function{Name: "deployed", Runtime: "nodejs22.x", Timeout: 3 * time.Second}, answers(`{"from":"aws"}`))
	c.prod.Add(invoke.Function{Name: "orders", Runtime: "nodejs22.x", Timeout: 3 * time.Second}, answers(`{"orders":"aws"}`))
	c.prod.Who = &invoke.Identity{Account: "210987654321", ARN: "arn:aws:sts::210987654321:assumed-role/Developer/ann"}
	session := func(target *uitest.Target) *ui.Session {
		store, err := history.Open(dir, history.Options{Now: clock.Now})
		if err != nil {
			t.Error(err)
			return nil
		}
		name := string(target.Info().Kind)
		var t invoke.Target = target
		if c.wrap != nil {
			t = c.wrap(t)
		}
		return &ui.Session{Target: store.Recorder(t), Store: store, EventsDir: dir, Close: func(context.Context) error {
			c.closed = append(c.closed, name)
			return store.Close()
		}}
	}
	setups = append(setups, func(s *uitest.Setup) {
		s.Clock, s.DataDir = clock, dir
		s.Session = func(x *ui.Session) {
			x.Close = func(context.Context) error {
				c.closed = append(c.closed, "local")
				return nil
			}
		}
		s.Options.Targets = func(context.Context) ([]ui.TargetChoice, error) {
			return []ui.TargetChoice{
				{Info: c.Target.Info()}, {Info: prod, Detail: "sso"},
				{Info: invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod"}, Detail: "another region", Regions: []string{"us-east-1", "eu-west-1"}},
				{Info: invoke.TargetInfo{Kind: invoke.AWS, Profile: "test"}, Detail: "another region", Regions: []string{"us-east-1", "eu-west-1"}},
			}, nil
		}
		s.Options.OpenTarget = func(ctx context.Context, to ui.TargetChoice) (*ui.Session, error) {
			if c.takes > 0 {
				clock.Sleep(ctx, c.takes)
			}
			switch {
			case c.fails != nil:
				return nil, c.fails
			case to.Info.Kind == invoke.Local:
				return session(c.Target), nil
			}
			c.prod.Label(to.Info)
			return session(c.prod), nil
		}
	})
	c.Shop = uitest.NewShop(t, 120, 36, setups...)
	return c
}

// goTo chooses a target by what is typed.
func (c *cloud) goTo(name string) {
	c.Press("ctrl+t")
	c.Type(name)
	c.Press("enter")
}

func TestGoingToAnotherTargetAndBack(t *testing.T) {
	c := newCloud(t)
	c.Press("ctrl+a")
	c.Type(`{"draft":"local"}`)
	c.Press("f5")
	c.Advance(time.Second)
	c.Press("f2", "down", "enter")
	c.Press("ctrl+t")
	c.Want("Choose a target", "local · shop", "aws · prod · eu-west-1  sso", "aws · test  another region", "1 of 4")
	c.Type("prod")
	c.Press("enter")
	c.Want("aws · prod · eu-west-1  ● online", "deployed", "no runs yet", "$LATEST", "as 210987654321 · assumed-role/Developer/ann")
	c.Without("payments", `"draft"`, "✓ 200", "live")
	if len(c.closed) != 1 || c.closed[0] != "local" {
		t.Errorf("closed %q", c.closed)
	}
	chosen(c.Shop, "orders") // of the same name, with its own draft
	c.Without(`"draft"`)
	c.Press("ctrl+a")
	c.Type(`{"draft":"prod"}`)
	c.Press("f5")
	c.Advance(time.Second)
	c.Want("✓ 200", `"orders": "aws"`, "1 of 1")
	if n := len(c.prod.Requests); n != 1 || string(c.prod.Requests[0].Payload) != `{"draft":"prod"}` || c.prod.Requests[0].Qualifier != "" {
		t.Errorf("sent %+v", c.prod.Requests)
	}
	c.Press("ctrl+t")
	c.Want("210987654321 · assumed-role/Developer/ann")
	c.Type("local")
	c.Press("enter")
	c.Want("local · shop  ● online", `{"draft":"local"}`, "payments", "1 of 1")
	c.Without(`"orders": "aws"`)
	if len(c.closed) != 2 || c.closed[1] != "aws" {
		t.Errorf("closed %q", c.closed)
	}
	if n := len(c.Target.Requests); n != 1 {
		t.Errorf("%d requests were sent to the local target", n)
	}
}

// What is typed while another target opens is meant for that one.
func TestTypingWhileAnotherTargetOpens(t *testing.T) {
	c := newCloud(t)
	c.takes = 2 * time.Second
	c.goTo("prod")
	c.Want("aws · prod · eu-west-1  opening…")
	c.Press("ctrl+a")
	c.Type(`[7]`)
	c.Press("f5")
	c.Click(90, 8) // on the result
	if len(c.Target.Requests) != 0 {
		t.Fatal("it was sent to the target that was being left")
	}
	c.Advance(3 * time.Second)
	c.Want("✓ 200", "[7]")
	if len(c.Target.Requests) != 0 || len(c.prod.Requests) != 1 {
		t.Errorf("sent %d here and %d there", len(c.Target.Requests), len(c.prod.Requests))
	}
}

func TestATargetThatDoesNotOpen(t *testing.T) {
	c := newCloud(t)
	c.fails = invoke.ClientFailureOf(invoke.UnknownProfile, `the AWS configuration has no profile "prod"`, "", "", invoke.RanNo, nil)
	c.takes = time.Second
	c.goTo("prod")
	c.Press("f5")
	c.Advance(2 * time.Second)
	c.Want("aws · prod · eu-west-1 could not be opened", `no profile "prod"`, "is not kept", "local · shop  ● online")
	c.Press("esc", "f5")
	c.Advance(time.Second)
	c.Want("✓ 200") // here, and once
	if len(c.Target.Requests) != 1 || len(c.closed) != 0 {
		t.Errorf("%d requests were sent, %q closed", len(c.Target.Requests), c.closed)
	}
	c.fails = errors.New("no such folder")
	c.goTo("test")
	c.Want("Region for aws · test")
	c.Type("us-")
	c.Press("enter")
	c.Advance(2 * time.Second)
	c.Want("aws · test · us-east-1 could not be opened", "no such folder")
}

// The run goes on at its own target, whose session is closed when it has answered.
func TestARunOutlivesItsTargetsSession(t *testing.T) {
	c := newCloud(t)
	of("slow", 500*time.Millisecond)(t, c.Shop)
	c.goTo("prod")
	c.Want("aws · prod · eu-west-1")
	c.Without("step a", "running")
	if len(c.closed) != 0 {
		t.Fatal("the session was closed under its run")
	}
	c.Advance(4 * time.Second)
	c.Want("slow answered: ✓ 200", "no runs yet")
	if len(c.closed) != 1 {
		t.Error("the session is still open")
	}
	c.goTo("local")
	c.Want("✓ 14:02")
	rows := summaries(t, c.Shop, "fn:slow")
	if len(rows) != 1 || rows[0].Target.Kind != invoke.Local || rows[0].FailureName != "" {
		t.Errorf("history holds %+v", rows)
	}
}

func TestOnlyTheLastChosenTargetOpens(t *testing.T) {
	c := newCloud(t)
	c.takes = 2 * time.Second
	c.goTo("prod")
	c.goTo("test")
	c.Press("enter") // its first region
	c.Advance(5 * time.Second)
	c.Want("aws · test · us-east-1  ● online")
	if len(c.closed) != 2 {
		t.Errorf("closed %q: what opened too late, and what was left", c.closed)
	}
	c.Press("ctrl+q")
	if !c.Quit {
		t.Error("ctrl+q does not quit")
	}
}

func TestADraftThatCannotBeSavedIsNotLostWithItsTarget(t *testing.T) {
	c := newCloud(t)
	c.Press("ctrl+a")
	c.Type("[8]")
	if err := c.Store.Close(); err != nil {
		t.Fatal(err)
	}
	c.goTo("prod")
	c.Want("aws · prod · eu-west-1  ● online", "is not saved")
	c.Press("ctrl+a", "ctrl+v")
	c.Advance(time.Second) // the terminal keeps its clipboard to itself
	c.Want("[8]")
}

// A list of an earlier start is there at once, and gives way to the new one as a whole.
func TestFunctionsOfAnEarlierStart(t *testing.T) {
	c := newCloud(t)
	c.prod.Slow = 3 * time.Second
	c.prod.Kept = []invoke.Function{{Name: "gone"}, {Name: "deployed", Timeout: time.Second}}
	c.goTo("prod")
	c.Want("gone", "deployed", "valid JSON")
	chosen(c.Shop, "deployed")
	c.Press("f5")
	c.Advance(time.Second)
	c.Want(`"from": "aws"`, "gone")
	c.Advance(3 * time.Second)
	c.Want("orders", `"from": "aws"`)
	c.Without("gone")

	c = newCloud(t)
	c.prod.Slow = time.Second
	c.prod.Kept = []invoke.Function{{Name: "deployed"}, {Name: "older"}}
	c.prod.Broken = errors.New("AccessDeniedException: not yours")
	c.goTo("prod")
	c.Advance(2 * time.Second)
	c.Want("older", "! AccessDenied", "○ offline")
}
