package ui_test

import (
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// faulty is a shop whose target has faults on demand, as the local one has.
func faulty(t *testing.T, width, height int) *uitest.Shop {
	t.Helper()
	return uitest.NewShop(t, width, height, func(s *uitest.Setup) {
		s.Session = func(x *ui.Session) {
			bare, _ := invoke.As[*uitest.Target](x.Target)
			x.Target = x.Store.Recorder(invoke.NewFaults(bare, invoke.FaultOptions{}))
		}
	})
}

func command(s *uitest.Shop, typed string) {
	s.Press("ctrl+p")
	s.Type(typed)
	s.Press("enter")
}

func TestAFaultIsArmedForTheNextInvocation(t *testing.T) {
	s := faulty(t, 120, 36)
	command(s, "fault.arm")
	s.Want("What is to go wrong", "Wait before the call")
	s.Type("TooManyRequests")
	s.Press("enter")
	s.Want("Reason of TooManyRequestsException", "without a reason")
	s.Type("ConcurrentInvocation")
	s.Press("enter")
	s.Want("orders: the next invocation", "every function: one in five until it is disarmed")
	s.Press("enter")
	s.Want("! 1 fault armed", "armed: orders=TooManyRequestsException:ConcurrentInvocationLimitExceeded")
	s.Press("f5")
	s.Advance(time.Second)
	s.Want("! Lambda refused the call", "TooManyRequestsException", "HTTP 429", "did not run", "injected · req", "Fault    orders=TooMany")
	if runs := summaries(t, s, ""); len(runs) != 1 || !runs[0].Injected {
		t.Errorf("history has %+v", runs)
	}
	s.Want("⌁ ord")
	s.Without("1 fault armed")
	s.Press("f5")
	s.Advance(time.Second)
	s.Want("✓ 200")
}

func TestFaultsAreDisarmed(t *testing.T) {
	s := faulty(t, 120, 36)
	for range 2 {
		command(s, "fault.arm")
		s.Type("cut after ran")
		s.Press("enter", "down", "down", "enter")
	}
	s.Want("! 2 faults armed")
	command(s, "fault.arm")
	s.Want("Disarm orders=after", "0 times so far")
	s.Press("enter")
	s.Want("! 1 fault armed")
	s.Press("f5")
	s.Advance(time.Second)
	s.Want("? connection lost", "may have run")
	command(s, "fault.disarm")
	s.Without("fault armed")
	s.Press("f5")
	s.Advance(time.Second)
	s.Want("✓ 200")
}

func TestALatencyThatIsNone(t *testing.T) {
	s := faulty(t, 80, 24)
	command(s, "fault.arm")
	s.Type("latency")
	s.Press("enter")
	s.Want("How long, such as 300ms")
	s.Press("ctrl+u")
	s.Type("soon")
	s.Press("enter")
	s.Want("must be a time above 0")
}

func TestATargetWithoutFaults(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+p")
	s.Type("fault.arm")
	s.Want("local target only")
}

// Who else called is on the row, on the result and on the report of a run.
func TestARunOfTheEndpointSaysSo(t *testing.T) {
	s := uitest.NewShop(t, 200, 50)
	// This one is refused at once: another would wait for the shop's clock.
	_, _ = s.Store.Recorder(s.Target).Invoke(t.Context(), invoke.Request{Function: "throttled", Payload: []byte(`{"id":1}`), Door: invoke.DoorEndpoint}, nil)
	s.Advance(2 * time.Second)
	s.Want("⇠ throt")
	s.Press("alt+5", "enter")
	s.Want("by serve")
	s.Press("alt+3", "]", "]", "]")
	s.Want("through lambent serve")
}
