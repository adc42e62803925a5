package ui_test

import (
	"context"
	"iter"
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

func TestConsole(t *testing.T) {
	s := awsShop(t, invoke.GateRules{})
	s.Press("alt+1", "O")
	s.Want("In the AWS console", "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/orders")
	s = uitest.NewShop(t, 120, 36)
	s.Press("alt+1", "O")
	s.Without("In the AWS console")
}

// A reader is a target whose whole logs can be read.
type reader struct {
	invoke.Target
	query invoke.LogQuery
}

func (r *reader) Unwrap() invoke.Target { return r.Target }

func (r *reader) ReadLog(_ context.Context, q invoke.LogQuery) iter.Seq2[invoke.LogEvent, error] {
	r.query = q
	return func(yield func(invoke.LogEvent, error) bool) {
		_ = yield(invoke.LogEvent{Text: []byte("the very first line\n")}, nil) &&
			yield(invoke.LogEvent{Text: []byte(strings.Repeat("more\n", 40))}, nil) &&
			yield(invoke.LogEvent{Text: []byte("REPORT RequestId: x\n"), Last: true}, nil)
	}
}

func TestTheWholeLogIsRead(t *testing.T) {
	r := &reader{}
	s := awsShop(t, invoke.GateRules{}, func(x *ui.Session) {
		r.Target = x.Target
		x.Target = r
	})
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("alt+3", "L")
	s.Advance(100 * time.Millisecond)
	s.Want("42 lines", "REPORT RequestId: x")
	s.Press("g")
	s.Want("the very first line")
	if r.query.Function != "orders" || r.query.RequestID == "" || r.query.Around.IsZero() {
		t.Errorf("asked for %+v", r.query)
	}
	s = uitest.NewShop(t, 120, 36)
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("alt+3", "L")
	s.Want("the whole log is shown already")
}
