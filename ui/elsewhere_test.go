package ui_test

import (
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// awsShop is a shop that is on AWS, with rules.
func awsShop(t *testing.T, rules invoke.GateRules, more ...func(*ui.Session)) *uitest.Shop {
	t.Helper()
	info := invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1"}
	return uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Options.Info = info
		s.Target = func(x *uitest.Target) { x.Label(info) }
		s.Session = func(x *ui.Session) {
			bare, _ := invoke.As[*uitest.Target](x.Target)
			x.Target = x.Store.Recorder(invoke.NewGate(bare, rules))
			for _, change := range more {
				change(x)
			}
		}
	})
}

func TestAProtectedProfileAsksForTheFunctionsName(t *testing.T) {
	s := awsShop(t, invoke.GateRules{Protected: true})
	s.Want("protected")
	s.Press("f5")
	s.Want("Invoke on aws · prod · eu-west-1", "Type the function's name: orders")
	s.Type("order")
	s.Press("enter")
	s.Want("that is not orders")
	s.Advance(time.Second)
	if rows := summaries(t, s, ""); len(rows) != 0 {
		t.Fatalf("invoked without the name: %+v", rows)
	}
	s.Type("s")
	s.Press("enter")
	s.Advance(time.Second)
	s.Want("✓ 200")
	s.Press("alt+3", "r")
	s.Want("Type the function's name: orders")
	s.Press("esc")
	s.Press("f3", "f3", "f5") // a dry run is nobody's harm
	s.Advance(time.Second)
	s.Want("204")
}

func TestReadOnlyLetsNothingRun(t *testing.T) {
	s := awsShop(t, invoke.GateRules{ReadOnly: true})
	s.Want("read-only")
	s.Press("f5")
	s.Advance(time.Second)
	s.Want("lambent is read-only")
	s.Press("f3", "f3", "f5")
	s.Advance(time.Second)
	s.Want("204")
}

func TestCopyAs(t *testing.T) {
	s := awsShop(t, invoke.GateRules{})
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("alt+3", "c")
	s.Want("Copy as", "lambent invoke", "aws lambda invoke", "curl", "Go, with the AWS SDK")
	s.Type("aws lambda")
	s.Press("enter")
	s.Want("aws lambda invoke copied")
	s.Press("alt+5", "c", "enter")
	s.Want("lambent invoke copied")
}

// Other tools reach a function of this machine where it is served, never on AWS.
func TestCopyOfALocalInvocation(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("orders", time.Second)(t, s)
	s.Press("alt+3", "c", "down")
	s.Want("with lambent serve")
	s.Press("enter")
	if !strings.Contains(s.Clipboard, "--endpoint-url http://127.0.0.1:3001 --no-sign-request") || strings.Contains(s.Clipboard, "--profile") {
		t.Errorf("copied %q", s.Clipboard)
	}
	s = uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.Options.Listening = "127.0.0.1:4000" })
	of("orders", time.Second)(t, s)
	s.Press("alt+3", "c")
	s.Without("with lambent serve")
	s.Type("curl")
	s.Press("enter")
	if !strings.Contains(s.Clipboard, "http://127.0.0.1:4000/2015-03-31/functions/orders/invocations") || strings.Contains(s.Clipboard, "sigv4") {
		t.Errorf("copied %q", s.Clipboard)
	}
}

func TestConsole(t *testing.T) {
	s := awsShop(t, invoke.GateRules{})
	s.Press("alt+1", "O")
	s.Want("In the AWS console", "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/orders")
	s = uitest.NewShop(t, 120, 36)
	s.Press("alt+1", "O")
	s.Without("In the AWS console")
}
